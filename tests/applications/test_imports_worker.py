"""A list stored by a real worker that is killed in the middle, by two at once, and while others go on saving."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from applications.clients import clients, imports
from applications.clients.clients import ClientRefused
from applications.clients.imports import Stage, State
from applications.models import Client, ClientImport, Membership
from portal.common.jobs import JobState
from portal.common.tasks import sweep_jobs
from tests.applications.lists import csv_of, read, run, store
from tests.applications.supporters import adviser, manager
from tests.applications.threads import at_once
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

TIMEOUT = 90  # seconds
NUMBER = "7000012050002"


def a_list(count: int) -> bytes:
    return csv_of([["企業名", "会員番号", "従業員数"], *[[f"社{number}", f"K{number}", 5] for number in range(count)]])


def wait_until(worker: Worker, imported: ClientImport, reached: Callable[[ClientImport], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while True:
        imported.refresh_from_db()
        if reached(imported):
            return
        assert imported.state != JobState.FAILED, imported.error_detail
        assert time.monotonic() < deadline, f"{imported}\n{imported.error_detail}\n{worker.log.read_text()}"
        time.sleep(0.01)


def test_a_killed_worker_loses_nothing_and_doubles_nothing(live_worker: Worker) -> None:
    acting = adviser()
    imported = imports.request_import(acting=acting, name="名簿.csv", content=a_list(300))
    wait_until(live_worker, imported, lambda row: row.stage == Stage.WAITING)
    assert imported.counts["new"] == 300
    assert imports.confirm(acting=acting, imported=imported)
    wait_until(live_worker, imported, lambda row: Client.objects.count() > 0)
    live_worker.kill()

    imported.refresh_from_db()
    stored = Client.objects.count()
    assert 0 < stored < 300, "killed too late"
    assert (imported.state, imported.rows.filter(state=State.STORED).count()) == (JobState.RUNNING, stored)

    live_worker.start()
    long_silent = timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS + 1)
    ClientImport.objects.filter(pk=imported.pk).update(heartbeat_at=long_silent)
    sweep_jobs()
    sweep_jobs()
    wait_until(live_worker, imported, lambda row: row.stage == Stage.STORED and row.state == JobState.DONE)
    assert imported.attempts == 2
    assert imported.counts["stored"] == 300
    assert Counter(Client.objects.values_list("name", flat=True)) == Counter(f"社{number}" for number in range(300))
    assert Client.history.count() == 300


def test_two_workers_at_once_store_once() -> None:
    acting = adviser()
    imported = read(acting, a_list(120))
    assert imports.confirm(acting=acting, imported=imported)
    assert at_once(*[lambda: imports.run_import(str(imported.pk))] * 2) == [None, None]
    imported.refresh_from_db()
    assert (imported.state, imported.counts["stored"], Client.objects.count()) == (JobState.DONE, 120, 120)


def test_two_lists_with_the_same_companies_at_once_make_each_once() -> None:
    acting, other = adviser(), manager()
    lists = [read(acting, a_list(120)), read(other, a_list(120))]
    assert at_once(lambda: store(acting, lists[0]), lambda: store(other, lists[1])) == lists
    assert Client.objects.count() == 120
    counts: Counter[str] = Counter()
    for imported in lists:
        imported.refresh_from_db()
        counts.update(imported.counts)
    assert (counts["stored"], counts["skipped"]) == (120, 120)


def test_whoever_saves_meanwhile_gets_a_turn() -> None:
    """Also on SQLite, where one writes at a time and nobody stands in a line."""
    acting, other = adviser(), manager()
    imported = read(acting, a_list(600))
    assert imports.confirm(acting=acting, imported=imported)
    ended: list[str] = []

    def store_all() -> None:
        imports.run_import(str(imported.pk))
        ended.append("list")

    def save_three() -> None:
        while not Client.objects.exists():
            time.sleep(0.01)
        for number in range(3):
            clients.create(acting=other, values={"name": f"べつの社{number}"})
        ended.append("three")

    assert at_once(store_all, save_three) == [None, None]
    imported.refresh_from_db()
    assert imported.counts["stored"] == 600
    assert ended == ["three", "list"]


def test_a_row_left_out_while_somebody_confirms_is_stored_only_if_it_was_told_so() -> None:
    acting, other = adviser(), manager()
    for number in range(5):
        imported = read(acting, csv_of([["企業名"], [f"甲{number}"], [f"乙{number}"]]))
        chosen, confirmed = at_once(
            lambda imported=imported: imports.choose(acting=other, imported=imported, number=2, is_left_out=True),
            lambda imported=imported: imports.confirm(acting=acting, imported=imported),
        )
        assert confirmed is True
        run(imported)
        names = set(Client.objects.filter(name__endswith=number).values_list("name", flat=True))
        assert names == ({f"乙{number}"} if chosen else {f"甲{number}", f"乙{number}"})


def test_the_same_number_by_hand_and_by_list_at_once_makes_one_client() -> None:
    acting, other = adviser(), manager()
    imported = read(acting, csv_of([["企業名", "法人番号"], ["一覧の社", NUMBER]]))
    assert imports.confirm(acting=acting, imported=imported)

    def by_hand() -> Membership | Exception:
        try:
            clients.create(acting=other, values={"name": "手の社"}, profile={"corporate_number": NUMBER})
        except ClientRefused as refused:
            return refused
        return other

    _, by_hand_result = at_once(lambda: imports.run_import(str(imported.pk)), by_hand)
    run(imported)
    assert Client.objects.filter(corporate_number=NUMBER).count() == 1
    is_ours = Client.objects.get().name == "一覧の社"
    assert isinstance(by_hand_result, ClientRefused) == is_ours
    assert imported.counts["stored" if is_ours else "skipped"] == 1
