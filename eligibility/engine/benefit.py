"""What a frame pays (補助額・税額): intervals over absent facts and over what the source leaves open.

Two kinds of not knowing are kept apart. What an absent fact decides (which row of a table applies) is tried row by
row: each combination of rows that can still apply has its own outcome. What the source itself leaves open (a range
of rates or caps, an expense that its examples neither name nor exclude) is an interval inside each outcome, and
bounds are judged on its high end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

from eligibility.engine.benefit_terms import Bound, Expenses
from eligibility.engine.citations import Cites
from eligibility.engine.compile import Interner, Options, Table
from eligibility.engine.criteria import Case, plain
from eligibility.engine.expenses import EXPENSES, CoveredExpenses
from eligibility.engine.interval import Interval, hull
from eligibility.engine.truth import MET, UNMET, Judgement, Truth, distinct, unknown

Picks = tuple[Any, ...]
COVERED = "covered-expenses"


class Outcome(NamedTuple):
    """What one combination of applying rows comes to. `amount` is None where a bound is missed: nothing is paid."""

    cost: Interval
    before: Interval  # the amount before bounds and caps
    bounds: tuple[Truth, ...]
    amount: Interval | None
    rate: str | None
    cap: int | None
    is_cut: bool  # a cap reduced the amount
    picks: Picks


class BoundRule(NamedTuple):
    """A bound as a requirement: its words, sources and facts. `bound` is None for 「対象経費がある」."""

    id: str
    text: str
    cites: Cites
    facts: tuple[str, ...]
    expected: Mapping[str, Any]
    bound: Bound | None


class BoundResult(NamedTuple):
    """A bound, judged. `value`: the cost or the amount that is judged; None while the expenses are not known."""

    rule: BoundRule
    judgement: Judgement
    value: Interval | None


class Assessed(NamedTuple):
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
        return hull([outcome.cost for outcome in self.outcomes])

    @property
    def is_cut(self) -> bool:
        return bool(self._payable) and all(outcome.is_cut for outcome in self._payable)

    @property
    def _payable(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.amount is not None]


class Priced(NamedTuple):
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

    @property
    def priced_by(self) -> int:
        """How many of the first `tables` decide the amount before the total cap."""
        return len(self.tables)

    @abstractmethod
    def price(self, case: Case, cost: Interval, picks: Picks) -> Priced:
        """One combination: the whole covered `cost`, and the rows picked from all of `tables`."""

    @cached_property
    def rules(self) -> tuple[BoundRule, ...]:
        """The bounds as requirements, 「対象経費がある」 first."""
        document = self.expenses.document
        spent_on = (EXPENSES, *_facts_of(self.expenses.tables))
        priced_by = (EXPENSES, *_facts_of(self.tables[: self.priced_by]))
        rules = [BoundRule(COVERED, document.text, document.cites, distinct(spent_on), {"more_than": 0}, None)]
        for bound in self.bounds:
            share = () if bound.at_least_share is None else (bound.at_least_share.fact,)
            facts = distinct([*(priced_by if bound.on == "subsidy" else spent_on), *share])
            rules.append(BoundRule(bound.id, bound.text, bound.cites, facts, _expected(bound), bound))
        return tuple(rules)

    def assess(self, case: Case) -> Assessed:
        is_spent = EXPENSES in case.profile
        options = [table.options(case) for table in self.tables]
        direct: list[str] = [] if is_spent else [EXPENSES]
        outcomes: dict[tuple[int, ...], Outcome] = {}
        for rows in product(*[enumerate(option.payloads) for option in options]):
            outcome, missing = self._outcome(case, tuple([payload for _, payload in rows]))
            outcomes[tuple([place for place, _ in rows])] = outcome
            direct.extend(missing)
        # A company that no row is printed for (a large one among SME rates) is paid nothing; bounds are judged all the
        # same, over every row. The linter lets a table leave out only what a requirement of the frame excludes.
        is_paid = self.has_amount and all(option.applies for option in options)
        amount = hull([o.amount for o in outcomes.values() if o.amount is not None]) if is_paid else None
        moving: tuple[str, ...] = ()
        if amount is not None and not amount.is_point:
            # Without expenses every open row still reaches the amount, also where the interval hides it.
            by_rows = {at: o.amount if is_spent else at for at, o in outcomes.items()}
            moving = distinct([*direct, *_deciding(by_rows, options)])
        bounds = tuple(
            [self._judged(case, rule, place, outcomes, options, is_spent) for place, rule in enumerate(self.rules)]
        )
        return Assessed(tuple(outcomes.values()), bounds, amount, moving)

    def _outcome(self, case: Case, picks: Picks) -> tuple[Outcome, tuple[str, ...]]:
        cost = self.expenses.total(case, picks)
        priced = self.price(case, cost, picks)
        truths = (_covered(cost), *[self._bound(case, bound, cost, priced.before) for bound in self.bounds])
        paid = None if Truth.UNMET in truths else priced.cut(self._within_bounds(priced.before))
        is_cut = paid is not None and paid.is_point and paid.low < priced.before.low
        return Outcome(cost, priced.before, truths, paid, priced.rate, priced.cap, is_cut, picks), priced.missing

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

    def _judged(
        self,
        case: Case,
        rule: BoundRule,
        place: int,
        outcomes: Mapping[tuple[int, ...], Outcome],
        options: Sequence[Options[Any]],
        is_spent: bool,
    ) -> BoundResult:
        on_subsidy = rule.bound is not None and rule.bound.on == "subsidy"
        value = hull([o.before if on_subsidy else o.cost for o in outcomes.values()]) if is_spent else None
        truths = [outcome.bounds[place] for outcome in outcomes.values()]
        if truths[0] is not Truth.UNKNOWN and truths.count(truths[0]) == len(truths):
            return BoundResult(rule, MET if truths[0] is Truth.MET else UNMET, value)
        own = [] if is_spent else [EXPENSES]
        share = rule.bound.at_least_share if rule.bound is not None else None
        if share is not None and share.fact not in case.profile:
            own.append(share.fact)
        deciding = _deciding({at: outcome.bounds[place] for at, outcome in outcomes.items()}, options)
        return BoundResult(rule, unknown(*distinct([*own, *deciding])), value)


class OpenAmount(CompiledBenefit):
    """A frame whose amount cannot be settled from its source: only its expenses are judged."""

    has_amount = False

    def price(self, case: Case, cost: Interval, picks: Picks) -> Priced:
        return Priced(Interval(0, None), lambda paid: paid, None, None)


def _facts_of(tables: Sequence[Table[Any]]) -> tuple[str, ...]:
    return distinct(fact for table in tables for node, _ in table.rows if node for fact in node.criterion.facts())


def _covered(cost: Interval) -> Truth:
    return Truth.UNKNOWN if cost.high is None else _truth(cost.high > 0)


def _truth(holds: bool) -> Truth:
    return Truth.MET if holds else Truth.UNMET


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


def _expected(bound: Bound) -> dict[str, Any]:
    if bound.at_least_share is not None:
        return {"at_least_percent_of": bound.at_least_share.fact, "percent": plain(bound.at_least_share.percent)}
    names = ("at_least", "more_than", "less_than")
    return {name: value for name in names if (value := getattr(bound, name)) is not None}
