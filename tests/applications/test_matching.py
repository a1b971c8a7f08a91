"""Stored matches: the same as an evaluation, made anew when the day or the rules change, by one worker at a time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from applications import matching, tasks
from applications.clients import clients
from applications.models import Client, Match
from eligibility.impacts.population import population
from portal.common.locks import only_one
from programs import drafts, lifecycle, paths, publishing, rulebook
from programs.documents import document_of
from programs.models import Revision, Version
from tests.applications.supporters import SHOP, client_of, manager
from tests.programs.officers import correction_of, publisher, writer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes"), pytest.mark.services]

TODAY, TOMORROW = "2026-11-21T12:00:00+09:00", "2026-11-22T12:00:00+09:00"


def rows_of(client: Client) -> set[tuple[Any, ...]]:
    found = Match.objects.filter(client=client)
    return set(found.values_list("program", "version", "frame", "verdict", "open_review", "missing", "amount_high"))


def evaluated(client: Client) -> set[tuple[Any, ...]]:
    """What the rules say of the client now, without what is stored."""
    values = (matching.match_values(result) for result in matching.evaluation_of(client).results)
    names = ("program", "version", "frame", "verdict", "open_review", "missing", "amount_high")
    return {tuple(value[name] for name in names) for value in values}


def without_requirement(program: str, requirement: str) -> Revision:
    """A programme published again without one of its requirements."""
    document = document_of(Revision.objects.filter(version__programme__slug=program).order_by("-pk")[0])
    kept = tuple(row for row in document.requirements if row.id != requirement)
    assert len(kept) == len(document.requirements) - 1
    changed = document.model_copy(update={"requirements": kept})
    return publishing.publish(changed, origin=Revision.Origin.DESK, reason="要件の見直し", user=publisher())


def test_what_is_stored_is_what_an_evaluation_says() -> None:
    acting = manager()
    for number, profile in enumerate(population(12)):
        known = {key: value for key, value in profile.items() if key != "corporate_number"}
        client = clients.create(acting=acting, values={"name": f"企業{number}"}, profile=known)
        assert rows_of(client) == evaluated(client)
        assert len(rows_of(client)) == 26


def test_an_answer_that_cannot_be_read_counts_as_not_given() -> None:
    client = client_of(manager())
    Client.objects.filter(pk=client.pk).update(profile={**SHOP, "employees": "四人", "gone_fact": 1})
    client.refresh_from_db()
    matching.refresh(client)
    known = {key: value for key, value in SHOP.items() if key != "employees"}
    expected = {
        (r.rules.document.key, r.frame.document.slug, r.verdict.value)
        for r in matching.evaluation_of_profile(known).results
    }
    stored = Match.objects.filter(client=client)
    assert {(f"{m.program}@{m.version}", m.frame, m.verdict) for m in stored} == expected


def test_nothing_is_stale_after_a_save() -> None:
    client_of(manager())
    stale = Client.objects.filter(matching.is_stale(matching.now().day, rulebook.current()))
    assert not stale.exists()


def test_another_day_makes_all_stale_and_one_run_mends_them() -> None:
    with time_machine.travel(TODAY, tick=False):
        acting = manager()
        made = [client_of(acting, f"企業{number}") for number in range(3)]
    with time_machine.travel(TOMORROW, tick=False):
        stale = Client.objects.filter(matching.is_stale(matching.now().day, rulebook.current()))
        assert stale.count() == 3
        assert matching.refresh_stale() is False
        assert stale.count() == 0
        assert all(rows_of(client) == evaluated(client) for client in made)


def test_new_rules_reach_every_client() -> None:
    client = client_of(manager(), with_commerce_association=False)
    best = Match.objects.filter(client=client, program="jizokuka", frame="tsujo")
    assert best.get().verdict == "not_eligible"
    without_requirement("jizokuka", "commerce-association")
    matching.refresh_stale()
    assert best.get().verdict == "eligible"
    assert rows_of(client) == evaluated(client)


def test_a_withdrawn_version_leaves_no_rows() -> None:
    client = client_of(manager())
    for version in Version.objects.filter(programme__slug="jizokuka"):
        revision = Revision.objects.filter(version=version).order_by("-pk")[0]
        publishing.withdraw(revision, user=publisher("torisage"), reason="誤り")
    matching.refresh_stale()
    assert not Match.objects.filter(client=client, program="jizokuka").exists()
    assert rows_of(client) == evaluated(client)


def test_rows_that_say_the_same_are_not_written_again() -> None:
    """10,000 clients become stale at every midnight; rows that do not change stay as they are."""
    client = client_of(manager())
    before = set(Match.objects.filter(client=client).values_list("pk", flat=True))
    Client.objects.update(matched_key="")
    with CaptureQueriesContext(connection) as queries:
        matching.refresh_stale()
    assert set(Match.objects.filter(client=client).values_list("pk", flat=True)) == before
    assert not [query for query in queries if "INSERT" in query["sql"]]


def test_a_run_stops_at_its_limit_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "AT_A_RUN", 4)
    monkeypatch.setattr(matching, "AT_ONCE", 2)
    acting = manager()
    for number in range(5):
        client_of(acting, f"企業{number}")
    Client.objects.update(matched_key="")
    assert matching.refresh_stale() is True
    assert Client.objects.filter(matched_key="").count() == 1
    assert matching.refresh_stale() is False
    assert Client.objects.filter(matched_key="").count() == 0


def test_the_task_rings_again_while_clients_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "AT_A_RUN", 1)
    acting = manager()
    for number in range(3):
        client_of(acting, f"企業{number}")
    Client.objects.update(matched_key="")
    rung: list[None] = []
    monkeypatch.setattr(tasks.refresh_matches, "delay", lambda: rung.append(None))
    tasks.refresh_matches()
    assert len(rung) == 1
    tasks.refresh_matches()
    tasks.refresh_matches()
    assert len(rung) == 2


def test_a_publication_by_officers_rings_for_it(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rung: list[None] = []
    monkeypatch.setattr(tasks.refresh_matches, "delay", lambda: rung.append(None))
    kakite, kokai = writer(), publisher()
    draft = correction_of("jizokuka", kakite)
    stamp = paths.stamp(paths.read(draft.document, "identity.summary"))
    drafts.save_section(draft=draft, path="identity.summary", data="販路開拓を助けます。", stamp=stamp, user=kakite)
    lifecycle.move(draft, "submit", user=kakite, reason="言い回しの訂正")
    lifecycle.move(draft, "approve", user=kokai)
    assert rung == []
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.move(draft, "publish", user=kokai)
    assert len(rung) == 1


@pytest.mark.django_db(transaction=True)
def test_two_runs_do_not_work_side_by_side() -> None:
    client_of(manager())
    Client.objects.update(matched_key="")
    with only_one("refresh-matches"):
        assert in_another_thread(matching.refresh_stale) is False
        assert Client.objects.filter(matched_key="").count() == 1
    in_another_thread(matching.refresh_stale)
    assert Client.objects.filter(matched_key="").count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_client_saved_while_it_is_evaluated_keeps_the_matches_of_its_save(monkeypatch: pytest.MonkeyPatch) -> None:
    acting = manager()
    client = client_of(acting)
    Client.objects.update(matched_key="")
    evaluate = matching._matches

    def saved_meanwhile(*args: Any) -> list[Match]:
        made = evaluate(*args)
        monkeypatch.setattr(matching, "_matches", evaluate)
        changed = SHOP | {"with_commerce_association": False}
        in_another_thread(lambda: clients.save(acting=acting, client=client, stamp=1, profile=changed))
        return made

    monkeypatch.setattr(matching, "_matches", saved_meanwhile)
    matching.refresh_stale()
    client.refresh_from_db()
    assert client.stamp == 2
    assert rows_of(client) == evaluated(client)
    assert Match.objects.get(client=client, frame="tsujo", program="jizokuka").verdict == "not_eligible"


def in_another_thread(work: Callable[[], Any]) -> Any:
    """A thread has a connection of its own, as another worker does."""

    def done() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(done).result()
