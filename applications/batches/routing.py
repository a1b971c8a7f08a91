"""Which queue a doorbell waits in (CELERY_TASK_ROUTES): what belongs to a batch stands behind nothing but batches.

Asked of the row, since the doorbell carries nothing but its id: whoever rings (the sweeper, a retry) need not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from applications.models import Delivery, Sheet

BATCHES = "batches"  # one of CELERY_TASK_QUEUES


def route(
    name: str, args: Sequence[Any] | None, kwargs: Any, options: Mapping[str, Any], task: Any = None, **rest: Any
) -> dict[str, str] | None:
    """A Celery router: None leaves the message in the common queue, or where the caller sends it."""
    if "queue" in options:
        return None
    if name == Delivery.doorbell or (name == Sheet.doorbell and args and _is_of_batch(args[0])):
        return {"queue": BATCHES}
    return None


def _is_of_batch(pk: Any) -> bool:
    return Sheet.objects.filter(pk=pk, batch__isnull=False).exists()
