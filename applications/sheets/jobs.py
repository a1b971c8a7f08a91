"""What can be done with a consultation sheet: ask for it, make it, ask again, take back one that cannot be made."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from applications.clients.clients import StaleClient
from applications.consultations.consultations import ClosedConsultation, locked
from applications.models import Client, Consultation, Event, Membership, Sheet
from applications.papers import files
from applications.papers.asking import ask_again, make_again, remove_oldest
from applications.papers.content import content_hash, verification_code
from applications.selectors import desk
from applications.sheets.document import freeze, sheet_html
from applications.sheets.seals import is_sealed, seal
from applications.sheets.texts import typed_texts
from portal.accounts.people import name_of
from portal.common import jobs
from portal.common.jobs import JobLost, JobState
from programs import rulebook

FOLDER = "sheets"
# A consultation keeps so many drafts; asking for more removes the oldest finished ones.
KEPT_PER_CONSULTATION = 20


def request_sheet(
    *,
    acting: Membership,
    consultation: Consultation,
    kind: str,
    stamp: int | None = None,
    client_stamp: int | None = None,
) -> Sheet:
    """The sheet of what the consultation says now: a new job, or the one that has the same content already.

    A final one closes the consultation; asked for twice it is the same. `stamp` and `client_stamp`: of what the person
    saw. Raises StaleConsultation, StaleClient, and ClosedConsultation for a draft of a closed consultation.
    """
    with transaction.atomic():
        try:
            row = locked(consultation, stamp)
        except ClosedConsultation:
            final = Sheet.objects.filter(consultation=consultation, kind=Sheet.Kind.FINAL).defer("context").first()
            if kind != Sheet.Kind.FINAL or final is None:
                raise
            return final
        client = Client.objects.select_related("organisation").get(pk=row.client_id)
        if client_stamp is not None and client.stamp != client_stamp:
            raise StaleClient(client)
        context = freeze(
            client=client,
            kind=kind,
            as_of=row.as_of or row.held_on,
            rules=rulebook.current(),
            today=timezone.localdate(),
            adviser=name_of(row.adviser),
            consultation=row,
        )
        sheet = _stored(acting, row, kind, context)
        if kind == Sheet.Kind.FINAL:
            _close(acting, row)
    sheet.refresh_from_db(fields=["state", "error", "created_at", "queued_at", "attempts"])
    return sheet


@transaction.atomic
def retry(*, acting: Membership, sheet: Sheet) -> bool:
    """Try again what failed, or make anew a file that was lost. False for any other: pressed twice is pressed once."""
    row = desk.sheet(acting, sheet.pk)
    if row is None:
        return False
    return make_again(row)


def can_withdraw(sheet: Sheet) -> bool:
    """A final sheet that could not be made was never handed out: its consultation can be opened again."""
    return sheet.is_final and sheet.has_failed and sheet.consultation_id is not None and not is_sealed(sheet)


@transaction.atomic
def withdraw(*, acting: Membership, sheet: Sheet) -> bool:
    """Remove a final sheet that failed and was never sealed, and open its consultation again. False for any other."""
    row = Sheet.objects.select_for_update(of=("self",)).filter(pk=sheet.pk).first()
    if row is None or row.consultation_id is None or not can_withdraw(row):
        return False
    consultation = Consultation.objects.select_for_update(of=("self",)).get(pk=row.consultation_id)
    row.delete()
    _stamped(acting, consultation, closed=False)
    Event.record(acting, "相談シートの確定を取り消し", f"{row.client.name}（{consultation.held_on}の相談）")
    return True


def render_sheet(pk: str) -> None:
    """The job of a Sheet: freeze its context where that is not done, make the PDF, finish. Twice is once."""
    jobs.run(Sheet, pk, _render, _finish)
    if not Sheet.objects.filter(pk=pk).exists():
        default_storage.delete(file_name(pk))  # the client was deleted while we worked


def sealed(sheet: Sheet) -> None:
    """Makes sure, when its file is asked for, that a final sheet has its seal."""
    if sheet.is_final and sheet.is_done and not is_sealed(sheet):
        seal(Sheet.objects.get(pk=sheet.pk))


def remove_orphans() -> int:
    """Files that no sheet knows, once they are old. How many they were."""
    return files.remove_orphans(FOLDER, set(Sheet.objects.values_list("file", flat=True)))


def file_name(pk: uuid.UUID | str) -> str:
    """122 random bits; files are not served by address anyway."""
    return f"{FOLDER}/{pk}.pdf"


def _stored(acting: Membership, consultation: Consultation, kind: str, context: dict[str, Any]) -> Sheet:
    digest = content_hash(context)
    same = {"consultation": consultation, "kind": kind, "content_hash": digest}
    drafts = Sheet.objects.filter(consultation=consultation, kind=Sheet.Kind.DRAFT).defer("context")
    # One draft waits at a time: a newer wish replaces the one that no worker has begun.
    drafts.filter(state=JobState.QUEUED).exclude(kind=kind, content_hash=digest).delete()
    pk = uuid.uuid4()
    sheet, created = Sheet.objects.get_or_create(
        **same,
        defaults={
            "id": pk,
            "client_id": consultation.client_id,
            "requested_by_id": acting.user_id,
            "context": context,
            "code": verification_code(digest),
            "file": file_name(pk),
        },
    )
    if created:
        sheet.ring()
        remove_oldest(drafts, kept=KEPT_PER_CONSULTATION)
    else:
        ask_again(sheet)
    return sheet


def _close(acting: Membership, consultation: Consultation) -> None:
    _stamped(acting, consultation, closed=True)
    Event.record(acting, "相談シートを確定", f"{consultation.client.name}（{consultation.held_on}の相談）")


def _stamped(acting: Membership, consultation: Consultation, *, closed: bool) -> None:
    now = timezone.now()
    consultation.closed_at = now if closed else None
    consultation.stamp += 1
    consultation.updated_at, consultation.updated_by_id = now, acting.user_id
    consultation.save(update_fields=["closed_at", "stamp", "updated_at", "updated_by"])


def _render(sheet: Sheet) -> dict[str, Any]:
    sheet.beat(10, "文面を作っています")
    context = sheet.context or _freeze_now(sheet)
    pdf, pages = files.make_pdf(sheet, sheet_html(context, code=sheet.code), typed_texts(context))
    files.write_atomically(sheet.file_name, pdf)
    return {"pages": pages, "size": len(pdf), "file_hash": hashlib.sha256(pdf).hexdigest()}


def _freeze_now(sheet: Sheet) -> dict[str, Any]:
    """The content of a sheet of a batch: the client as it is now, by the rules in force now, on the batch's day."""
    client = Client.objects.select_related("organisation", "assigned_to").get(pk=sheet.client_id)
    person = client.assigned_to or sheet.requested_by
    context = freeze(
        client=client,
        kind=sheet.kind,
        as_of=_day_of(sheet),
        rules=rulebook.current(),
        today=timezone.localdate(),
        adviser=name_of(person) if person else "",
    )
    digest = content_hash(context)
    frozen = {"context": context, "content_hash": digest, "code": verification_code(digest)}
    frozen["file"] = file_name(sheet.pk)
    if not Sheet.jobs().held(sheet).update(**frozen):
        raise JobLost(str(sheet.pk))
    for field, value in frozen.items():
        setattr(sheet, field, value)
    return context


def _day_of(sheet: Sheet) -> date:
    return sheet.batch.as_of if sheet.batch else timezone.localdate()


def _finish(sheet: Sheet, **results: Any) -> bool:
    """Done, and a final sheet sealed, in one transaction: there is none without the other."""
    with transaction.atomic():
        if not Sheet.jobs().finish(sheet, **results):
            return False
        for field, value in results.items():
            setattr(sheet, field, value)
        if sheet.is_final:
            seal(sheet)
    return True
