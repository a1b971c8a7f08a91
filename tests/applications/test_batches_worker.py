"""A batch by a real worker: every sheet from its own client, one that fails, and the one PDF that must not wait."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from pypdf import PdfReader

from applications.batches import batches, jobs
from applications.batches.doorbells import messages_waiting
from applications.clients import clients
from applications.models import Delivery, Membership, Sheet
from portal.celery import app
from portal.common.jobs import JobState
from tests.applications.made_sheets import batch_of, some_clients
from tests.applications.supporters import adviser, client_of
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

TIMEOUT = 90  # seconds


@pytest.fixture
def acting(live_worker: Worker) -> Membership:
    """No programmes: a sheet takes no time."""
    return adviser()


def wait_until(worker: Worker, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not reached():
        details = list(Sheet.objects.values_list("state", "error_detail"))
        assert time.monotonic() < deadline, f"{details}\n{worker.log.read_text()}"
        time.sleep(0.05)


def is_delivered() -> bool:
    return Delivery.objects.filter(state=JobState.DONE).exists()


def test_a_failed_client_holds_up_nobody_and_is_delivered_once_it_is_mended(
    live_worker: Worker, acting: Membership
) -> None:
    bad = client_of(acting, "花火\U0001f9e8商店")
    batch = batch_of(acting, [*some_clients(acting, 2), bad])
    wait_until(live_worker, is_delivered)

    failed = Sheet.objects.get(client=bad)
    assert failed.state == JobState.FAILED and "\U0001f9e8" in failed.error
    first = Delivery.objects.get()
    with zipfile.ZipFile(default_storage.path(first.archive.name)) as archive:
        assert len(archive.namelist()) == 1 + 2

    clients.save(acting=acting, client=bad, stamp=bad.stamp, values={"name": "花火商店"})
    assert batches.retry(acting=acting, batch=batch, sheets=[failed.pk]) == 1
    wait_until(live_worker, is_delivered)

    second = Delivery.objects.get()
    assert second.pk != first.pk and not default_storage.exists(first.archive.name)
    with zipfile.ZipFile(default_storage.path(second.archive.name)) as archive:
        assert [name for name in archive.namelist() if "花火商店" in name]
    reader = PdfReader(default_storage.path(second.joined.name))
    pages = sum(Sheet.objects.values_list("pages", flat=True))
    assert len(reader.pages) == 1 + pages and pages == second.pages


def test_the_one_sheet_somebody_waits_for_does_not_wait_behind_a_batch(live_worker: Worker, acting: Membership) -> None:
    chosen = some_clients(acting, 10)
    batch = batch_of(acting, chosen)
    alone = Sheet.objects.create(client=chosen[0], file="sheets/alone.pdf")
    alone.ring()
    wait_until(live_worker, is_delivered)

    order = list(Sheet.objects.order_by("claimed_at").values_list("batch", flat=True))
    # One may be in work and one may be reserved when it comes.
    assert order.index(None) <= 3
    assert order.count(batch.pk) == 10


def test_what_a_broker_lost_is_sent_again_once(live_worker: Worker, acting: Membership, settings: Any) -> None:
    live_worker.kill()
    batch_of(acting, some_clients(acting, 3))
    assert messages_waiting() == 3
    app.control.purge()
    settings.JOB_QUEUED_SECONDS = 0

    for _ in range(2):
        jobs.settle_all()
        assert messages_waiting() == 3, "twice is once"
    live_worker.start()
    wait_until(live_worker, is_delivered)

    assert set(Sheet.objects.values_list("state", "attempts")) == {(JobState.DONE, 1)}
