"""/api/v1/batches/: sheets for many clients as one order."""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from pypdf import PdfReader

from applications.batches import jobs as batch_jobs
from applications.models import Batch, Delivery, Sheet
from applications.sheets import jobs
from tests.applications.api import Tool
from tests.applications.supporters import client_of, manager, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def tool() -> Tool:
    return Tool(manager())


@pytest.fixture
def clients(tool: Tool) -> list[str]:
    made = [tool.post("clients/", {"name": f"企業{number}", "tags": ["小売"][:number]}) for number in range(3)]
    return [answer.json()["id"] for answer in made]


def ordered(tool: Tool, **values: Any) -> dict[str, Any]:
    answer = tool.post("batches/", {"as_of": "2023-10-17", **values})
    assert answer.status_code == 202, answer.content
    return dict(answer.json())


def test_a_batch_is_ordered_followed_and_received(tool: Tool, clients: list[str]) -> None:
    batch = ordered(tool, clients=clients, title="10月の訪問")
    assert batch["counts"] == {"queued": 3, "running": 0, "done": 0, "failed": 0}
    assert (batch["title"], batch["delivery"]) == ("10月の訪問", None)
    for name in ("archive", "joined"):
        assert tool.get(f"batches/{batch['id']}/{name}/").status_code == 409

    for sheet in Sheet.objects.all():
        jobs.render_sheet(str(sheet.pk))
        batch_jobs.settle_of_sheet(str(sheet.pk))
    batch_jobs.deliver_batch(str(Delivery.objects.get().pk))
    batch = tool.get(f"batches/{batch['id']}/").json()
    sheets = tool.all_of(f"batches/{batch['id']}/sheets/", state="done", limit="2")
    kind, archive = tool.file(batch["delivery"]["archive"])
    _, joined = tool.file(batch["delivery"]["joined"])

    assert batch["counts"]["done"] == 3
    assert {sheet["client"] for sheet in sheets} == set(clients)
    assert sum(name.endswith(".pdf") for name in ZipFile(BytesIO(archive)).namelist()) == 3
    assert batch["delivery"]["pages"] == sum(sheet["pages"] for sheet in sheets)
    assert len(PdfReader(BytesIO(joined)).pages) > batch["delivery"]["pages"]  # and the list
    assert (kind, tool.file(sheets[0]["file"])[0]) == ("application/zip", "application/pdf")


def test_clients_may_be_chosen_as_in_the_list(tool: Tool, clients: list[str]) -> None:
    batch = ordered(tool, filter={"tag": "小売"})
    sheets = tool.all_of(f"batches/{batch['id']}/sheets/")
    assert {sheet["client"] for sheet in sheets} == set(clients[1:])
    assert tool.post("batches/", {"as_of": "2023-10-17", "filter": {"search": "いない"}}).status_code == 404


def test_sent_twice_under_one_id_it_is_one(tool: Tool, clients: list[str]) -> None:
    key = str(uuid.uuid4())
    assert ordered(tool, id=key, clients=clients)["id"] == ordered(tool, id=key, clients=clients)["id"] == key
    assert (Batch.objects.count(), Sheet.objects.count()) == (1, 3)


def test_another_organisations_id_is_refused(tool: Tool, clients: list[str]) -> None:
    key = ordered(tool, clients=clients)["id"]
    other = Tool(manager("yoso", organisation("よその商工会")))
    theirs = other.post("clients/", {"name": "よその企業"}).json()["id"]
    answer = other.post("batches/", {"as_of": "2023-10-17", "id": key, "clients": [theirs]})
    assert answer.status_code == 400
    assert "使えません" in answer.json()["errors"][0]["message"]


def test_sheets_are_drafts_unless_final_ones_are_asked_for(tool: Tool, clients: list[str]) -> None:
    for values, kind in (({}, "draft"), ({"kind": "final"}, "final")):
        batch = ordered(tool, clients=clients[:1], **values)
        assert [sheet["kind"] for sheet in tool.all_of(f"batches/{batch['id']}/sheets/")] == [kind]


def test_a_client_that_is_not_there_makes_no_batch(tool: Tool, clients: list[str]) -> None:
    answer = tool.post("batches/", {"as_of": "2023-10-17", "clients": [*clients, str(uuid.uuid4())]})
    assert answer.status_code == 404
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("values", "fact"),
    [
        ({}, ""),
        ({"clients": [str(uuid.UUID(int=1))], "filter": {}}, ""),
        ({"clients": []}, "clients"),
        ({"clients": ["x"]}, "clients.0"),
        ({"filter": {"tags": "x"}}, "filter.tags"),
        ({"filter": {}, "as_of": "1999-01-01"}, "as_of"),
        ({"filter": {}, "title": "x" * 101}, "title"),
        ({"filter": {}, "kind": "other"}, "kind"),
    ],
)
def test_every_problem_is_named(tool: Tool, values: dict[str, Any], fact: str) -> None:
    answer = tool.post("batches/", {"as_of": "2023-10-17", **values})
    assert answer.status_code == 400
    assert {error["fact"] for error in answer.json()["errors"]} == {fact}


def test_lists_cost_the_same_for_any_number(tool: Tool, django_assert_num_queries: Any) -> None:
    client = str(client_of(manager("kanri2")).pk)
    tool.get("batches/")
    for number in range(5):
        batch = ordered(tool, clients=[client])
        with django_assert_num_queries(2):  # the key, the rows
            assert len(tool.get("batches/").json()["results"]) == number + 1
    with django_assert_num_queries(4):  # the key, the batch, its sheets counted, its delivery
        tool.get(f"batches/{batch['id']}/")
    with django_assert_num_queries(3):  # the key, the batch, its sheets
        tool.get(f"batches/{batch['id']}/sheets/")
