"""A real worker process, real messages, and what happens when the process is killed in the middle of its work."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from pypdf import PdfReader

from applications.models import Summary
from applications.summaries.jobs import request_summary
from eligibility import checks
from eligibility.checks import NewCheck
from portal.common.jobs import JobState, Swept
from portal.common.tasks import sweep_jobs
from programs.loading import load_fixtures
from tests.applications.conftest import AS_OF, PROFILE
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

TIMEOUT = 90  # seconds; a PDF of five programmes takes five


@pytest.fixture
def plain_check(live_worker: Worker) -> NewCheck:
    """Without programmes: its PDF takes no time."""
    return checks.create(profile=PROFILE, as_of=AS_OF)


@pytest.fixture
def rich_check(live_worker: Worker) -> NewCheck:
    """A check whose PDF takes seconds, because all shipped programmes are in it."""
    load_fixtures(Path(settings.FIXTURES_ROOT))
    return checks.create(profile=PROFILE, as_of=AS_OF)


def wait_until(worker: Worker, summary: Summary, reached: Callable[[Summary], bool]) -> Summary:
    deadline = time.monotonic() + TIMEOUT
    while True:
        summary.refresh_from_db()
        if reached(summary):
            return summary
        assert time.monotonic() < deadline, f"{summary}\n{summary.error_detail}\n{worker.log.read_text()}"
        time.sleep(0.02)


def is_done(summary: Summary) -> bool:
    assert summary.state != JobState.FAILED, summary.error_detail
    return summary.state == JobState.DONE


def files_of(summary: Summary) -> list[Path]:
    return sorted(Path(default_storage.path(summary.file.name)).parent.glob(f"{summary.pk}*"))


def assert_one_whole_pdf(summary: Summary) -> None:
    assert [path.name for path in files_of(summary)] == [f"{summary.pk}.pdf"]
    assert len(PdfReader(files_of(summary)[0]).pages) == summary.pages > 0
    assert Summary.objects.count() == 1


def test_a_worker_makes_the_pdf(live_worker: Worker, plain_check: NewCheck) -> None:
    summary = request_summary(check=plain_check.check, share_url="https://shirube.example/r/x/")

    wait_until(live_worker, summary, is_done)
    assert summary.attempts == 1
    assert_one_whole_pdf(summary)


def test_a_killed_worker_loses_nothing_and_doubles_nothing(live_worker: Worker, rich_check: NewCheck) -> None:
    summary = request_summary(check=rich_check.check, share_url="")
    wait_until(live_worker, summary, lambda row: row.state == JobState.RUNNING and row.progress_percent >= 25)
    live_worker.kill()

    summary.refresh_from_db()
    assert summary.state == JobState.RUNNING, "killed too late"
    assert files_of(summary) == []
    assert Summary.objects.all().sweep() == Swept(rung=0, requeued=0, failed=0), "it may still live"

    live_worker.start()
    long_silent = timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS + 1)
    Summary.objects.filter(pk=summary.pk).update(heartbeat_at=long_silent)
    sweep_jobs()
    sweep_jobs()

    wait_until(live_worker, summary, is_done)
    assert summary.attempts == 2
    assert_one_whole_pdf(summary)


def test_a_lost_message_is_found_by_the_sweeper_and_heard_once(
    live_worker: Worker, plain_check: NewCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Summary, "ring", lambda self: None)
        summary = request_summary(check=plain_check.check, share_url="")
    long_waiting = timezone.now() - timedelta(seconds=settings.JOB_QUEUED_SECONDS + 1)
    Summary.objects.filter(pk=summary.pk).update(queued_at=long_waiting)
    sweep_jobs()
    summary.ring()  # one too many

    wait_until(live_worker, summary, is_done)
    assert summary.attempts == 1
    assert_one_whole_pdf(summary)
