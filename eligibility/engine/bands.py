"""Rate and cap tables (補助率表・上限表): rows that overlap, can never apply, or leave a gap are found exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from eligibility.engine.criteria import BaseCriterion
from eligibility.engine.criteria.compare import Number, OneOf
from eligibility.engine.criteria.size import CompanySize
from eligibility.engine.facts import FactType, Vocabulary

Condition = BaseCriterion | None


def table_faults(
    rows: Sequence[Condition], vocabulary: Vocabulary, required_sizes: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """(row number from 0, what is wrong). `required_sizes`: the size classes that the frame admits anyway."""
    for number, condition in enumerate(rows):
        if condition is None and number < len(rows) - 1:
            yield number + 1, "この行には届きません。前に「それ以外」の行があります。"
            return
        if condition is not None and condition in rows[:number]:
            yield number, "同じ条件の行が前にあるため、この行には届きません。"
    conditions = [condition for condition in rows if condition is not None]
    has_rest = rows[-1] is None
    last = len(rows) - 1
    if conditions and all(isinstance(condition, Number) for condition in conditions):
        numbers = [condition for condition in conditions if isinstance(condition, Number)]
        if len({number.fact for number in numbers}) == 1:
            yield from _band_faults(numbers, vocabulary, has_rest)
            return
    if conditions and all(isinstance(condition, OneOf) for condition in conditions):
        yield from _enum_faults([c for c in conditions if isinstance(c, OneOf)], vocabulary, has_rest)
        return
    if has_rest:
        return
    if all(isinstance(condition, CompanySize) for condition in conditions):
        named = {c for condition in conditions if isinstance(condition, CompanySize) for c in condition.classes}
        if not required_sizes or not required_sizes <= named:
            yield last, "どの行にも当てはまらない企業規模があります。行を足すか「それ以外」の行を置いてください。"
    else:
        yield last, "最後に「それ以外」の行が要ります。この条件では、すべての場合が尽くされているか確かめられません。"


def _enum_faults(rows: Sequence[OneOf], vocabulary: Vocabulary, has_rest: bool) -> Iterator[tuple[int, str]]:
    facts = {row.fact for row in rows}
    values = [value for row in rows for value in row.values]
    named = set(values)
    fact = vocabulary.get(rows[0].fact)
    if len(facts) == 1:
        for number, row in enumerate(rows):
            if any(value in earlier.values for earlier in rows[:number] for value in row.values):
                yield number, "前の行と値が重なっています。"
        if has_rest and fact is not None and named == {choice.key for choice in fact.values}:
            yield len(rows), "すべての値が前の行にあるため、「それ以外」の行には届きません。"
    if has_rest:
        return
    if len(facts) > 1 or fact is None or named != {choice.key for choice in fact.values}:
        yield len(rows) - 1, "どの行にも当てはまらない値があります。行を足すか「それ以外」の行を置いてください。"


def _band_faults(rows: Sequence[Number], vocabulary: Vocabulary, has_rest: bool) -> Iterator[tuple[int, str]]:
    """Bands of one number as half-open ranges of exact edges; whole-number facts step by one."""
    fact = vocabulary.get(rows[0].fact)
    if fact is None:
        return
    whole = fact.type is not FactType.PERCENT
    bands = sorted((_low(row, whole), _high(row, whole), number) for number, row in enumerate(rows))
    for before, band in pairwise(bands):
        if band[0] < before[1]:
            yield band[2], f"帯が{before[2] + 1}行目と重なっています。"
        elif band[0] > before[1] and not has_rest:
            yield band[2], f"{before[2] + 1}行目との間に、どの帯にも入らない値があります。"
    floor = (Decimal(0), 0) if fact.type in (FactType.COUNT, FactType.YEN) else (Decimal("-Infinity"), 0)
    is_covered = bands[0][0] <= floor and bands[-1][1][0] == Decimal("Infinity")
    if has_rest:
        if is_covered and not any(band[0] > before[1] for before, band in pairwise(bands)):
            yield len(rows), "前の帯がすべての値を含むため、「それ以外」の行には届きません。"
        return
    if bands[0][0] > floor:
        yield bands[0][2], "この帯より小さい値が、どの帯にも入りません。"
    if bands[-1][1][0] != Decimal("Infinity"):
        yield bands[-1][2], "この帯より大きい値が、どの帯にも入りません。"


Edge = tuple[Decimal, int]  # (value, 0: at the value, 1: just above it)


def _low(row: Number, whole: bool) -> Edge:
    if row.at_least is not None:
        return row.at_least, 0
    if row.more_than is not None:
        return (row.more_than + 1, 0) if whole else (row.more_than, 1)
    return Decimal(0) if whole else Decimal("-Infinity"), 0


def _high(row: Number, whole: bool) -> Edge:
    """The first edge that is no longer inside."""
    if row.less_than is not None:
        return row.less_than, 0
    if row.at_most is not None:
        return (row.at_most + 1, 0) if whole else (row.at_most, 1)
    return Decimal("Infinity"), 0
