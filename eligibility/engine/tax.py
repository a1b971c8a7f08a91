"""税制の額: a credit against the tax, or a depreciation whose amount is the deduction (never summed with credits)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from eligibility.engine.benefit import CompiledBenefit, Picks, Priced
from eligibility.engine.benefit_terms import Expenses, TaxBenefit, TaxCap
from eligibility.engine.compile import Interner, table_of
from eligibility.engine.criteria import Case
from eligibility.engine.criteria.compare import OneOf
from eligibility.engine.interval import Interval, cut
from eligibility.engine.money import parse_rate


@dataclass(frozen=True, slots=True)
class TaxRate:
    printed: str
    low: Fraction
    high: Fraction


class CompiledTax(CompiledBenefit):
    def __init__(self, benefit: TaxBenefit, expenses: Expenses, interner: Interner) -> None:
        super().__init__(expenses, benefit.bounds, interner)
        self.document = benefit
        self.tables.append(
            table_of([(row.when, _rate(row.tiers[0].rate, row.tiers[0].rate_high)) for row in benefit.rates], interner)
        )
        if benefit.tax_cap is not None:
            # 法人税額 says nothing of a sole proprietor's income tax: the cap stays open for them.
            open_for = OneOf(fact="legal_form", values=benefit.tax_cap.open_for) if benefit.tax_cap.open_for else None
            rows = [(open_for, False), (None, True)] if open_for is not None else [(None, True)]
            self.tables.append(table_of(rows, interner))

    def base(self, cost: Interval) -> Interval:
        """The investment that counts, cut to its printed ceiling."""
        cap = self.document.base_cap
        return cost if cap is None else cut(cost, Interval(cap, cap))

    def price(self, case: Case, cost: Interval, picks: Picks) -> Priced:
        rate, *capped = picks[len(self.expenses.tables) :]
        base = self.base(cost)
        before = Interval(_floor(base.low, rate.low), None if base.high is None else _floor(base.high, rate.high))
        printed = rate.printed if rate.low == rate.high else None
        if self.document.tax_cap is None:
            return Priced(before, lambda paid: paid, printed, None)
        cap, absent = _tax_cap(self.document.tax_cap, case) if capped[0] else (Interval(0, None), ())
        moving = absent if before.high != 0 and cap.high != 0 else ()
        return Priced(before, lambda paid: cut(paid, cap), printed, cap.low if cap.is_point else None, moving)


def _tax_cap(cap: TaxCap, case: Case) -> tuple[Interval, tuple[str, ...]]:
    """The part of the tax that may be credited, over the absent facts, and which facts are absent."""
    tax = case.profile.get(cap.of)
    used = [case.profile.get(fact) for fact in cap.shared_with]
    absent = tuple(key for key, value in zip((cap.of, *cap.shared_with), (tax, *used), strict=True) if value is None)
    if tax is None:
        return Interval(0, None), absent
    room = _floor(tax, Fraction(cap.percent) / 100) - sum(value for value in used if value is not None)
    return Interval(0 if absent else max(room, 0), max(room, 0)), absent


def _rate(low: str, high: str | None) -> TaxRate:
    return TaxRate(low, parse_rate(low), parse_rate(high or low))


def _floor(amount: int, rate: Fraction) -> int:
    return amount * rate.numerator // rate.denominator
