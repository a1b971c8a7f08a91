"""Comparisons of one fact: yes/no declarations, numbers, enums, sets, days; and of two facts with each other."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from eligibility.engine.citations import Day
from eligibility.engine.criteria.base import KIND, BaseCriterion, Case, plain, show, unlisted, wrong_type
from eligibility.engine.facts import NUMBERS, Fact, FactType, Vocabulary
from eligibility.engine.labels import DATES, choices_of, ja, named, of_fact
from eligibility.engine.profile import MAX_PERCENT_DECIMALS, MAX_YEN
from eligibility.engine.truth import Judgement, known, unknown

# No fact lies beyond; a number of a hundred thousand digits could not even be shown.
Limit = Annotated[Decimal, Field(ge=-MAX_YEN, le=MAX_YEN, max_digits=25, decimal_places=MAX_PERCENT_DECIMALS)]

BOUND_WORDS = {"at_least": "以上", "more_than": "超", "at_most": "以下", "less_than": "未満"}


class Declared(BaseCriterion):
    """はい／いいえ の申告: a yes/no fact that must be as printed."""

    model_config = named("はい・いいえの申告", "申込者が「はい」か「いいえ」で答える項目で決まる要件に使います。")

    kind: Annotated[Literal["declared"], KIND] = "declared"
    fact: Annotated[str, ja("項目", "例：GビズIDプライムを取得している", **of_fact([FactType.BOOL]))]
    answer: Annotated[
        bool, Field(strict=True), ja("求める答え", "「はい」と「いいえ」の、どちらの答えで満たすかを選びます。")
    ] = True

    def facts(self) -> tuple[str, ...]:
        return (self.fact,)

    def judge(self, case: Case) -> Judgement:
        value = case.profile.get(self.fact)
        return unknown(self.fact) if value is None else known(value is self.answer)

    def words(self, vocabulary: Vocabulary) -> str:
        label = vocabulary.label(self.fact)
        return label if self.answer else f"次に当てはまらない：{label}"

    def expected(self) -> Any:
        return self.answer

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        return super().faults(vocabulary) or wrong_type(vocabulary, self.fact, {FactType.BOOL})


class Number(BaseCriterion):
    """数の範囲: a number within printed bounds. 以上 at_least, 超 more_than, 以下 at_most, 未満 less_than."""

    model_config = named("数の範囲", "人数、金額、率などの数が、決まった範囲に入る要件に使います。")

    kind: Annotated[Literal["number"], KIND] = "number"
    fact: Annotated[str, ja("項目", "例：事業計画の年数", **of_fact(NUMBERS))]
    at_least: Annotated[Limit | None, ja("以上", "この数を含む下限です。「超」と一緒には書けません。例：3")] = None
    more_than: Annotated[Limit | None, ja("超", "この数を含まない下限です。")] = None
    at_most: Annotated[Limit | None, ja("以下", "この数を含む上限です。「未満」と一緒には書けません。例：5")] = None
    less_than: Annotated[Limit | None, ja("未満", "この数を含まない上限です。")] = None

    @model_validator(mode="after")
    def _has_sensible_bounds(self) -> Self:
        if self.at_least is not None and self.more_than is not None:
            raise ValueError("下限は「以上」か「超」のどちらか一つです。")
        if self.at_most is not None and self.less_than is not None:
            raise ValueError("上限は「以下」か「未満」のどちらか一つです。")
        if self.low is None and self.high is None:
            raise ValueError("下限か上限を少なくとも一つ書いてください。")
        if self.low is not None and self.high is not None and self._is_empty(self.low, self.high):
            raise ValueError("下限が上限を超えていて、どの値も当てはまりません。")
        return self

    def _is_empty(self, low: Decimal, high: Decimal) -> bool:
        return low > high or (low == high and (self.more_than is not None or self.less_than is not None))

    def _holds_no_whole_number(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low + (self.more_than is not None) > self.high - (self.less_than is not None)

    @property
    def low(self) -> Decimal | None:
        return self.at_least if self.at_least is not None else self.more_than

    @property
    def high(self) -> Decimal | None:
        return self.at_most if self.at_most is not None else self.less_than

    @property
    def bounds(self) -> dict[str, Decimal]:
        """Those that are written, by their field."""
        return {name: bound for name in BOUND_WORDS if (bound := getattr(self, name)) is not None}

    def facts(self) -> tuple[str, ...]:
        return (self.fact,)

    def holds(self, value: int | Decimal) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.more_than is None or value > self.more_than)
            and (self.at_most is None or value <= self.at_most)
            and (self.less_than is None or value < self.less_than)
        )

    def judge(self, case: Case) -> Judgement:
        value = case.profile.get(self.fact)
        return unknown(self.fact) if value is None else known(self.holds(value))

    def words(self, vocabulary: Vocabulary) -> str:
        fact = vocabulary[self.fact]
        bounds = [f"{shown_number(fact, bound)}{BOUND_WORDS[name]}" for name, bound in self.bounds.items()]
        return f"{fact.ja}が{'・'.join(bounds)}"

    def expected(self) -> Any:
        return {name: plain(bound) for name, bound in self.bounds.items()}

    def margin(self, case: Case) -> Any:
        value = case.profile.get(self.fact)
        if value is None:
            return None
        room = [value - self.low] if self.low is not None else []
        room += [self.high - value] if self.high is not None else []
        return plain(min(Decimal(r) for r in room))

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        faults = super().faults(vocabulary) or wrong_type(vocabulary, self.fact, NUMBERS)
        if not faults and vocabulary[self.fact].type is not FactType.PERCENT:
            bounds = [bound for bound in (self.low, self.high) if bound is not None]
            if any(bound != bound.to_integral_value() for bound in bounds):
                faults = [f"「{self.fact}」は整数の項目です。小数の基準は書けません。"]
            elif self._holds_no_whole_number():
                faults = ["どの整数も当てはまりません。"]
        return faults


class OneOf(BaseCriterion):
    """いずれかの区分: an enum among printed values."""

    model_config = named("いずれかの区分", "一つを選んで答える項目が、決まった区分のどれかである要件に使います。")

    kind: Annotated[Literal["one_of"], KIND] = "one_of"
    fact: Annotated[str, ja("項目", "例：グリーン枠の段階", **of_fact([FactType.ENUM]))]
    values: Annotated[tuple[str, ...], ja("区分", "当てはまる区分をすべて選びます。", **choices_of("fact"))] = Field(
        min_length=1
    )

    def facts(self) -> tuple[str, ...]:
        return (self.fact,)

    def judge(self, case: Case) -> Judgement:
        value = case.profile.get(self.fact)
        return unknown(self.fact) if value is None else known(value in self.values)

    def words(self, vocabulary: Vocabulary) -> str:
        fact = vocabulary[self.fact]
        return f"{fact.ja}が「{'」「'.join(fact.label_of(value) for value in self.values)}」"

    def expected(self) -> Any:
        return {"one_of": list(self.values)}

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        return (
            super().faults(vocabulary)
            or wrong_type(vocabulary, self.fact, {FactType.ENUM})
            or unlisted(vocabulary.get(self.fact), self.values)
        )


class Includes(BaseCriterion):
    """いずれかを含む: a set that contains at least one of the printed values."""

    model_config = named("いずれかを含む", "いくつも選んで答える項目に、決まったものが一つでも入る要件に使います。")

    kind: Annotated[Literal["includes"], KIND] = "includes"
    fact: Annotated[str, ja("項目", "例：導入するソフトの機能", **of_fact([FactType.SET]))]
    any_of: Annotated[
        tuple[str, ...], ja("含まれるもの", "一つでも入っていればよいものを選びます。", **choices_of("fact"))
    ] = Field(min_length=1)

    def facts(self) -> tuple[str, ...]:
        return (self.fact,)

    def judge(self, case: Case) -> Judgement:
        value = case.profile.get(self.fact)
        return unknown(self.fact) if value is None else known(not value.isdisjoint(self.any_of))

    def words(self, vocabulary: Vocabulary) -> str:
        fact = vocabulary[self.fact]
        return f"{fact.ja}に「{'」「'.join(fact.label_of(value) for value in self.any_of)}」のいずれかがある"

    def expected(self) -> Any:
        return {"any_of": list(self.any_of)}

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        return (
            super().faults(vocabulary)
            or wrong_type(vocabulary, self.fact, {FactType.SET})
            or unlisted(vocabulary.get(self.fact), self.any_of)
        )


class DateWithin(BaseCriterion):
    """期間内の日: a day from `first` to `last`, both inclusive, each open where it is not printed."""

    model_config = named("期間内の日", "設立日や取得日などの日が、決まった期間に入る要件に使います。")

    kind: Annotated[Literal["date_within"], KIND] = "date_within"
    fact: Annotated[str, ja("項目", "例：設備等を取得した日", **of_fact([FactType.DATE]))]
    first: Annotated[Day | None, ja("始まりの日", "この日を含みます。なければ書きません。例：2021-08-02", **DATES)] = (
        None
    )
    last: Annotated[Day | None, ja("終わりの日", "この日を含みます。なければ書きません。例：2023-03-31", **DATES)] = (
        None
    )

    @model_validator(mode="after")
    def _has_an_edge(self) -> Self:
        if self.first is None and self.last is None:
            raise ValueError("期間の始まりか終わりを書いてください。")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError("期間の終わりが始まりより前で、どの日も当てはまりません。")
        return self

    def facts(self) -> tuple[str, ...]:
        return (self.fact,)

    def judge(self, case: Case) -> Judgement:
        value = case.profile.get(self.fact)
        if value is None:
            return unknown(self.fact)
        return known((self.first is None or value >= self.first) and (self.last is None or value <= self.last))

    def words(self, vocabulary: Vocabulary) -> str:
        fact = vocabulary[self.fact]
        first = f"{show(fact, self.first)}以後" if self.first else ""
        last = f"{show(fact, self.last)}まで" if self.last else ""
        return f"{fact.ja}が{first}{last}"

    def expected(self) -> Any:
        edges = {"from": self.first, "to": self.last}
        return {name: edge.isoformat() for name, edge in edges.items() if edge is not None}

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        return super().faults(vocabulary) or wrong_type(vocabulary, self.fact, {FactType.DATE})


class Exceeds(BaseCriterion):
    """増加: one number of the profile lies above another of the same unit (計画の従業員数 > 現在の従業員数)."""

    model_config = named("増加", "一つの数が、同じ単位の別の数を上回る要件に使います。")

    kind: Annotated[Literal["exceeds"], KIND] = "exceeds"
    fact: Annotated[
        str, ja("上回る方の項目", "例：計画期間終了時の従業員数", **of_fact([FactType.COUNT, FactType.YEN]))
    ]
    other: Annotated[str, ja("比べられる項目", "例：常時使用する従業員の数", **of_fact([FactType.COUNT, FactType.YEN]))]

    def facts(self) -> tuple[str, ...]:
        return (self.fact, self.other)

    def judge(self, case: Case) -> Judgement:
        value, other = case.profile.get(self.fact), case.profile.get(self.other)
        if value is not None and other is not None:
            return known(value > other)
        if value == 0:
            return known(False)  # counts and yen begin at zero: nothing lies below
        return unknown(*(key for key in self.facts() if case.profile.get(key) is None))

    def words(self, vocabulary: Vocabulary) -> str:
        return f"{vocabulary.label(self.fact)}が{vocabulary.label(self.other)}を上回る"

    def expected(self) -> Any:
        return {"more_than": self.other}

    def margin(self, case: Case) -> Any:
        value, other = case.profile.get(self.fact), case.profile.get(self.other)
        return None if value is None or other is None else plain(value - other)

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        faults = super().faults(vocabulary) or wrong_type(vocabulary, self.fact, {FactType.COUNT, FactType.YEN})
        if not faults and self.fact == self.other:
            faults = [f"「{self.fact}」を自分自身と比べています。"]
        if not faults and vocabulary[self.fact].type is not vocabulary[self.other].type:
            faults = [f"「{self.fact}」と「{self.other}」は単位が違うため比べられません。"]
        return faults


def shown_number(fact: Fact, bound: Decimal) -> str:
    """A printed threshold in the fact's unit."""
    return show(fact, int(bound) if bound == bound.to_integral_value() else bound)
