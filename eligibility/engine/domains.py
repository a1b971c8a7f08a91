"""Every case that a set of criteria can tell apart (場合分け), so that statements about all companies are certain.

Each fact gets one value for every range in which no criterion changes: the values just at each edge of a number or
a date, each named choice and one that is not named, the sets that differ in what is asked, the rows of the size
table, and for two facts that are compared as many values within a range as there are facts to compare. The product
of these values is a `Space`; a criterion becomes two bit masks over its points. What a criterion reads from months
of sales is not modelled: it is free to hold or not, but a larger drop brings the smaller one with it.

A space holds every possible company, so 「no point」 and 「every point」 are certain. It `is_exact` where, the other
way round, each point is possible too. Above MAX_POINTS or MAX_JUDGED there is no space: whoever asks must say nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from itertools import pairwise, product
from math import prod
from operator import and_, or_
from typing import Any, NamedTuple

from eligibility.engine.calendar import AsOf
from eligibility.engine.criteria import BaseCriterion, Case, show
from eligibility.engine.criteria.compare import DateWithin, Declared, Exceeds, Includes, Number, OneOf
from eligibility.engine.criteria.groups import All, Any_, AtLeast, Group, Not
from eligibility.engine.criteria.sales import MonthlyDrop, SalesDrop
from eligibility.engine.criteria.size import MID_SIZE_CAPITAL, STATUTE_FORMS, CompanySize, SmallBusiness
from eligibility.engine.facts import Fact, FactType, Vocabulary
from eligibility.engine.ranges import Range, range_of, span_of_days, span_of_numbers
from eligibility.engine.sme import LIMITS
from eligibility.engine.truth import Truth

MAX_POINTS = 1 << 18
MAX_JUDGED = 50_000  # of single criteria at single points, so that a page of the desk never waits a second
# One code of each kind that the size tables tell apart (a test holds that no code is of another kind).
INDUSTRIES = {"24": "製造業など", "50": "卸売業", "72": "サービス業", "75": "宿泊業・娯楽業", "58": "小売業"}
_ANY_DAY = AsOf(date(2000, 1, 1))  # only drops in sales read the day, and they are free


class Masks(NamedTuple):
    """Where a criterion is met, and where it is met or left open by the source; a bit for each point."""

    met: int
    possible: int


@dataclass(frozen=True, slots=True)
class Axis:
    """The values of one fact; or, without a fact, of something that the profile decides in a way not modelled."""

    key: Hashable
    values: tuple[Any, ...]
    fact: Fact | None = None

    def words(self, value: Any) -> str:
        """One value as an officer reads it; "" for what is not modelled."""
        if self.fact is None:
            return ""
        label = self.fact.short_label
        if self.fact.type is FactType.CODE:
            return f"{label}が{INDUSTRIES[value]}"
        if self.fact.type is FactType.BOOL:
            return f"「{label}」が{show(self.fact, value)}"
        return f"{label}が{show(self.fact, value)}"


class Space:
    """The product of axes. Points are numbered with the first axis as the slowest."""

    def __init__(self, axes: Sequence[Axis], thresholds: Mapping[BaseCriterion, tuple[Hashable, Any]]) -> None:
        self._axes = tuple(axes)
        self._thresholds = thresholds
        self._strides = [prod(len(axis.values) for axis in axes[place + 1 :]) for place in range(len(axes))]
        self._masks: dict[BaseCriterion, Masks] = {}
        self.everything = (1 << prod(len(axis.values) for axis in axes)) - 1
        self.is_exact = sum(axis.fact is None for axis in axes) <= 1

    def masks(self, criterion: BaseCriterion) -> Masks:
        """Raises KeyError for a criterion with facts that this space was not made for."""
        found = self._masks.get(criterion)
        if found is None:
            found = self._combined(criterion) if isinstance(criterion, Group) else self._leaf(criterion)
            self._masks[criterion] = found
        return found

    def _combined(self, group: Group) -> Masks:
        parts = [self.masks(child) for child in group.children]
        met, possible = [part.met for part in parts], [part.possible for part in parts]
        match group:
            case All():
                return Masks(reduce(and_, met), reduce(and_, possible))
            case Any_():
                return Masks(reduce(or_, met), reduce(or_, possible))
            case AtLeast():
                return Masks(self._at_least(group.count, met), self._at_least(group.count, possible))
            case Not():
                return Masks(self.everything & ~possible[0], self.everything & ~met[0])
            case _:
                raise NotImplementedError(f"no masks for a group of type {type(group).__name__}")

    def _at_least(self, count: int, parts: Sequence[int]) -> int:
        reached = [self.everything] + [0] * count  # where at least 0, 1, … of the parts so far hold
        for part in parts:
            for number in range(count, 0, -1):
                reached[number] |= reached[number - 1] & part
        return reached[count]

    def _leaf(self, leaf: BaseCriterion) -> Masks:
        keys, truth = self._reading(leaf)
        own = [place for place, axis in enumerate(self._axes) if axis.key in keys]
        if len(own) != len(set(keys)):
            raise KeyError(leaf)
        return self._spread(own, {}, truth)

    def _reading(self, leaf: BaseCriterion) -> tuple[tuple[Hashable, ...], Callable[[dict[Any, Any]], Truth]]:
        """The axes that a leaf reads, and its truth for one value of each."""
        if leaf in self._thresholds:
            key, threshold = self._thresholds[leaf]
            return (key,), lambda point: Truth.MET if point[key] >= threshold else Truth.UNMET
        return leaf.facts(), lambda point: leaf.judge(Case(point, _ANY_DAY)).truth

    def _spread(self, own: Sequence[int], point: dict[Any, Any], truth: Callable[[dict[Any, Any]], Truth]) -> Masks:
        """The masks over the axes from `own[len(point)]` on, for the values chosen so far."""
        if len(point) == len(own):
            found = truth(point)
            return Masks(int(found is Truth.MET), int(found is not Truth.UNMET))
        place = own[len(point)]
        axis = self._axes[place]
        inner = self._axes[place + 1 : own[len(point) + 1] if len(point) + 1 < len(own) else len(self._axes)]
        below = self._strides[place] // prod(len(a.values) for a in inner)
        met = possible = 0
        for number, value in enumerate(axis.values):
            part = self._spread(own, {**point, axis.key: value}, truth)
            met |= _repeated(part.met, below, inner) << number * self._strides[place]
            possible |= _repeated(part.possible, below, inner) << number * self._strides[place]
        if len(point) == 0:
            outer = self._axes[:place]
            width = len(axis.values) * self._strides[place]
            return Masks(_repeated(met, width, outer), _repeated(possible, width, outer))
        return Masks(met, possible)

    def point(self, mask: int) -> dict[Hashable, Any]:
        """One point of `mask` (not empty): the value on each axis."""
        number = (mask & -mask).bit_length() - 1
        places = zip(self._axes, self._strides, strict=True)
        return {axis.key: axis.values[number // stride % len(axis.values)] for axis, stride in places}

    def example(self, mask: int, facts: Iterable[str]) -> str:
        """One point of `mask` (not empty) in words: what it says of `facts`."""
        point, wanted = self.point(mask), set(facts)
        words = [axis.words(point[axis.key]) for axis in self._axes if axis.key in wanted]
        return "、".join(word for word in words if word)


def _repeated(mask: int, width: int, axes: Iterable[Axis]) -> int:
    """`mask`, `width` bits wide, once for every combination of values of `axes`."""
    times = prod(len(axis.values) for axis in axes)
    repeated, done = mask, 1
    while done < times:
        step = min(done, times - done)
        repeated |= (repeated & ((1 << step * width) - 1)) << done * width
        done += step
    return repeated


def space_of(criteria: Iterable[BaseCriterion], vocabulary: Vocabulary) -> Space | None:
    """The space of sound criteria (without `faults`), or None where it is too large to be gone through."""
    found = _Distinctions(vocabulary)
    distinct = dict.fromkeys(leaf for criterion in criteria for leaf in leaves(criterion))
    for leaf in distinct:
        found.add(leaf)
    axes = found.axes()
    if axes is None or prod(len(axis.values) for axis in axes) > MAX_POINTS:
        return None
    sizes = {axis.key: len(axis.values) for axis in axes}
    judged = sum(prod(sizes.get(fact, 1) for fact in set(leaf.facts())) for leaf in distinct)
    return Space(axes, found.thresholds) if judged <= MAX_JUDGED else None


def leaves(criterion: BaseCriterion) -> Iterator[BaseCriterion]:
    if isinstance(criterion, Group):
        for child in criterion.children:
            yield from leaves(child)
    else:
        yield criterion


@dataclass(slots=True)
class _Distinctions:
    """What the leaves seen so far tell apart, fact by fact."""

    vocabulary: Vocabulary
    edges: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    named: defaultdict[str, list[frozenset[str]]] = field(default_factory=lambda: defaultdict(list))
    plain: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    compared: list[frozenset[str]] = field(default_factory=list)
    thresholds: dict[BaseCriterion, tuple[Hashable, Any]] = field(default_factory=dict)

    def add(self, leaf: BaseCriterion) -> None:
        match leaf:
            case Declared():
                self.plain[leaf.fact] = (False, True)
            case Number():
                self._edges(leaf.fact, span_of_numbers(leaf, self.vocabulary[leaf.fact]))
            case DateWithin():
                self._edges(leaf.fact, span_of_days(leaf))
            case OneOf():
                self.named[leaf.fact] += [frozenset({value}) for value in leaf.values]
            case Includes():
                self.named[leaf.fact].append(frozenset(leaf.any_of))
            case Exceeds():
                self._compare(leaf)
            case CompanySize():
                self._size(leaf)
            case SmallBusiness():
                self._company("employees", (leaf.limit, leaf.commerce_and_service, leaf.lodging_and_amusement))
            case SalesDrop() | MonthlyDrop():
                shape = leaf.model_copy(update={"percent": None})
                self.thresholds[leaf] = (repr(shape), leaf.percent)
            case _:  # a kind that nobody modelled here yet: free
                self.thresholds[leaf] = (leaf, True)

    def _edges(self, fact: str, span: range) -> None:
        self.edges[fact].update((span.start, span.stop))

    def _compare(self, leaf: Exceeds) -> None:
        joined = frozenset(leaf.facts())
        for other in [group for group in self.compared if group & joined]:
            self.compared.remove(other)
            joined |= other
        self.compared.append(joined)

    def _size(self, leaf: CompanySize) -> None:
        self._company(leaf.employees, [limit.employees for limit in LIMITS.values()])
        self.edges[leaf.capital].update({limit.capital + 1 for limit in LIMITS.values()}, {MID_SIZE_CAPITAL})

    def _company(self, employees: str, limits: Iterable[int | None]) -> None:
        self.named["legal_form"] += [frozenset({form}) for form in sorted(STATUTE_FORMS)]
        self.plain["industry"] = tuple(INDUSTRIES)
        self.edges[employees].update(limit + 1 for limit in limits if limit is not None)

    def axes(self) -> list[Axis] | None:
        """None as soon as the axes of the sets alone are too long to be written down."""
        found = [Axis(fact, values, self.vocabulary[fact]) for fact, values in self.plain.items()]
        for fact, named in self.named.items():
            values = _choices(self.vocabulary[fact], named)
            if values is None:
                return None
            found.append(Axis(fact, values, self.vocabulary[fact]))
        alone = [frozenset({fact}) for fact in self.edges if not any(fact in group for group in self.compared)]
        for group in [*self.compared, *alone]:
            edges = set().union(*(self.edges.get(fact, set()) for fact in group))
            found += [
                Axis(fact, _numbers(range_of(self.vocabulary[fact]), edges, len(group)), self.vocabulary[fact])
                for fact in sorted(group)
            ]
        return [*found, *self._free()]

    def _free(self) -> Iterator[Axis]:
        percents: defaultdict[Hashable, set[Any]] = defaultdict(set)
        for key, threshold in self.thresholds.values():
            percents[key].add(threshold)
        for key, reached in percents.items():
            yield Axis(key, (False, *sorted(reached)))


def _choices(fact: Fact, named: Sequence[frozenset[str]]) -> tuple[Any, ...] | None:
    """Of an enum each named value and one other; of a set one for each combination of what is asked."""
    if fact.type is FactType.ENUM:
        asked = frozenset().union(*named)
        other = [choice.key for choice in fact.values if choice.key not in asked][:1]
        return (*(choice.key for choice in fact.values if choice.key in asked), *other)
    # Two values that the same conditions name are as good as one.
    kinds: dict[tuple[bool, ...], str] = {}
    for choice in fact.values:
        kinds.setdefault(tuple(choice.key in part for part in named), choice.key)
    items = [key for kind, key in kinds.items() if any(kind)]
    if 1 << len(items) > MAX_POINTS:
        return None
    picks = product((False, True), repeat=len(items))
    return tuple(frozenset(item for item, taken in zip(items, pick, strict=True) if taken) for pick in picks)


def _numbers(whole: Range, edges: set[int], count: int) -> tuple[Any, ...]:
    """`count` values (or as many as there are) from each range between neighbouring edges."""
    inner = sorted(edge for edge in edges if whole.steps.start < edge < whole.steps.stop)
    cuts = [whole.steps.start, *inner, whole.steps.stop]
    return tuple(
        whole.value(step) for first, end in pairwise(cuts) for step in _from(range(first, end), whole.steps, count)
    )


def _from(part: range, whole: range, count: int) -> range:
    """The steps of a range that read best in an example: those next to a printed edge."""
    count = min(count, len(part))
    if part.start != whole.start:
        return range(part.start, part.start + count)
    if part.stop != whole.stop:
        return range(part.stop - count, part.stop)
    middle = max(0, part.start)
    return range(middle, middle + count)
