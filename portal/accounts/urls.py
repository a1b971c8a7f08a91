"""Addresses of signing in and of one's own account: those of allauth that we want, each named, and our own.

No sign-up, and no change of the mail address: officers make both (see portal/accounts/admin.py).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from portal.accounts import views
from portal.common.throttling import limited

to_settings = login_required(RedirectView.as_view(pattern_name="account_settings"))


def _credentials(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that a browser sends a passkey's credential to. Of one that no browser wrote, the library that reads it
    raises whatever its parts happen to raise."""

    @wraps(view)
    def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (KeyError, ValueError, TypeError, RecursionError) as error:
            if request.method != "POST":
                raise
            raise BadRequest("not a passkey's credential") from error

    return reading


def _page(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """Kept by no cache: the secret of an app and recovery codes stand on them, and offices share machines."""
    return path(route, never_cache(view), name=name)


urlpatterns = [
    _page("", views.settings_page, name="account_settings"),
    _page("home/", views.home, name="account_home"),
    _page("login/", limited("logins")(account.login), name="account_login"),
    _page("login/inactive/", account.account_inactive, name="account_inactive"),
    _page("login/code/", mfa.authenticate, name="mfa_authenticate"),
    _page("login/passkey/", _credentials(passkeys.login_webauthn), name="mfa_login_webauthn"),
    _page("logout/", account.logout, name="account_logout"),
    _page("password/", account.password_change, name="account_change_password"),
    _page("password/set/", account.password_set, name="account_set_password"),
    _page("password/reset/", account.password_reset, name="account_reset_password"),
    _page("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        never_cache(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    _page(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    _page("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    _page("reauthenticate/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    _page(
        "reauthenticate/passkey/", _credentials(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"
    ),
    _page("second-factor/", views.second_factor_page, name="account_second_factor"),
    _page("app/", totp.activate_totp, name="mfa_activate_totp"),
    _page("app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    _page("codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    _page("codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    _page("codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    _page("passkeys/add/", _credentials(passkeys.add_webauthn), name="mfa_add_webauthn"),
    _page("passkeys/<int:pk>/edit/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    _page("passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    # allauth's own lists of these are our settings page.
    _page("passkeys/", to_settings, name="mfa_list_webauthn"),
    _page("second-factor/state/", to_settings, name="mfa_index"),
]
