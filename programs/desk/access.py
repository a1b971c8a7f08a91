"""Who may open a page of the desk: staff with the permission that its address names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from portal.accounts.models import User
from programs.roles import PUBLISH, READ, WRITE

View = Callable[..., HttpResponse]
# What templates/desk/base.html asks for on a page without a draft.
NO_DRAFT: dict[str, Any] = {"draft": None, "tabs": [], "others": []}
__all__ = ["NO_DRAFT", "PUBLISH", "READ", "WRITE", "desk_page", "officer"]


def officer(request: HttpRequest) -> User:
    """Who asks for a page of the desk: `desk_page` let nobody in who is not signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def desk_page(perm: str = READ) -> Callable[[View], View]:
    """A page of the desk: never cached, sign-in asked for as the admin does, 403 without `perm`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(perm):
                context = {**admin.site.each_context(request), "title": "権限がありません", **NO_DRAFT}
                return render(request, "desk/403.html", context, status=403)
            return view(request, *args, **kwargs)

        return admin.site.admin_view(never_cache(guarded))

    return decorate
