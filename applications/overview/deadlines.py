"""Deadlines ahead (これからの締切): rounds and legal periods of the programmes in force that end soon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Count, Q

from applications.models import Membership
from applications.overview.counts import ProgrammeCounts, clients_by_verdict, each_once
from applications.selectors import desk
from eligibility.engine.availability import best_of
from eligibility.engine.calendar import AsOf
from eligibility.engine.document import Round
from eligibility.engine.evaluate import CompiledVersion, RuleSet, Verdict
from eligibility.report import moment_text

DAYS_AHEAD = 90
PERIOD = "適用期間の終わり"


# A programme and some of its frames; no frame for all of them.
Concerns = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Deadline:
    """`frames`: slugs it is for, empty for the whole programme; `frame_names` likewise.

    `by_verdict`: how many clients the programme says what of (listing.VERDICTS), by their best frame among those; None
    where their matches are of another version than the one the deadline belongs to.
    """

    program: str
    version: str
    programme: str
    name: str
    frames: tuple[str, ...]
    frame_names: tuple[str, ...]
    day: date
    text: str
    days_left: int
    is_tentative: bool
    availability: str
    by_verdict: Mapping[str, int] | None = None

    @property
    def concerns(self) -> Concerns:
        return self.program, self.frames


def deadlines_ahead(rules: RuleSet, day: date) -> list[Deadline]:
    """What ends within DAYS_AHEAD of a day, the day itself included, the earliest first. Without counts."""
    found = [deadline for version in versions_on(rules, day) for deadline in _of_version(version, day)]
    ahead = (deadline for deadline in found if 0 <= deadline.days_left <= DAYS_AHEAD)
    return sorted(ahead, key=lambda deadline: (deadline.day, deadline.programme))


def last_deadline(rules: RuleSet, day: date) -> date | None:
    """The last end that the programmes in force on a day know of, whether before or after it; None for none."""
    ends = (deadline.day for version in versions_on(rules, day) for deadline in _of_version(version, day))
    return max(ends, default=None)


def with_counts(
    acting: Membership, deadlines: Sequence[Deadline], rules: RuleSet, today: date, counted: Iterable[ProgrammeCounts]
) -> list[Deadline]:
    """With the organisation's clients as they stand today. `counted`: of whole programmes; the rest is one query."""
    matched = {(version.document.program, version.document.version) for version in versions_on(rules, today)}
    comparable = [deadline for deadline in deadlines if (deadline.program, deadline.version) in matched]
    counts: dict[Concerns, Mapping[str, int]] = {(programme.slug, ()): programme.by_verdict for programme in counted}
    counts |= _counts_of(acting, {deadline.concerns for deadline in comparable if deadline.frames})
    return [
        replace(deadline, by_verdict=counts.get(deadline.concerns)) if deadline in comparable else deadline
        for deadline in deadlines
    ]


def versions_on(rules: RuleSet, day: date) -> list[CompiledVersion]:
    """The version in force of each programme that has one on the day."""
    found = (rules.in_force(slug, AsOf(day)) for slug in rules.programmes())
    return [version for version in found if version is not None]


def _counts_of(acting: Membership, concerned: Iterable[Concerns]) -> dict[Concerns, Mapping[str, int]]:
    """Clients by their best frame among some of a programme. Those that are not eligible are not counted."""
    sets = sorted(concerned)
    if not sets:
        return {}
    columns: dict[str, Count] = {}
    for place, (program, frames) in enumerate(sets):
        columns |= clients_by_verdict(Q(program=program, frame__in=frames), f"s{place}_")
    rows = desk.matches(acting).filter(program__in={program for program, _ in sets})
    row = rows.exclude(verdict=Verdict.NOT_ELIGIBLE).aggregate(**columns)
    return {concerns: each_once(row, f"s{place}_") for place, concerns in enumerate(sets)}


def _of_version(version: CompiledVersion, day: date) -> Iterator[Deadline]:
    document = version.document
    period = document.time.period
    if period is not None and period.last is not None:
        yield _deadline(version, day, PERIOD, period.last.isoformat())
    for round_ in document.time.rounds:
        if round_.closes is not None:
            yield _deadline(version, day, round_.name, round_.closes, round_)


def _deadline(version: CompiledVersion, day: date, name: str, closes: str, round_: Round | None = None) -> Deadline:
    """`closes`: a day, or a day with an hour, as the document writes it."""
    document, slugs = version.document, round_.frames if round_ is not None else ()
    frames = [frame for frame in version.frames if not slugs or frame.document.slug in slugs]
    as_of = AsOf(day)
    states = (
        [state.availability for frame in frames for state in frame.clock.rounds(as_of) if state.round == round_]
        if round_ is not None
        else [frame.clock.at(as_of) for frame in frames]
    )
    last = date.fromisoformat(closes[:10])
    return Deadline(
        program=document.program,
        version=document.version,
        programme=document.identity.short_name,
        name=name,
        frames=slugs,
        frame_names=tuple(frame.document.name_ja for frame in frames) if slugs else (),
        day=last,
        text=moment_text(closes),
        days_left=(last - day).days,
        is_tentative=round_ is not None and round_.tentative,
        availability=best_of(states).value,
    )
