"""Jobs: work that is slower than a page, each a row first (ジョブ).

The row is the truth; a Celery message is only a doorbell that carries its id. Whoever claims the row works on it
outside any transaction and finishes it in one short statement. Ringing twice is the same as ringing once, and a lost
message or a killed worker is found by the sweeper (portal.common.tasks): nothing is lost and nothing is doubled.
"""

from __future__ import annotations

import logging
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3

UNEXPECTED = "作成の途中で問題が起きました。もう一度お試しください。"
INTERRUPTED = "作成が途中で止まりました。もう一度お試しください。"


class JobError(Exception):
    """The work cannot succeed however often it is tried. The message, in Japanese, is shown to the user."""


class JobLost(Exception):
    """The row is gone, or another worker has it by now: stop, and write nothing."""


class JobState(models.TextChoices):
    QUEUED = "queued", "順番待ち"
    RUNNING = "running", "作成中"
    DONE = "done", "完了"
    FAILED = "failed", "失敗"


@dataclass(frozen=True, slots=True)
class Move:
    source: JobState
    target: JobState


# The only changes of state there are. Each is a conditional UPDATE: of two who try, one moves.
MOVES: Mapping[str, Move] = {
    "claim": Move(JobState.QUEUED, JobState.RUNNING),
    "finish": Move(JobState.RUNNING, JobState.DONE),
    "fail": Move(JobState.RUNNING, JobState.FAILED),
    "requeue": Move(JobState.RUNNING, JobState.QUEUED),
    "retry": Move(JobState.FAILED, JobState.QUEUED),
    "redo": Move(JobState.DONE, JobState.QUEUED),
}


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found: `rung` waited too long, `requeued` and `failed` lost their worker."""

    rung: int
    requeued: int
    failed: int


# A sweep reads no job's content, and a long queue is not rung for as a whole every minute.
SWEPT_FIELDS = ("pk", "state", "claim_id", "queued_at", "heartbeat_at")
SWEPT_AT_ONCE = 20


class JobQuerySet(models.QuerySet["Job"]):
    """Every change of a job's state. Each is one statement; nothing here holds a transaction over the work."""

    def _move(self, name: str, **values: Any) -> int:
        move = MOVES[name]
        return self.filter(state=move.source).update(state=move.target, **values)

    def claim(self, pk: uuid.UUID | str) -> Any:
        """The job, now ours; None if it is gone, in work elsewhere or finished already."""
        now, claim = timezone.now(), uuid.uuid4()
        claimed = self.filter(pk=pk)._move(
            "claim",
            claim_id=claim,
            attempts=F("attempts") + 1,
            claimed_at=now,
            heartbeat_at=now,
            finished_at=None,
            progress_percent=0,
            progress_text="",
            error="",
            error_detail="",
        )
        return self.filter(pk=pk, claim_id=claim).first() if claimed else None

    def held(self, job: Job) -> JobQuerySet:
        """The job's row, as long as it is still claimed by this worker: a slow one cannot write over its successor."""
        return self.filter(pk=job.pk, claim_id=job.claim_id, state=JobState.RUNNING)

    def finish(self, job: Job, **results: Any) -> bool:
        """Done, with the results in the same statement. False if the job is no longer ours."""
        done = {"progress_percent": 100, "progress_text": "", "finished_at": timezone.now()}
        return bool(self.held(job)._move("finish", **done, **results))

    def fail(self, job: Job, *, error: str, detail: str = "") -> bool:
        """Visibly failed: `error` for the user, `detail` for staff. False if the job is no longer ours."""
        return bool(self.held(job)._move("fail", error=error, error_detail=detail, finished_at=timezone.now()))

    def requeue(self, job: Job, *, detail: str) -> bool:
        """Another attempt, or failed after the last one. False if the job is no longer ours."""
        if job.attempts >= MAX_ATTEMPTS:
            return self.fail(job, error=UNEXPECTED, detail=detail)
        requeued = bool(self.held(job)._move("requeue", queued_at=timezone.now(), error_detail=detail))
        if requeued:
            job.ring()
        return requeued

    def retry(self, pk: uuid.UUID | str) -> bool:
        """The user's own "try again" of a failed job: attempts count anew. False if it has not failed."""
        return self._again("retry", pk)

    def redo(self, pk: uuid.UUID | str) -> bool:
        """Makes a finished job's result anew, after it was lost from the disk."""
        return self._again("redo", pk)

    def _again(self, name: str, pk: uuid.UUID | str) -> bool:
        queued = {"queued_at": timezone.now(), "attempts": 0, "error": "", "error_detail": ""}
        moved = bool(self.filter(pk=pk)._move(name, **queued, progress_percent=0, progress_text=""))
        if moved:
            self.get(pk=pk).ring()
        return moved

    def sweep(self) -> Swept:
        """Finds what was lost: jobs whose worker died, and jobs whose doorbell nobody heard."""
        return Swept(rung=self._ring_overdue(), failed=self._fail_exhausted(), requeued=self._requeue_stale())

    def _stale(self) -> JobQuerySet:
        limit = timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS)
        return self.filter(state=JobState.RUNNING, heartbeat_at__lt=limit)

    def _fail_exhausted(self) -> int:
        exhausted = self._stale().filter(attempts__gte=MAX_ATTEMPTS)
        return exhausted._move("fail", error=INTERRUPTED, error_detail="worker lost", finished_at=timezone.now())

    def _requeue_stale(self) -> int:
        requeued = 0
        for job in self._stale().order_by("heartbeat_at").only(*SWEPT_FIELDS)[:SWEPT_AT_ONCE]:
            if self.held(job)._move("requeue", queued_at=timezone.now(), error_detail="worker lost"):
                job.ring()
                requeued += 1
        return requeued

    def _ring_overdue(self) -> int:
        """Rings again, and moves `queued_at` so that the next sweep waits its time before it rings once more."""
        limit = timezone.now() - timedelta(seconds=settings.JOB_QUEUED_SECONDS)
        rung = 0
        overdue = self.filter(state=JobState.QUEUED, queued_at__lt=limit).order_by("queued_at")
        for job in overdue.only(*SWEPT_FIELDS)[:SWEPT_AT_ONCE]:
            if self.filter(pk=job.pk, state=JobState.QUEUED, queued_at__lt=limit).update(queued_at=timezone.now()):
                job.ring()
                rung += 1
        return rung


class Job(models.Model):
    """One piece of slow work. A concrete model names its Celery task in `doorbell`."""

    doorbell: ClassVar[str]  # dotted path of a task that takes the id

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField("状態", max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField("試行回数", default=0)
    claim_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField("依頼日時", default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField("終了日時", null=True)
    progress_percent = models.PositiveSmallIntegerField("進み具合", default=0)
    progress_text = models.CharField(max_length=100, blank=True, default="")
    error = models.CharField("利用者への説明", max_length=500, blank=True, default="")
    error_detail = models.TextField("担当者への説明", blank=True, default="")

    objects = JobQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["queued_at"], name="%(class)s_queued", condition=models.Q(state="queued")),
            models.Index(fields=["heartbeat_at"], name="%(class)s_running", condition=models.Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk} ({self.get_state_display()})"

    @property
    def is_open(self) -> bool:
        """Waiting or in work: there is something to wait for."""
        return self.state in (JobState.QUEUED, JobState.RUNNING)

    @property
    def is_done(self) -> bool:
        return self.state == JobState.DONE

    @property
    def has_failed(self) -> bool:
        return self.state == JobState.FAILED

    @classmethod
    def jobs(cls) -> JobQuerySet:
        """The rows of this very model, typed for the functions below."""
        return cls._default_manager.all()

    def ring(self) -> None:
        """Sends the doorbell once the transaction is committed. A broker that is down loses no job: see `sweep`."""

        def send() -> None:
            import_string(self.doorbell).delay(str(self.pk))

        # Not delay_on_commit: it would turn a broker's failure into an error page, though the job is safe in its row.
        transaction.on_commit(send, robust=True)

    def beat(self, percent: int, text: str) -> None:
        """Says how far the work is, and that this worker lives. Raises JobLost."""
        now = timezone.now()
        rows = self.jobs().held(self)
        if not rows.update(progress_percent=percent, progress_text=text, heartbeat_at=now):
            raise JobLost(str(self.pk))


def run(
    model: type[Job],
    pk: str,
    work: Callable[[Any], Mapping[str, Any]],
    finish: Callable[..., bool] | None = None,
) -> None:
    """The body of every doorbell task: claim, `work(job)`, finish with the fields it returns. Never raises for a job.

    A JobError fails the job at once; anything else unexpected is tried again, up to MAX_ATTEMPTS, then visibly failed.
    `finish(job, **fields)` stands in for JobQuerySet.finish where something must be stored together with the end.
    """
    jobs = model.jobs()
    job = jobs.claim(pk)
    if job is None:
        return
    try:
        (finish or jobs.finish)(job, **work(job))
    except JobLost:
        logger.warning("%s was taken away from this worker", job)
    except JobError as error:
        logger.warning("%s cannot succeed: %s", job, error)
        jobs.fail(job, error=str(error), detail=traceback.format_exc())
    except Exception:
        logger.exception("%s failed in attempt %s", job, job.attempts)
        jobs.requeue(job, detail=traceback.format_exc())
