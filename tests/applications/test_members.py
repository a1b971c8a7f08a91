"""Members: who is in, roles, leaving; the organisation's own data and the record."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import ApiToken, Event, Invitation, Membership, Organisation
from applications.organisations import invitations, members, tokens
from applications.organisations.invitations import InvitationRefused
from applications.organisations.members import MembershipRefused
from applications.selectors import desk
from tests.applications import supporters
from tests.applications.threads import at_once

pytestmark = pytest.mark.django_db

DETAILS = {"prefecture": "36", "address": "徳島市幸町2丁目5番地", "telephone": "088-000-0000", "email": ""}


def signed_in(acting: Membership) -> Client:
    client = Client()
    client.force_login(acting.user)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"supporters:{name}", args=args)


def test_all_members_see_who_is_in() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    supporters.manager("yoso", of=supporters.organisation("土佐商工会"))
    page = signed_in(adviser).get(url("members")).content.decode()
    assert "kanri@example.jp" in page
    assert "いまの職員（2人）" in page
    assert "yoso" not in page
    assert url("member_leave", adviser.pk) in page
    assert url("member_leave", manager.pk) not in page
    assert url("member_role", adviser.pk) not in page
    assert "招待メールを送る" not in page


def test_the_page_takes_the_same_queries_for_any_number_of_members(django_assert_num_queries: Any) -> None:
    client = signed_in(supporters.manager())
    for number in range(4):
        supporters.adviser(f"tanto{number}")
    with django_assert_num_queries(5):  # session, person, membership, members, invitations
        client.get(url("members"))


def test_a_manager_changes_roles() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    client = signed_in(manager)
    assert client.get(url("member_role", adviser.pk)).status_code == 200
    answer = client.post(url("member_role", adviser.pk), {"role": "manager"}, follow=True)
    assert "tantoさんの役割は「管理者」です。" in answer.content.decode()
    assert Event.objects.get().detail == "tanto：相談員→管理者"
    members.change_role(acting=manager, member=adviser, role="manager")
    assert Event.objects.count() == 1, "a change to what it is already is none"


def test_the_last_manager_stays() -> None:
    manager = supporters.manager()
    supporters.adviser()
    client = signed_in(manager)
    for answer in (
        client.post(url("member_role", manager.pk), {"role": "adviser"}),
        client.post(url("member_leave", manager.pk), {}),
    ):
        assert answer.status_code == 422
        assert "管理者がいなくなるため、できません" in answer.content.decode()
    second = supporters.manager("second")
    second.user.is_active = False
    second.user.save()
    with pytest.raises(MembershipRefused):  # one who cannot sign in does not count
        members.end(acting=manager, member=manager, successor=None)
    second.user.is_active = True
    second.user.save()
    members.change_role(acting=manager, member=manager, role="adviser")


def test_who_leaves_is_locked_out_at_once_and_the_clients_go_on() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    client = supporters.client_of(adviser, "うずしお商店")
    kept = supporters.client_of(manager, "別の店")
    type(client).objects.filter(pk=client.pk).update(assigned_to=adviser.user)
    _, secret = tokens.create(acting=adviser, name="会計", can_write=True)
    theirs = signed_in(adviser)
    assert theirs.get(url("members")).status_code == 200

    boss = signed_in(manager)
    assert "いま担当している支援先：1社" in boss.get(url("member_leave", adviser.pk)).content.decode()
    answer = boss.post(url("member_leave", adviser.pk), {"successor": manager.pk}, follow=True)
    assert "担当していた支援先1社を引き継ぎました" in answer.content.decode()

    assert theirs.get(url("members")).status_code == 403
    assert desk.token_of(tokens.digest_of(secret)) is None
    assert ApiToken.objects.get().revoked_at is not None
    client.refresh_from_db()
    assert (client.assigned_to, client.stamp) == (manager.user, 2)
    newest = client.history.first()
    assert (newest.history_user, newest.history_change_reason) == (manager.user, "担当者の離任")
    assert newest.assigned_to == manager.user
    kept.refresh_from_db()
    assert kept.stamp == 1
    event = Event.objects.filter(action="職員の離任").get()
    assert event.detail == "tanto（担当していた支援先 1社はkanriへ）"


def test_clients_without_a_successor_have_no_adviser() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    client = supporters.client_of(adviser)
    type(client).objects.update(assigned_to=adviser.user)
    assert members.end(acting=manager, member=adviser, successor=None) == 1
    client.refresh_from_db()
    assert client.assigned_to is None


def test_many_clients_change_hands_in_few_queries(
    django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    monkeypatch.setattr(members, "AT_ONCE", 3)
    for number in range(7):
        client = supporters.client_of(adviser, f"店{number}")
    type(client).objects.update(assigned_to=adviser.user)
    with django_assert_max_num_queries(40):
        assert members.end(acting=manager, member=adviser, successor=manager) == 7
    assert type(client).objects.filter(assigned_to=manager.user, stamp=2).count() == 7
    assert client.history.model.objects.filter(history_change_reason="担当者の離任").count() == 7


@pytest.mark.parametrize("how", ["leaves", "is demoted"])
def test_what_a_manager_sent_out_does_not_lead_back_in(how: str) -> None:
    manager, second = supporters.manager(), supporters.manager("second")
    theirs = invitations.invite(acting=second, email="second@home.example", role="manager")
    other = invitations.invite(acting=manager, email="other@example.jp", role="adviser")
    if how == "leaves":
        assert "まだ使われていないものは、取り消されます" in (
            signed_in(manager).get(url("member_leave", second.pk)).content.decode()
        )
        members.end(acting=manager, member=second, successor=None)
    else:
        members.change_role(acting=manager, member=second, role="adviser")
    assert Client().get(url("invitation", theirs.token)).status_code == 410
    assert Client().get(url("invitation", other.token)).status_code == 200
    assert Event.objects.get(action="招待の取消").detail == "second@home.example"


def test_one_can_leave_oneself() -> None:
    supporters.manager()
    adviser = supporters.adviser()
    client = signed_in(adviser)
    answer = client.post(url("member_leave", adviser.pk), {}, follow=True)
    assert answer.redirect_chain == [(reverse("account_settings"), 302)]
    assert "離任しました" in answer.content.decode()
    assert client.get(url("members")).status_code == 403


def test_twice_is_once() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    members.end(acting=manager, member=adviser, successor=None)
    with pytest.raises(MembershipRefused, match="すでに離任"):
        members.end(acting=manager, member=adviser, successor=None)
    assert signed_in(manager).post(url("member_leave", adviser.pk), {}).status_code == 404
    assert Event.objects.count() == 1


def test_advisers_change_nobody_else() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    client = signed_in(adviser)
    for address in (url("member_leave", manager.pk), url("member_role", adviser.pk)):
        assert client.get(address).status_code == 403
        assert client.post(address, {"role": "manager"}).status_code == 403
    with pytest.raises(MembershipRefused):
        members.end(acting=adviser, member=manager, successor=None)
    assert Membership.objects.filter(left_at=None, role="manager").get() == manager


def test_another_organisations_members_do_not_exist() -> None:
    manager, adviser = supporters.manager(), supporters.adviser()
    elsewhere = supporters.manager("yoso", of=supporters.organisation("土佐商工会"))
    client = signed_in(elsewhere)
    for name in ("member_leave", "member_role"):
        assert client.get(url(name, adviser.pk)).status_code == 404
        assert client.post(url(name, adviser.pk), {"role": "manager"}).status_code == 404
        assert client.get(f"/desk/members/{'9' * 30}/leave/").status_code == 404
    stolen = signed_in(manager).post(url("member_leave", adviser.pk), {"successor": elsewhere.pk})
    assert stolen.status_code == 422
    assert desk.members(manager).count() == 2


def test_a_manager_who_was_demoted_meanwhile_changes_nothing() -> None:
    manager, second, adviser = supporters.manager(), supporters.manager("second"), supporters.adviser()
    members.change_role(acting=second, member=manager, role="adviser")
    with pytest.raises(MembershipRefused, match="役割が変わりました"):
        members.change_role(acting=manager, member=adviser, role="manager")


def test_a_manager_who_was_demoted_meanwhile_invites_nobody() -> None:
    manager, second = supporters.manager(), supporters.manager("second")
    waiting = invitations.invite(acting=second, email="waiting@example.jp", role="adviser").invitation
    members.change_role(acting=second, member=manager, role="adviser")
    with pytest.raises(InvitationRefused, match="役割が変わりました"):
        invitations.invite(acting=manager, email="later@home.example", role="manager")
    with pytest.raises(InvitationRefused, match="役割が変わりました"):
        invitations.resend(acting=manager, invitation=waiting)
    assert Invitation.objects.get().invited_by == second.user


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_last_managers_who_leave_at_once_one_stays() -> None:
    first, second = supporters.manager("first"), supporters.manager("second")
    answers = at_once(*(lambda who=who: members.end(acting=who, member=who, successor=None) for who in (first, second)))
    assert sorted(type(answer).__name__ for answer in answers) == ["MembershipRefused", "int"]
    assert Membership.objects.filter(left_at=None).count() == 1


def test_managers_keep_the_organisations_data() -> None:
    manager = supporters.manager()
    client = signed_in(manager)
    page = client.get(url("organisation")).content.decode()
    assert "阿波商工会" in page
    seen = client.get(url("organisation")).context["form"]["seen"].value()
    assert client.post(url("organisation"), DETAILS | {"seen": seen}).url == url("members")
    organisation = Organisation.objects.get()
    assert (organisation.address, organisation.telephone) == ("徳島市幸町2丁目5番地", "088-000-0000")
    assert Event.objects.get().detail == "所在地、電話番号"
    assert "徳島市幸町2丁目5番地" in client.get(url("members")).content.decode()


def test_two_managers_who_save_at_once_see_each_other() -> None:
    client = signed_in(supporters.manager())
    seen = client.get(url("organisation")).context["form"]["seen"].value()
    client.post(url("organisation"), DETAILS | {"seen": seen})
    late = client.post(url("organisation"), DETAILS | {"seen": seen, "address": "別の住所"})
    assert late.status_code == 409
    page = late.content.decode()
    assert "ほかの管理者が、先に保存しました" in page
    assert "徳島市幸町2丁目5番地" in page
    assert 'value="別の住所"' in page
    assert Organisation.objects.get().address == "徳島市幸町2丁目5番地"
    again = late.context["form"]["seen"].value()
    assert client.post(url("organisation"), DETAILS | {"seen": again, "address": "別の住所"}).status_code == 302
    assert Organisation.objects.get().address == "別の住所"


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "あ" * 201},
        {"address": "a\x00b"},
        {"telephone": "1\r\n2"},
        {"email": "だめ"},
        {"prefecture": "99"},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    client = signed_in(supporters.manager())
    seen = client.get(url("organisation")).context["form"]["seen"].value()
    assert client.post(url("organisation"), DETAILS | {"seen": seen} | wrong).status_code == 422
    assert Organisation.objects.get().address == ""


def test_the_record_is_the_organisations_own_and_paged(django_assert_num_queries: Any) -> None:
    manager = supporters.manager()
    elsewhere = supporters.manager("yoso", of=supporters.organisation("土佐商工会"))
    Event.record(elsewhere, "よその操作")
    for number in range(51):
        Event.record(manager, "書き出し", f"<script>{number}件")
    client = signed_in(manager)
    with django_assert_num_queries(5):  # session, person, membership, how many, fifty of them
        first = client.get(url("record")).content.decode()
    assert first.count("書き出し") == 50 + 1  # and the word in the introduction
    assert "&lt;script&gt;50件" in first
    assert "よその操作" not in first
    second = client.get(url("record"), {"p": "2"}).content.decode()
    assert "&lt;script&gt;0件" in second
    assert client.get(url("record"), {"p": "x" * 5000}).status_code == 200


def test_data_and_record_are_the_managers() -> None:
    adviser = signed_in(supporters.adviser())
    assert adviser.get(url("record")).status_code == 403
    assert adviser.get(url("organisation")).status_code == 403
    assert adviser.post(url("organisation"), DETAILS).status_code == 403
