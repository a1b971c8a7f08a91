"""Numbers and days as whole steps (数の範囲): which values a fact can have at all, and which a criterion takes of them.

A count, yen or a day goes in steps of one, a percentage in steps of its last decimal. What a profile cannot hold is
outside the range, so that 「0以上」 takes every number of employees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from eligibility.engine.criteria.compare import DateWithin, Number
from eligibility.engine.facts import Fact, FactType
from eligibility.engine.profile import MAX_COUNT, MAX_PERCENT, MAX_PERCENT_DECIMALS, MAX_YEN

_PER_PERCENT = 10**MAX_PERCENT_DECIMALS
_DAYS = range(date.min.toordinal(), date.max.toordinal() + 1)
_STEPS = {
    FactType.COUNT: range(MAX_COUNT + 1),
    FactType.YEN: range(MAX_YEN + 1),
    FactType.YEN_PER_HOUR: range(-MAX_YEN, MAX_YEN + 1),
    FactType.PERCENT: range(-MAX_PERCENT * _PER_PERCENT, MAX_PERCENT * _PER_PERCENT + 1),
    FactType.DATE: _DAYS,
}


@dataclass(frozen=True, slots=True)
class Range:
    """All values of a number or day, counted in steps."""

    type: FactType
    steps: range

    def value(self, step: int) -> Any:
        """The value at a step, as a profile holds it."""
        if self.type is FactType.DATE:
            return date.fromordinal(step)
        return Decimal(step).scaleb(-MAX_PERCENT_DECIMALS).normalize() if self.type is FactType.PERCENT else step


def range_of(fact: Fact) -> Range:
    """Raises KeyError for a fact that is neither a number nor a day."""
    return Range(fact.type, _STEPS[fact.type])


def span_of_numbers(number: Number, fact: Fact) -> range:
    """The steps that the criterion takes, within those that there are. Its bounds must be such as `holds_bound`."""
    steps = _STEPS[fact.type]
    per_one = _PER_PERCENT if fact.type is FactType.PERCENT else 1
    start, stop = steps.start, steps.stop
    if number.low is not None:
        start = _ceiling(number.low, per_one) if number.more_than is None else _floor(number.low, per_one) + 1
    if number.high is not None:
        stop = _ceiling(number.high, per_one) if number.at_most is None else _floor(number.high, per_one) + 1
    return range(_within(start, steps), _within(stop, steps))


def span_of_days(period: DateWithin) -> range:
    """The days (ordinals) that the criterion takes."""
    first = _DAYS.start if period.first is None else period.first.toordinal()
    end = _DAYS.stop if period.last is None else period.last.toordinal() + 1
    return range(first, end)


def holds_bound(fact: Fact, bound: Decimal) -> bool:
    """Whether a number of the fact can come near the bound."""
    largest = _STEPS[fact.type].stop - 1
    return abs(bound) <= (largest // _PER_PERCENT if fact.type is FactType.PERCENT else largest)


def _within(step: int, steps: range) -> int:
    return min(max(step, steps.start), steps.stop)


def _ceiling(bound: Decimal, per_one: int) -> int:
    return int((bound * per_one).to_integral_value(rounding=ROUND_CEILING))


def _floor(bound: Decimal, per_one: int) -> int:
    return int((bound * per_one).to_integral_value(rounding=ROUND_FLOOR))
