"""Batches for tests, with sheets that are blank pages: what is tested is what happens to them, not what they say."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
from django.core.files.storage import default_storage
from django.utils import timezone

from applications.batches import batches, jobs
from applications.models import Batch, Client, Delivery, Membership, Sheet
from portal.common.jobs import JobState
from tests.applications.supporters import client_of

AS_OF = date(2023, 10, 17)
FRAMES = (("eligible", 0), ("eligible", 2), ("needs_info", 0), ("not_eligible", 0), ("not_eligible", 1))
CONTEXT = {"report": {"programmes": [{"frames": [{"verdict": v, "open_review": n} for v, n in FRAMES]}]}}


def some_clients(acting: Membership, count: int = 3) -> list[Client]:
    return [client_of(acting, f"企業{number:02}") for number in range(count)]


def batch_of(acting: Membership, chosen: list[Client], **values: Any) -> Batch:
    wanted = {"key": uuid.uuid4(), "as_of": AS_OF, "title": "秋の訪問"} | values
    return batches.create(acting=acting, clients=[client.pk for client in chosen], **wanted)


def make_sheets(sheets: Iterable[Sheet], pages: int = 2) -> None:
    """As the job of each leaves it."""
    for sheet in sheets:
        path = Path(default_storage.path(sheet.file_name))
        path.parent.mkdir(parents=True, exist_ok=True)
        with pikepdf.new() as pdf:
            for _ in range(pages):
                pdf.add_blank_page()
            pdf.save(path)
        now = timezone.now()
        done = {"state": JobState.DONE, "claimed_at": now, "finished_at": now, "context": CONTEXT}
        Sheet.objects.filter(pk=sheet.pk).update(pages=pages, size=path.stat().st_size, **done)


def delivered(batch: Batch) -> Delivery:
    """The delivery, asked for and made as the jobs do it."""
    jobs.settle(batch.pk)
    jobs.deliver_batch(str(Delivery.objects.get(batch=batch).pk))
    return Delivery.objects.get(batch=batch)
