"""The call's own clock (公募の状況), apart from the company: open, upcoming, closed, not_offered or unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from eligibility.engine.calendar import TOKYO, AsOf
from eligibility.engine.document import LawPeriod, Round, Time


class Availability(StrEnum):
    OPEN = "open"
    UPCOMING = "upcoming"
    CLOSED = "closed"
    NOT_OFFERED = "not_offered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RoundState:
    """A round as it stands at the moment asked for."""

    round: Round
    availability: Availability


def availability(when: Time, frame: str, as_of: AsOf) -> Availability:
    """Whether the frame can be applied for at `as_of` (contract README, Which version, and availability)."""
    if when.stage == "request":
        return Availability.NOT_OFFERED
    if when.stage == "law":
        assert when.period is not None  # the schema holds it  # noqa: S101
        return _of_law(when.period, when.announced, as_of)
    found = {state.availability for state in round_states(when, frame, as_of)}
    ranked = (Availability.OPEN, Availability.UNKNOWN, Availability.UPCOMING, Availability.CLOSED)
    return next((status for status in ranked if status in found), Availability.UNKNOWN)


def round_states(when: Time, frame: str, as_of: AsOf) -> list[RoundState]:
    """Every round of the frame, in printed order, with its state."""
    states: list[RoundState] = []
    previous_end: datetime | None = None
    for round_ in rounds_of(when, frame):
        # Where only deadlines are printed, a round opens when the one before ends, the first with the announcement.
        start = _start(round_, previous_end or _day_start(when.announced))
        end = _end(round_)
        states.append(RoundState(round_, _of_round(round_, start, end, as_of)))
        previous_end = end
    return states


def rounds_of(when: Time, frame: str) -> Iterable[Round]:
    return (round_ for round_ in when.rounds if not round_.frames or frame in round_.frames)


def _of_round(round_: Round, start: datetime, end: datetime | None, as_of: AsOf) -> Availability:
    if as_of.end < start:
        return Availability.UPCOMING
    if end is not None and as_of.start > end:
        return Availability.CLOSED
    starts_on_a_day = round_.opens is None or len(round_.opens) == 10
    return Availability.OPEN if end is not None and starts_on_a_day else Availability.UNKNOWN


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
