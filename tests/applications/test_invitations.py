"""Invitations: by mail, taken up once by the right person, dead once used, revoked, sent again or late."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Event, Invitation, Membership, Organisation
from applications.organisations import invitations
from applications.organisations.invitations import InvitationRefused, Ticket
from applications.organisations.tokens import digest_of
from portal.accounts.models import User
from tests.applications import supporters
from tests.applications.threads import at_once

pytestmark = pytest.mark.django_db

NEW = {"name": "髙﨑 𠮷子", "password1": "correct horse battery", "password2": "correct horse battery"}
EMAIL = "yoshiko@example.jp"


def signed_in(acting: Membership) -> Client:
    client = Client()
    client.force_login(acting.user)
    return client


def invited(email: str = EMAIL, role: str = "adviser", by: Membership | None = None) -> Ticket:
    return invitations.invite(acting=by or supporters.manager(), email=email, role=role)


def page_of(ticket: Ticket) -> str:
    return reverse("supporters:invitation", args=[ticket.token])


def test_a_manager_invites_and_the_mail_holds_the_only_link() -> None:
    client = signed_in(supporters.manager())
    answer = client.post(
        reverse("supporters:invite"), {"email": " Yoshiko@Example.jp ", "role": "adviser"}, follow=True
    )
    assert "yoshiko@example.jp に招待メールを送りました。リンクは14日間使えます。" in answer.content.decode()
    letter, row = mail.outbox[0], Invitation.objects.get()
    assert (letter.to, letter.subject) == ([EMAIL], "【しるべ】阿波商工会への招待")
    link = next(line for line in letter.body.splitlines() if line.startswith("http"))
    token = link.rstrip("/").rpartition("/")[2]
    assert row.token_hash == digest_of(token)
    assert token not in str(Invitation.objects.values())
    assert row.expires_at - row.created_at == timedelta(days=14)
    assert Event.objects.get().action == "招待"


def test_the_link_begins_where_people_open_the_portal(settings: Any) -> None:
    settings.PORTAL_BASE_URL = "https://portal.example"
    ticket = invited()
    assert invitations.mail(ticket)
    assert f"https://portal.example{page_of(ticket)}" in mail.outbox[0].body


def test_the_mail_is_plain_text_and_its_subject_one_line() -> None:
    manager = supporters.manager(of=supporters.organisation("A&B\n<商工会>"))
    assert invitations.mail(invited(by=manager))
    assert mail.outbox[0].subject == "【しるべ】A&B <商工会>への招待"
    assert "A&B\n<商工会> から" in mail.outbox[0].body


def test_a_new_person_joins_and_is_at_the_desk(client: Client) -> None:
    ticket = invited()
    page = client.get(page_of(ticket)).content.decode()
    assert "阿波商工会" in page
    assert "相談員" in page
    assert EMAIL in page
    assert client.post(page_of(ticket), NEW).url == reverse("supporters:home")
    user = User.objects.get(email=EMAIL)
    assert (user.username, user.get_full_name()) == (EMAIL, "髙﨑 𠮷子")
    assert user.check_password(NEW["password1"])
    assert EmailAddress.objects.get(user=user).verified
    assert client.session[SESSION_KEY] == str(user.pk)
    assert client.get(reverse("supporters:members")).status_code == 200
    assert [event.action for event in Event.objects.all()] == ["参加", "招待"]


def test_a_new_manager_is_asked_for_a_second_factor_first(client: Client, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    assert client.post(page_of(invited(role="manager")), NEW).url == reverse("supporters:home")
    assert client.get(reverse("supporters:members")).url.startswith(reverse("account_second_factor"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "a\nb"},
        {"name": "あ" * 101},
        {"password1": "short", "password2": "short"},
        {"password1": "123456789012", "password2": "123456789012"},
        {"password1": "yoshiko@example.jp", "password2": "yoshiko@example.jp"},
        {"password2": "another one"},
    ],
)
def test_what_is_no_name_or_no_good_password_makes_no_account(client: Client, wrong: dict[str, str]) -> None:
    ticket = invited()
    assert client.post(page_of(ticket), NEW | wrong).status_code == 422
    assert not User.objects.filter(email=EMAIL).exists()
    assert Invitation.objects.get().is_open


def test_twice_is_once(client: Client) -> None:
    ticket = invited()
    client.post(page_of(ticket), NEW)
    assert client.post(page_of(ticket), NEW).url == reverse("supporters:home")
    stranger = Client().post(page_of(ticket), NEW | {"name": "別人"})
    assert stranger.status_code == 410
    assert "もう使われています" in stranger.content.decode()
    assert User.objects.filter(email=EMAIL).count() == 1
    assert Membership.objects.filter(user__email=EMAIL).count() == 1


def test_a_link_that_is_dead_says_why(client: Client) -> None:
    manager = supporters.manager()
    late, revoked = invited("late@example.jp", by=manager), invited("revoked@example.jp", by=manager)
    Invitation.objects.filter(pk=late.invitation.pk).update(expires_at=timezone.now())
    invitations.revoke(acting=manager, invitation=revoked.invitation)
    for ticket, words in ((late, "期限が過ぎています"), (revoked, "取り消されました")):
        for answer in (client.get(page_of(ticket)), client.post(page_of(ticket), NEW)):
            assert answer.status_code == 410
            assert words in answer.content.decode()
    unknown = client.get(reverse("supporters:invitation", args=["x" * 43]))
    assert unknown.status_code == 404
    assert "この招待は見つかりません" in unknown.content.decode()
    assert not User.objects.exclude(pk=manager.user_id).exists()


def test_sending_again_makes_a_new_link_and_the_old_one_is_dead(client: Client) -> None:
    manager = supporters.manager()
    ticket = invited(by=manager)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    desk = signed_in(manager)
    assert "期限が過ぎました" in desk.get(reverse("supporters:members")).content.decode()
    desk.post(reverse("supporters:invitation_resend", args=[ticket.invitation.pk]))
    assert client.get(page_of(ticket)).status_code == 404
    link = next(line for line in mail.outbox[0].body.splitlines() if line.startswith("http"))
    assert client.get(link).status_code == 200


def test_inviting_the_same_address_again_is_sending_again() -> None:
    manager = supporters.manager()
    first, second = invited(by=manager), invited(role="manager", by=manager)
    assert first.invitation == second.invitation
    assert Invitation.objects.get().role == "manager"
    assert first.token != second.token


def test_a_mail_server_that_is_down_is_told_and_the_invitation_stays(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client = signed_in(supporters.manager())
    answer = client.post(reverse("supporters:invite"), {"email": EMAIL, "role": "adviser"}, follow=True)
    assert "メールを送れませんでした" in answer.content.decode()
    assert "もう一度送る" in answer.content.decode()
    assert Invitation.objects.get().is_open


def test_who_is_in_already_is_not_invited() -> None:
    manager = supporters.manager()
    with pytest.raises(InvitationRefused, match="すでに職員です"):
        invited("KANRI@example.jp", by=manager)


def test_nobody_sends_mails_to_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST", 2)
    manager = supporters.manager()
    for number in range(2):
        invited(f"a{number}@example.jp", by=manager)
    with pytest.raises(InvitationRefused, match="2件"):
        invited(by=manager)
    invited("a1@example.jp", by=manager)  # again is no more


@pytest.mark.parametrize("email", ["", "だめ", "a@b", "a" * 150 + "@example.jp", "a@example.jp\nBcc: b@example.jp"])
def test_what_is_no_address_is_refused(email: str) -> None:
    answer = signed_in(supporters.manager()).post(reverse("supporters:invite"), {"email": email, "role": "adviser"})
    assert answer.status_code == 422
    assert mail.outbox == []


def test_who_has_an_account_signs_in_first(client: Client) -> None:
    User.objects.create_user("yoshiko", email=EMAIL, password=NEW["password1"])
    ticket = invited()
    assert "アカウントがすでにあります" in client.get(page_of(ticket)).content.decode()
    assert client.post(page_of(ticket), NEW).status_code == 200
    assert User.objects.filter(email=EMAIL).count() == 1
    signed = client.post(
        reverse("account_login"), {"login": EMAIL, "password": NEW["password1"], "next": page_of(ticket)}, follow=True
    )
    assert "さんとして参加します" in signed.content.decode()
    assert client.post(page_of(ticket)).url == reverse("supporters:home")
    assert Membership.objects.get(user__username="yoshiko").organisation.name == "阿波商工会"


def test_another_account_than_invited_must_be_confirmed(client: Client) -> None:
    user = User.objects.create_user("other", email="other@example.jp")
    client.force_login(user)
    ticket = invited()
    assert "招待されたメールアドレスと違います" in client.get(page_of(ticket)).content.decode()
    assert client.post(page_of(ticket)).status_code == 422
    assert not user.memberships.exists()
    assert client.post(page_of(ticket), {"confirmed": "on"}).url == reverse("supporters:home")
    assert user.memberships.get().role == "adviser"


def test_a_member_elsewhere_cannot_join(client: Client) -> None:
    elsewhere = supporters.adviser(of=supporters.organisation("土佐商工会"))
    client.force_login(elsewhere.user)
    ticket = invited(elsewhere.user.email)
    assert "すでに「土佐商工会」の職員です" in client.get(page_of(ticket)).content.decode()
    assert client.post(page_of(ticket)).status_code == 422
    assert Membership.objects.get(user=elsewhere.user) == elsewhere
    assert Invitation.objects.get().is_open


def test_who_left_can_come_back() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    Membership.objects.filter(pk=adviser.pk).update(left_at=timezone.now())
    invitations.accept(invitation=invited(adviser.user.email, by=manager).invitation, user=adviser.user)
    assert adviser.user.memberships.filter(left_at=None).count() == 1


def test_advisers_and_strangers_invite_nobody() -> None:
    ticket = invited()
    elsewhere = supporters.manager("yoso", of=supporters.organisation("土佐商工会"))
    for name in ("invitation_resend", "invitation_revoke"):
        address = reverse(f"supporters:{name}", args=[ticket.invitation.pk])
        assert signed_in(elsewhere).post(address).status_code == 404
        assert signed_in(elsewhere).get(address).status_code == 405
    adviser = signed_in(supporters.adviser())
    assert adviser.post(reverse("supporters:invite"), {"email": "a@example.jp", "role": "manager"}).status_code == 403
    assert EMAIL not in adviser.get(reverse("supporters:members")).content.decode()
    assert Invitation.objects.get().is_open


def test_revoking_leaves_one_that_was_used_alone() -> None:
    manager = supporters.manager()
    ticket = invited(by=manager)
    invitations.accept_as_new(invitation=ticket.invitation, name="x", password="x")
    invitations.revoke(acting=manager, invitation=ticket.invitation)
    assert Invitation.objects.get().revoked_at is None
    with pytest.raises(InvitationRefused):
        invitations.resend(acting=manager, invitation=ticket.invitation)


def test_an_officer_begins_an_organisation_with_its_first_manager(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(User.objects.create_superuser("officer"))
    values = {"name": "讃岐商工会", "kind": "shokokai", "prefecture": "37", "manager": EMAIL}
    inlines = {
        f"{name}-{part}": 0 for name in ("memberships", "invitations") for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("admin:applications_organisation_add"), values | inlines)
    assert answer.status_code == 302
    invitation = Organisation.objects.get().invitations.get()
    assert (invitation.email, invitation.role) == (EMAIL, "manager")
    assert mail.outbox[0].to == [EMAIL]
    page = client.get(reverse("admin:applications_organisation_change", args=[invitation.organisation_id]))
    assert EMAIL in page.content.decode()
    assert client.post(f"/admin/applications/organisation/{invitation.organisation_id}/delete/").status_code == 403


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_up_at_once_one_is_in() -> None:
    ticket = invited()
    answers = at_once(*[lambda: Client().post(page_of(ticket), NEW).status_code] * 2)
    assert sorted(answers) in ([200, 302], [302, 410])
    assert User.objects.filter(email=EMAIL).count() == 1
    assert Membership.objects.filter(user__email=EMAIL).count() == 1
