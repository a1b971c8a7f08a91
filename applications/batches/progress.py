"""How far a batch is (進み具合), counted from its sheets; no query reads what is in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils import timezone

from applications.models import Batch, Sheet
from portal.common.jobs import JobState

# The time left follows the sheets that ended within so long: the speed now, whatever stood still before.
_RECENTLY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Progress:
    """Sheets by state. `minutes_left`: rounded up; None while nothing tells."""

    total: int
    done: int
    failed: int
    running: int
    waiting: int
    minutes_left: int | None

    @property
    def ended(self) -> int:
        return self.done + self.failed

    @property
    def is_open(self) -> bool:
        return self.running + self.waiting > 0

    @property
    def percent(self) -> int:
        return 100 * self.ended // self.total if self.total else 100


def progress_of(batch: Batch) -> Progress:
    now = timezone.now()
    ended = Q(state__in=[JobState.DONE, JobState.FAILED])
    counted = Sheet.objects.filter(batch=batch).aggregate(
        done=Count("pk", filter=Q(state=JobState.DONE)),
        failed=Count("pk", filter=Q(state=JobState.FAILED)),
        running=Count("pk", filter=Q(state=JobState.RUNNING)),
        waiting=Count("pk", filter=Q(state=JobState.QUEUED)),
        recent=Count("pk", filter=ended & Q(finished_at__gt=now - _RECENTLY)),
        begun=Min("claimed_at"),
    )
    recent, begun = counted.pop("recent"), counted.pop("begun")
    left = counted["running"] + counted["waiting"]
    return Progress(total=sum(counted.values()), minutes_left=_minutes(left, recent, begun, now), **counted)


def _minutes(left: int, recent: int, begun: datetime | None, now: datetime) -> int | None:
    if not recent or begun is None:
        return None
    seconds = min(_RECENTLY, now - begun).total_seconds()
    return math.ceil(left * seconds / recent / 60)
