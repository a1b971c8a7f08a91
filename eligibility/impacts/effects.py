"""What two sets of rules make of the same companies (影響の数え方): effects counted, then masked for showing.

A company stands as its best frame does: eligible before needs_info before not_eligible. Its amount is that of the best
eligible frame, end by end of the interval. Nothing here knows where the companies come from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from eligibility.engine.calendar import AsOf
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.evaluate import FrameResult, RuleSet, Verdict
from eligibility.engine.facts import Vocabulary
from eligibility.engine.interval import Interval
from eligibility.impacts.small_counts import hidden, is_small

Profile = Mapping[str, Any]


class Effect(StrEnum):
    """What becomes of a company. Every company has exactly one."""

    GAINS = "gains"  # becomes eligible
    LOSES = "loses"  # was eligible, is not any more
    UNSURE = "unsure"  # was eligible, becomes undecided
    OPENS = "opens"  # was not eligible, becomes undecided
    CLOSES = "closes"  # was undecided, becomes not eligible
    STAYS = "stays"  # eligible before and after
    OTHER = "other"  # the same verdict before and after, and not eligible


# The effects that are counted by place and trade. Not the unchanged ones: without them a row has no total.
BY_ROW = (Effect.GAINS, Effect.LOSES, Effect.UNSURE)
# The effects that move money.
PAID = (Effect.GAINS, Effect.LOSES, Effect.UNSURE, Effect.STAYS)


class Standing(NamedTuple):
    """`amount`: of an eligible company, None where it cannot be told."""

    verdict: Verdict
    amount: Interval | None


NOTHING = Standing(Verdict.NOT_ELIGIBLE, None)
NO_YEN = Interval(0, 0)


class Judge:
    """One version, asked whatever the date. Without a document nobody is eligible: there was no such programme."""

    def __init__(self, document: ProgrammeDocument | None, vocabulary: Vocabulary) -> None:
        self._rules = RuleSet([(document, 1)] if document is not None else [], vocabulary)
        self._versions = list(self._rules.versions.values())

    def standing(self, profile: Profile, as_of: AsOf) -> Standing:
        results = self._rules.evaluate(profile, as_of, self._versions)
        verdicts = {result.verdict for result in results}
        if Verdict.ELIGIBLE in verdicts:
            return Standing(Verdict.ELIGIBLE, _best([r for r in results if r.verdict is Verdict.ELIGIBLE]))
        return Standing(Verdict.NEEDS_INFO, None) if Verdict.NEEDS_INFO in verdicts else NOTHING


def _best(eligible: Iterable[FrameResult]) -> Interval | None:
    """The company may choose: the greatest of each end. None where the amount of a frame is open upwards."""
    amounts = [result.benefit.amount for result in eligible]
    highs = [amount.high for amount in amounts if amount is not None and amount.high is not None]
    if len(highs) < len(amounts):
        return None
    return Interval(max(amount.low for amount in amounts if amount is not None), max(highs))


def effect_of(before: Verdict, after: Verdict) -> Effect:
    if before is after:
        return Effect.STAYS if after is Verdict.ELIGIBLE else Effect.OTHER
    if after is Verdict.ELIGIBLE:
        return Effect.GAINS
    if before is Verdict.ELIGIBLE:
        return Effect.LOSES if after is Verdict.NOT_ELIGIBLE else Effect.UNSURE
    return Effect.OPENS if after is Verdict.NEEDS_INFO else Effect.CLOSES


def yen_between(before: Standing, after: Standing) -> Interval:
    """How the amount moves, at its lower and at its upper end; nothing where either amount cannot be told.

    Who is not eligible has no amount. Each end is compared with its like: what is not known of a company is the same
    before and after.
    """
    ends = [NO_YEN if s.verdict is not Verdict.ELIGIBLE else s.amount for s in (before, after)]
    old, new = ends
    if old is None or new is None or old.high is None or new.high is None:
        return NO_YEN
    return Interval(new.low - old.low, new.high - old.high)


@dataclass(slots=True)
class Yen:
    """A sum of differences. `companies`: those whose amount moves."""

    companies: int = 0
    low: int = 0
    high: int = 0

    def add(self, difference: Interval) -> None:
        if difference != NO_YEN and difference.high is not None:
            self.companies += 1
            self.low += difference.low
            self.high += difference.high


@dataclass(slots=True)
class Row:
    effects: Counter[str] = field(default_factory=Counter)
    yen: Yen = field(default_factory=Yen)


class Tally:
    """Counts companies as they come; keeps none of them."""

    def __init__(self, keys: Mapping[str, Callable[[Profile], str]]) -> None:
        """`keys`: by the name of a table, the row that a company belongs to; "" where it does not say."""
        self._keys = keys
        self.whole = Row()
        self.by_effect: dict[str, Yen] = defaultdict(Yen)
        self.tables: dict[str, dict[str, Row]] = {name: defaultdict(Row) for name in keys}

    @property
    def companies(self) -> int:
        return self.whole.effects.total()

    @property
    def losses(self) -> tuple[int, int]:
        """How many of the companies eligible before are not any more, or undecided; and how many those were."""
        lost = self.whole.effects[Effect.LOSES] + self.whole.effects[Effect.UNSURE]
        return lost, lost + self.whole.effects[Effect.STAYS]

    def add(self, profile: Profile, before: Standing, after: Standing) -> None:
        effect, moved = effect_of(before.verdict, after.verdict), yen_between(before, after)
        self.by_effect[effect].add(moved)
        for row in (self.whole, *(self.tables[name][key(profile)] for name, key in self._keys.items())):
            row.effects[effect] += 1
            row.yen.add(moved)


def masked(tally: Tally, rows: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """The tally as JSON, None for what must not be shown: this is all that is kept of it.

    `rows`: every row that a table has, also those without a company.
    """
    if is_small(tally.companies):
        return {"companies": None}
    counts = {effect.value: tally.whole.effects[effect] for effect in Effect}
    unseen = hidden(counts)
    return {
        "companies": tally.companies,
        "effects": _cells(counts, unseen),
        "yen": _yen_by_effect(tally, unseen),
        **{name: _table(tally.tables[name], [*keys, ""], unseen) for name, keys in rows.items()},
    }


def _cells(counts: Mapping[str, int], unseen: Collection[str]) -> dict[str, int | None]:
    return {key: None if key in unseen else count for key, count in counts.items()}


def _yen_by_effect(tally: Tally, unseen: Collection[str]) -> dict[str, list[int] | None]:
    """By effect and in all ("total"). A sum is shown where at least ten companies make it."""
    sums = {effect.value: tally.by_effect[effect] for effect in PAID}
    return {**_sums(sums, {key for key in sums if key in unseen}), "total": _sum(tally.whole.yen)}


def _table(found: Mapping[str, Row], keys: Iterable[str], unseen: Collection[str]) -> dict[str, dict[str, Any]]:
    """Each column is a table of its own: it adds up to a count of the whole, and rows add up to nothing shown.

    A column whose whole is hidden is hidden from top to bottom; a row's yen are, where one of its counts is. Rows of
    nothing but zeros are left out.
    """
    rows = {key: found.get(key, Row()) for key in keys}
    columns: dict[str, dict[str, int | None]] = {}
    for effect in BY_ROW:
        counts = {key: row.effects[effect] for key, row in rows.items()}
        columns[effect.value] = _cells(counts, counts if effect in unseen else hidden(counts))
    partly = {key for key in rows if any(column[key] is None for column in columns.values())}
    yen = _sums({key: row.yen for key, row in rows.items()}, partly)
    table = {key: {**{name: column[key] for name, column in columns.items()}, "yen": yen[key]} for key in rows}
    return {key: row for key, row in table.items() if any(value not in (0, [0, 0]) for value in row.values())}


def _sums(sums: Mapping[str, Yen], also: Collection[str]) -> dict[str, list[int] | None]:
    unseen = hidden({key: yen.companies for key, yen in sums.items()}, also)
    return {key: None if key in unseen else _sum(yen) for key, yen in sums.items()}


def _sum(yen: Yen) -> list[int] | None:
    return None if is_small(yen.companies) else [yen.low, yen.high]
