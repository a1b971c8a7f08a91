"""Signing in, lock-out, one's own account; what does not exist."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from portal.accounts.models import User
from portal.accounts.people import AccountExists, create_account
from tests.portal.accounts import LOGIN, PASSWORD, person, sign_in, totp_of

pytestmark = pytest.mark.django_db


def is_signed_in(client: Client) -> bool:
    return SESSION_KEY in client.session


@pytest.mark.parametrize("login", ["tanaka", "tanaka@example.jp", "TANAKA@EXAMPLE.JP", " tanaka "])
def test_by_name_or_mail_address(client: Client, login: str) -> None:
    person()
    assert sign_in(client, login).url == reverse("account_settings")
    assert is_signed_in(client)


def test_officers_begin_at_the_admin_and_whoever_was_going_somewhere_goes_there(client: Client) -> None:
    person("officer", is_staff=True)
    assert sign_in(client, "officer").url == "/admin/"
    client.logout()
    assert sign_in(client, "officer", next="/admin/desk/").url == "/admin/desk/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_nobody_is_sent_to_another_site(client: Client, elsewhere: str) -> None:
    person()
    assert sign_in(client, "tanaka", next=elsewhere).url == reverse("account_settings")
    client.logout()
    assert client.get("/admin/login/", {"next": elsewhere}).url == f"{LOGIN}?next=/admin/"


def test_an_endless_user_name_is_refused(client: Client) -> None:
    answer = sign_in(client, "x" * 60_000)
    assert list(answer.context["form"].errors) == ["login"]


def test_wrong_passwords_and_unknown_people_get_the_same_answer(client: Client) -> None:
    person()
    answers = [sign_in(client, name, "wrong").context["form"].errors for name in ("tanaka", "nobody", "no@example.jp")]
    assert answers[0] == {"__all__": ["ユーザー名（メールアドレス）かパスワードが違います。"]}
    assert answers[0] == answers[1] == answers[2]


def test_an_account_is_locked_after_five_wrong_tries_even_for_the_right_password(client: Client) -> None:
    person()
    person("suzuki")
    for _ in range(5):
        assert "違います" in sign_in(client, "tanaka", "wrong").content.decode()
    answer = sign_in(Client(REMOTE_ADDR="192.0.2.9"), "tanaka")
    assert "間違いが続いたため、受け付けを止めています" in answer.content.decode()
    assert sign_in(client, "suzuki").status_code == 302, "another account at the same address is not locked"


def test_one_address_cannot_try_many_accounts(client: Client) -> None:
    """Twenty wrong tries a minute, whatever the names."""
    person()
    for number in range(20):
        sign_in(client, f"nobody-{number}", "wrong")
    assert "受け付けを止めています" in sign_in(client, "tanaka").content.decode()
    assert sign_in(Client(REMOTE_ADDR="192.0.2.9"), "tanaka").status_code == 302


def test_an_account_that_was_stopped_does_not_open(client: Client) -> None:
    person(is_active=False)
    answer = sign_in(client, "tanaka")
    assert answer.url == reverse("account_inactive")
    assert "このアカウントは使えません" in client.get(answer.url).content.decode()
    assert not is_signed_in(client)


def test_a_second_factor_is_asked_of_whoever_has_one(client: Client) -> None:
    totp_of(person())
    assert sign_in(client, "tanaka").url == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert client.get(reverse("account_settings")).status_code == 302


def test_wrong_codes_lock_the_second_step(client: Client) -> None:
    totp_of(person())
    sign_in(client, "tanaka")
    pages = [client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode() for _ in range(6)]
    assert "コードが違います" in pages[0]
    assert "受け付けを止めています" in pages[5]


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "confirm-email/", "2fa/", "3rdparty/", "login/code/confirm/", "signup/passkey/"]
)
def test_what_allauth_has_and_we_do_not_want_does_not_exist(client: Client, path: str) -> None:
    client.force_login(person())
    assert client.get(f"/accounts/{path}").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


@pytest.mark.parametrize(
    "path", ["", "home/", "password/", "codes/", "passkeys/", "passkeys/add/", "app/", "second-factor/"]
)
def test_ones_own_account_asks_to_sign_in(client: Client, path: str) -> None:
    answer = client.get(f"/accounts/{path}")
    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)


def test_the_admins_sign_in_leads_to_ours(client: Client) -> None:
    assert client.get("/admin/login/?next=/admin/desk/").url == f"{LOGIN}?next=/admin/desk/"
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).status_code == 405
    client.force_login(person("officer", is_staff=True))
    assert client.get("/admin/login/?next=/admin/desk/").url == "/admin/desk/"
    client.force_login(person())
    assert client.get("/admin/login/").status_code == 403
    assert client.get("/admin/password_change/").url == reverse("account_change_password")


def test_the_pages_of_signing_in_keep_the_strict_policy(client: Client) -> None:
    page = client.get(LOGIN)
    assert "script-src 'self'" in [part.strip() for part in page["Content-Security-Policy"].split(";")]
    assert "no-store" in page["Cache-Control"]


def test_a_new_password_by_mail(client: Client) -> None:
    """The link is good once; the second factor stays."""
    user = person()
    totp_of(user)
    answer = client.post(reverse("account_reset_password"), {"email": "Tanaka@example.jp"}, follow=True)
    assert "メールを確かめてください" in answer.content.decode()
    letter = mail.outbox[0]
    assert letter.subject == "【しるべ】パスワードの決め直し"
    assert "ログインのときの名前：tanaka" in letter.body
    link = next(line for line in letter.body.splitlines() if "/password/reset/key/" in line)

    form = client.get(link, follow=True)
    new = "another long password"
    weak = client.post(form.redirect_chain[-1][0], {"password1": "short", "password2": "short"})
    assert "短すぎます" in weak.content.decode()
    done = client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new}, follow=True)
    assert "パスワードを変えました" in done.content.decode()
    assert mail.outbox[-1].subject == "【しるべ】パスワードが変わりました"
    assert "このリンクは使えません" in Client().get(link, follow=True).content.decode()
    assert sign_in(Client(), "tanaka", new).url == reverse("mfa_authenticate")


def test_an_unknown_address_gets_no_mail_and_the_same_answer(client: Client) -> None:
    answer = client.post(reverse("account_reset_password"), {"email": "nobody@example.jp"})
    assert answer.url == reverse("account_reset_password_done")
    assert mail.outbox == []


def test_mails_are_not_sent_without_end(client: Client) -> None:
    person()
    answers = [client.post(reverse("account_reset_password"), {"email": "tanaka@example.jp"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert len(mail.outbox) == 3


def test_a_mail_server_that_is_down_fails_no_page_and_tells_nothing(client: Client, settings: Any) -> None:
    person()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for known in ("tanaka@example.jp", "nobody@example.jp"):
        assert client.post(reverse("account_reset_password"), {"email": known}).status_code == 302


def test_changing_ones_password(client: Client) -> None:
    user = person()
    client.force_login(user)
    new = "another long password"
    wrong = client.post(reverse("account_change_password"), {"oldpassword": "x", "password1": new, "password2": new})
    assert "今のパスワードが違います" in wrong.content.decode()
    right = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), right).url == reverse("account_settings")
    user.refresh_from_db()
    assert user.check_password(new)
    assert is_signed_in(client)


def test_an_account_without_a_password_can_be_given_one(client: Client) -> None:
    user = person()
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    page = client.get(reverse("account_change_password"), follow=True)
    assert "パスワードの設定" in page.content.decode()


def test_the_settings_show_and_keep_the_name(client: Client) -> None:
    user = person(last_name="田中", first_name="花子")
    client.force_login(user)
    page = client.get(reverse("account_settings")).content.decode()
    assert 'value="田中 花子"' in page
    assert "tanaka@example.jp" in page
    assert client.post(reverse("account_settings"), {"name": "髙﨑　𠮷子"}).status_code == 302
    user.refresh_from_db()
    assert user.get_full_name() == "髙﨑　𠮷子"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00b", "あ" * 101])
def test_a_name_that_is_none_is_refused(client: Client, name: str) -> None:
    user = person(last_name="田中")
    client.force_login(user)
    assert client.post(reverse("account_settings"), {"name": name}).status_code == 422
    user.refresh_from_db()
    assert user.last_name == "田中"


def test_the_settings_take_the_same_queries_for_any_number_of_passkeys(
    client: Client, django_assert_num_queries: Any
) -> None:
    client.force_login(person())
    with django_assert_num_queries(4):  # session, person, their place, what they sign in with
        client.get(reverse("account_settings"))


def test_signing_out_needs_a_press(client: Client) -> None:
    client.force_login(person())
    assert "ログアウトしますか" in client.get(reverse("account_logout")).content.decode()
    assert is_signed_in(client)
    assert client.post(reverse("account_logout")).url == LOGIN
    assert not is_signed_in(client)


def test_two_accounts_have_never_one_address() -> None:
    create_account(email="Hanako@Example.jp", name="花子", password=PASSWORD)
    for taken in ("hanako@example.jp", "HANAKO@EXAMPLE.JP"):
        with pytest.raises(AccountExists):
            create_account(email=taken, name="x", password=PASSWORD)
    assert User.objects.get().username == "hanako@example.jp"


def test_an_officer_changes_an_address_and_the_old_one_opens_nothing(client: Client) -> None:
    hanako = create_account(email="hanako@example.jp", name="花子", password=PASSWORD)
    person("taken")
    client.force_login(User.objects.create_superuser("admin"))
    page = f"/admin/accounts/user/{hanako.pk}/change/"

    def save(email: str) -> Any:
        values = {"username": hanako.username, "email": email, "is_active": "on"}
        return client.post(page, {**values, "date_joined_0": "2026-01-01", "date_joined_1": "00:00"})

    assert "ほかの人のアカウントで使われています" in save("Taken@example.jp").content.decode()
    assert save("new@example.jp").status_code == 302
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("new@example.jp", True, True)]
    Client().post(reverse("account_reset_password"), {"email": "hanako@example.jp"})
    assert mail.outbox == []
    Client().post(reverse("account_reset_password"), {"email": "new@example.jp"})
    assert [letter.to for letter in mail.outbox] == [["new@example.jp"]]


def test_officers_can_take_a_lost_second_factor_away_and_never_see_its_secret(client: Client) -> None:
    user = person()
    secret = totp_of(user)
    client.force_login(User.objects.create_superuser("admin"))
    row = user.authenticator_set.get()
    shown = client.get(f"/admin/mfa/authenticator/{row.pk}/change/")
    assert shown.status_code == 200
    assert secret not in shown.content.decode()
    assert client.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not user.authenticator_set.exists()


@pytest.mark.parametrize("credential", ["{}", "[]", '{"id": 5}', "[" * 5000 + "]" * 5000, "x"])
def test_a_credential_that_no_browser_wrote_is_refused(client: Client, credential: str) -> None:
    """The library that reads them raises whatever its parts raise; nobody should see a 500 for it."""
    assert client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"}).status_code == 200
    response = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert response.status_code in (200, 302, 400)
