"""The doorbells of a batch's sheets: hundreds at once, and those that a broker lost."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from applications.batches.routing import BATCHES
from applications.models import Sheet
from portal.common.jobs import JobState


def ring_all(sheets: Sequence[uuid.UUID]) -> None:
    """All in one callback after the commit: where the broker is down the first one fails and ends it, instead of
    hundreds that wait for it one after another. What was not rung is found by `ring_lost` and by the sweeper."""

    def send() -> None:
        doorbell = import_string(Sheet.doorbell)
        for pk in sheets:
            doorbell.apply_async([str(pk)], queue=BATCHES)

    transaction.on_commit(send, robust=True)


def ring_lost() -> None:
    """Where sheets wait but no message does, the broker lost them all: ring for each again.

    The sweeper would, but 20 a minute. Nothing is rung while messages wait: that is a long queue, and no loss.
    """
    limit = timezone.now() - timedelta(seconds=settings.JOB_QUEUED_SECONDS)
    overdue = Sheet.objects.filter(batch__isnull=False, state=JobState.QUEUED, queued_at__lt=limit)
    if not overdue.exists() or messages_waiting():
        return
    with transaction.atomic():
        sheets = list(overdue.order_by("queued_at").values_list("pk", flat=True))
        overdue.filter(pk__in=sheets).update(queued_at=timezone.now())
        ring_all(sheets)


def messages_waiting() -> int:
    """In the queue of batches, those aside that a worker has taken already."""
    with current_app.connection_for_read() as connection:
        queue = current_app.amqp.queues[BATCHES](connection.default_channel)
        return int(queue.queue_declare().message_count)
