"""What a frame pays (補助額・税額): intervals over absent facts and over what the source leaves open.

Two kinds of not knowing are kept apart. What an absent fact decides (which row of a table applies) is tried row by
row: each combination of rows that can still apply has its own outcome. What the source itself leaves open (a range
of rates or caps, an expense that its examples neither name nor exclude) is an interval inside each outcome, and
bounds are judged on its high end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from eligibility.engine.compile import Interner, Options, Table, table_of
from eligibility.engine.criteria import Case, plain
from eligibility.engine.document import Bound, Cites, Expenses
from eligibility.engine.truth import MET, UNMET, Judgement, Truth, distinct, unknown

EXPENSES = "expenses"
Picks = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """Whole yen, inclusive; `high` None where nothing bounds it."""

    low: int
    high: int | None

    @property
    def is_point(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one combination of applying rows comes to. `amount` is None where a bound is missed: nothing is paid."""

    cost: Interval
    bounds: tuple[Truth, ...]
    amount: Interval | None
    rate: str | None
    cap: int | None
    is_cut: bool  # a cap reduced the amount
    picks: Picks


@dataclass(frozen=True, slots=True)
class BoundResult:
    """A bound of the amount, judged like any other requirement."""

    id: str
    text: str
    cites: Cites
    facts: tuple[str, ...]
    judgement: Judgement
    expected: Any
    actual: Any


@dataclass(frozen=True, slots=True)
class Assessed:
    """The benefit of one frame for one question."""

    outcomes: tuple[Outcome, ...]
    bounds: tuple[BoundResult, ...]
    amount: Interval | None
    missing: tuple[str, ...]

    @property
    def rate(self) -> str | None:
        rates = {outcome.rate for outcome in self._payable}
        return rates.pop() if len(rates) == 1 else None

    @property
    def cap(self) -> int | None:
        caps = {outcome.cap for outcome in self._payable}
        return caps.pop() if len(caps) == 1 else None

    @property
    def cost(self) -> Interval | None:
        return _hull([outcome.cost for outcome in self.outcomes])

    @property
    def is_cut(self) -> bool:
        return bool(self._payable) and all(outcome.is_cut for outcome in self._payable)

    @property
    def _payable(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.amount is not None]


class CoveredExpenses:
    """対象経費 of a frame, ready to be added up. Conditional categories are tables of their own."""

    def __init__(self, expenses: Expenses, interner: Interner) -> None:
        self.document = expenses
        self._listed = frozenset(expenses.listed)
        self._settled = (
            self._listed | set(expenses.excluded) | {c for part in expenses.conditional for c in part.categories}
        )
        self._excluded = frozenset(expenses.excluded)
        self.tables: list[Table[frozenset[str]]] = [
            table_of([(part.when, frozenset(part.categories)), (None, frozenset())], interner)
            for part in expenses.conditional
        ]

    def cost(self, spent: Mapping[str, int] | None, extra: Sequence[frozenset[str]], only: frozenset[str]) -> Interval:
        """Yen covered; `extra`: the conditional categories that count; `only`: of these categories (empty: of all)."""
        if spent is None:
            return Interval(0, None)
        low = open_to_question = 0
        for category, amount in spent.items():
            if only and category not in only:
                continue
            if self._counts(category, extra):
                low += amount
            elif self.document.basis == "examples" and category not in self._settled:
                open_to_question += amount
        return Interval(low, low + open_to_question)

    def _counts(self, category: str, extra: Sequence[frozenset[str]]) -> bool:
        if self.document.basis == "none":
            return category not in self._excluded
        return category in self._listed or any(category in categories for categories in extra)

    def is_open_to_question(self, category: str) -> bool:
        """Neither named nor excluded by the printed examples (要確認)."""
        return self.document.basis == "examples" and category not in self._settled


@dataclass(frozen=True, slots=True)
class Priced:
    """What a benefit kind makes of one combination: before the bounds, and how the caps then cut it."""

    before: Interval
    cut: Callable[[Interval], Interval]
    rate: str | None
    cap: int | None
    missing: tuple[str, ...] = ()


class CompiledBenefit(ABC):
    """A frame's benefit, compiled once. Subclasses say what one combination of rows is worth."""

    rounding_unit: int = 1
    has_amount: bool = True

    def __init__(self, expenses: Expenses, bounds: Sequence[Bound], interner: Interner) -> None:
        self.expenses = CoveredExpenses(expenses, interner)
        self.bounds = tuple(bounds)
        self.tables: list[Table[Any]] = list(self.expenses.tables)

    @abstractmethod
    def price(self, case: Case, spent: Mapping[str, int] | None, extra: Picks, picks: Picks) -> Priced:
        """One combination: `extra` conditional categories, `picks` of the tables that the subclass added."""

    @cached_property
    def _table_facts(self) -> tuple[str, ...]:
        return _facts_of(self.tables)

    @cached_property
    def _expense_facts(self) -> tuple[str, ...]:
        return _facts_of(self.expenses.tables)

    def assess(self, case: Case) -> Assessed:
        spent = case.profile.get(EXPENSES)
        options = [table.options(case) for table in self.tables]
        direct: list[str] = [] if spent is not None else [EXPENSES]
        outcomes: dict[tuple[int, ...], Outcome] = {}
        for places in product(*(range(len(option.payloads)) for option in options)):
            picks = tuple(option.payloads[place] for option, place in zip(options, places, strict=True))
            outcomes[places], missing = self._outcome(case, spent, picks)
            direct.extend(missing)
        paid = [outcome.amount for outcome in outcomes.values() if outcome.amount is not None]
        amount = _hull(paid) if self.has_amount else None
        open_amount = amount is not None and not amount.is_point
        by_rows = {places: outcome.amount for places, outcome in outcomes.items()}
        deciding = _deciding(by_rows, options) if open_amount else ()
        return Assessed(
            tuple(outcomes.values()),
            self._bound_results(case, spent, outcomes, options),
            amount,
            distinct([*direct, *deciding]) if open_amount else (),
        )

    def _outcome(self, case: Case, spent: Mapping[str, int] | None, picks: Picks) -> tuple[Outcome, tuple[str, ...]]:
        split = len(self.expenses.tables)
        extra, own = picks[:split], picks[split:]
        cost = self.expenses.cost(spent, extra, frozenset())
        priced = self.price(case, spent, extra, own)
        truths = (_covered(cost), *(self._bound(case, bound, cost, priced.before) for bound in self.bounds))
        paid = None if Truth.UNMET in truths else priced.cut(self._within_bounds(priced.before))
        is_cut = paid is not None and paid.is_point and paid.low < priced.before.low
        return Outcome(cost, truths, paid, priced.rate, priced.cap, is_cut, picks), priced.missing

    def _bound(self, case: Case, bound: Bound, cost: Interval, before: Interval) -> Truth:
        value = (before if bound.on == "subsidy" else cost).high
        if cost.high is None or value is None:
            return Truth.UNKNOWN
        if bound.at_least_share is not None:
            whole = case.profile.get(bound.at_least_share.fact)
            if whole is None:
                return Truth.UNKNOWN
            numerator, denominator = bound.at_least_share.percent.as_integer_ratio()
            return _truth(value * 100 * denominator >= whole * numerator)
        if bound.less_than is not None:
            return _truth(value < bound.less_than)
        return _truth(value > bound.more_than if bound.more_than is not None else value >= (bound.at_least or 0))

    def _within_bounds(self, before: Interval) -> Interval:
        """What can be paid if the frame turns out eligible: below a floor nothing is, at a band's edge neither."""
        low, high, unit = before.low, before.high, self.rounding_unit
        for bound in self.bounds:
            if bound.on != "subsidy":
                continue
            if bound.at_least is not None:
                low = max(low, bound.at_least)
            elif bound.more_than is not None:
                low = max(low, bound.more_than // unit * unit + unit)
            elif bound.less_than is not None:
                last = (bound.less_than - 1) // unit * unit
                high = last if high is None else min(high, last)
        return Interval(low, high)

    def _bound_results(
        self,
        case: Case,
        spent: Mapping[str, int] | None,
        outcomes: Mapping[tuple[int, ...], Outcome],
        options: Sequence[Options[Any]],
    ) -> tuple[BoundResult, ...]:
        document = self.expenses.document
        results = []
        for place, bound in enumerate((None, *self.bounds)):
            share = bound.at_least_share if bound is not None else None
            own = (EXPENSES, share.fact) if share is not None else (EXPENSES,)
            absent = [fact for fact in own if case.profile.get(fact) is None]
            by_rows = {places: outcome.bounds[place] for places, outcome in outcomes.items()}
            judgement = _AGREED.get(frozenset(by_rows.values())) or unknown(
                *distinct([*absent, *_deciding(by_rows, options)])
            )
            if bound is None:
                facts, expected = distinct([*own, *self._expense_facts]), {"more_than": 0}
                text, cites, id_ = document.text, document.cites, "covered-expenses"
            else:
                facts = distinct([*own, *(self._table_facts if bound.on == "subsidy" else self._expense_facts)])
                text, cites, id_, expected = bound.text, bound.cites, bound.id, _expected(bound)
            results.append(BoundResult(id_, text, cites, facts, judgement, expected, None))
        return tuple(results)


class OpenAmount(CompiledBenefit):
    """A frame whose amount cannot be settled from its source: only its expenses are judged."""

    has_amount = False

    def price(self, case: Case, spent: Mapping[str, int] | None, extra: Picks, picks: Picks) -> Priced:
        return Priced(Interval(0, None), lambda paid: paid, None, None)


def _facts_of(tables: Sequence[Table[Any]]) -> tuple[str, ...]:
    return distinct(fact for table in tables for node, _ in table.rows if node for fact in node.criterion.facts())


def _covered(cost: Interval) -> Truth:
    return Truth.UNKNOWN if cost.high is None else _truth(cost.high > 0)


def _truth(holds: bool) -> Truth:
    return Truth.MET if holds else Truth.UNMET


_AGREED = {frozenset({Truth.MET}): MET, frozenset({Truth.UNMET}): UNMET}


def _deciding(by_rows: Mapping[tuple[int, ...], object], options: Sequence[Options[Any]]) -> tuple[str, ...]:
    """The absent facts of the tables whose row alone makes a difference to the value somewhere."""
    facts: list[str] = []
    for place, option in enumerate(options):
        seen: dict[tuple[int, ...], object] = {}
        for places, value in by_rows.items():
            if seen.setdefault(places[:place] + places[place + 1 :], value) != value:
                facts.extend(option.missing)
                break
    return distinct(facts)


def _hull(intervals: Sequence[Interval]) -> Interval | None:
    if not intervals:
        return None
    highs = [interval.high for interval in intervals]
    bounded = [high for high in highs if high is not None]
    return Interval(min(i.low for i in intervals), max(bounded) if len(bounded) == len(highs) else None)


def _expected(bound: Bound) -> dict[str, Any]:
    if bound.at_least_share is not None:
        return {"at_least_percent_of": bound.at_least_share.fact, "percent": plain(bound.at_least_share.percent)}
    names = ("at_least", "more_than", "less_than")
    return {name: value for name in names if (value := getattr(bound, name)) is not None}
