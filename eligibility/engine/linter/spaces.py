"""Spaces of the criteria of one document (場合分けの使い回し): frames share most of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eligibility.engine.criteria import BaseCriterion
from eligibility.engine.criteria.groups import All
from eligibility.engine.domains import Space, space_of
from eligibility.engine.facts import Vocabulary


class Spaces:
    """Makes each space once. A set of criteria with too many cases has none."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._made: dict[frozenset[BaseCriterion], Space | None] = {}

    def of(self, criteria: Iterable[BaseCriterion]) -> Space | None:
        key = frozenset(criteria)
        if key not in self._made:
            self._made[key] = space_of(sorted(key, key=repr), self.vocabulary)
        return self._made[key]


def conjuncts(criterion: BaseCriterion) -> list[BaseCriterion]:
    """The criteria that must all hold: 「すべて」 taken apart, so that what shares no fact is looked at apart."""
    if isinstance(criterion, All):
        return [part for child in criterion.children for part in conjuncts(child)]
    return [criterion]


def connected(criteria: Sequence[BaseCriterion]) -> list[list[BaseCriterion]]:
    """Groups of criteria such that two groups share no fact: what holds in one says nothing of another."""
    groups: list[tuple[set[str], list[BaseCriterion]]] = []
    for criterion in dict.fromkeys(criteria):
        facts, members = set(criterion.facts()), [criterion]
        apart: list[tuple[set[str], list[BaseCriterion]]] = []
        for group in groups:
            if group[0] & facts:
                facts |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (facts, members)]
    return [members for _, members in groups]


def reaching(start: Iterable[BaseCriterion], criteria: Sequence[BaseCriterion]) -> list[BaseCriterion]:
    """Those of `criteria` that share facts with `start`, also by way of each other."""
    facts = {fact for criterion in start for fact in criterion.facts()}
    groups = connected(criteria)
    return [part for group in groups if any(facts & set(part.facts()) for part in group) for part in group]
