"""What every criterion kind has: its evaluation, its words, its threshold and the value beside it.

A kind is one small frozen pydantic class in a module of this package. Its fields are the document's fields (and
the officers' form's); `judge` is its evaluation for one profile and must be tight: unknown only when some
completion of its own absent facts meets it and another does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from eligibility.engine.calendar import AsOf
from eligibility.engine.facts import Fact, FactType, Vocabulary
from eligibility.engine.labels import ja
from eligibility.engine.truth import Judgement

KIND = ja("条件の種類")


class Case:
    """One question: a parsed profile and the moment it is asked for, with the judgements made so far."""

    __slots__ = ("as_of", "judgements", "profile")

    def __init__(self, profile: Mapping[str, Any], as_of: AsOf, distinct_criteria: int = 0) -> None:
        self.profile = profile
        self.as_of = as_of
        self.judgements: list[Judgement | None] = [None] * distinct_criteria

    @property
    def day(self) -> date:
        return self.as_of.day


class BaseCriterion(BaseModel):
    """A criterion (要件の判定条件): frozen, strict, without state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def children(self) -> Sequence[BaseCriterion]:
        """The criteria a group combines; none for a leaf."""
        return ()

    def facts(self) -> tuple[str, ...]:
        """The fact keys it reads, in asking order."""
        raise NotImplementedError

    def judge(self, case: Case) -> Judgement:
        """Its outcome for one profile (leaves only)."""
        raise NotImplementedError

    def words(self, vocabulary: Vocabulary) -> str:
        """The criterion as a Japanese phrase, made from its fields."""
        raise NotImplementedError

    def words_for(self, case: Case, vocabulary: Vocabulary) -> str:
        """The same for one company, where its own answers name the threshold (its row of a table)."""
        return self.words(vocabulary)

    def expected(self) -> Any:
        """The threshold, as JSON-ready data."""
        raise NotImplementedError

    def actual(self, case: Case) -> Any:
        """What the profile says about it, as JSON-ready data: one value, or one per fact."""
        keys = self.facts()
        if len(keys) == 1:
            return plain(case.profile.get(keys[0]))
        return {key: plain(case.profile.get(key)) for key in keys}

    def margin(self, case: Case) -> Any:
        """How far the value lies beyond (positive) or short of (negative) the threshold; None: no measure."""
        return None

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        """What is wrong with its use of the vocabulary: unknown facts, wrong types, unlisted values."""
        return [f"「{key}」という項目は、診断の項目にありません。" for key in self.facts() if key not in vocabulary]


def wrong_type(vocabulary: Vocabulary, key: str, allowed: set[FactType] | frozenset[FactType]) -> list[str]:
    fact = vocabulary.get(key)
    if fact is None or fact.type in allowed:
        return []
    names = "・".join(sorted(allowed))
    return [f"「{key}」の型は {fact.type} です。この条件は {names} の項目に使います。"]


def unlisted(fact: Fact | None, values: Sequence[str]) -> list[str]:
    if fact is None:
        return []
    listed = {choice.key for choice in fact.choices}
    return [f"「{fact.key}」に「{value}」という選択肢はありません。" for value in values if value not in listed]


def plain(value: Any) -> Any:
    """A parsed value as JSON-ready data. A percentage has at most 15 digits, so that its float prints exactly."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def show(fact: Fact, value: Any) -> str:
    """A parsed value as a company owner reads it."""
    if value is None:
        return "未回答"
    match fact.type:
        case FactType.BOOL:
            return "はい" if value else "いいえ"
        case FactType.YEN:
            return yen(value)
        case FactType.ENUM:
            return fact.label_of(value)
        case FactType.SET:
            return "、".join(fact.label_of(item) for item in sorted(value)) or "該当なし"
        case FactType.DATE:
            return f"{value.year}年{value.month}月{value.day}日"
        case FactType.YEN_BY_CATEGORY:
            return yen(sum(value.values()))
        case FactType.YEN_BY_MONTH:
            return f"{len(value)}か月分"
        case _:
            unit = fact.unit_ja or {FactType.PERCENT: "％"}.get(fact.type, "")
            return f"{value:,}{unit}" if isinstance(value, int) else f"{value}{unit}"


def yen(amount: int) -> str:
    """Whole yen as the calls print them: 億 and 万 where they come out even (1億5,000万円), else digits."""
    if amount == 0 or amount % 10_000:
        return f"{amount:,}円"
    oku, man = divmod(amount // 10_000, 10_000)
    return (f"{oku:,}億" if oku else "") + (f"{man:,}万" if man else "") + "円"
