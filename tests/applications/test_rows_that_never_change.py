"""Triggers: what a final sheet says, what a code stands for and what was recorded cannot be changed by anybody."""

import uuid
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from applications.models import Event, Seal, Sheet
from portal.common.jobs import JobState
from tests.applications import supporters

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def refused(model: type, pk: object, **values: object) -> bool:
    try:
        with transaction.atomic():
            model.objects.filter(pk=pk).update(**values)  # type: ignore[attr-defined]
    except DatabaseError as error:
        assert "never changed" in str(error)
        return True
    return False


def sheet(kind: str, content_hash: str = "a" * 64) -> Sheet:
    client = supporters.client_of(supporters.manager())
    name = f"sheets/{uuid.uuid4()}.pdf"
    return Sheet.objects.create(client=client, kind=kind, context={"a": 1}, content_hash=content_hash, file=name)


@pytest.mark.parametrize(
    "column", [{"context": {"a": 2}}, {"content_hash": "b" * 64}, {"code": "X"}, {"kind": "draft"}]
)
def test_what_a_final_sheet_says(column: dict[str, object]) -> None:
    assert refused(Sheet, sheet("final").pk, **column)


def test_how_its_job_goes_may_change() -> None:
    assert not refused(Sheet, sheet("final").pk, state=JobState.DONE, pages=4, size=9, file_hash="c" * 64)


def test_a_draft_and_an_empty_final_sheet_may_be_filled() -> None:
    assert not refused(Sheet, sheet("draft").pk, context={"a": 2}, code="X")
    Sheet.objects.all().delete()
    empty = Sheet.objects.create(client=supporters.client_of(supporters.adviser(), "別"), kind="final", file="x")
    assert not refused(Sheet, empty.pk, context={"a": 1}, content_hash="d" * 64, code="Y")


def test_seals_and_the_record() -> None:
    seal = Seal.objects.create(
        code="AAAA-BBBB-CCCC", content_hash="a", file_hash="b", pages=1, organisation_name="x", as_of=date(2023, 10, 17)
    )
    event = Event.record(supporters.adviser(), "招待")
    assert refused(Seal, seal.pk, pages=2)
    assert refused(Event, event.pk, action="別")
