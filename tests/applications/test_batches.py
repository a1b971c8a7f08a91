"""A batch: asked for, made sheet by sheet, delivered, asked for again; each once, and nobody else's clients."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from applications.batches import batches, delivering, doorbells, jobs
from applications.batches.batches import BatchRefused
from applications.batches.progress import progress_of
from applications.batches.routing import BATCHES, route
from applications.clients import clients
from applications.models import Batch, Client, Delivery, Event, Membership, Sheet
from portal.common.jobs import JobState
from tests.applications.made_sheets import batch_of, delivered, make_sheets, some_clients
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def acting() -> Membership:
    return adviser()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """The doorbells that were sent: task and queue."""
    sent: list[tuple[str, str]] = []

    def publish(self: Any, args: Any = None, kwargs: Any = None, **options: Any) -> None:
        routed = route(self.name, args, kwargs, options)
        sent.append((self.name.rpartition(".")[2], options.get("queue") or (routed or {}).get("queue", "celery")))

    monkeypatch.setattr("celery.app.task.Task.apply_async", publish)
    yield sent


def test_a_batch_has_a_waiting_sheet_for_each_client_and_rings_for_each(
    acting: Membership, rung: list[tuple[str, str]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    chosen = some_clients(acting)
    with django_capture_on_commit_callbacks(execute=True):
        batch = batch_of(acting, chosen)

    sheets = Sheet.objects.filter(batch=batch)
    assert {(sheet.client_id, sheet.state, sheet.context) for sheet in sheets} == {
        (client.pk, JobState.QUEUED, None) for client in chosen
    }
    assert rung == [("render_sheet", BATCHES)] * 3
    assert Event.objects.get().detail == "秋の訪問（3社、下書き）"


def test_a_broker_that_is_down_is_asked_once_and_loses_nothing(
    acting: Membership,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    asked: list[Any] = []

    def refuse(self: Any, *args: Any, **options: Any) -> None:
        asked.append(args)
        raise ConnectionError("no broker")

    monkeypatch.setattr("celery.app.task.Task.apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        batch = batch_of(acting, some_clients(acting))

    assert len(asked) == 1
    assert Sheet.objects.filter(batch=batch, state=JobState.QUEUED).count() == 3


def test_the_same_form_twice_is_one_batch(acting: Membership) -> None:
    chosen, key = some_clients(acting), uuid.uuid4()

    assert batch_of(acting, chosen, key=key) == batch_of(acting, chosen, key=key)
    assert Sheet.objects.count() == 3
    assert Event.objects.count() == 1


def test_nobody_and_too_many_are_refused(acting: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_CLIENTS", 2)
    for chosen, reason in (([], "選ばれていません"), (some_clients(acting), "2社まで")):
        with pytest.raises(BatchRefused, match=reason):
            batch_of(acting, chosen)
    assert not Batch.objects.exists()


def test_another_organisations_client_or_number_is_refused(acting: Membership) -> None:
    other = manager("yoso", of=organisation("よその商工会"))
    theirs = client_of(other, "よその企業")
    their_batch = batch_of(other, [theirs])

    with pytest.raises(BatchRefused, match="見つかりません"):
        batch_of(acting, [*some_clients(acting), theirs])
    with pytest.raises(BatchRefused, match="使えません"):
        batch_of(acting, list(Client.objects.filter(organisation=acting.organisation)), key=their_batch.pk)
    assert list(Batch.objects.all()) == [their_batch]
    assert Sheet.objects.get().client == theirs


@pytest.mark.parametrize(
    ("name", "of_batch", "queue"),
    [
        ("applications.tasks.render_sheet", True, BATCHES),
        ("applications.tasks.render_sheet", False, None),
        ("applications.tasks.deliver_batch", True, BATCHES),
        ("applications.tasks.render_summary", True, None),
    ],
)
def test_only_what_belongs_to_a_batch_waits_in_its_queue(
    acting: Membership, name: str, of_batch: bool, queue: str | None
) -> None:
    client = client_of(acting)
    sheet = Sheet.objects.create(client=client, batch=batch_of(acting, some_clients(acting, 1)) if of_batch else None)

    assert route(name, [str(sheet.pk)], {}, {}) == ({"queue": queue} if queue else None)
    assert route(name, [str(sheet.pk)], {}, {"queue": "elsewhere"}) is None


def test_progress_counts_the_sheets_and_tells_the_time_left(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting, 10))
    assert (progress_of(batch).percent, progress_of(batch).minutes_left) == (0, None)

    keys = list(Sheet.objects.values_list("pk", flat=True))
    now = timezone.now()
    ended = {"claimed_at": now - timedelta(seconds=30), "finished_at": now}
    Sheet.objects.filter(pk__in=keys[:3]).update(state=JobState.DONE, **ended)
    Sheet.objects.filter(pk=keys[3]).update(state=JobState.FAILED, **ended)
    Sheet.objects.filter(pk=keys[4]).update(state=JobState.RUNNING)
    progress = progress_of(batch)

    assert (progress.total, progress.done, progress.failed, progress.running, progress.waiting) == (10, 3, 1, 1, 5)
    assert (progress.ended, progress.percent, progress.is_open) == (4, 40, True)
    assert progress.minutes_left == 1  # six sheets of 7.5 seconds each


def test_the_delivery_is_asked_for_when_the_last_sheet_ends_and_once(
    acting: Membership, rung: list[tuple[str, str]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    batch = batch_of(acting, some_clients(acting))
    first, second, last = Sheet.objects.filter(batch=batch)
    make_sheets([first, second])
    jobs.settle_of_sheet(str(first.pk))
    assert not Delivery.objects.exists()

    Sheet.objects.filter(pk=last.pk).update(state=JobState.FAILED, error="x")
    with django_capture_on_commit_callbacks(execute=True):
        jobs.settle_of_sheet(str(last.pk))
        jobs.settle_of_sheet(str(first.pk))
        jobs.settle_all()

    assert Delivery.objects.get().batch == batch
    assert rung == [("deliver_batch", BATCHES)]


def test_a_batch_of_failures_has_nothing_to_deliver(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    Sheet.objects.filter(batch=batch).update(state=JobState.FAILED)

    jobs.settle_all()

    assert not Delivery.objects.exists()


def test_beat_finds_a_batch_that_nobody_settled(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    still_open = batch_of(acting, some_clients(acting, 1))
    make_sheets(Sheet.objects.filter(batch=batch))

    jobs.settle_all()

    assert Delivery.objects.get().batch == batch != still_open


def test_a_sheet_of_no_batch_settles_nothing(acting: Membership) -> None:
    sheet = Sheet.objects.create(client=client_of(acting))

    jobs.settle_of_sheet(str(sheet.pk))
    jobs.settle_of_sheet(str(uuid.uuid4()))

    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("messages", "seconds", "expected"), [(0, 0, 3), (1, 0, 0), (0, 60, 0)])
def test_lost_messages_are_sent_again_but_a_long_queue_is_left_alone(
    acting: Membership,
    rung: list[tuple[str, str]],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    messages: int,
    seconds: int,
    expected: int,
) -> None:
    batch_of(acting, some_clients(acting))
    Sheet.objects.create(client=Client.objects.all()[0])  # of no batch: the sweeper's
    monkeypatch.setattr(doorbells, "messages_waiting", lambda: messages)
    settings.JOB_QUEUED_SECONDS = seconds

    with django_capture_on_commit_callbacks(execute=True):
        jobs.settle_all()

    assert rung == [("render_sheet", BATCHES)] * expected


def test_trying_again_begins_the_failed_anew_and_takes_the_delivery_back(
    acting: Membership, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    batch = batch_of(acting, some_clients(acting))
    made, failed, other = Sheet.objects.filter(batch=batch).order_by("client__name")
    make_sheets([made])
    frozen = {"state": JobState.FAILED, "context": {"old": 1}, "content_hash": "0" * 64}
    Sheet.objects.filter(pk__in=[failed.pk, other.pk]).update(**frozen)
    first = delivered(batch)

    with django_capture_on_commit_callbacks(execute=False):
        with pytest.raises(Batch.DoesNotExist):
            batches.retry(acting=manager("yoso", organisation("よその商工会")), batch=batch)
        assert batches.retry(acting=acting, batch=batch, sheets=[failed.pk]) == 1
        assert batches.retry(acting=acting, batch=batch, sheets=[failed.pk]) == 0, "pressed twice"
        assert batches.retry(acting=acting, batch=batch, sheets=[made.pk]) == 0, "its file is there"

    again = Sheet.objects.get(batch=batch, client=failed.client)
    assert (again.state, again.context, again.content_hash) == (JobState.QUEUED, None, "")
    assert not Delivery.objects.exists()

    assert batches.retry(acting=acting, batch=batch) == 1, "the other one"
    make_sheets(Sheet.objects.filter(batch=batch, state=JobState.QUEUED))
    second = delivered(batch)
    assert (first.pages, second.pages) == (made_pages(made), 3 * made_pages(made))


def made_pages(sheet: Sheet) -> int:
    return Sheet.objects.get(pk=sheet.pk).pages


def test_a_sheet_whose_file_is_lost_is_made_again_from_what_it_was(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting, 1))
    make_sheets(Sheet.objects.all())
    sheet = Sheet.objects.get()
    default_storage.delete(sheet.file_name)

    assert batches.retry(acting=acting, batch=batch, sheets=[sheet.pk]) == 1
    again = Sheet.objects.get()
    assert (again.pk, again.state, again.context) == (sheet.pk, JobState.QUEUED, sheet.context)


def test_a_delivery_that_failed_or_was_lost_is_made_again(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting, 1))
    assert not batches.deliver_again(acting=acting, batch=batch)
    make_sheets(Sheet.objects.all())
    delivery = delivered(batch)
    assert batches.has_files(delivery)
    assert not batches.deliver_again(acting=acting, batch=batch), "it is there"

    default_storage.delete(delivery.joined.name)
    assert batches.deliver_again(acting=acting, batch=batch)
    assert not batches.deliver_again(acting=acting, batch=batch), "pressed twice"

    Delivery.objects.update(state=JobState.FAILED)
    assert batches.deliver_again(acting=acting, batch=batch)
    jobs.deliver_batch(str(delivery.pk))
    assert batches.has_files(Delivery.objects.get())


def test_a_deleted_client_is_in_no_file_any_more(
    acting: Membership, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    chosen = some_clients(acting)
    batch = batch_of(acting, chosen)
    make_sheets(Sheet.objects.all())
    first = delivered(batch)

    with django_capture_on_commit_callbacks(execute=True):
        clients.delete(acting=manager(), client=chosen[1])
    assert not Delivery.objects.exists()
    assert not default_storage.exists(first.archive.name) and not default_storage.exists(first.joined.name)

    jobs.settle_all()
    jobs.deliver_batch(str(Delivery.objects.get().pk))
    names = [row[1] for row in list_of(Delivery.objects.get())]
    assert names == ["企業名", "企業00", "企業02"]


def list_of(delivery: Delivery) -> list[tuple[Any, ...]]:
    with zipfile.ZipFile(default_storage.path(delivery.archive.name)) as archive:
        book = openpyxl.load_workbook(BytesIO(archive.read(archive.namelist()[0])))
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_a_batch_taken_back_while_it_is_delivered_leaves_no_file(acting: Membership, monkeypatch: Any) -> None:
    batch = batch_of(acting, some_clients(acting, 1))
    make_sheets(Sheet.objects.all())
    jobs.settle(batch.pk)
    delivery = Delivery.objects.get()
    work = delivering.deliver

    def slow(row: Delivery) -> dict[str, Any]:
        results = work(row)
        Delivery.objects.all().delete()
        return results

    monkeypatch.setattr(delivering, "deliver", slow)
    jobs.deliver_batch(str(delivery.pk))

    assert not default_storage.exists(f"batches/{delivery.pk}.zip")
    assert not default_storage.exists(f"batches/{delivery.pk}.pdf")


def test_who_may_delete_a_batch(acting: Membership) -> None:
    colleague, chief = adviser("doryo"), manager()
    drafts = batch_of(acting, some_clients(acting, 1))
    finals = batch_of(acting, some_clients(acting, 1), kind=Sheet.Kind.FINAL)

    assert [batches.may_delete(person, drafts) for person in (acting, colleague, chief)] == [True, False, True]
    assert [batches.may_delete(person, finals) for person in (acting, colleague, chief)] == [False, False, True]
    with pytest.raises(PermissionDenied):
        batches.delete(acting=colleague, batch=drafts)


def test_a_deleted_batch_takes_its_files_and_nobodys_clients(
    acting: Membership, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    batch = batch_of(acting, some_clients(acting))
    make_sheets(Sheet.objects.all())
    delivery = delivered(batch)
    files = [sheet.file_name for sheet in Sheet.objects.all()] + [delivery.archive.name, delivery.joined.name]

    with django_capture_on_commit_callbacks(execute=True):
        batches.delete(acting=acting, batch=batch)

    assert not Sheet.objects.exists() and not Delivery.objects.exists()
    assert [name for name in files if default_storage.exists(name)] == []
    assert Client.objects.count() == 3
    assert Event.objects.filter(action="一括作成を削除").exists()
