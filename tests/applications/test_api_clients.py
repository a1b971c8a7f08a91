"""/api/v1/clients/: listed, made, changed, evaluated, told how they came to be."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest

from applications.clients import clients
from applications.models import Client
from eligibility.evaluations import evaluate_question
from tests.applications.api import Tool, exactly
from tests.applications.supporters import SHOP, adviser, client_of, manager

pytestmark = pytest.mark.django_db

NUMBER = "7000012050002"


def problems(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return {(error["fact"], error["code"]) for error in answer.json()["errors"]}


def test_a_client_is_made_and_read_as_it_was_sent() -> None:
    acting = manager()
    adviser("tanto")
    sent = {
        "name": "株式会社𠮷野①㈱髙﨑",
        "name_kana": "ヨシノ",
        "own_key": "A-1",
        "tags": ["小売", "#重点"],
        "notes": "1行目\n2行目",
        "assigned_to": "tanto",
        "profile": {"corporate_number": NUMBER, "employees": 4, "payroll_growth": 1.25, "established_on": "2001-04-01"},
        "unknown": ["capital", "employees"],
    }
    made = Tool(acting).post("clients/", sent)
    assert made.status_code == 201
    assert made["Location"].endswith(f"/api/v1/clients/{made.json()['id']}/")

    read = exactly(Tool(acting).get(made["Location"]))
    assert read == exactly(made)
    assert read["profile"] == {**sent["profile"], "payroll_growth": Decimal("1.25")}  # type: ignore[dict-item]
    assert {key: read[key] for key in ("name", "name_kana", "own_key", "notes", "assigned_to")} == {
        key: sent[key] for key in ("name", "name_kana", "own_key", "notes", "assigned_to")
    }
    assert read["tags"] == ["小売", "重点"]
    assert read["unknown"] == ["capital"]  # what is answered is not unknown
    assert read["corporate_number"] == NUMBER
    assert read["stamp"] == 1
    client = Client.objects.get()
    assert client.created_by == acting.user
    assert client.history.get().history_change_reason == "APIから登録"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, {("name", "required")}),
        ([], {("", "wrong_type")}),
        ({"name": " 　"}, {("name", "bad_text")}),
        ({"name": "x" * 201}, {("name", "too_long")}),
        ({"name": "a\nb"}, {("name", "bad_text")}),
        ({"name": "x", "notes": "a\u0000b"}, {("notes", "bad_text")}),
        ({"name": 5, "colour": "red"}, {("name", "wrong_type"), ("colour", "unknown_fact")}),
        ({"name": "x", "tags": ["ok", ""]}, {("tags.1", "bad_text")}),
        ({"name": "x", "assigned_to": "nobody"}, {("assigned_to", "unknown_value")}),
        ({"name": "x", "assigned_to": "a\u0000b"}, {("assigned_to", "bad_text")}),
        ({"name": "x", "unknown": ["colour"]}, {("unknown.0", "unknown_value")}),
        ({"name": "x", "is_archived": True}, {("is_archived", "unknown_fact")}),
        ({"name": "x", "profile": []}, {("profile", "wrong_type")}),
        (
            {"name": "", "profile": {"employees": "4", "colour": 1, "expenses": {"travel": -1}}},
            {
                ("name", "bad_text"),
                ("employees", "wrong_type"),
                ("colour", "unknown_fact"),
                ("expenses", "out_of_range"),
            },
        ),
        ({"name": "x", "profile": {"corporate_number": "7000012050003"}}, {("corporate_number", "unknown_value")}),
    ],
)
def test_every_problem_is_named_and_nothing_is_stored(body: Any, found: set[tuple[str, str]]) -> None:
    assert problems(Tool(manager()).post("clients/", body)) == found
    assert not Client.objects.exists()


@pytest.mark.parametrize("twin", [{"own_key": "A-1"}, {"profile": {"corporate_number": NUMBER}}])
def test_a_number_that_is_there_leads_to_its_client(twin: dict[str, Any]) -> None:
    tool = Tool(manager())
    first = tool.post("clients/", {"name": "先の企業", **twin}).json()
    again = tool.post("clients/", {"name": "後の企業", **twin})
    assert again.status_code == 409
    assert again.json()["errors"][0]["code"] == "exists"
    assert again.json()["current"] == first
    assert Client.objects.count() == 1


def test_a_change_sets_what_it_names_and_nothing_else() -> None:
    acting = manager()
    client = client_of(acting)
    tool = Tool(acting)
    changed = tool.patch(
        f"clients/{client.pk}/", {"stamp": 1, "name": "新しい名前", "unknown": ["annual_sales"]}
    ).json()
    assert changed["stamp"] == 2
    assert changed["profile"] == SHOP
    assert changed["unknown"] == ["annual_sales"]

    profile = {**SHOP, "employees": 9, "annual_sales": 5}
    changed = tool.patch(f"clients/{client.pk}/", {"stamp": 2, "profile": profile}).json()
    assert changed["profile"] == profile
    assert changed["unknown"] == []
    assert changed["name"] == "新しい名前"
    ended = tool.patch(f"clients/{client.pk}/", {"stamp": 3, "is_archived": True, "assigned_to": None}).json()
    assert ended["is_archived"] is True


def test_what_was_changed_meanwhile_is_not_overwritten() -> None:
    acting = manager()
    client = client_of(acting)
    clients.save(acting=acting, client=client, stamp=1, values={"notes": "画面から"})
    refused = Tool(acting).patch(f"clients/{client.pk}/", {"stamp": 1, "notes": "ソフトから"})
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["code"] == "stale"
    assert (refused.json()["current"]["notes"], refused.json()["current"]["stamp"]) == ("画面から", 2)
    client.refresh_from_db()
    assert client.notes == "画面から"


@pytest.mark.parametrize("stamp", ["1", True, 0, None, 1.5, 2**31])
def test_a_stamp_is_a_whole_number(stamp: Any) -> None:
    acting = manager()
    client = client_of(acting)
    assert {fact for fact, _ in problems(Tool(acting).patch(f"clients/{client.pk}/", {"stamp": stamp}))} == {"stamp"}


def test_a_manager_key_deletes() -> None:
    acting = manager()
    client = client_of(acting)
    tool = Tool(acting)
    assert tool.delete(f"clients/{client.pk}/").status_code == 204
    assert tool.delete(f"clients/{client.pk}/").status_code == 404
    assert not Client.objects.exists()


def test_the_list_is_searched_and_keeps_answers_to_itself() -> None:
    acting = manager()
    tool = Tool(acting)
    for number in range(5):
        tool.post("clients/", {"name": f"企業{number}", "own_key": f"K-{number}", "tags": [f"組{number % 2}"]})
    tool.post("clients/", {"name": "番号の企業", "profile": {"corporate_number": NUMBER}})
    ended = client_of(acting, "終わった企業")
    clients.save(acting=acting, client=ended, stamp=1, values={"is_archived": True})

    def names(**parameters: Any) -> list[str]:
        return [row["name"] for row in tool.all_of("clients/", **parameters)]

    assert names() == ["番号の企業", "企業4", "企業3", "企業2", "企業1", "企業0"]
    assert names(search="企業 ３") == ["企業3"]
    assert names(tag="組1") == ["企業3", "企業1"]
    assert names(own_key="K-2") == ["企業2"]
    assert names(corporate_number=NUMBER) == ["番号の企業"]
    assert names(state="ended") == ["終わった企業"]
    assert len(names(state="all")) == 7
    since = tool.get("clients/", own_key="K-3").json()["results"][0]["updated_at"]
    assert names(changed_since=since) == ["番号の企業", "企業4", "企業3"]
    assert names(changed_since="9999-12-31T00:00:00+09:00") == []

    row = tool.get("clients/").json()["results"][0]
    assert {"profile", "unknown", "notes"}.isdisjoint(row)
    row = tool.get("clients/", profile="true").json()["results"][0]
    assert row["profile"] == {"corporate_number": NUMBER}


def test_parts_of_a_list_make_the_whole_once() -> None:
    acting = manager()
    tool = Tool(acting)
    made = {str(client_of(acting, f"企業{number}").pk) for number in range(7)}
    # Stored at one moment, as by an import.
    Client.objects.update(created_at=Client.objects.latest("created_at").created_at)
    rows = tool.all_of("clients/", limit="3", search="企業")
    assert len(rows) == 7
    assert {row["id"] for row in rows} == made


@pytest.mark.parametrize(
    ("parameters", "fact"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "１０"}, "limit"),
        ({"profile": "yes"}, "profile"),
        ({"state": "gone"}, "state"),
        ({"changed_since": "yesterday"}, "changed_since"),
        ({"changed_since": "9999-12-31T23:59:59-12:00"}, "changed_since"),
        ({"changed_since": "0001-01-01T00:00:00+09:00"}, "changed_since"),
        ({"search": "a\x00b"}, "search"),
        ({"tagg": "小売"}, "tagg"),
        ({"tag": ["小売", "卸"]}, "tag"),
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(parameters: dict[str, Any], fact: str) -> None:
    """A filter with a slip of the pen must not answer with everything."""
    assert {found for found, _ in problems(Tool(manager()).get("clients/", **parameters))} == {fact}


@pytest.mark.parametrize("cursor", ["x", "99999999T999999999999-" + "0" * 32, "20230101T000000000000-x"])
def test_a_place_in_a_list_that_is_none_is_not_found(cursor: str) -> None:
    assert Tool(manager()).get("clients/", cursor=cursor).status_code == 404


@pytest.mark.usefixtures("programmes")
def test_a_client_is_evaluated_as_the_contract_does() -> None:
    acting = manager()
    client = client_of(acting)
    tool = Tool(acting)
    asked = {"as_of": "2023-10-17", "programs": ["jizokuka"]}
    expected = evaluate_question({**asked, "profile": SHOP}).as_answer()
    answer = tool.post(f"clients/{client.pk}/evaluations/", asked)
    assert answer.json()["results"][0]["verdict"] == expected["results"][0]["verdict"]
    assert answer.json()["results"][0]["benefit"] == expected["results"][0]["benefit"]
    assert {result["program"] for result in answer.json()["results"]} == {"jizokuka"}
    assert len(tool.post(f"clients/{client.pk}/evaluations/").json()["results"]) > 1
    assert problems(tool.post(f"clients/{client.pk}/evaluations/", {"programs": ["x"]})) == {
        ("programs", "unknown_program")
    }
    assert problems(tool.post(f"clients/{client.pk}/evaluations/", {"profile": {}})) == {("profile", "unknown_fact")}


@pytest.mark.usefixtures("programmes")
def test_an_answer_that_todays_vocabulary_cannot_read_counts_as_unknown() -> None:
    acting = manager()
    client = client_of(acting)
    Client.objects.update(profile={**SHOP, "employees": "four", "colour": 1})
    answer = Tool(acting).post(f"clients/{client.pk}/evaluations/", {"as_of": "2023-10-17", "programs": ["jizokuka"]})
    assert answer.status_code == 200
    assert "employees" in answer.json()["results"][0]["missing"]


def test_the_history_says_who_when_and_what() -> None:
    acting = manager()
    tool = Tool(acting)
    client = tool.post("clients/", {"name": "一"}).json()
    address = f"clients/{client['id']}/"
    tool.patch(address, {"stamp": 1, "profile": {"employees": 4}})
    tool.patch(address, {"stamp": 2, "profile": {"employees": 5}, "name": "二"})

    first = tool.get(f"{address}history/", limit="2").json()
    assert [entry["stamp"] for entry in first["results"]] == [3, 2]
    assert first["results"][0]["by"] == acting.user.get_username()
    assert first["results"][0]["reason"] == "APIから変更"
    assert {(change["key"], change["before"], change["after"]) for change in first["results"][0]["changes"]} == {
        ("name", "一", "二"),
        ("employees", "4人", "5人"),
    }
    rest = tool.get(first["next"]).json()
    assert [(entry["stamp"], entry["reason"], entry["changes"]) for entry in rest["results"]] == [
        (1, "APIから登録", [])
    ]
    assert rest["next"] is None


def test_lists_cost_the_same_for_any_number(django_assert_num_queries: Any) -> None:
    acting = manager()
    tool = Tool(acting)
    tool.get("clients/")  # its use is written once a minute
    for number in range(12):
        client = client_of(acting, f"企業{number}", employees=number)
        if number in (0, 11):
            with django_assert_num_queries(2):  # the key, the rows
                assert len(tool.get("clients/", profile="true").json()["results"]) == number + 1
    for stamp in range(1, 12):
        clients.save(
            acting=acting, client=client, stamp=stamp, values={"notes": f"{stamp}", "assigned_to": acting.user}
        )
        if stamp in (1, 11):
            with django_assert_num_queries(3):  # the key, the client, its history
                assert len(tool.get(f"clients/{client.pk}/history/").json()["results"]) == stamp + 1


def test_a_client_that_is_not_there_is_not_found() -> None:
    tool, nobody = Tool(manager()), uuid.uuid4()
    assert [
        tool.get(f"clients/{nobody}/").status_code,
        tool.patch(f"clients/{nobody}/", {"stamp": 1}).status_code,
        tool.delete(f"clients/{nobody}/").status_code,
        tool.get(f"clients/{nobody}/history/").status_code,
        tool.post(f"clients/{nobody}/evaluations/").status_code,
    ] == [404] * 5
