"""The PDF panel below the owner's link: with htmx, without it, and for those who have no business there."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Summary
from applications.summaries.jobs import render_summary
from eligibility import checks
from eligibility.checks import NewCheck
from portal.common.jobs import JobState

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rows only; tests/applications/test_worker.py has the messages and the worker."""
    monkeypatch.setattr(Summary, "ring", lambda self: None)
    yield


def url(name: str, token: str, *args: uuid.UUID) -> str:
    return reverse(f"applications:{name}", args=[token, *args])


def ask(client: Client, new_check: NewCheck) -> Summary:
    client.post(url("summary", new_check.owner_token), headers=HTMX)
    return Summary.objects.latest("created_at")


def panel(client: Client, new_check: NewCheck) -> str:
    return client.get(url("summary", new_check.owner_token), headers=HTMX).content.decode()


def test_asking_makes_a_job_and_leads_back_to_the_results(client: Client, new_check: NewCheck) -> None:
    answer = client.post(url("summary", new_check.owner_token))

    assert answer.status_code == 302
    assert answer["Location"] == reverse("eligibility:results", args=[new_check.owner_token]) + "#summary"
    assert Summary.objects.get().state == JobState.QUEUED


def test_asking_twice_is_asking_once(client: Client, new_check: NewCheck) -> None:
    assert ask(client, new_check) == ask(client, new_check)
    assert Summary.objects.count() == 1


def test_the_panel_polls_while_there_is_something_to_wait_for(client: Client, new_check: NewCheck) -> None:
    before = panel(client, new_check)
    summary = ask(client, new_check)
    waiting = panel(client, new_check)
    render_summary(str(summary.pk))
    done = panel(client, new_check)

    assert "PDFを作る" in before and "every 2s" not in before
    assert 'data-hx-trigger="every 2s"' in waiting and "順番待ち" in waiting and "<button" not in waiting
    assert "PDFをダウンロードする" in done and "every 2s" not in done
    assert url("summary-download", new_check.owner_token, summary.pk) in done


def test_the_file_is_an_attachment_that_no_cache_keeps(client: Client, new_check: NewCheck) -> None:
    summary = ask(client, new_check)
    render_summary(str(summary.pk))
    answer = client.get(url("summary-download", new_check.owner_token, summary.pk))

    content = b"".join(answer.streaming_content)
    assert content.startswith(b"%PDF-1.7") and len(content) == Summary.objects.get().size
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert answer["X-Robots-Tag"] == "noindex"


def test_a_file_that_is_not_there_yet_is_not_found(client: Client, new_check: NewCheck) -> None:
    summary = ask(client, new_check)

    assert client.get(url("summary-download", new_check.owner_token, summary.pk)).status_code == 404


def test_a_failure_is_shown_and_can_be_tried_again(client: Client, new_check: NewCheck) -> None:
    summary = ask(client, new_check)
    Summary.objects.update(state=JobState.FAILED, error="印刷できない文字があります：\U0001f363")
    failed = panel(client, new_check)
    again = client.post(url("summary-retry", new_check.owner_token, summary.pk), headers=HTMX).content.decode()

    assert "印刷できない文字があります" in failed and "もう一度作る" in failed
    assert "順番待ち" in again
    assert Summary.objects.get().state == JobState.QUEUED


def test_after_a_change_of_answers_a_failure_is_not_repeated(client: Client, new_check: NewCheck) -> None:
    """A retry works on the frozen content; the owner who mended an answer wants that of now."""
    failed = ask(client, new_check)
    Summary.objects.update(state=JobState.FAILED, error="x")
    checks.save_page(check=new_check.check, answers={"employees": checks.known(30)})

    assert url("summary-retry", new_check.owner_token, failed.pk) not in panel(client, new_check)
    assert ask(client, new_check) != failed


def test_a_change_of_answers_is_said_and_gives_another_file(client: Client, new_check: NewCheck) -> None:
    first = ask(client, new_check)
    render_summary(str(first.pk))
    checks.save_page(check=new_check.check, answers={"employees": checks.known(30)})
    outdated = panel(client, new_check)
    second = ask(client, new_check)

    assert "今の内容にするには、作り直してください" in outdated
    assert first != second
    assert first.code != second.code


def test_the_qr_code_leads_to_the_read_only_page_never_to_the_owners(client: Client, new_check: NewCheck) -> None:
    alone = ask(client, new_check)
    shared = checks.share(check=new_check.check)
    together = ask(client, new_check)
    checks.revoke_share(check=new_check.check)
    revoked = ask(client, new_check)

    assert alone.context["share_url"] == ""
    assert (
        together.context["share_url"] == f"http://testserver{reverse('eligibility:shared', args=[shared.share_token])}"
    )
    assert revoked.context["share_url"] == ""
    # One waits at a time: each newer wish replaced the one that no worker had begun.
    assert list(Summary.objects.all()) == [revoked]
    assert new_check.owner_token not in str([row.context for row in Summary.objects.all()])


@pytest.mark.parametrize("who", ["nobody", "another owner", "reader", "after deletion"])
def test_only_the_owner_gets_in(client: Client, new_check: NewCheck, who: str) -> None:
    summary = ask(client, new_check)
    render_summary(str(summary.pk))
    token = {
        "nobody": "x" * 43,
        "another owner": checks.create().owner_token,
        "reader": checks.share(check=new_check.check).share_token or "",
        "after deletion": new_check.owner_token,
    }[who]
    if who == "after deletion":
        checks.delete(check=new_check.check)
    count = Summary.objects.count()

    assert client.get(url("summary-download", token, summary.pk)).status_code == 404
    assert client.post(url("summary-retry", token, summary.pk)).status_code == 404
    if who != "another owner":
        assert client.get(url("summary", token), headers=HTMX).status_code == 404
        assert client.post(url("summary", token), headers=HTMX).status_code == 404
    assert Summary.objects.count() == count


@pytest.mark.parametrize(
    ("name", "method"), [("summary", "put"), ("summary-retry", "get"), ("summary-download", "post")]
)
def test_other_methods_are_refused(client: Client, new_check: NewCheck, name: str, method: str) -> None:
    args = [] if name == "summary" else [uuid.uuid4()]

    assert getattr(client, method)(url(name, new_check.owner_token, *args)).status_code == 405


def test_forms_need_their_csrf_token(new_check: NewCheck) -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post(url("summary", new_check.owner_token)).status_code == 403
    assert not Summary.objects.exists()
