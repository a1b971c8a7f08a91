"""Officers and managers get nowhere without a second factor; whoever has proved one is asked nothing more."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.test import Client
from django.urls import reverse

from applications.models import Membership
from portal.accounts.models import User
from tests.applications import supporters
from tests.portal.accounts import LOGIN, PASSWORD, code_of, factors_of, person, sign_in, totp_of

pytestmark = pytest.mark.django_db

SET_UP = "/accounts/second-factor/"


@pytest.fixture(autouse=True)
def _required(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def officer() -> User:
    return person("officer", is_staff=True, is_superuser=True)


def signed_in(user: User) -> Client:
    """With the password alone, in a session that has proved it lately."""
    client = Client()
    client.force_login(user)
    return client


def prove_password(client: Client) -> None:
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def set_up_totp(client: Client) -> str:
    assert "no-store" in client.get(reverse("mfa_activate_totp"))["Cache-Control"], "the secret stands on the page"
    secret: str = client.session["mfa.totp.secret"]
    assert client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)}).url == reverse(
        "mfa_view_recovery_codes"
    )
    return secret


@pytest.mark.parametrize("path", ["/admin/", "/admin/desk/", "/admin/accounts/user/", "/admin/logout/", "/", "/check/"])
def test_officers_are_sent_to_the_set_up_from_everywhere(officer: User, path: str) -> None:
    answer = signed_in(officer).get(path)
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, SET_UP)


def test_a_form_that_is_sent_does_nothing(officer: User) -> None:
    answer = signed_in(officer).post("/admin/auth/group/add/", {"name": "x"})
    assert answer.url == SET_UP


def test_a_request_of_htmx_leaves_the_page(officer: User) -> None:
    answer = signed_in(officer).get("/admin/desk/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == SET_UP


def test_managers_are_sent_there_and_advisers_are_not() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    assert signed_in(manager.user).get("/desk/members/").url == f"{SET_UP}?next=%2Fdesk%2Fmembers%2F"
    assert signed_in(adviser.user).get("/desk/members/").status_code == 200


def test_who_is_made_a_manager_later_is_asked_with_the_next_page() -> None:
    adviser = supporters.adviser()
    client = signed_in(adviser.user)
    assert client.get("/desk/members/").status_code == 200
    Membership.objects.update(role=Membership.Role.MANAGER)
    assert client.get("/desk/members/").url.startswith(SET_UP)


def test_who_is_made_an_officer_later_is_asked_with_the_next_page() -> None:
    user = person()
    client = signed_in(user)
    assert client.get(reverse("eligibility:start")).status_code == 200
    User.objects.filter(pk=user.pk).update(is_staff=True)
    assert client.get(reverse("eligibility:start")).url.startswith(SET_UP)


def test_ones_own_account_stays_open_for_the_set_up(officer: User) -> None:
    client = signed_in(officer)
    page = client.get(SET_UP).content.decode()
    assert reverse("mfa_activate_totp") in page
    assert reverse("mfa_add_webauthn") in page
    assert "設定が必要です" in client.get(reverse("account_settings")).content.decode()
    assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))
    assert client.post(reverse("account_logout")).url == LOGIN


@pytest.mark.services
@pytest.mark.django_db(transaction=True)  # the fact is kept once the row is committed
def test_setting_up_an_app_opens_the_way_back(officer: User) -> None:
    client = signed_in(officer)
    client.get(client.get("/admin/desk/").url)
    prove_password(client)
    set_up_totp(client)
    assert factors_of(officer) == ["recovery_codes", "totp"]
    assert [letter.subject for letter in mail.outbox] == ["【しるべ】認証アプリが設定されました"]
    codes = client.get(reverse("mfa_view_recovery_codes"))
    assert codes.content.decode().count("<code>") == 10
    assert "no-store" in codes["Cache-Control"], "offices share machines"
    assert client.get(reverse("account_home")).url == "/admin/desk/"
    assert client.get("/admin/").status_code == 200


def test_a_wrong_code_sets_nothing_up(officer: User) -> None:
    client = signed_in(officer)
    prove_password(client)
    client.get(reverse("mfa_activate_totp"))
    answer = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "コードが違います" in answer.content.decode()
    assert factors_of(officer) == []
    assert client.get("/admin/").url.startswith(SET_UP)


def test_signing_in_with_the_code_is_enough_and_a_code_is_good_once(officer: User) -> None:
    secret, client = totp_of(officer), Client()
    code = code_of(secret)
    sign_in(client, "officer", next="/admin/desk/")
    assert client.post(reverse("mfa_authenticate"), {"code": code}).url == "/admin/desk/"
    assert client.get("/admin/").status_code == 200
    again = Client()
    sign_in(again, "officer")
    assert "コードが違います" in again.post(reverse("mfa_authenticate"), {"code": code}).content.decode()


def test_a_recovery_code_does_once(officer: User) -> None:
    totp_of(officer)
    spare = RecoveryCodes.activate(officer).get_unused_codes()[0]
    client, again = Client(), Client()
    for browser in (client, again):
        sign_in(browser, "officer")
    assert client.post(reverse("mfa_authenticate"), {"code": spare}).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert again.post(reverse("mfa_authenticate"), {"code": spare}).status_code == 200


def test_a_session_from_before_must_prove_it_too(officer: User) -> None:
    """A second browser, signed in with the password alone before the app was set up in the first."""
    client = signed_in(officer)
    secret = totp_of(officer)
    page = client.get(client.get("/admin/desk/").url).content.decode()
    assert reverse("mfa_reauthenticate") in page
    assert reverse("mfa_activate_totp") not in page
    code = {"code": code_of(secret), "next": reverse("account_home")}
    assert client.post(reverse("mfa_reauthenticate"), code).url == reverse("account_home")
    assert client.get(reverse("account_home")).url == "/admin/desk/"
    assert client.get("/admin/").status_code == 200


def test_taking_the_last_one_away_closes_the_way(officer: User) -> None:
    secret, client = totp_of(officer), Client()
    sign_in(client, "officer")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    prove_password(client)
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert client.get("/admin/").url.startswith(SET_UP)


def test_what_one_person_proved_is_nothing_for_the_next_in_the_same_browser(officer: User) -> None:
    other = person("other", is_staff=True)
    secret, client = totp_of(officer), Client()
    sign_in(client, "officer")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    client.post(reverse("account_logout"))
    sign_in(client, "other")
    assert client.get("/admin/").url.startswith(SET_UP)
    session = client.session
    session["second_factor_of"] = str(officer.pk)
    session.save()
    assert client.get("/admin/").url.startswith(SET_UP)
    assert factors_of(other) == []


def test_the_fact_costs_no_query(officer: User, django_assert_num_queries: Any) -> None:
    manager = supporters.manager()
    secret, client = totp_of(manager.user), Client()
    sign_in(client, manager.user.username, "kanri-password")
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    with django_assert_num_queries(5):  # session, person, membership, members, invitations
        assert client.get("/desk/members/").status_code == 200
    with django_assert_num_queries(0):  # nobody is signed in, so nobody is asked
        assert Client().get(reverse("account_login")).status_code == 200


def test_a_passkeys_record_that_postgresql_could_not_store_is_refused(officer: User) -> None:
    client = signed_in(officer)
    prove_password(client)
    for strange in ('{"id": "\\u0000"}', "[" * 50, "{}", '"x"', '{"id": "' + "a" * 30_000 + '"}'):
        assert client.post(reverse("mfa_add_webauthn"), {"name": "x", "credential": strange}).status_code == 200
    assert not Authenticator.objects.exists()


def test_nobody_can_change_or_remove_anothers_passkey(officer: User) -> None:
    key = Authenticator.objects.create(user=officer, type="webauthn", data={"name": "鍵", "credential": {}})
    client = signed_in(person())
    prove_password(client)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client.post(reverse(name, kwargs={"pk": key.pk}), {"name": "x"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "鍵"


def test_where_it_is_not_required_nobody_is_asked(officer: User, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    assert signed_in(officer).get("/admin/").status_code == 200
    assert signed_in(supporters.manager().user).get("/desk/members/").status_code == 200
