"""The organisation in figures: held against counting by hand over fresh evaluations."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from applications import matching
from applications.clients import clients, listing
from applications.models import Client, Match, Membership
from applications.overview.counts import client_counts, programme_counts
from applications.overview.deadlines import deadlines_ahead, last_deadline, with_counts
from eligibility.engine.evaluate import RuleSet
from eligibility.evaluations import now
from eligibility.impacts.population import population
from programs import rulebook
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = pytest.mark.services

CALLS = date(2023, 10, 17)  # a day within the calls of the sources


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-21T12:00:00+09:00", tick=False):
        yield


@pytest.fixture
def acting(programmes: None) -> Membership:
    """A manager of an organisation with twenty companies of all sorts, two of them ended; a neighbour with three."""
    acting, neighbour = manager(), manager("tonari", organisation("となりの商工会"))
    for number, profile in enumerate(population(23)):
        known = {key: value for key, value in profile.items() if key != "corporate_number"}
        whose = acting if number < 20 else neighbour
        clients.create(
            acting=whose, values={"name": f"企業{number:02}", "is_archived": number in (3, 7)}, profile=known
        )
    return acting


def best_by_hand(acting: Membership, program: str, frames: tuple[str, ...] = ()) -> Counter[str]:
    """Each active client once, by the best frame of its evaluation."""
    found: Counter[str] = Counter()
    for client in Client.objects.filter(organisation=acting.organisation, is_archived=False):
        states = [
            (result.verdict.value, len(result.open_review))
            for result in matching.evaluation_of(client).results
            if result.rules.document.program == program and (not frames or result.frame.document.slug in frames)
        ]
        outright = [verdict for verdict, review in states if verdict == "eligible" and not review]
        verdicts = {verdict for verdict, _ in states}
        if outright:
            found["eligible"] += 1
        elif "eligible" in verdicts:
            found["review"] += 1
        else:
            found["needs_info" if "needs_info" in verdicts else "not_eligible"] += 1
    return found


def test_each_client_counts_once_a_programme_by_its_best_frame(acting: Membership) -> None:
    counted = programme_counts(acting, rulebook.current())
    assert [programme.slug for programme in counted] == list(rulebook.current().programmes())
    for programme in counted:
        assert Counter(programme.by_verdict) == best_by_hand(acting, programme.slug), programme.name
        assert programme.total == 18
    kinds = {verdict for programme in counted for verdict, count in programme.by_verdict.items() if count}
    assert kinds >= {"eligible", "needs_info", "not_eligible"}


def test_an_open_review_is_shown_apart(programmes: None) -> None:
    acting = manager()
    client_of(acting, "要確認")
    client_of(acting, "満たす")
    first = Match.objects.filter(client__name="要確認", program="jizokuka", verdict="eligible")
    first.update(open_review=1)
    jizokuka = next(p for p in programme_counts(acting, rulebook.current()) if p.slug == "jizokuka")
    assert jizokuka.by_verdict == {"eligible": 1, "review": 1, "needs_info": 0, "not_eligible": 0}


def test_a_count_leads_to_the_list_of_those_counted(acting: Membership) -> None:
    counted = programme_counts(acting, rulebook.current())
    assert any(programme.total for programme in counted)
    for programme in counted:
        for verdict, count in programme.by_verdict.items():
            wanted = listing.Wanted(program=programme.slug, verdict=verdict)
            assert listing.found(acting, wanted).count() == count


def test_others_clients_are_never_counted(acting: Membership) -> None:
    neighbour = Membership.objects.get(user__username="tonari")
    assert {programme.total for programme in programme_counts(neighbour, rulebook.current())} == {3}
    newcomer = manager("shinki", organisation("新しい商工会"))
    assert programme_counts(newcomer, rulebook.current()) == []
    found = client_counts(newcomer, rulebook.current(), now().day)
    assert (found.active, found.ended, found.stale) == (0, 0, 0)


def test_clients_by_whose_they_are_and_how_fresh(acting: Membership) -> None:
    colleague = adviser()
    mine = Client.objects.filter(organisation=acting.organisation, name__in=["企業00", "企業01", "企業03"])
    mine.update(assigned_to=acting.user)
    Client.objects.filter(name="企業02").update(assigned_to=colleague.user)
    Client.objects.filter(name__in=["企業00", "企業07", "企業21"]).update(matched_key="old")
    found = client_counts(acting, rulebook.current(), now().day)
    assert (found.active, found.ended, found.mine, found.unassigned, found.stale) == (18, 2, 2, 15, 1)


def ahead(rules: RuleSet, day: date) -> list[Any]:
    return [(d.programme, d.name, d.text, d.days_left) for d in deadlines_ahead(rules, day)]


def test_deadlines_of_a_day_within_the_calls(shipped_rules: RuleSet) -> None:
    found = ahead(shipped_rules, CALLS)
    assert ("ものづくり補助金", "第16次", "2023年11月7日", 21) in found
    assert found[-1] == ("小規模事業者持続化補助金", "第14回", "2023年12月12日", 56)
    assert [days for *_, days in found] == sorted(days for *_, days in found)


def test_the_last_day_counts_and_the_next_does_not(shipped_rules: RuleSet) -> None:
    assert ahead(shipped_rules, date(2023, 12, 12))[-1][-1] == 0
    assert ahead(shipped_rules, date(2023, 12, 13)) == []
    assert [days for *_, days in ahead(shipped_rules, date(2023, 9, 13)) if days > 89] == [90]


def test_a_legal_period_ends_too(shipped_rules: RuleSet) -> None:
    found = ahead(shipped_rules, date(2023, 3, 1))
    assert found == [("DX投資促進税制", "適用期間の終わり", "2023年3月31日", 30)]


def test_today_there_is_none_and_the_last_one_is_known(shipped_rules: RuleSet) -> None:
    assert deadlines_ahead(shipped_rules, now().day) == []
    assert last_deadline(shipped_rules, now().day) == date(2023, 12, 12)
    assert last_deadline(shipped_rules, date(2019, 1, 1)) is None


def test_counts_beside_a_deadline_are_of_its_frames(acting: Membership) -> None:
    rules = rulebook.current()
    found = with_counts(acting, deadlines_ahead(rules, CALLS), rules, now().day, programme_counts(acting, rules))
    assert any(deadline.frames for deadline in found) and any(not deadline.frames for deadline in found)
    for deadline in found:
        assert deadline.by_verdict is not None
        by_hand = best_by_hand(acting, deadline.program, deadline.frames)
        for verdict in ("eligible", "review", "needs_info"):
            assert deadline.by_verdict[verdict] == by_hand[verdict], (deadline.name, verdict)


def test_a_deadline_of_another_version_has_no_counts(acting: Membership) -> None:
    """Clients are matched with the version of today; what an earlier one says of them nobody has counted."""
    rules = rulebook.current()
    known = [version for version in rules.versions.values() if version.document.program == "jizokuka"]
    document = known[0].document
    later = document.model_copy(
        update={"version": "r9", "time": document.time.model_copy(update={"announced": date(2026, 11, 1)})}
    )
    both = RuleSet([*((v.document, v.revision) for v in rules.versions.values()), (later, 1)], rules.vocabulary)
    found = with_counts(acting, deadlines_ahead(both, CALLS), both, now().day, programme_counts(acting, rules))
    counted = {deadline.program: deadline.by_verdict for deadline in found}
    assert counted["jizokuka"] is None
    assert counted["monozukuri"] is not None
