"""Deadlines ahead (近い締切): rounds and legal periods that a client may still make, seen from a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from applications.overview.deadlines import DAYS_AHEAD
from eligibility.engine.availability import Availability
from eligibility.engine.document import LawPeriod, Round
from eligibility.engine.evaluate import FrameResult, Verdict
from eligibility.engine.truth import distinct
from eligibility.report import AVAILABILITY_LABELS, moment_text
from portal.common.japanese import write_date


@dataclass(frozen=True, slots=True)
class Deadline:
    """One round of a programme. `frames`: names of those that the client may use and it is for."""

    programme: str
    round: str
    frames: tuple[str, ...]
    opens_text: str
    closes_text: str
    state_label: str
    days_left: int | None  # None where no end is printed
    tentative: bool


def deadlines_of(results: Iterable[FrameResult], day: date) -> list[Deadline]:
    """Of frames the client is not known to fail: rounds that close within DAYS_AHEAD of `day` or are still to open,
    the earliest first."""
    frames: dict[tuple[str, str], list[str]] = {}
    found: dict[tuple[str, str], Deadline] = {}
    for result in results:
        if result.verdict is Verdict.NOT_ELIGIBLE:
            continue
        for key, deadline in _of(result, day):
            frames.setdefault(key, []).append(result.frame.document.name_ja)
            found.setdefault(key, deadline)
    ahead = [replace(deadline, frames=distinct(frames[key])) for key, deadline in found.items()]
    return sorted(ahead, key=lambda deadline: (deadline.days_left is None, deadline.days_left, deadline.programme))


def _of(result: FrameResult, day: date) -> Iterator[tuple[tuple[str, str], Deadline]]:
    document = result.rules.document
    for state in result.frame.clock.rounds(result.case.as_of):
        days = _days_until(state.round.closes, day)
        is_upcoming = state.availability is Availability.UPCOMING
        is_near = days is not None and 0 <= days <= DAYS_AHEAD and state.availability is not Availability.CLOSED
        if is_near or is_upcoming:
            label = AVAILABILITY_LABELS[state.availability]
            yield (document.key, state.round.id), _of_round(document.identity.short_name, state.round, label, days)
    period = document.time.period
    if period is not None and period.last is not None and day <= period.last <= day + timedelta(days=DAYS_AHEAD):
        label = AVAILABILITY_LABELS[result.availability]
        yield (document.key, ""), _of_law(document.identity.short_name, period, period.last, label, day)


def _of_round(programme: str, round_: Round, label: str, days: int | None) -> Deadline:
    opens, closes = moment_text(round_.opens), moment_text(round_.closes)
    return Deadline(programme, round_.name, (), opens, closes, label, days, round_.tentative)


def _of_law(programme: str, period: LawPeriod, last: date, label: str, day: date) -> Deadline:
    opens = "記載なし" if period.first is None else write_date(period.first)
    return Deadline(programme, "適用期間", (), opens, write_date(last), label, (last - day).days, False)


def _days_until(closes: str | None, day: date) -> int | None:
    return None if closes is None else (date.fromisoformat(closes[:10]) - day).days
