"""What is kept, for how long, and that nothing of a company stays behind."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from applications.models import Summary
from applications.papers import files
from applications.summaries import jobs as summaries
from applications.summaries.jobs import FOLDER, KEPT_PER_CHECK, render_summary, request_summary
from applications.tasks import purge_expired_checks
from eligibility import checks
from eligibility.checks import NewCheck
from eligibility.models import SelfCheck
from portal.common.jobs import JobState
from portal.common.pdf import PdfError, UnprintableText
from programs.loading import load_fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Summary, "ring", lambda self: None)
    yield


def made(new_check: NewCheck) -> Summary:
    summary = request_summary(check=new_check.check, share_url="")
    render_summary(str(summary.pk))
    summary.refresh_from_db()
    return summary


def path_of(summary: Summary) -> Path:
    return Path(default_storage.path(summary.file.name))


def test_a_real_answer_becomes_a_pdf(new_check: NewCheck) -> None:
    load_fixtures(Path(settings.FIXTURES_ROOT))
    summary = made(new_check)

    assert summary.state == JobState.DONE, summary.error_detail
    assert summary.pages > 5
    assert path_of(summary).stat().st_size == summary.size
    assert path_of(summary).stat().st_mode & 0o077 == 0


def test_the_row_keeps_what_it_takes_to_answer_again(new_check: NewCheck) -> None:
    load_fixtures(Path(settings.FIXTURES_ROOT))
    context = request_summary(check=new_check.check, share_url="").context

    assert context["profile"] == new_check.check.profile
    assert context["report"]["as_of"] == "2023-10-17"
    assert len(context["report"]["programmes"][0]["rules_hash"]) == 64
    assert context["report"]["programmes"][0]["frames"][0]["rows"]


def test_a_retry_writes_the_same_bytes_under_the_same_name(new_check: NewCheck) -> None:
    summary = made(new_check)
    first = path_of(summary).read_bytes()
    Summary.objects.update(state=JobState.QUEUED)
    render_summary(str(summary.pk))

    assert path_of(summary).read_bytes() == first
    assert [path.name for path in path_of(summary).parent.glob(f"{summary.pk}*")] == [f"{summary.pk}.pdf"]


def test_the_content_is_that_of_the_request(new_check: NewCheck) -> None:
    summary = request_summary(check=new_check.check, share_url="")
    checks.save_page(check=new_check.check, answers={"employees": checks.known(99)})
    render_summary(str(summary.pk))

    assert Summary.objects.get().context["profile"]["employees"] == 18


def test_a_file_lost_from_the_disk_is_made_again_when_asked_for(new_check: NewCheck) -> None:
    summary = made(new_check)
    path_of(summary).unlink()

    assert request_summary(check=new_check.check, share_url="").state == JobState.QUEUED
    assert made(new_check).state == JobState.DONE
    assert path_of(summary).exists()


def test_asking_for_a_failed_one_starts_it_again(new_check: NewCheck) -> None:
    summary = request_summary(check=new_check.check, share_url="")
    Summary.objects.update(state=JobState.FAILED, error="x")

    assert request_summary(check=new_check.check, share_url="") == summary
    assert Summary.objects.get().state == JobState.QUEUED


@pytest.mark.parametrize(
    ("error", "words"), [(UnprintableText("\U0001f363"), "\U0001f363"), (PdfError("css"), "問題が起きました")]
)
def test_a_failed_render_is_visible(
    new_check: NewCheck, monkeypatch: pytest.MonkeyPatch, error: PdfError, words: str
) -> None:
    def refuse(html: str, **kwargs: object) -> bytes:
        raise error

    monkeypatch.setattr(files, "render_pdf", refuse)
    summary = made(new_check)

    assert summary.state == JobState.FAILED
    assert words in summary.error
    assert not path_of(summary).exists()


def test_deleting_the_check_deletes_the_file(
    new_check: NewCheck, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    summary = made(new_check)
    with django_capture_on_commit_callbacks(execute=True):
        checks.delete(check=new_check.check)

    assert not Summary.objects.exists()
    assert not path_of(summary).exists()


def test_a_check_deleted_during_the_work_leaves_no_file(new_check: NewCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = request_summary(check=new_check.check, share_url="")
    write = files.write_atomically

    def delete_then_write(name: str, content: bytes) -> None:
        checks.delete(check=new_check.check)
        write(name, content)

    monkeypatch.setattr(files, "write_atomically", delete_then_write)
    render_summary(str(summary.pk))

    assert not Summary.objects.exists()
    assert not path_of(summary).exists()


def test_expired_checks_go_with_their_files_and_others_stay(
    new_check: NewCheck, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    expired, kept = made(new_check), made(checks.create(as_of=date(2023, 1, 1)))
    SelfCheck.objects.filter(pk=new_check.check.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            purge_expired_checks()

    assert list(Summary.objects.all()) == [kept]
    assert (path_of(expired).exists(), path_of(kept).exists()) == (False, True)


def test_files_without_a_row_are_removed_once_they_are_old(new_check: NewCheck) -> None:
    kept = path_of(made(new_check))
    orphan, recent = kept.with_name("orphan.pdf"), kept.with_name("recent.pdf.part")
    for path in (orphan, recent):
        path.write_bytes(b"%PDF")
    for path in (orphan, kept):
        os.utime(path, (0, 0))

    summaries.remove_orphans()

    assert (kept.exists(), orphan.exists(), recent.exists()) == (True, False, True)
    recent.unlink()


def test_a_check_keeps_a_limited_number(new_check: NewCheck) -> None:
    for number in range(KEPT_PER_CHECK + 3):
        request_summary(check=new_check.check, share_url=f"https://shirube.example/r/{number}/")
        Summary.objects.update(state=JobState.DONE)

    assert Summary.objects.count() == KEPT_PER_CHECK + 1
    assert FOLDER == "summaries"
