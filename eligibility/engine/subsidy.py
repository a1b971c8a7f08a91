"""補助金の額: parts with their own rates and caps, added, rounded down, bounded, cut to the cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eligibility.engine.benefit import CompiledBenefit, Picks, Priced
from eligibility.engine.benefit_terms import BenefitPart, CapRow, Expenses, RateRow, SubsidyBenefit, Tier
from eligibility.engine.compile import Interner, Table, table_of
from eligibility.engine.criteria import Case
from eligibility.engine.interval import Interval, cut
from eligibility.engine.money import Schedule, Segment, common_scale, compile_schedule, parse_rate, segments

NO_ADD_ON = Interval(0, 0)


@dataclass(frozen=True, slots=True)
class RateLine:
    """A row of a rate table, compiled: the lowest and the highest schedule that the source allows."""

    row: RateRow
    low: Schedule
    high: Schedule

    @property
    def printed(self) -> str | None:
        """The rate as printed, where just one applies."""
        only = self.row.tiers[0]
        return only.rate if len(self.row.tiers) == 1 and only.rate_high is None else None


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of the benefit with the width of its picks: one rate row, then one cap row where it has caps."""

    part: BenefitPart
    categories: frozenset[str]


class CompiledSubsidy(CompiledBenefit):
    def __init__(self, benefit: SubsidyBenefit, expenses: Expenses, interner: Interner) -> None:
        super().__init__(expenses, benefit.bounds, interner)
        self.document = benefit
        self.rounding_unit = benefit.rounding_unit
        self.parts = tuple(PartLine(part, frozenset(part.categories)) for part in benefit.parts)
        self.scale = common_scale([s for part in benefit.parts for row in part.rates for s in _both(row)])
        for part in benefit.parts:
            self.tables.append(table_of([(row.when, self._line(row)) for row in part.rates], interner))
            if part.caps:
                self.tables.append(_caps_table(part.caps, interner))
        self._parts_end = len(self.tables)
        if benefit.caps:
            self.tables.append(_caps_table(benefit.caps, interner))
        for add_on in benefit.add_ons:
            raised = Interval(add_on.amount, add_on.amount_high or add_on.amount)
            self.tables.append(table_of([(add_on.when, raised), (None, NO_ADD_ON)], interner))

    def _line(self, row: RateRow) -> RateLine:
        low, high = (compile_schedule(parts, self.scale) for parts in _both(row))
        return RateLine(row, low, high)

    @property
    def priced_by(self) -> int:
        return self._parts_end

    def price(self, case: Case, cost: Interval, picks: Picks) -> Priced:
        rest = list(picks[len(self.expenses.tables) :])
        low: int = 0
        high: int | None = 0
        rates: set[str | None] = set()
        for line in self.parts:
            rate: RateLine = rest.pop(0)
            part = self.part_amount(
                rate, self.part_cost(case, cost, picks, line), rest.pop(0) if line.part.caps else None
            )
            rates.add(rate.printed)
            low += part.low
            high = None if high is None or part.high is None else high + part.high
        cap = self._cap(rest)
        before = Interval(self._round(low), None if high is None else self._round(high))
        printed_cap = cap.low if cap is not None and cap.is_point else None
        return Priced(before, lambda paid: cut(paid, cap), rates.pop() if len(rates) == 1 else None, printed_cap)

    def part_cost(self, case: Case, cost: Interval, picks: Picks, line: PartLine) -> Interval:
        """The covered cost of one part; a part without categories takes all of it."""
        return self.expenses.part(case, picks, line.categories) if line.categories else cost

    def part_amount(self, rate: RateLine, cost: Interval, cap: Interval | None) -> Interval:
        """One part, in `scale`-ths of a yen."""
        amount = Interval(rate.low.amount(cost.low), None if cost.high is None else rate.high.amount(cost.high))
        if cap is None:
            return amount
        return cut(amount, Interval(cap.low * self.scale, None if cap.high is None else cap.high * self.scale))

    def _cap(self, rest: list[Interval]) -> Interval | None:
        """The total cap with what is added to it; None where no cap is printed: an unprinted cap cuts nothing."""
        if not self.document.caps:
            return None
        return Interval(sum(i.low for i in rest), sum(i.high or 0 for i in rest))

    def _round(self, scaled: int) -> int:
        return scaled // self.scale // self.rounding_unit * self.rounding_unit


def _caps_table(rows: Sequence[CapRow], interner: Interner) -> Table[Interval]:
    return table_of([(row.when, Interval(row.amount, row.amount_high or row.amount)) for row in rows], interner)


def _both(row: RateRow) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    return _schedule(row.tiers, high=False), _schedule(row.tiers, high=True)


def _schedule(tiers: Sequence[Tier], *, high: bool) -> tuple[Segment, ...]:
    return segments(
        [(parse_rate((high and tier.rate_high) or tier.rate), tier.up_to, tier.edge == "cost") for tier in tiers]
    )
