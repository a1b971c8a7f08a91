"""Who acts at the supporter's desk (支援者の机): the member behind a request, and what a page asks of them.

Every page names its rule by a decorator here; tests/portal/test_address_rules.py fails for an address without one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from applications.models import Batch, Client, Consultation, Membership
from applications.selectors.desk import membership_of
from portal.accounts import second_factor
from portal.accounts.models import User
from portal.accounts.places import Place

View = Callable[..., HttpResponseBase]
# Deleted by a colleague between a page's look and its lock: for this page too they do not exist.
GONE = (Client.DoesNotExist, Consultation.DoesNotExist, Batch.DoesNotExist)


def member_page(view: View) -> View:
    """A page for members of an organisation: `view(request, acting, ...)`, where `acting` is their Membership."""
    return _desk_page(view, lambda acting: True)


def manager_page(view: View) -> View:
    """A page for an organisation's managers only."""
    return _desk_page(view, lambda acting: acting.is_manager)


def place_of_member(user: User) -> Place | None:
    """Members begin at the desk, and managers need a second factor; None for everybody else."""
    acting = membership_of(user)
    return Place(reverse("supporters:home"), acting.is_manager) if acting else None


def _desk_page(view: View, may: Callable[[Membership], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        acting = membership_of(request.user)
        if acting is None or not may(acting):
            return render(request, "supporters/403.html", {"acting": acting}, status=403)
        # Asked here and not once at signing in: whoever is made a manager is asked with their next page.
        if acting.is_manager and (asked := second_factor.demanded(request)):
            return asked
        request.acting = acting  # type: ignore[attr-defined]  # for the frame of the page (templates/supporters)
        try:
            return view(request, acting, *args, **kwargs)
        except GONE as gone:
            raise Http404 from gone

    # What a company told its adviser is kept by no cache and no search engine.
    private = cache_control(private=True, no_store=True)(guarded)

    @wraps(view)
    def unlisted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = private(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return unlisted
