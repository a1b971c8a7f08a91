"""What can be done with a client company: saved once, with history, by its organisation's people only."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from pytest_django import DjangoAssertNumQueries

from applications.clients import clients, many
from applications.clients.clients import ClientRefused, StaleClient, differences, state_of
from applications.clients.words import clean_tags, read_corporate_number, search_text
from applications.models import Client, Consultation, Event, Match, Membership, Sheet
from applications.selectors import desk
from eligibility.checks import BLANK, UNKNOWN, known
from portal.common.japanese import NotReadable
from tests.applications.supporters import SHOP, adviser, client_of, manager, organisation
from tests.factories import SelfCheckFactory

pytestmark = pytest.mark.django_db

NUMBER = "7000012050002"


@pytest.fixture
def tanto() -> Membership:
    return adviser()


def fresh(client: Client) -> Client:
    return Client.objects.get(pk=client.pk)


def history_of(client: Client) -> list[Any]:
    return list(desk.revisions(client))


# --- making one -------------------------------------------------------------------------------------------------------


def test_a_new_client_is_in_the_history_and_matched(tanto: Membership, programmes: None) -> None:
    client = client_of(tanto, "うずしお商店")

    assert client.stamp == 1 and client.created_by == tanto.user
    assert Match.objects.filter(client=client, program="jizokuka").exists()
    [row] = history_of(client)
    assert (row.stamp, row.history_user, row.history_change_reason) == (1, tanto.user, "新規登録")


def test_a_form_sent_twice_makes_one_client(tanto: Membership) -> None:
    key = uuid.uuid4()
    first, second = (clients.create(acting=tanto, values={"name": name}, pk=key) for name in ("一度目", "二度目"))

    assert (first.pk, second.pk, Client.objects.count()) == (key, key, 1)
    assert fresh(first).name == "一度目"


def test_the_key_of_another_organisations_client_gives_nothing_away(tanto: Membership) -> None:
    theirs = client_of(adviser("yoso", organisation("別の商工会")), "よその秘密")

    with pytest.raises(ClientRefused, match="使えません"):
        clients.create(acting=tanto, values={"name": "こちら"}, pk=theirs.pk)

    assert fresh(theirs).name == "よその秘密"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "　 "}, "name"),
        ({"name": "長" * 201}, "name"),
        ({"name": "二\n行"}, "name"),
        ({"name": "商店", "name_kana": "\x00"}, "name_kana"),
        ({"name": "商店", "notes": "\ud800"}, "notes"),
        ({"name": "商店", "notes": "長" * 5001}, "notes"),
        ({"name": "商店", "own_key": "1" * 51}, "own_key"),
        ({"name": "商店", "tags": ["長" * 31]}, "tags"),
        ({"name": "商店", "tags": [f"札{number}" for number in range(21)]}, "tags"),
        ({"name": "商店", "tags": ["札\x07"]}, "tags"),
    ],
)
def test_what_no_database_or_page_can_hold_is_refused(tanto: Membership, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ClientRefused) as refused:
        clients.create(acting=tanto, values=values)

    assert set(refused.value.problems) == {field}
    assert not Client.objects.exists()


@pytest.mark.services
def test_strange_names_are_kept_as_they_are_and_found(tanto: Membership) -> None:
    name = "株式会社𠮷野㈱髙﨑①＝<script>'%_" + "長" * 170
    client = clients.create(acting=tanto, values={"name": name, "notes": "一行\r\n二行\tタブ"})

    kept = fresh(client)
    assert (kept.name, kept.notes) == (name, "一行\n二行\tタブ")
    assert history_of(client)[0].name == name


def test_a_number_that_another_client_has_names_that_client(tanto: Membership) -> None:
    there = client_of(tanto, "先にいた商店", corporate_number=NUMBER)

    with pytest.raises(ClientRefused) as refused:
        client_of(tanto, "後から来た商店", corporate_number=NUMBER)

    assert "先にいた商店" in refused.value.problems["corporate_number"]
    assert refused.value.twins == {"corporate_number": there.pk}


def test_own_keys_are_one_to_a_client_within_an_organisation_only(tanto: Membership) -> None:
    values = {"name": "商店", "own_key": "A-1"}
    clients.create(acting=tanto, values=values)
    clients.create(acting=adviser("yoso", organisation("別の商工会")), values=values)

    with pytest.raises(ClientRefused) as refused:
        clients.create(acting=tanto, values=values)

    assert set(refused.value.twins) == {"own_key"}


def test_somebody_of_another_organisation_is_not_assigned(tanto: Membership) -> None:
    stranger = adviser("yoso", organisation("別の商工会"))

    with pytest.raises(ClientRefused) as refused:
        clients.create(acting=tanto, values={"name": "商店", "assigned_to": stranger.user})

    assert set(refused.value.problems) == {"assigned_to"}


def test_a_client_from_a_shared_check_has_its_readable_answers(tanto: Membership) -> None:
    answers = SHOP | {"payroll_growth": Decimal("1.5"), "gone_fact": 1, "employees": "不明"}
    check = SelfCheckFactory(profile=answers, unknown=["annual_sales", "gone_fact"])

    client = clients.create_from_check(acting=tanto, check=check, values={"name": "写し"})

    assert client.profile == {key: answers[key] for key in answers if key not in ("gone_fact", "employees")}
    assert client.unknown == ["annual_sales"]
    assert history_of(client)[0].history_change_reason == "自社診断の共有コードから作成"


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_save_is_one_change_with_its_stamp(tanto: Membership) -> None:
    client, boss = client_of(tanto), manager()

    saved = clients.save(acting=boss, client=client, stamp=1, values={"name": "新うずしお商店"}, reason="改名")

    assert (saved.stamp, saved.name, saved.updated_by) == (2, "新うずしお商店", boss.user)
    assert [(row.stamp, row.history_user, row.history_change_reason) for row in history_of(client)] == [
        (2, boss.user, "改名"),
        (1, tanto.user, "新規登録"),
    ]


def test_a_save_without_a_change_leaves_no_trace(tanto: Membership) -> None:
    client = client_of(tanto)

    saved = clients.save(acting=tanto, client=client, stamp=1, values={"name": " うずしお商店 "}, profile=SHOP)

    assert saved.stamp == 1 and len(history_of(client)) == 1


def test_matches_follow_a_changed_answer(tanto: Membership, programmes: None) -> None:
    client = client_of(tanto)

    def verdict() -> str:
        return Match.objects.get(client=client, program="jizokuka", frame="tsujo").verdict

    before = verdict()
    clients.save_answers(acting=tanto, client=client, stamp=1, answers={"employees": known(500)})

    assert (before != "not_eligible", verdict()) == (True, "not_eligible")


def test_renaming_a_client_does_not_match_it_anew(tanto: Membership, programmes: None) -> None:
    client = client_of(tanto)
    before = set(Match.objects.filter(client=client).values_list("pk", flat=True))

    clients.save(acting=tanto, client=client, stamp=1, values={"name": "改名"})

    assert before and set(Match.objects.filter(client=client).values_list("pk", flat=True)) == before


def test_answers_of_one_page_leave_the_others(tanto: Membership) -> None:
    client = client_of(tanto)

    answers = {"capital": UNKNOWN, "employees": BLANK, "annual_sales": known(1)}
    saved = clients.save_answers(acting=tanto, client=client, stamp=1, answers=answers)

    assert (saved.unknown, saved.profile["annual_sales"], saved.profile["industry"]) == (["capital"], 1, "58")
    assert not {"capital", "employees"} & saved.profile.keys()


def test_the_second_of_two_saves_of_one_state_is_stale(tanto: Membership) -> None:
    client = client_of(tanto)
    clients.save(acting=manager(), client=client, stamp=1, values={"name": "管理者の名前"})

    with pytest.raises(StaleClient) as stale:
        clients.save(acting=tanto, client=client, stamp=1, values={"name": "担当者の名前"})

    assert (stale.value.current.name, fresh(client).name) == ("管理者の名前", "管理者の名前")


def test_who_has_left_stays_assigned_until_somebody_else_is(tanto: Membership) -> None:
    """Another field can be saved meanwhile."""
    client, boss = client_of(tanto), manager()
    client = clients.save(acting=boss, client=client, stamp=1, values={"assigned_to": tanto.user})
    Membership.objects.filter(pk=tanto.pk).update(left_at="2023-01-01T00:00Z")

    saved = clients.save(acting=boss, client=client, stamp=2, values={"notes": "あ", "assigned_to": tanto.user})

    assert saved.assigned_to == tanto.user


# --- history ----------------------------------------------------------------------------------------------------------


def test_differences_are_told_in_words(tanto: Membership) -> None:
    client = client_of(tanto)
    values = {"tags": "青年部、飲食", "assigned_to": tanto.user, "is_archived": True}
    clients.save(
        acting=tanto, client=client, stamp=1, values=values, profile=SHOP | {"employees": 5}, unknown=["capital"]
    )

    after, before = history_of(client)

    assert {(found.label, found.before, found.after) for found in differences(before, after)} >= {
        ("タグ", "", "青年部、飲食"),
        ("担当者", "", "tanto"),
        ("支援終了", "", "はい"),
        ("従業員", "4人", "5人"),
    }


def test_of_amounts_only_those_that_differ_are_told(tanto: Membership) -> None:
    before = Client(profile={"monthly_sales": {"2023-08": 100, "2023-09": 5}, "expenses": {"machinery": 0}})
    after = Client(profile={"monthly_sales": {"2023-08": 100, "2023-09": 6, "2023-10": 7}}, unknown=["expenses"])

    told = {found.key: (found.before, found.after) for found in differences(before, after)}

    assert told["monthly_sales"] == ("2023年9月 5円", "2023年9月 6円、2023年10月 7円")
    assert told["expenses"] == ("機械装置・設備の購入費 0円", "わからない")


def test_an_earlier_state_is_taken_up_again_as_a_new_change(tanto: Membership) -> None:
    client = client_of(tanto)
    first = state_of(client)
    clients.save(acting=tanto, client=client, stamp=1, values={"name": "改名"}, profile={}, unknown=["capital"])
    then = history_of(client)[-1]

    restored = clients.restore(acting=tanto, client=client, stamp=2, then=then, reason="戻す")

    assert state_of(fresh(client)) == first and restored.stamp == 3
    assert history_of(client)[0].history_change_reason == "戻す"


def test_what_is_taken_up_again_assigns_nobody_who_left(tanto: Membership) -> None:
    boss = manager()
    client = clients.create(acting=boss, values={"name": "商店", "assigned_to": tanto.user})
    clients.save(acting=boss, client=client, stamp=1, values={"name": "改名", "assigned_to": boss.user})
    Membership.objects.filter(pk=tanto.pk).update(left_at="2023-01-01T00:00Z")

    restored = clients.restore(acting=boss, client=client, stamp=2, then=history_of(client)[-1], reason="戻す")

    assert (restored.name, restored.assigned_to) == ("商店", None)


@pytest.mark.services
def test_a_deleted_client_takes_everything_with_it_but_the_record() -> None:
    boss = manager()
    client, stays = client_of(boss), client_of(boss, "残る商店")
    consultation = Consultation.objects.create(client=client, held_on="2023-10-17", adviser=boss.user)
    Sheet.objects.create(client=client, consultation=consultation, kind="final", context={}, content_hash="0" * 64)

    with pytest.raises(PermissionDenied):
        clients.delete(acting=adviser(), client=client)
    for _ in range(2):  # sent twice is once
        clients.delete(acting=boss, client=client)

    assert list(Client.objects.all()) == [stays]
    assert not Consultation.objects.exists() and not Sheet.objects.exists()
    assert history_of(client) == [] and len(history_of(stays)) == 1
    assert [(event.action, event.detail) for event in Event.objects.all()] == [("支援先を削除", "うずしお商店")]


# --- several at once --------------------------------------------------------------------------------------------------


def test_many_are_changed_and_only_ones_own(tanto: Membership) -> None:
    mine = [client_of(tanto, name) for name in ("甲", "乙")]
    theirs = client_of(adviser("yoso", organisation("別の商工会")), "よそ")
    keys = [client.pk for client in (*mine, theirs)]

    assert many.add_tags(acting=tanto, chosen=keys, tags="青年部 #飲食") == 2
    assert many.add_tags(acting=tanto, chosen=keys, tags="青年部") == 0
    assert many.remove_tags(acting=tanto, chosen=keys, tags="飲食") == 2
    assert many.assign(acting=tanto, chosen=keys, person=tanto.user) == 2

    assert {tuple(fresh(client).tags) for client in mine} == {("青年部",)}
    assert {fresh(client).assigned_to for client in mine} == {tanto.user}
    assert (fresh(theirs).tags, fresh(theirs).assigned_to, fresh(theirs).stamp) == ([], None, 1)


def test_many_are_all_changed_or_none(tanto: Membership) -> None:
    few, full = client_of(tanto, "甲"), client_of(tanto, "乙")
    clients.save(acting=tanto, client=full, stamp=1, values={"tags": [f"札{number}" for number in range(20)]})

    with pytest.raises(ClientRefused):
        many.add_tags(acting=tanto, chosen=[few.pk, full.pk], tags="もう一つ")

    assert fresh(few).tags == []


def test_ending_the_support_is_recorded_and_can_be_undone(tanto: Membership) -> None:
    client = client_of(tanto)

    for is_archived in (True, True, False):
        many.set_archived(acting=tanto, chosen=[client.pk], is_archived=is_archived)

    assert fresh(client).is_archived is False and fresh(client).stamp == 3
    told = sorted((event.action, event.detail) for event in Event.objects.all())
    assert told == [("支援再開", "うずしお商店"), ("支援終了", "うずしお商店")]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["乙", "甲"], "乙、甲（2社）"),
        (["4", "3", "2", "1"], "1、2、3 ほか（4社）"),
        ([f"{number}" + "長" * 199 for number in range(5)], "ほか（5社）"),
    ],
)
def test_the_record_names_those_whose_support_ended(tanto: Membership, names: list[str], told: str) -> None:
    keys = [client_of(tanto, name).pk for name in names]
    many.set_archived(acting=tanto, chosen=keys, is_archived=True)
    assert Event.objects.get().detail.endswith(told)


def test_more_than_a_page_is_refused(tanto: Membership) -> None:
    with pytest.raises(many.TooManyClients):
        many.assign(acting=tanto, chosen=[uuid.uuid4() for _ in range(many.MOST + 1)], person=None)


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [NUMBER, "７０００−０１２０−５０００２", " T7000012050002 ", "7-0000-1205-0002"])
def test_corporate_numbers_are_read_as_people_write_them(typed: str) -> None:
    assert read_corporate_number(typed) == NUMBER


@pytest.mark.parametrize("typed", ["", "700001205000", "7000012050003", "70000120500021", "７０００だよ"])
def test_what_is_no_corporate_number_is_refused(typed: str) -> None:
    with pytest.raises(NotReadable):
        read_corporate_number(typed)


def test_tags_are_read_from_one_line() -> None:
    assert clean_tags("飲食、青年部　#創業，ＩＴ it") == ["飲食", "青年部", "創業", "ＩＴ"]
    assert clean_tags(["空白 のある札", " 空白　のある札 "]) == ["空白 のある札"]


def test_the_search_text_keeps_its_parts_apart() -> None:
    client = Client(name="ニコニコ", name_kana="", own_key="A 1", notes="一行\n二行", tags=["飲食"])
    assert search_text(client) == "\nにこにこ\n\n\na1\n一行二行\n#飲食\n"


def test_what_a_save_costs(
    tanto: Membership, programmes: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(tanto)
    with django_assert_num_queries(7):
        clients.save(acting=tanto, client=client, stamp=1, values={"name": "改名"})
