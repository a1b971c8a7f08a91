"""Combinations of criteria: すべて, いずれか, n 個以上, でない. At most group > group > leaf, to stay readable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from eligibility.engine.criteria.base import KIND, BaseCriterion, Case
from eligibility.engine.facts import Vocabulary
from eligibility.engine.labels import ja, named
from eligibility.engine.truth import Judgement, all_of, any_of, at_least, distinct, negate

if TYPE_CHECKING:
    from eligibility.engine.criteria import Criterion

PARTS = ja("条件", "並べる条件です。条件の組合せを入れられるのは、二段までです。")


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

    model_config = named("すべて満たす", "並べた条件を、すべて満たす要件に使います。")

    kind: Annotated[Literal["all"], KIND] = "all"
    of: Annotated[tuple[Criterion, ...], PARTS] = Field(min_length=1)

    @property
    def children(self) -> Sequence[BaseCriterion]:
        return self.of

    def combine(self, judgements: Sequence[Judgement]) -> Judgement:
        return all_of(judgements)

    def words(self, vocabulary: Vocabulary) -> str:
        return "、かつ".join(child.words(vocabulary) for child in self.of)


class Any_(Group):
    """いずれか: at least one part is met."""

    model_config = named("いずれかを満たす", "並べた条件の、どれか一つを満たせばよい要件に使います。")

    kind: Annotated[Literal["any"], KIND] = "any"
    of: Annotated[tuple[Criterion, ...], PARTS] = Field(min_length=1)

    @property
    def children(self) -> Sequence[BaseCriterion]:
        return self.of

    def combine(self, judgements: Sequence[Judgement]) -> Judgement:
        return any_of(judgements)

    def words(self, vocabulary: Vocabulary) -> str:
        return "次のいずれか：" + "／".join(child.words(vocabulary) for child in self.of)


class AtLeast(Group):
    """n 個以上: at least `count` parts are met."""

    model_config = named("いくつか以上を満たす", "並べた条件のうち、決まった数以上を満たす要件に使います。")

    kind: Annotated[Literal["at_least"], KIND] = "at_least"
    count: Annotated[int, ja("満たす数", "例：2")] = Field(ge=1)
    of: Annotated[tuple[Criterion, ...], PARTS] = Field(min_length=1)

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

    model_config = named("満たさない", "条件に当てはまらないことが要件のときに使います。")

    kind: Annotated[Literal["not"], KIND] = "not"
    of: Annotated[Criterion, ja("当てはまらない条件")]

    @property
    def children(self) -> Sequence[BaseCriterion]:
        return (self.of,)

    def combine(self, judgements: Sequence[Judgement]) -> Judgement:
        return negate(judgements[0])

    def words(self, vocabulary: Vocabulary) -> str:
        return f"次に当てはまらない：{self.of.words(vocabulary)}"
