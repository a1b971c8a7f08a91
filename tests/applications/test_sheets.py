"""Sheets as jobs: drafts and final ones, their seals, what a killed worker or a lost file leaves."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import Model
from pytest_django import DjangoCaptureOnCommitCallbacks

from applications.clients import clients
from applications.clients.clients import StaleClient
from applications.consultations import consultations
from applications.consultations.consultations import StaleConsultation, Step
from applications.models import Batch, Client, Consultation, Event, Membership, Seal, Sheet
from applications.papers import files
from applications.sheets import jobs, seals
from applications.sheets.jobs import render_sheet, request_sheet, retry, withdraw
from portal.common.jobs import JobState
from tests.applications.consulting import consultation_of
from tests.applications.supporters import adviser, client_of, manager, organisation
from tests.applications.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]
DRAFT, FINAL = Sheet.Kind.DRAFT, Sheet.Kind.FINAL


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sheet, "ring", lambda self: None)


@pytest.fixture
def quick_pdf(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML itself as PDF: for what is about rows and files. What was drawn, in order."""
    drawn: list[str] = []

    def draw(html: str, **kwargs: Any) -> bytes:
        drawn.append(html)
        kwargs["on_layout"](4)
        return f"%PDF {html}".encode()

    monkeypatch.setattr(files, "render_pdf", draw)
    return drawn


@pytest.fixture
def acting() -> Membership:
    return adviser()


@pytest.fixture
def consultation(acting: Membership) -> Consultation:
    return consultation_of(acting, client_of(acting), Step("見積りを取る"), notes="うかがったこと")


def made(acting: Membership, consultation: Consultation, kind: str = DRAFT) -> Sheet:
    sheet = request_sheet(acting=acting, consultation=consultation, kind=kind)
    return rendered(sheet)


def rendered(sheet: Sheet) -> Sheet:
    render_sheet(str(sheet.pk))
    return Sheet.objects.get(pk=sheet.pk)


def path_of(sheet: Sheet) -> Path:
    return Path(default_storage.path(sheet.file_name))


def fresh(row: Any) -> Any:
    found: Model = type(row).objects.get(pk=row.pk)
    return found


def test_a_final_sheet_is_made_sealed_and_closes_its_consultation(
    acting: Membership, consultation: Consultation
) -> None:
    sheet = made(acting, consultation, FINAL)

    assert sheet.is_done, sheet.error_detail
    assert 3 <= sheet.pages <= 8
    assert path_of(sheet).stat().st_size == sheet.size
    assert path_of(sheet).stat().st_mode & 0o077 == 0
    assert fresh(consultation).is_closed
    seal = Seal.objects.get()
    assert (seal.code, seal.content_hash, seal.file_hash, seal.pages) == (
        sheet.code,
        sheet.content_hash,
        sheet.file_hash,
        sheet.pages,
    )
    assert (seal.organisation_name, seal.as_of) == ("阿波商工会", date(2023, 10, 17))
    assert any(rule.startswith("jizokuka@r4-hosei2 r1 ") and len(rule.split()[2]) == 64 for rule in seal.rules)
    assert "うずしお商店" in Event.objects.get(action="相談シートを確定").detail


@pytest.mark.usefixtures("quick_pdf")
def test_a_draft_is_not_sealed_and_closes_nothing(acting: Membership, consultation: Consultation) -> None:
    assert made(acting, consultation).is_done
    assert not Seal.objects.exists()
    assert not fresh(consultation).is_closed


@pytest.mark.usefixtures("quick_pdf")
def test_asking_twice_is_asking_once(acting: Membership, consultation: Consultation) -> None:
    draft = made(acting, consultation)
    assert request_sheet(acting=acting, consultation=consultation, kind=DRAFT) == draft
    final = request_sheet(acting=acting, consultation=consultation, kind=FINAL, stamp=1)
    assert request_sheet(acting=acting, consultation=consultation, kind=FINAL, stamp=1) == final
    assert rendered(final).is_done
    rendered(final)
    assert (Sheet.objects.count(), Seal.objects.count(), Event.objects.filter(action="相談シートを確定").count()) == (
        2,
        1,
        1,
    )


@pytest.mark.usefixtures("quick_pdf")
def test_a_change_makes_another_draft_and_replaces_the_one_not_begun(
    acting: Membership, consultation: Consultation
) -> None:
    kept, waiting = made(acting, consultation), None
    for stamp, notes in enumerate(["一", "二"], start=1):
        consultations.save(acting=acting, consultation=consultation, stamp=stamp, values={"notes": notes})
        waiting = request_sheet(acting=acting, consultation=consultation, kind=DRAFT)
    assert set(Sheet.objects.all()) == {kept, waiting}


@pytest.mark.usefixtures("quick_pdf")
def test_the_content_is_that_of_the_request(
    acting: Membership, consultation: Consultation, quick_pdf: list[str]
) -> None:
    sheet = request_sheet(acting=acting, consultation=consultation, kind=FINAL)
    client = consultation.client
    clients.save(acting=acting, client=client, stamp=1, values={"name": "あとの名前"})
    assert rendered(sheet).is_done
    assert "うずしお商店" in quick_pdf[0]
    assert "あとの名前" not in quick_pdf[0]


def test_nobody_fixes_what_somebody_else_just_changed(acting: Membership, consultation: Consultation) -> None:
    consultations.save(acting=acting, consultation=consultation, stamp=1, values={"notes": "同僚が書いた"})
    with pytest.raises(StaleConsultation):
        request_sheet(acting=acting, consultation=consultation, kind=FINAL, stamp=1, client_stamp=1)
    clients.save(acting=acting, client=consultation.client, stamp=1, values={"notes": "同僚が書いた"})
    with pytest.raises(StaleClient):
        request_sheet(acting=acting, consultation=consultation, kind=FINAL, stamp=2, client_stamp=1)
    assert not Sheet.objects.exists()
    assert not fresh(consultation).is_closed


@pytest.mark.usefixtures("quick_pdf")
def test_a_consultation_keeps_a_limited_number_of_drafts_and_its_final_sheet(
    acting: Membership, consultation: Consultation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "KEPT_PER_CONSULTATION", 3)
    drafts = []
    for stamp in range(1, 7):
        drafts.append(made(acting, consultation))
        consultations.save(acting=acting, consultation=consultation, stamp=stamp, values={"notes": f"{stamp}"})
    made(acting, consultation, FINAL)
    assert set(Sheet.objects.filter(kind=DRAFT)) == set(drafts[-3:])
    assert Sheet.objects.filter(kind=FINAL).count() == 1


@pytest.mark.services
@pytest.mark.usefixtures("quick_pdf")
def test_a_final_sheet_cannot_be_changed(acting: Membership, consultation: Consultation) -> None:
    sheet = made(acting, consultation, FINAL)
    for change in ({"context": {}}, {"content_hash": "0" * 64}, {"code": "AAAA-AAAA-AAAA"}, {"kind": DRAFT}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Sheet.objects.filter(pk=sheet.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Seal.objects.update(pages=1)


def test_a_character_that_cannot_be_printed_is_named_and_the_way_out_is_open(
    acting: Membership, consultation: Consultation
) -> None:
    consultations.save(acting=acting, consultation=consultation, stamp=1, values={"notes": "絵文字 \U0003fffd です"})
    sheet = made(acting, consultation, FINAL)
    assert sheet.has_failed
    # A screen may not draw it either: its number and the field say what to look for.
    assert "「\U0003fffd」（U+3FFFD、相談の内容）" in sheet.error
    assert not Seal.objects.exists()

    assert withdraw(acting=acting, sheet=sheet)
    assert not withdraw(acting=acting, sheet=sheet)
    assert not Sheet.objects.exists()
    opened = fresh(consultation)
    assert not opened.is_closed
    consultations.save(acting=acting, consultation=opened, stamp=opened.stamp, values={"notes": "直した"})
    assert Event.objects.filter(action="相談シートの確定を取り消し").count() == 1


@pytest.mark.usefixtures("quick_pdf")
def test_a_final_sheet_that_was_made_is_not_taken_back(acting: Membership, consultation: Consultation) -> None:
    sheet = made(acting, consultation, FINAL)
    assert not withdraw(acting=acting, sheet=sheet)
    path_of(sheet).unlink()
    Sheet.objects.filter(pk=sheet.pk).update(state=JobState.FAILED)
    assert not withdraw(acting=acting, sheet=fresh(sheet))
    assert fresh(consultation).is_closed


def test_a_failed_final_sheet_is_retried_with_the_same_content(
    acting: Membership, consultation: Consultation, monkeypatch: pytest.MonkeyPatch, quick_pdf: list[str]
) -> None:
    sheet = request_sheet(acting=acting, consultation=consultation, kind=FINAL)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "sheet_html", lambda context, code: 1 / 0)
        for _ in range(3):
            render_sheet(str(sheet.pk))
    failed = fresh(sheet)
    assert failed.has_failed
    clients.save(acting=acting, client=consultation.client, stamp=1, values={"name": "あとの名前"})

    assert not retry(acting=manager("yoso", organisation("よその商工会")), sheet=failed)
    assert retry(acting=acting, sheet=failed)
    assert not retry(acting=acting, sheet=fresh(sheet))
    again = rendered(sheet)
    assert again.is_done
    assert again.content_hash == sheet.content_hash
    assert "うずしお商店" in quick_pdf[-1]


@pytest.mark.usefixtures("quick_pdf")
def test_a_lost_file_is_made_again_with_the_same_bytes(acting: Membership, consultation: Consultation) -> None:
    sheet = made(acting, consultation, FINAL)
    before = path_of(sheet).read_bytes()
    path_of(sheet).unlink()
    assert retry(acting=acting, sheet=fresh(sheet))
    assert rendered(sheet).is_done
    assert path_of(sheet).read_bytes() == before
    assert Seal.objects.count() == 1


def test_another_file_is_never_passed_off_as_the_sealed_one(
    acting: Membership, consultation: Consultation, quick_pdf: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = made(acting, consultation, FINAL)
    path_of(sheet).unlink()
    retry(acting=acting, sheet=fresh(sheet))
    monkeypatch.setattr(files, "render_pdf", lambda html, on_layout: b"%PDF of another WeasyPrint")
    again = rendered(sheet)
    assert again.has_failed
    assert "同じファイルをもう一度作れません" in again.error
    assert Seal.objects.get().file_hash == sheet.file_hash


@pytest.mark.usefixtures("quick_pdf")
def test_no_final_sheet_is_done_without_its_seal(
    acting: Membership, consultation: Consultation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(sheet: Sheet) -> None:
        raise RuntimeError("the database went away")

    sheet = request_sheet(acting=acting, consultation=consultation, kind=FINAL)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "seal", fail)
        render_sheet(str(sheet.pk))
    assert fresh(sheet).state == JobState.QUEUED  # tried again, not done
    assert not Seal.objects.exists()
    assert rendered(sheet).is_done
    assert Seal.objects.exists()


@pytest.mark.usefixtures("quick_pdf")
def test_a_missing_seal_is_mended_when_the_file_is_asked_for(acting: Membership, consultation: Consultation) -> None:
    sheet = made(acting, consultation, FINAL)
    Seal.objects.all().delete()  # as after a backup that is older than the file
    for _ in range(2):
        jobs.sealed(fresh(sheet))
    assert Seal.objects.get().file_hash == sheet.file_hash


@pytest.mark.usefixtures("quick_pdf")
def test_a_batch_sheet_is_frozen_by_its_job_on_the_batchs_day(acting: Membership) -> None:
    client = client_of(acting)
    batch = Batch.objects.create(organisation=acting.organisation, requested_by=acting.user, as_of=date(2023, 10, 17))
    sheet = Sheet.objects.create(client=client, batch=batch, kind=FINAL, requested_by=acting.user)
    clients.save(acting=acting, client=client, stamp=1, values={"name": "新しい名前"})
    done = rendered(sheet)
    assert done.is_done, done.error_detail
    assert done.file_name == jobs.file_name(sheet.pk)
    assert done.context["client"]["name"] == "新しい名前"
    assert done.context["report"]["as_of"] == "2023-10-17"
    assert done.context["consultation"] is None
    assert done.code == Seal.objects.get().code
    # Made once more, it stays what it was, whatever was answered since.
    clients.save(acting=acting, client=client, stamp=2, values={"name": "もっと新しい名前"})
    path_of(done).unlink()
    retry(acting=acting, sheet=fresh(done))
    assert rendered(sheet).context["client"]["name"] == "新しい名前"


@pytest.mark.usefixtures("quick_pdf")
def test_deleting_the_client_deletes_files_and_leaves_the_seal(
    acting: Membership,
    consultation: Consultation,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sheet = made(acting, consultation, FINAL)
    with django_capture_on_commit_callbacks(execute=True):
        clients.delete(acting=manager(), client=fresh(consultation.client))
    assert not path_of(sheet).exists()
    assert not Client.objects.exists()
    found = seals.verify(sheet.code)
    assert found is not None
    assert "うずしお商店" not in repr(found)


@pytest.mark.usefixtures("quick_pdf")
def test_a_client_deleted_during_the_work_leaves_no_file(
    acting: Membership, consultation: Consultation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = request_sheet(acting=acting, consultation=consultation, kind=DRAFT)
    write = files.write_atomically

    def delete_then_write(name: str, content: bytes) -> None:
        clients.delete(acting=manager(), client=fresh(consultation.client))
        write(name, content)

    monkeypatch.setattr(files, "write_atomically", delete_then_write)
    render_sheet(str(sheet.pk))
    assert not path_of(sheet).exists()


@pytest.mark.usefixtures("quick_pdf")
def test_files_that_no_sheet_knows_are_removed_once_they_are_old(
    acting: Membership, consultation: Consultation
) -> None:
    kept = path_of(made(acting, consultation))
    orphan, recent = kept.with_name("orphan.pdf"), kept.with_name("recent.pdf.part")
    for path in (orphan, recent):
        path.write_bytes(b"%PDF")
    for path in (orphan, kept):
        os.utime(path, (0, 0))
    assert jobs.remove_orphans() == 1
    assert (kept.exists(), orphan.exists(), recent.exists()) == (True, False, True)
    recent.unlink()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick_pdf")
def test_two_who_fix_at_once_fix_one_sheet(acting: Membership, consultation: Consultation) -> None:
    def fix() -> Sheet:
        return request_sheet(acting=acting, consultation=consultation, kind=FINAL, stamp=1)

    found = at_once(fix, fix)
    assert found[0] == found[1]
    assert Sheet.objects.get() == found[0]
    assert fresh(consultation).is_closed
