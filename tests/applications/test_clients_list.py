"""The list of clients: what is found, in which order, at what cost; changes to the ticked ones."""

import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from applications.clients import clients, listing
from applications.models import Client, Match, Membership
from tests.applications.supporters import SHOP, adviser, client_of, manager, organisation

pytestmark = pytest.mark.django_db

LIST, MANY = "/desk/clients/", "/desk/clients/many/"
NUMBER = "7000012050002"


@pytest.fixture
def tanto() -> Membership:
    return adviser()


@pytest.fixture
def desk(tanto: Membership, client: Browser) -> Browser:
    client.force_login(tanto.user)
    return client


def made(acting: Membership, name: str, **values: Any) -> Client:
    return clients.create(acting=acting, values={"name": name} | values)


def names(desk: Browser, **params: str) -> list[str]:
    page = desk.get(LIST, params)
    assert page.status_code == 200
    return [client.name for client, _ in page.context["rows"]]


def html(desk: Browser, **params: str) -> str:
    return desk.get(LIST, params).content.decode()


@pytest.mark.services
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("うずしお", True),
        ("ウズシオ", True),
        ("ｳｽﾞｼｵ", True),
        ("しょうてん", True),
        ("株 商店", True),
        ("商店 ㈱", True),
        ("AWA-7", True),
        ("ａｗａ－７", True),
        (NUMBER, True),
        ("T7000012050002", True),
        ("205000", True),
        ("後継者", True),
        ("青年部", True),
        ("商店 ない", False),
        ("%", False),
        ("_", False),
        ("商店うずしお", False),
        ("\\", False),
    ],
)
def test_the_search_finds_by_names_numbers_tags_and_notes(
    tanto: Membership, desk: Browser, typed: str, found: bool
) -> None:
    clients.create(
        acting=tanto,
        values={
            "name": "㈱うずしお商店",
            "name_kana": "ウズシオショウテン",
            "own_key": "ＡＷＡ-7",
            "tags": "青年部",
            "notes": "後継者を\n探している",
        },
        profile={"corporate_number": NUMBER},
    )
    made(tanto, "ほかの会社")

    assert (names(desk, q=typed) == ["㈱うずしお商店"]) is found


def test_nul_in_an_address_is_no_error(desk: Browser, tanto: Membership) -> None:
    made(tanto, "商店")
    assert names(desk, q="\x00", tag="\x00", p="\x00", assigned="\x00", sort="\x00") == ["商店"]


def test_only_the_own_organisations_clients_are_there(desk: Browser) -> None:
    client_of(adviser("yoso", organisation("別の商工会")), "よその秘密")

    assert names(desk) == [] and "よその秘密" not in html(desk, q="秘密", state="all")


def test_an_empty_list_says_how_to_begin(desk: Browser, tanto: Membership) -> None:
    assert "まだ支援先がありません" in html(desk)
    assert "条件に合う支援先はありません" in html(desk, q="ない")
    made(tanto, "商店")
    assert "まだ支援先がありません" not in html(desk)


def test_filters_by_person_tag_and_state(desk: Browser, tanto: Membership) -> None:
    boss = manager()
    made(tanto, "甲", assigned_to=tanto.user, tags="飲食")
    made(tanto, "乙", assigned_to=boss.user, tags="飲食店")
    made(tanto, "丙", is_archived=True)
    made(tanto, "丁", tags="ほか、飲食")

    assert names(desk) == ["丁", "乙", "甲"]
    assert names(desk, assigned="me") == ["甲"]
    assert names(desk, assigned=str(boss.user_id)) == ["乙"]
    assert names(desk, assigned="none") == ["丁"]
    assert names(desk, tag="飲食") == ["丁", "甲"]
    assert names(desk, state="ended") == ["丙"]
    assert names(desk, state="all") == ["丁", "丙", "乙", "甲"]
    assert names(desk, assigned="999999", tag="ない", state="?") == ["丁", "乙", "甲"]


def test_orders(desk: Browser, tanto: Membership) -> None:
    first = made(tanto, "乙", name_kana="オツ", own_key="1")
    made(tanto, "甲", name_kana="コウ", own_key="2")
    made(tanto, "丙", name_kana="", own_key="")
    Client.objects.filter(pk=first.pk).update(updated_at=timezone.now())

    assert names(desk, sort="name") == ["丙", "乙", "甲"]
    assert names(desk, sort="kana") == ["乙", "甲", "丙"]
    assert names(desk, sort="own_key") == ["乙", "甲", "丙"]
    assert names(desk, sort="updated") == ["乙", "丙", "甲"]
    assert names(desk, sort="created") == ["丙", "甲", "乙"]


def matched(tanto: Membership, name: str, *rows: tuple[str, str, str, int]) -> None:
    """A client with matches (program, frame, verdict, open_review) as they are told."""
    client = made(tanto, name)
    client.matches.all().delete()
    Match.objects.bulk_create(
        Match(client=client, program=program, frame=frame, verdict=verdict, open_review=review, version="v", kind="x")
        for program, frame, verdict, review in rows
    )


@pytest.fixture
def verdicts(tanto: Membership) -> None:
    matched(tanto, "A", ("p", "1", "eligible", 0), ("p", "2", "eligible", 1), ("q", "1", "not_eligible", 0))
    matched(tanto, "B", ("p", "1", "eligible", 2), ("p", "2", "needs_info", 0), ("q", "1", "needs_info", 0))
    matched(tanto, "C", ("p", "1", "needs_info", 0), ("p", "2", "not_eligible", 0))
    matched(tanto, "D", ("p", "1", "not_eligible", 0), ("p", "2", "not_eligible", 0))
    matched(tanto, "E")


@pytest.mark.usefixtures("verdicts")
@pytest.mark.parametrize(
    ("program", "verdict", "found"),
    [
        ("p", "eligible", "A"),
        ("p", "review", "B"),
        ("p", "needs_info", "C"),
        ("p", "not_eligible", "D"),
        ("q", "needs_info", "B"),
        ("q", "not_eligible", "A"),
        ("q", "eligible", ""),
        ("p", "", "ABCD"),
        ("", "eligible", "A"),
        ("", "not_eligible", "D"),
    ],
)
def test_a_client_counts_once_per_programme_by_its_best_frame(
    tanto: Membership, program: str, verdict: str, found: str
) -> None:
    rows = listing.found(tanto, listing.Wanted(program=program, verdict=verdict))
    assert "".join(row.name for row in rows) == found


@pytest.mark.usefixtures("verdicts")
def test_the_counts_beside_a_client_say_the_same(tanto: Membership) -> None:
    every = list(Client.objects.order_by("name"))
    counts = listing.best_verdicts(every)

    assert [[verdict for verdict, count in counts.get(str(row.pk), {}).items() if count] for row in every] == [
        ["eligible", "not_eligible"],
        ["review", "needs_info"],
        ["needs_info"],
        ["not_eligible"],
        [],
    ]


@pytest.mark.usefixtures("programmes")
def test_a_list_can_be_linked_to_by_programme_and_verdict(desk: Browser, tanto: Membership) -> None:
    clients.create(acting=tanto, values={"name": "小さい店"}, profile=SHOP)
    clients.create(acting=tanto, values={"name": "大きい会社"}, profile=SHOP | {"employees": 5000})

    assert names(desk, program="jizokuka", verdict="not_eligible") == ["大きい会社"]
    assert "小さい店" not in names(desk, program="jizokuka", verdict="not_eligible")
    assert "制度" in html(desk, program="jizokuka") and names(desk, program="nai") == ["大きい会社", "小さい店"]


def test_what_is_shown_is_escaped(desk: Browser, tanto: Membership) -> None:
    made(tanto, "<script>alert(1)</script>", tags="<b>", name_kana="<i>")
    page = html(desk, q="<script>")
    assert "<script>alert" not in page and "<b>" not in page and "<i>" not in page


def test_fifty_to_a_page_at_a_constant_cost(
    desk: Browser, tanto: Membership, programmes: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made(tanto, "00")
    desk.get(LIST)  # the rules are compiled
    with django_assert_num_queries(10):
        assert len(names(desk)) == 1
    for number in range(1, 51):
        made(tanto, f"{number:02}", tags=f"札{number}", assigned_to=tanto.user)
    with django_assert_num_queries(10):
        assert len(names(desk)) == 50
    assert names(desk, p="2") == ["50"]
    assert names(desk, p="999") == ["50"]


# --- several at once --------------------------------------------------------------------------------------------------


def test_all_of_a_page_can_be_ticked_without_a_script(desk: Browser, tanto: Membership) -> None:
    made(tanto, "甲")
    assert "checked" not in html(desk)
    assert html(desk, chosen="page").count(" checked") == 1


def test_ticked_clients_are_changed_and_the_list_comes_back_as_it_was(desk: Browser, tanto: Membership) -> None:
    chosen, other = made(tanto, "甲"), made(tanto, "乙")

    answer = desk.post(
        MANY, {"client": [chosen.pk], "action": "tag", "tags": "青年部", "list": "q=%E7%94%B2&sort=kana"}
    )

    assert answer.headers["Location"] == f"{LIST}?q=%E7%94%B2&sort=kana"
    assert [Client.objects.get(pk=row.pk).tags for row in (chosen, other)] == [["青年部"], []]


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [("untag", "tags", []), ("end", "is_archived", True), ("assign", "assigned_to", None)],
)
def test_each_change_does_what_it_says(
    desk: Browser, tanto: Membership, action: str, field: str, value: object
) -> None:
    client = made(tanto, "甲", tags="青年部", assigned_to=tanto.user)

    desk.post(MANY, {"client": [client.pk], "action": action, "tags": "青年部", "assigned_to": ""})

    changed = Client.objects.get(pk=client.pk)
    assert getattr(changed, field) == value and changed.stamp == 2


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"client": [], "action": "end"}, "チェックを1社以上に付けて"),
        ({"client": ["x", str(uuid.uuid4())], "action": "tag", "tags": " 、"}, "タグを入力して"),
        ({"client": [str(uuid.uuid4())], "action": "nai"}, "変更"),
        ({"client": [str(uuid.uuid4()) for _ in range(101)], "action": "end"}, "100社まで"),
    ],
)
def test_a_change_that_makes_no_sense_says_why(
    desk: Browser, tanto: Membership, sent: dict[str, Any], says: str
) -> None:
    made(tanto, "甲")
    answer = desk.post(MANY, sent)
    assert answer.status_code == 422 and says in answer.content.decode()


def test_what_a_client_refuses_changes_none_and_keeps_the_ticks(desk: Browser, tanto: Membership) -> None:
    few, full = made(tanto, "甲"), made(tanto, "乙", tags=[f"札{number}" for number in range(20)])

    answer = desk.post(MANY, {"client": [few.pk, full.pk], "action": "tag", "tags": "もう一つ"})

    assert answer.status_code == 422 and "20個まで" in answer.content.decode()
    assert answer.content.decode().count('" checked') == 2
    assert Client.objects.get(pk=few.pk).tags == []


def test_what_can_be_done_with_ticks_is_told_above_them(desk: Browser, tanto: Membership) -> None:
    made(tanto, "甲")
    page = html(desk)
    assert page.index('href="#many"') < page.index("<table") < page.index('id="many"')
    assert "このページだけ" in page


@pytest.mark.parametrize("address", [MANY, "/desk/batches/new/"])
def test_without_a_tick_the_list_stays_as_it_was_and_says_what_to_do(
    desk: Browser, tanto: Membership, address: str
) -> None:
    made(tanto, "甲")
    made(tanto, "乙")

    answer = desk.post(address, {"list": "q=%E7%94%B2&sort=kana", "action": "end"}, follow=True)

    assert [client.name for client, _ in answer.context["rows"]] == ["甲"]
    assert answer.context["params"] == "q=%E7%94%B2&sort=kana"
    assert "チェックを1社以上に付けて" in answer.content.decode()


def test_a_change_on_a_later_page_stays_on_that_page(desk: Browser, tanto: Membership) -> None:
    last = [made(tanto, f"{number:02}") for number in range(51)][-1]
    asked = desk.get(LIST, {"p": "2"}).context["params"]
    sent = {"client": [last.pk], "action": "tag", "tags": "", "list": asked}

    refused = desk.post(MANY, sent)
    assert [client for client, _ in refused.context["rows"]] == [last]
    assert 'href="?' not in refused.content.decode()  # this address answers no GET

    assert desk.post(MANY, sent | {"tags": "青年部"}).headers["Location"] == f"{LIST}?p=2"
