"""/api/v1/consultations/, their sheets, and the codes on them."""

from __future__ import annotations

import hashlib
import uuid
from io import BytesIO
from typing import Any

import pytest
from django.test import Client as Browser
from pypdf import PdfReader

from applications.consultations import consultations
from applications.models import Consultation, Sheet
from applications.sheets import jobs
from tests.applications.api import Tool
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = pytest.mark.django_db

STEPS = [
    {"text": "見積書を2社から取る", "owner": "client", "owner_name": "髙﨑", "due_on": "2023-11-10"},
    {"text": "様式を送る", "owner": "organisation"},
]


@pytest.fixture
def tool() -> Tool:
    return Tool(manager())


@pytest.fixture
def client_id() -> str:
    return str(client_of(adviser()).pk)


def recorded(tool: Tool, client: str, **values: Any) -> dict[str, Any]:
    answer = tool.post("consultations/", {"client": client, "held_on": "2023-10-17", **values})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def problems(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return {(error["fact"], error["code"]) for error in answer.json()["errors"]}


@pytest.mark.usefixtures("programmes")
def test_a_consultation_is_recorded_and_read_as_it_was_sent(tool: Tool, client_id: str) -> None:
    sent = {
        "adviser": "tanto",
        "topics": ["販路開拓", "設備投資"],
        "notes": "カタログを作りたい。\n展示会にも出たい。",
        "programmes": ["jizokuka"],
        "open_questions": ["賃上げの予定は？"],
        "as_of": "2023-10-20",
    }
    made = recorded(tool, client_id, steps=STEPS, **sent)
    assert made == tool.get(f"consultations/{made['id']}/").json()
    assert {key: made[key] for key in sent} == sent
    assert made["client"] == client_id
    assert made["closed_at"] is None
    assert [{**step, "id": 0} for step in made["steps"]] == [
        {**STEPS[0], "id": 0, "done_on": None},
        {**STEPS[1], "id": 0, "owner_name": "", "due_on": None, "done_on": None},
    ]


def test_sent_twice_under_one_id_it_is_one(tool: Tool, client_id: str) -> None:
    key = str(uuid.uuid4())
    assert recorded(tool, client_id, id=key)["id"] == recorded(tool, client_id, id=key)["id"] == key
    other = Tool(manager("yoso", organisation("よその商工会")))
    theirs = other.post("clients/", {"name": "よその企業"}).json()["id"]
    refused = other.post("consultations/", {"id": key, "client": theirs, "held_on": "2023-10-17"})
    assert refused.status_code == 400
    assert "使えません" in refused.json()["errors"][0]["message"]
    assert Consultation.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"held_on": "1999-12-31"}, {("held_on", "bad_value")}),
        ({"held_on": "令和5年"}, {("held_on", "bad_value")}),
        ({"client": "x"}, {("client", "bad_value")}),
        ({"programmes": ["unknown"]}, {("programmes", "refused")}),
        ({"adviser": "nobody"}, {("adviser", "unknown_value")}),
        ({"adviser": "a\u0000b"}, {("adviser", "bad_text")}),
        ({"topics": ["x" * 61]}, {("topics.0", "too_long")}),
        ({"topics": [f"{number}" for number in range(16)]}, {("topics", "too_many")}),
        ({"notes": "x" * 10_001}, {("notes", "too_long")}),
        ({"steps": [{"text": " "}]}, {("steps.0.text", "bad_text")}),
        (
            {"steps": [{"text": "x", "owner": "nobody", "due": "2023-01-01"}]},
            {
                ("steps.0.owner", "unknown_value"),
                ("steps.0.due", "unknown_fact"),
            },
        ),
        ({"stamp": 1}, {("stamp", "unknown_fact")}),
    ],
)
def test_every_problem_is_named_and_nothing_is_stored(
    tool: Tool, client_id: str, values: dict[str, Any], found: set[tuple[str, str]]
) -> None:
    answer = tool.post("consultations/", {"client": client_id, "held_on": "2023-10-17", **values})
    assert problems(answer) == found
    assert not Consultation.objects.exists()


def test_a_change_sets_what_it_names_and_keeps_what_was_done(tool: Tool, client_id: str) -> None:
    made = recorded(tool, client_id, notes="はじめ", steps=STEPS)
    first = made["steps"][0]
    done = tool.patch(f"consultations/{made['id']}/steps/{first['id']}/", {"done_on": "2023-11-01"})
    assert done.json() == {**first, "done_on": "2023-11-01"}

    kept = {"id": first["id"], "text": "見積書を3社から取る"}
    changed = tool.patch(f"consultations/{made['id']}/", {"stamp": made["stamp"], "steps": [kept]}).json()
    assert [(step["id"], step["text"], step["done_on"]) for step in changed["steps"]] == [
        (first["id"], "見積書を3社から取る", "2023-11-01")
    ]
    assert changed["notes"] == "はじめ"
    undone = tool.patch(f"consultations/{made['id']}/steps/{first['id']}/", {"done_on": None})
    assert undone.json()["done_on"] is None


def test_what_was_changed_meanwhile_is_not_overwritten(tool: Tool, client_id: str) -> None:
    made = recorded(tool, client_id)
    row = Consultation.objects.get()
    consultations.save(acting=adviser("tanto2"), consultation=row, stamp=1, values={"notes": "画面から"})
    refused = tool.patch(f"consultations/{made['id']}/", {"stamp": 1, "notes": "ソフトから"})
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["code"] == "stale"
    assert (refused.json()["current"]["notes"], refused.json()["current"]["stamp"]) == ("画面から", 2)


def test_a_step_of_another_consultation_is_not_found(tool: Tool, client_id: str) -> None:
    one, two = recorded(tool, client_id, steps=STEPS), recorded(tool, client_id)
    wrong = tool.patch(f"consultations/{two['id']}/steps/{one['steps'][0]['id']}/", {"done_on": None})
    assert wrong.status_code == 404


def test_the_list_is_filtered_and_tells_no_notes(tool: Tool, client_id: str, django_assert_num_queries: Any) -> None:
    other = str(client_of(adviser("tanto2"), "別の企業").pk)
    for day in range(10, 15):
        recorded(tool, client_id, held_on=f"2023-10-{day}", notes="秘密の話", steps=STEPS)
    recorded(tool, other, held_on="2023-10-12")
    tool.get("consultations/")

    def days(**parameters: Any) -> list[str]:
        return [row["held_on"][-2:] for row in tool.all_of("consultations/", **parameters)]

    assert days() == ["12", "14", "13", "12", "11", "10"]
    assert days(client=client_id, held_from="2023-10-12", held_until="2023-10-13", limit="1") == ["13", "12"]
    with django_assert_num_queries(2):  # the key, the rows
        answer = tool.get("consultations/")
    assert "秘密の話" not in answer.content.decode()


def test_a_draft_is_ordered_made_and_received(tool: Tool, client_id: str) -> None:
    made = recorded(tool, client_id, notes="カタログ")
    ordered = tool.post(f"consultations/{made['id']}/sheets/", {"kind": "draft"})
    sheet = ordered.json()
    assert ordered.status_code == 202
    assert ordered["Location"].endswith(f"/api/v1/sheets/{sheet['id']}/")
    assert (sheet["state"], sheet["file"], sheet["kind"]) == ("queued", None, "draft")
    early = tool.get(f"sheets/{sheet['id']}/file/")
    assert (early.status_code, early.json()["errors"][0]["code"]) == (409, "not_ready")
    # The same content again is the same sheet.
    assert tool.post(f"consultations/{made['id']}/sheets/", {}).json()["id"] == sheet["id"]

    jobs.render_sheet(sheet["id"])
    sheet = tool.get(ordered["Location"]).json()
    assert sheet["state"] == "done"
    kind, content = tool.file(sheet["file"])
    assert kind == "application/pdf"
    assert len(PdfReader(BytesIO(content)).pages) == sheet["pages"]
    assert hashlib.sha256(content).hexdigest() == sheet["file_hash"]
    assert [row["id"] for row in tool.all_of(f"consultations/{made['id']}/sheets/", state="done")] == [sheet["id"]]
    assert tool.all_of(f"consultations/{made['id']}/sheets/", state="failed") == []


def test_a_final_sheet_closes_the_consultation_and_is_verified_by_anybody(tool: Tool, client_id: str) -> None:
    made = recorded(tool, client_id, notes="カタログ")
    ordered = tool.post(f"consultations/{made['id']}/sheets/", {"kind": "final"}).json()
    again = tool.post(f"consultations/{made['id']}/sheets/", {"kind": "final"}).json()
    assert again["id"] == ordered["id"]
    refused = tool.patch(f"consultations/{made['id']}/", {"stamp": 2, "notes": "あとから"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "closed")
    assert tool.post(f"consultations/{made['id']}/sheets/", {"kind": "draft"}).status_code == 409

    jobs.render_sheet(ordered["id"])
    sheet = tool.get(f"sheets/{ordered['id']}/").json()
    found = Browser().get(f"/api/v1/seals/{sheet['code'].lower().replace('-', '')}/")
    assert found.json()["code"] == sheet["code"]
    assert found.json()["file_hash"] == sheet["file_hash"]
    assert found.json()["organisation"] == "阿波商工会"
    assert "うずしお商店" not in found.content.decode()


@pytest.mark.parametrize("code", ["AAAA-AAAA-AAAA", "x", "%20", "1111-1111-1111", "ー"])
def test_a_code_that_nobody_issued_is_not_found(code: str) -> None:
    answer = Browser().get(f"/api/v1/seals/{code}/")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "not_found"


def test_a_lost_file_is_no_broken_answer(tool: Tool, client_id: str) -> None:
    made = recorded(tool, client_id)
    sheet = tool.post(f"consultations/{made['id']}/sheets/").json()
    jobs.render_sheet(sheet["id"])
    stored = Sheet.objects.get()
    stored.file.storage.delete(stored.file_name)
    assert tool.get(f"sheets/{sheet['id']}/file/").status_code == 409


def test_a_number_beyond_the_column_is_not_found(tool: Tool, client_id: str) -> None:
    made = recorded(tool, client_id)
    assert tool.patch(f"consultations/{made['id']}/steps/{10**30}/", {"done_on": None}).status_code == 404
