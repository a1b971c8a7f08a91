"""The call's own clock (公募の状況), apart from the company: open, upcoming, closed, not_offered or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from eligibility.engine.calendar import TOKYO, AsOf
from eligibility.engine.document import LawPeriod, Round, Time


class Availability(StrEnum):
    OPEN = "open"
    UPCOMING = "upcoming"
    CLOSED = "closed"
    NOT_OFFERED = "not_offered"
    UNKNOWN = "unknown"


_BEST_FIRST = (
    Availability.OPEN,
    Availability.UPCOMING,
    Availability.UNKNOWN,
    Availability.CLOSED,
    Availability.NOT_OFFERED,
)


def best_of(states: Iterable[Availability]) -> Availability:
    """What can be said of a programme whose frames stand so: the best that any of them has."""
    return min(states, key=_BEST_FIRST.index, default=Availability.UNKNOWN)


class RoundState(NamedTuple):
    """A round as it stands at the moment asked for."""

    round: Round
    availability: Availability


class _Window(NamedTuple):
    """When a round takes applications: `end` inclusive, None where no end is printed."""

    round: Round
    start: datetime
    end: datetime | None

    def at(self, as_of: AsOf) -> Availability:
        if as_of.end < self.start:
            return Availability.UPCOMING
        if self.end is not None and as_of.start > self.end:
            return Availability.CLOSED
        starts_on_a_day = self.round.opens is None or len(self.round.opens) == 10
        return Availability.OPEN if self.end is not None and starts_on_a_day else Availability.UNKNOWN


class CallClock:
    """The call of one frame (contract README, Which version, and availability), compiled once."""

    def __init__(self, when: Time, frame: str) -> None:
        self._when = when
        self._windows = tuple(_windows(when, frame))

    def at(self, as_of: AsOf) -> Availability:
        """Whether the frame can be applied for at `as_of`."""
        if self._when.stage == "request":
            return Availability.NOT_OFFERED
        if self._when.period is not None:
            return _of_law(self._when.period, self._when.announced, as_of)
        found = [window.at(as_of) for window in self._windows]
        return next((status for status in _STRONGEST_FIRST if status in found), Availability.UNKNOWN)

    def rounds(self, as_of: AsOf) -> list[RoundState]:
        """Every round of the frame, in printed order, with its state."""
        return [RoundState(window.round, window.at(as_of)) for window in self._windows]


_STRONGEST_FIRST = (Availability.OPEN, Availability.UNKNOWN, Availability.UPCOMING, Availability.CLOSED)


def _windows(when: Time, frame: str) -> Iterator[_Window]:
    # Where only deadlines are printed, a round opens when the one before ends, the first with the announcement.
    start = _day_start(when.announced)
    for round_ in when.rounds:
        if round_.frames and frame not in round_.frames:
            continue
        end = _end(round_)
        yield _Window(round_, _start(round_, start), end)
        start = end or start


def _of_law(period: LawPeriod, announced: date, as_of: AsOf) -> Availability:
    if period.last is not None and as_of.start > _day_end(period.last):
        return Availability.CLOSED
    if period.first is None and not period.described_as_in_force:
        return Availability.UNKNOWN
    return Availability.UPCOMING if as_of.end < _day_start(period.first or announced) else Availability.OPEN


def _start(round_: Round, otherwise: datetime) -> datetime:
    if round_.opens is None:
        return otherwise
    return _day_start(date.fromisoformat(round_.opens if len(round_.opens) == 10 else f"{round_.opens}-01"))


def _end(round_: Round) -> datetime | None:
    """The last moment of the round, inclusive: its hour where one is printed, else the end of its day."""
    if round_.closes is None:
        return None
    if len(round_.closes) == 10:
        return _day_end(date.fromisoformat(round_.closes))
    return datetime.fromisoformat(round_.closes).replace(tzinfo=TOKYO)


def _day_start(day: date) -> datetime:
    return datetime.combine(day, time.min, TOKYO)


def _day_end(day: date) -> datetime:
    return datetime.combine(day, time.max, TOKYO)
