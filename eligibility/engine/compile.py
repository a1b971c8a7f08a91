"""Criteria made ready for many questions: equal criteria of all documents become one node, judged once a question.

A third of the leaves of real documents are distinct (the SME definition, deadlines, wages come again and again).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from eligibility.engine.criteria import BaseCriterion, Case, Group
from eligibility.engine.truth import Judgement, Truth, distinct

Payload = TypeVar("Payload")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A criterion with its place in the question's table of judgements."""

    index: int
    criterion: BaseCriterion
    children: tuple[Node, ...]

    def judge(self, case: Case) -> Judgement:
        judgement = case.judgements[self.index]
        if judgement is None:
            if self.children and isinstance(self.criterion, Group):
                judgement = self.criterion.combine([child.judge(case) for child in self.children])
            else:
                judgement = self.criterion.judge(case)
            case.judgements[self.index] = judgement
        return judgement


class Interner:
    """Gives equal criteria one node. One interner serves a whole rule set."""

    def __init__(self) -> None:
        self._nodes: dict[BaseCriterion, Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def node(self, criterion: BaseCriterion) -> Node:
        found = self._nodes.get(criterion)
        if found is None:
            children = tuple(self.node(child) for child in criterion.children)
            found = self._nodes[criterion] = Node(len(self._nodes), criterion, children)
        return found


class Options(NamedTuple, Generic[Payload]):
    """The rows of a table that can still apply, and the absent facts that decide between them."""

    payloads: tuple[Payload, ...]
    missing: tuple[str, ...] = ()
    applies: bool = True  # False: no row can apply, and `payloads` are those of all rows


@dataclass(frozen=True, slots=True)
class Table(Generic[Payload]):
    """Rows of (condition or None for 「それ以外」, what applies). The first row whose condition holds applies."""

    rows: tuple[tuple[Node | None, Payload], ...]
    fixed: Options[Payload] | None  # where the first row has no condition, it always applies

    def options(self, case: Case) -> Options[Payload]:
        if self.fixed is not None:
            return self.fixed
        possible: list[Payload] = []
        missing: list[str] = []
        for node, payload in self.rows:
            judgement = None if node is None else node.judge(case)
            if judgement is None or judgement.truth is Truth.MET:
                possible.append(payload)
                break
            if judgement.truth is Truth.UNKNOWN:
                possible.append(payload)
                missing.extend(judgement.missing)
        if not possible:
            return Options(tuple([payload for _, payload in self.rows]), (), applies=False)
        return Options(tuple(possible), distinct(missing))


def table_of(rows: Iterable[tuple[BaseCriterion | None, Payload]], interner: Interner) -> Table[Payload]:
    nodes = tuple((None if when is None else interner.node(when), payload) for when, payload in rows)
    return Table(nodes, Options((nodes[0][1],)) if nodes[0][0] is None else None)
