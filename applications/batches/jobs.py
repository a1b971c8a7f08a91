"""The jobs of a batch: each sheet is one, and the delivery of all of them is another (一括作成の流れ).

A batch is settled when none of its sheets waits or is in work. Whoever ends the last one asks for the delivery, and
beat asks for those that a killed worker left; there is one, because its row is unique and the batch's row is held.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef

from applications.batches import delivering
from applications.batches.doorbells import ring_lost
from applications.models import Batch, Delivery, Sheet
from portal.common import jobs
from portal.common.jobs import JobState

_OPEN = (JobState.QUEUED, JobState.RUNNING)


def settle_of_sheet(pk: str) -> None:
    """Once the last open sheet of a batch is done or failed, ask for its delivery; of any other sheet, nothing."""
    batch = Sheet.objects.filter(pk=pk).values_list("batch_id", flat=True).first()
    if batch is not None:
        settle(batch)


def settle_all() -> None:
    """The same for every batch without delivery: finds what a killed worker left, or a deleted client took back.

    And sheets whose messages the broker lost.
    """
    open_sheets = Sheet.objects.filter(batch=OuterRef("pk"), state__in=_OPEN)
    made_sheets = Sheet.objects.filter(batch=OuterRef("pk"), state=JobState.DONE)
    for batch in Batch.objects.filter(~Exists(open_sheets), Exists(made_sheets), delivery=None).order_by("created_at"):
        settle(batch.pk)
    ring_lost()


def settle(batch: uuid.UUID) -> None:
    """Ask for the delivery, unless a sheet is still open, none could be made, or it has been asked for."""
    with transaction.atomic():
        if not Batch.objects.select_for_update(of=("self",)).filter(pk=batch).exists():
            return  # deleted meanwhile
        sheets = Sheet.objects.filter(batch=batch)
        if sheets.filter(state__in=_OPEN).exists() or not sheets.filter(state=JobState.DONE).exists():
            return
        delivery, is_new = Delivery.objects.get_or_create(batch_id=batch)
        if is_new:
            delivery.ring()


def deliver_batch(pk: str) -> None:
    """The job of a Delivery: the ZIP and the joined PDF. Twice is once."""
    jobs.run(Delivery, pk, delivering.deliver)
    if not Delivery.objects.filter(pk=pk).exists():
        delivering.remove_files(pk)  # taken back while we worked
