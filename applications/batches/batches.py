"""What can be done with a batch (一括作成): ask for it, ask again for what failed, remove it.

Every function is one use case and one transaction, and takes the acting member first. Whoever changes which sheets a
batch has, holds its row: a delivery is never asked for while another has just asked for a sheet (see batches.jobs).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from applications.batches.doorbells import ring_all
from applications.clients.clients import ID_TAKEN
from applications.models import Batch, Client, Delivery, Event, Membership, Sheet
from applications.selectors import desk
from applications.sheets.jobs import file_name
from portal.common.jobs import JobState

MOST_CLIENTS = 2000
_ROWS_AT_ONCE = 200  # of one INSERT


class BatchRefused(Exception):
    """No such batch can be made. The message, in Japanese, says what to do."""


def create(
    *,
    acting: Membership,
    key: uuid.UUID,
    clients: Iterable[uuid.UUID],
    as_of: date,
    title: str = "",
    kind: str = Sheet.Kind.DRAFT,
) -> Batch:
    """A batch with a waiting sheet for each client. The same `key` again gives the batch there is: twice is once.

    `kind`: of Sheet.Kind. Raises BatchRefused for no or too many clients, and for what is another organisation's,
    be it a client or the key.
    """
    wanted = set(clients)
    if not wanted:
        raise BatchRefused("企業が選ばれていません。相談シートを作る企業を選んでください。")
    if len(wanted) > MOST_CLIENTS:
        raise BatchRefused(f"一度に作れるのは{MOST_CLIENTS:,}社までです。企業を絞り込んで、分けて作ってください。")
    with transaction.atomic():
        found = list(desk.clients(acting).filter(pk__in=wanted).order_by("name", "pk").values_list("pk", flat=True))
        if len(found) < len(wanted):
            raise BatchRefused("選んだ企業の一部が見つかりません。支援先の一覧から、選び直してください。")
        batch, is_new = Batch.objects.get_or_create(
            pk=key,
            defaults={
                "organisation": acting.organisation,
                "requested_by_id": acting.user_id,
                "title": title,
                "as_of": as_of,
            },
        )
        if batch.organisation_id != acting.organisation_id:
            raise BatchRefused(ID_TAKEN)
        if is_new:
            _add_sheets(batch, found, kind)
            Event.record(acting, "相談シートを一括作成", f"{batch}（{len(found)}社、{Sheet.Kind(kind).label}）")
    return batch


@transaction.atomic
def retry(*, acting: Membership, batch: Batch, sheets: Iterable[uuid.UUID] | None = None) -> int:
    """Begin these sheets anew, all failed ones where none is named; how many those are.

    A failed one is replaced by a new row, so that it is made of the client as it is by now: its name mended, perhaps.
    One that was made but whose file is lost is made again from what it was, if it is named. The delivery made so far
    goes: it comes again with all of them.
    """
    _held(acting, batch)
    rows = Sheet.objects.filter(batch=batch).defer("context")
    failed, made = rows.filter(state=JobState.FAILED), rows.filter(state=JobState.DONE)
    lost: list[Sheet] = []
    if sheets is not None:
        named = list(sheets)
        failed = failed.filter(pk__in=named)
        lost = [sheet for sheet in made.filter(pk__in=named) if not sheet.has_file]
    begun = _replace(batch, list(failed)) + sum(Sheet.jobs().redo(sheet.pk) for sheet in lost)
    if begun:
        Delivery.objects.filter(batch=batch).delete()
    return begun


@transaction.atomic
def deliver_again(*, acting: Membership, batch: Batch) -> bool:
    """Make the ZIP and the joined PDF anew: failed, or lost from the disk. False if there is nothing to do."""
    _held(acting, batch)
    delivery = Delivery.objects.filter(batch=batch).first()
    if delivery is None:
        return False
    if delivery.has_failed:
        return Delivery.jobs().retry(delivery.pk)
    return not has_files(delivery) and Delivery.jobs().redo(delivery.pk)


def has_files(delivery: Delivery) -> bool:
    """Finished, and neither file lost since."""
    files = (delivery.archive, delivery.joined)
    return delivery.is_done and all(file.name and file.storage.exists(file.name) for file in files)


def may_delete(acting: Membership, batch: Batch) -> bool:
    """Who asked for it may, a manager too; one with final sheets only a manager."""
    if acting.is_manager:
        return True
    has_final = Sheet.objects.filter(batch=batch, kind=Sheet.Kind.FINAL).exists()
    return batch.requested_by_id == acting.user_id and not has_final


@transaction.atomic
def delete(*, acting: Membership, batch: Batch) -> None:
    """Remove the batch with its sheets and files, for good. Raises PermissionDenied unless `may_delete`."""
    if not may_delete(acting, batch):
        raise PermissionDenied(f"{acting} did not ask for {batch.pk}")
    _held(acting, batch)
    # Not left to the cascade, which would read the content of every sheet.
    count = Sheet.objects.filter(batch=batch).defer("context").delete()[1].get(Sheet._meta.label, 0)
    Event.record(acting, "一括作成を削除", f"{batch}（{count}社）")
    batch.delete()


def take_back_deliveries(client: Client) -> None:
    """Before a client is deleted: no ZIP may keep its sheet. The deliveries come again without it (settle_all)."""
    batches = Batch.objects.filter(sheets__client=client).order_by("pk").values("pk")
    held = Batch.objects.filter(pk__in=batches).order_by("pk").select_for_update(of=("self",))
    Delivery.objects.filter(batch__in=[batch.pk for batch in held]).delete()


def _replace(batch: Batch, failed: Sequence[Sheet]) -> int:
    Sheet.objects.filter(pk__in=[sheet.pk for sheet in failed]).defer("context").delete()
    for kind in {sheet.kind for sheet in failed}:
        _add_sheets(batch, [sheet.client_id for sheet in failed if sheet.kind == kind], kind)
    return len(failed)


def _add_sheets(batch: Batch, clients: Sequence[uuid.UUID], kind: str) -> None:
    sheets = [
        Sheet(
            id=pk, client_id=client, batch=batch, kind=kind, requested_by_id=batch.requested_by_id, file=file_name(pk)
        )
        for client, pk in ((client, uuid.uuid4()) for client in clients)
    ]
    Sheet.objects.bulk_create(sheets, batch_size=_ROWS_AT_ONCE)
    ring_all([sheet.pk for sheet in sheets])


def _held(acting: Membership, batch: Batch) -> None:
    """The organisation's row, locked until the transaction ends. Raises Batch.DoesNotExist."""
    desk.batches(acting).select_for_update(of=("self",)).get(pk=batch.pk)
