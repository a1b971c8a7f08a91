"""Every change of a job's state, on the one concrete model there is."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from applications.models import Summary
from eligibility.checks import NewCheck
from portal.common import jobs
from portal.common.jobs import INTERRUPTED, MAX_ATTEMPTS, MOVES, UNEXPECTED, JobError, JobLost, JobState, Swept
from portal.common.tasks import sweep_jobs

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def job(new_check: NewCheck) -> Summary:
    return Summary.objects.create(self_check=new_check.check, context={}, content_hash="0" * 64, code="", file="x.pdf")


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[uuid.UUID]]:
    """The ids of the doorbells that were rung."""
    ids: list[uuid.UUID] = []
    monkeypatch.setattr(Summary, "ring", lambda self: ids.append(self.pk))
    yield ids


def set_row(job: Summary, **values: Any) -> None:
    Summary.objects.filter(pk=job.pk).update(**values)


def fresh(job: Summary) -> Summary:
    return Summary.objects.get(pk=job.pk)


def test_claiming_twice_is_claiming_once(job: Summary) -> None:
    first, second = Summary.objects.claim(job.pk), Summary.objects.claim(job.pk)

    assert first.state == JobState.RUNNING and first.attempts == 1
    assert second is None


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.DONE, JobState.FAILED])
def test_only_a_queued_job_is_claimed(job: Summary, state: JobState) -> None:
    set_row(job, state=state)

    assert Summary.objects.claim(job.pk) is None
    assert fresh(job).state == state


def test_a_job_that_is_gone_is_a_quiet_end() -> None:
    jobs.run(Summary, str(uuid.uuid4()), lambda job: pytest.fail("nothing to work on"))


def test_the_results_are_stored_with_the_end(job: Summary) -> None:
    jobs.run(Summary, str(job.pk), lambda job: {"pages": 7})

    done = fresh(job)
    assert (done.state, done.pages, done.progress_percent, done.attempts) == (JobState.DONE, 7, 100, 1)
    assert done.finished_at is not None


def test_running_twice_works_once(job: Summary) -> None:
    worked: list[int] = []
    for _ in range(2):
        jobs.run(Summary, str(job.pk), lambda job: worked.append(job.attempts) or {})

    assert worked == [1]


def test_what_cannot_succeed_fails_at_once_and_says_why(job: Summary, rung: list[uuid.UUID]) -> None:
    def work(job: Summary) -> dict[str, Any]:
        raise JobError("この文字は印刷できません。")

    jobs.run(Summary, str(job.pk), work)

    failed = fresh(job)
    assert (failed.state, failed.error, failed.attempts) == (JobState.FAILED, "この文字は印刷できません。", 1)
    assert "JobError" in failed.error_detail
    assert rung == []


def test_the_unexpected_is_tried_again_and_the_last_failure_is_visible(job: Summary, rung: list[uuid.UUID]) -> None:
    def work(job: Summary) -> dict[str, Any]:
        raise OSError("disk full")

    states = []
    for _ in range(MAX_ATTEMPTS):
        jobs.run(Summary, str(job.pk), work)
        states.append(fresh(job).state)

    assert states == [JobState.QUEUED, JobState.QUEUED, JobState.FAILED]
    assert rung == [job.pk] * (MAX_ATTEMPTS - 1)
    assert fresh(job).error == UNEXPECTED
    assert "disk full" in fresh(job).error_detail


def test_the_user_may_try_a_failed_job_again_once(job: Summary, rung: list[uuid.UUID]) -> None:
    set_row(job, state=JobState.FAILED, attempts=MAX_ATTEMPTS, error="x", error_detail="y")

    assert [Summary.objects.all().retry(job.pk), Summary.objects.all().retry(job.pk)] == [True, False]
    again = fresh(job)
    assert (again.state, again.attempts, again.error, again.error_detail) == (JobState.QUEUED, 0, "", "")
    assert rung == [job.pk]


def test_a_worker_that_was_given_up_cannot_write_over_its_successor(job: Summary, rung: list[uuid.UUID]) -> None:
    slow = Summary.objects.claim(job.pk)
    set_row(job, heartbeat_at=timezone.now() - LONG_AGO)
    Summary.objects.all().sweep()
    successor = Summary.objects.claim(job.pk)

    with pytest.raises(JobLost):
        slow.beat(50, "まだ働いています")
    assert not Summary.objects.all().finish(slow, pages=1)
    assert not Summary.objects.all().fail(slow, error="遅すぎました")
    assert not Summary.objects.all().requeue(slow, detail="")
    assert Summary.objects.all().finish(successor, pages=2)
    assert fresh(job).pages == 2


def test_a_worker_that_lost_its_job_stops_quietly(job: Summary) -> None:
    def work(mine: Summary) -> dict[str, Any]:
        set_row(mine, claim_id=uuid.uuid4())
        mine.beat(50, "")
        raise AssertionError("it went on")

    jobs.run(Summary, str(job.pk), work)

    assert fresh(job).state == JobState.RUNNING


def test_progress_is_a_sign_of_life(job: Summary) -> None:
    claimed = Summary.objects.claim(job.pk)
    set_row(job, heartbeat_at=timezone.now() - LONG_AGO)
    claimed.beat(40, "ページを組んでいます")

    assert Summary.objects.all().sweep() == Swept(rung=0, requeued=0, failed=0)
    assert (fresh(job).progress_percent, fresh(job).progress_text) == (40, "ページを組んでいます")


def test_the_sweeper_queues_the_job_of_a_dead_worker_again(job: Summary, rung: list[uuid.UUID]) -> None:
    Summary.objects.claim(job.pk)
    set_row(job, heartbeat_at=timezone.now() - LONG_AGO)

    assert Summary.objects.all().sweep() == Swept(rung=0, requeued=1, failed=0)
    assert Summary.objects.all().sweep() == Swept(rung=0, requeued=0, failed=0)
    assert fresh(job).state == JobState.QUEUED
    assert rung == [job.pk]


def test_the_sweeper_fails_a_job_that_took_its_last_worker_with_it(job: Summary, rung: list[uuid.UUID]) -> None:
    set_row(job, attempts=MAX_ATTEMPTS - 1)
    Summary.objects.claim(job.pk)
    set_row(job, heartbeat_at=timezone.now() - LONG_AGO)

    assert Summary.objects.all().sweep() == Swept(rung=0, requeued=0, failed=1)
    assert (fresh(job).state, fresh(job).error) == (JobState.FAILED, INTERRUPTED)
    assert rung == []


def test_the_sweeper_rings_again_for_a_lost_message_and_then_waits(job: Summary, rung: list[uuid.UUID]) -> None:
    assert Summary.objects.all().sweep().rung == 0
    set_row(job, queued_at=timezone.now() - LONG_AGO)

    assert [Summary.objects.all().sweep().rung, Summary.objects.all().sweep().rung] == [1, 0]
    assert fresh(job).state == JobState.QUEUED
    assert rung == [job.pk]


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
def test_the_sweeper_leaves_what_is_finished(job: Summary, state: JobState, rung: list[uuid.UUID]) -> None:
    set_row(job, state=state, heartbeat_at=timezone.now() - LONG_AGO, queued_at=timezone.now() - LONG_AGO)
    sweep_jobs()

    assert fresh(job).state == state
    assert rung == []


def test_the_doorbell_rings_after_the_commit_only(
    job: Summary, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    heard: list[str] = []
    monkeypatch.setattr("applications.tasks.render_summary.delay", heard.append)
    with django_capture_on_commit_callbacks(execute=True):
        job.ring()
        assert heard == []

    assert heard == [str(job.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_loses_nothing(job: Summary, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(pk: str) -> None:
        raise ConnectionError("broker")

    monkeypatch.setattr("applications.tasks.render_summary.delay", down)
    job.ring()

    assert fresh(job).state == JobState.QUEUED


def test_no_state_is_a_trap() -> None:
    """From a failure there is a way through every other state."""
    reached, frontier = set(), {JobState.FAILED}
    while frontier:
        reached |= frontier
        frontier = {move.target for move in MOVES.values() if move.source in frontier} - reached
    assert reached == set(JobState)
