"""Pages of one's own account beside allauth's: settings, the way to a second factor, where to go after signing in."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import second_factor
from portal.accounts.forms import NameForm
from portal.accounts.models import User
from portal.accounts.places import place_of

# Where somebody was going when they were asked for a second factor.
_GOING_TO = "second_factor_next"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """自分の設定."""
    user = _user(request)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": user.get_full_name()})
    if request.method == "POST" and form.is_valid():
        user.last_name, user.first_name = form.cleaned_data["name"], ""
        user.save(update_fields=["last_name", "first_name"])
        messages.success(request, "氏名を保存しました。")
        return redirect("account_settings")
    place = place_of(user)
    context = {"form": form, "place": place, **_authenticators(user)}
    return render(request, "account/settings.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_safe
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """What to do for a second factor: set one up, or prove the one that there is."""
    user = _user(request)
    going_to = get_next_redirect_url(request)
    if going_to:
        request.session[_GOING_TO] = going_to
    if second_factor.is_proved(request):
        return redirect("account_home")
    return render(request, "account/second_factor.html", _authenticators(user))


@login_required
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where the person was going, else where they work."""
    return redirect(request.session.pop(_GOING_TO, None) or place_of(_user(request)).home)


@never_cache
@require_safe
def officers_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin's own address for signing in leads to the one sign-in there is."""
    going_to = get_next_redirect_url(request) or resolve_url("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(going_to)
    if not _user(request).is_staff:
        return render(request, "account/not_an_officer.html", status=403)
    return redirect(going_to)


def _user(request: HttpRequest) -> User:
    """For pages that only people who are signed in reach."""
    return cast(User, request.user)


def _authenticators(user: User) -> dict[str, Any]:
    """{"totp": Authenticator or None, "codes": recovery codes left or None, "passkeys": [Authenticator]}."""
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    by_type = {row.type: row for row in rows}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "totp": by_type.get(Authenticator.Type.TOTP),
        "codes": None if codes is None else len(codes.wrap().get_unused_codes()),
        "passkeys": [row for row in rows if row.type == Authenticator.Type.WEBAUTHN],
    }
