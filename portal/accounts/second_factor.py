"""The second factor (二段階認証): asked of officers on every page, and of whoever else a page's rule says.

The fact that a session has one is kept in the session, with the person it was proved for: no query is made for it. It
is written when an authenticator is used or added, and taken away when the person's last one is removed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts.models import User
from portal.common.htmx import is_htmx

_PROVED_FOR = "second_factor_of"
# Recovery codes stand in for one of these and are worth nothing alone.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(user: User) -> bool:
    """Whether the person has set one up at all."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def is_proved(request: HttpRequest) -> bool:
    """Whether this session has a second factor of the person who is signed in."""
    return bool(request.session.get(_PROVED_FOR) == str(request.user.pk))


def demanded(request: HttpRequest) -> HttpResponse | None:
    """What to answer to somebody whose work asks for a second factor; None once their session has one."""
    if not settings.SECOND_FACTOR_REQUIRED or is_proved(request):
        return None
    address = reverse("account_second_factor")
    if is_htmx(request):
        return HttpResponseClientRedirect(address)  # a redirect would be drawn into the page
    back = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
    return redirect(address + back)


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Keeps officers out of everything but their own account until their session has a second factor."""

    def guarded(request: HttpRequest) -> HttpResponse:
        return (demanded(request) if _is_officer_at_work(request) else None) or get_response(request)

    return guarded


def _is_officer_at_work(request: HttpRequest) -> bool:
    """Nothing is asked of the database for a request without a session, nor where nothing is required."""
    return (
        settings.SECOND_FACTOR_REQUIRED
        and settings.SESSION_COOKIE_NAME in request.COOKIES
        and not request.path.startswith(reverse("account_settings"))
        and request.user.is_authenticated
        and request.user.is_staff
    )


@receiver((authenticator_used, authenticator_added))
def remember(request: HttpRequest, user: User, **kwargs: Any) -> None:
    request.session[_PROVED_FOR] = str(user.pk)


@receiver(authenticator_removed)
def forget(request: HttpRequest, user: User, **kwargs: Any) -> None:
    if not has_factor(user):
        request.session.pop(_PROVED_FOR, None)
