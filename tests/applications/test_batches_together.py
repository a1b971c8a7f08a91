"""Two at once: forms sent twice, workers that end the last sheets together, a retry beside them. Once is enough."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from applications.batches import batches, jobs
from applications.models import Batch, Delivery, Membership, Sheet
from portal.common.jobs import JobState
from tests.applications.made_sheets import batch_of, make_sheets, some_clients
from tests.applications.supporters import adviser

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

TIMES = 5


@pytest.fixture
def acting(monkeypatch: pytest.MonkeyPatch) -> Membership:
    """Doorbells go nowhere."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda self, *args, **options: None)
    return adviser()


def together(*works: Callable[[], object]) -> None:
    """Each in a thread with a connection of its own, begun at one moment. Raises what one of them raised."""
    barrier, failures = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_a_form_sent_twice_at_once_is_one_batch(acting: Membership) -> None:
    chosen = some_clients(acting)
    for _ in range(TIMES):
        key = uuid.uuid4()
        together(*[lambda key=key: batch_of(acting, chosen, key=key)] * 2)
        assert Sheet.objects.filter(batch=key).count() == 3
    assert Batch.objects.count() == TIMES


def test_the_last_two_sheets_ending_at_once_ask_for_one_delivery(acting: Membership) -> None:
    chosen = some_clients(acting, 2)
    for _ in range(TIMES):
        batch = batch_of(acting, chosen)
        make_sheets(Sheet.objects.filter(batch=batch))
        together(*[lambda pk=sheet.pk: jobs.settle_of_sheet(str(pk)) for sheet in Sheet.objects.filter(batch=batch)])
        assert Delivery.objects.filter(batch=batch).count() == 1


def test_a_retry_beside_the_asking_leaves_no_delivery_without_the_sheet(acting: Membership) -> None:
    chosen = some_clients(acting, 2)
    for _ in range(TIMES):
        batch = batch_of(acting, chosen)
        made, failed = Sheet.objects.filter(batch=batch)
        make_sheets([made])
        Sheet.objects.filter(pk=failed.pk).update(state=JobState.FAILED, error="x")
        together(
            lambda batch=batch: jobs.settle(batch.pk),
            lambda batch=batch: batches.retry(acting=acting, batch=batch),
            lambda batch=batch: batches.retry(acting=acting, batch=batch),
        )
        assert Sheet.objects.filter(batch=batch, state=JobState.QUEUED).count() == 1
        assert not Delivery.objects.filter(batch=batch).exists()
