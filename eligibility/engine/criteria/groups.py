"""Combinations of criteria: すべて, いずれか, n 個以上, でない. At most group > group > leaf, to stay readable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from eligibility.engine.criteria.base import BaseCriterion, Case
from eligibility.engine.facts import Vocabulary
from eligibility.engine.truth import Judgement, all_of, any_of, at_least, distinct, negate

if TYPE_CHECKING:
    from eligibility.engine.criteria import Criterion


class Group(BaseCriterion):
    """A criterion made of criteria."""

    def combine(self, judgements: Sequence[Judgement]) -> Judgement:
        raise NotImplementedError

    def facts(self) -> tuple[str, ...]:
        return distinct(fact for child in self.children for fact in child.facts())

    def judge(self, case: Case) -> Judgement:
        return self.combine([child.judge(case) for child in self.children])

    def expected(self) -> Any:
        return {"kind": self.model_dump(include={"kind"})["kind"], "of": [child.expected() for child in self.children]}

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        return [fault for child in self.children for fault in child.faults(vocabulary)]


class All(Group):
    """すべて: every part is met."""

    kind: Literal["all"] = "all"
    of: tuple[Criterion, ...] = Field(min_length=1)

    @property
    def children(self) -> Sequence[BaseCriterion]:
        return self.of

    def combine(self, judgements: Sequence[Judgement]) -> Judgement:
        return all_of(judgements)

    def words(self, vocabulary: Vocabulary) -> str:
        return "、かつ".join(child.words(vocabulary) for child in self.of)


class Any_(Group):
    """いずれか: at least one part is met."""

    kind: Literal["any"] = "any"
    of: tuple[Criterion, ...] = Field(min_length=1)

    @property
    def children(self) -> Sequence[BaseCriterion]:
        return self.of

    def combine(self, judgements: Sequence[Judgement]) -> Judgement:
        return any_of(judgements)

    def words(self, vocabulary: Vocabulary) -> str:
        return "次のいずれか：" + "／".join(child.words(vocabulary) for child in self.of)


class AtLeast(Group):
    """n 個以上: at least `count` parts are met."""

    kind: Literal["at_least"] = "at_least"
    count: int = Field(ge=1)
    of: tuple[Criterion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.count > len(self.of):
            raise ValueError("必要な数が条件の数を超えています。")
        return self

    @property
    def children(self) -> Sequence[BaseCriterion]:
        return self.of

    def combine(self, judgements: Sequence[Judgement]) -> Judgement:
        return at_least(self.count, judgements)

    def words(self, vocabulary: Vocabulary) -> str:
        return f"次のうち{self.count}つ以上：" + "／".join(child.words(vocabulary) for child in self.of)


class Not(Group):
    """でない: the part is not met."""

    kind: Literal["not"] = "not"
    of: Criterion

    @property
    def children(self) -> Sequence[BaseCriterion]:
        return (self.of,)

    def combine(self, judgements: Sequence[Judgement]) -> Judgement:
        return negate(judgements[0])

    def words(self, vocabulary: Vocabulary) -> str:
        return f"次に当てはまらない：{self.of.words(vocabulary)}"
