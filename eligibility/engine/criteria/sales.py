"""Drops in sales (売上高の減少), month by month, exact to the yen.

Worst and best completion decide: an absent month of the past year may have brought anything, an absent month of
the base may have been anything; the rules are monotone in every month, so the two extremes settle the matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from eligibility.engine.calendar import has_ended, is_month, months_before
from eligibility.engine.citations import Percent
from eligibility.engine.criteria.base import KIND, BaseCriterion, Case, plain, wrong_type
from eligibility.engine.facts import FactType, Vocabulary
from eligibility.engine.labels import ja, named
from eligibility.engine.truth import Judgement, known, unknown

FACT = "monthly_sales"
PERCENT = ja("減少の割合（％）", "この割合以上の減少です。例：30")


class SalesDrop(BaseCriterion):
    """売上減少 (任意の3か月): the sum of any three of the last six full months, against the same months of the base.

    The base is the same calendar month of each of `base_years` that lies within `base_first`..`base_last`; where
    two are printed (January to March) the more favourable counts, month by month.
    """

    model_config = named(
        "売上の減少（任意の数か月）", "最近の数か月のうち任意の月の合計売上高が、以前より減った要件に使います。"
    )

    kind: Annotated[Literal["sales_drop"], KIND] = "sales_drop"
    percent: Annotated[Percent, PERCENT] = Field(gt=0, lt=100)
    window: Annotated[int, ja("対象の月数", "直近何か月から選ぶかです。12か月まで。例：6")]
    months: Annotated[int, ja("合計する月数", "選んで合計する月の数です。例：3")]
    base_first: Annotated[str, ja("比べる期間の始まり", "年と月で書きます。例：2019-01")]
    base_last: Annotated[str, ja("比べる期間の終わり", "年と月で書きます。例：2020-03")]

    @model_validator(mode="after")
    def _months_are_sound(self) -> Self:
        if not (is_month(self.base_first) and is_month(self.base_last)) or self.base_first > self.base_last:
            raise ValueError("比べる期間は 2019-01 の形で、始まりから終わりの順に書いてください。")
        if not 0 < self.months <= self.window <= 12:
            raise ValueError("数える月数は、対象の月数（12か月まで）を超えられません。")
        return self

    def facts(self) -> tuple[str, ...]:
        return (FACT,)

    def base_months(self, month: str) -> tuple[str, ...]:
        return _same_months(month, self.base_first, self.base_last)

    def judge(self, case: Case) -> Judgement:
        sales = case.profile.get(FACT)
        if sales is None:
            return unknown(FACT)
        window = [_Month(sales.get(month), *self._base(sales, month)) for month in months_before(case.day, self.window)]
        if self._falls([(month.sales, month.base) for month in window if month.sales is not None]):
            return known(True)
        # At best an absent month brought nothing, and a base that may be larger is large enough.
        possible = any(month.base_is_open for month in window) or self._falls([(m.sales or 0, m.base) for m in window])
        return unknown(FACT) if possible else known(False)

    def _base(self, sales: Mapping[str, int], month: str) -> tuple[int, bool]:
        """The most favourable base known so far, and whether an absent one may be larger."""
        bases = [sales.get(base) for base in self.base_months(month)]
        return max((b for b in bases if b is not None), default=0), None in bases

    def _falls(self, months: list[tuple[int, int]]) -> bool:
        """Whether some choice of `months` (sales now, base) falls far enough: the best choice decides."""
        numerator, denominator = _kept(self.percent)
        best = sorted(((base * numerator - now * denominator, base) for now, base in months), reverse=True)
        chosen = best[: self.months]
        if len(chosen) < self.months or sum(base for _, base in chosen) == 0:
            return False  # sales that were nothing before cannot have fallen
        return sum(room for room, _ in chosen) >= 0

    def words(self, vocabulary: Vocabulary) -> str:
        return (
            f"直近{self.window}か月のうち任意の{self.months}か月の合計売上高が、"
            f"{_year_month(self.base_first)}〜{_year_month(self.base_last)}の同じ月と比べて{self.percent}％以上減少"
        )

    def expected(self) -> Any:
        return {"drop_at_least_percent": plain(self.percent), "base": f"{self.base_first}/{self.base_last}"}

    def actual(self, case: Case) -> Any:
        """The best three months found so far: {"months", "sales", "base", "drop_percent"} or None."""
        sales = case.profile.get(FACT)
        return None if sales is None else self._best(sales, months_before(case.day, self.window))

    def _best(self, sales: Mapping[str, int], window: tuple[str, ...]) -> dict[str, Any] | None:
        found = None
        for chosen in combinations([month for month in window if month in sales], self.months):
            base = sum(self._base(sales, month)[0] for month in chosen)
            now = sum(sales[month] for month in chosen)
            if base > 0 and (found is None or now * found[2] < found[1] * base):
                found = (chosen, now, base)
        if found is None:
            return None
        return {
            "months": list(found[0]),
            "sales": found[1],
            "base": found[2],
            "drop_percent": _drop(found[1], found[2]),
        }

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        return super().faults(vocabulary) or wrong_type(vocabulary, FACT, {FactType.YEN_BY_MONTH})


class MonthlyDrop(BaseCriterion):
    """単月の売上減少: in any of `in_months`, against the same month one or two years before (前年又は前々年)."""

    model_config = named(
        "売上の減少（単月）", "決まった月のいずれかの売上高が、何年か前の同じ月より減った要件に使います。"
    )

    kind: Annotated[Literal["monthly_drop"], KIND] = "monthly_drop"
    percent: Annotated[Percent, PERCENT] = Field(gt=0, lt=100)
    in_months: Annotated[tuple[str, ...], ja("対象の月", "年と月で書きます。例：2021-01")] = Field(min_length=1)
    years_back: Annotated[
        tuple[Annotated[int, Field(strict=True, ge=1, le=20)], ...],
        ja("何年前と比べるか", "例：前年なら1、前々年なら2"),
    ] = Field(min_length=1)

    @model_validator(mode="after")
    def _months_are_sound(self) -> Self:
        if not all(is_month(month) for month in self.in_months):
            raise ValueError("月は 2021-01 の形で書いてください。")
        return self

    def facts(self) -> tuple[str, ...]:
        return (FACT,)

    def judge(self, case: Case) -> Judgement:
        sales = case.profile.get(FACT)
        if sales is None:
            return unknown(FACT)
        # A month still running at `as_of` counts as absent, whatever the profile says of it.
        pairs = [
            (sales.get(month) if has_ended(month, case.day) else None, sales.get(base))
            for month in self.in_months
            for base in self._bases(month)
        ]
        if any(now is not None and base and self._is_drop(now, base) for now, base in pairs):
            return known(True)
        could = any(base is None or (now is None and base > 0) for now, base in pairs)
        return unknown(FACT) if could else known(False)

    def _bases(self, month: str) -> tuple[str, ...]:
        return tuple(f"{int(month[:4]) - back:04}{month[4:]}" for back in self.years_back)

    def _is_drop(self, now: int, base: int) -> bool:
        numerator, denominator = _kept(self.percent)
        return now * denominator <= base * numerator

    def words(self, vocabulary: Vocabulary) -> str:
        months = "・".join(_year_month(month) for month in self.in_months)
        return f"{months}のいずれかの月の売上高が、前年又は前々年の同じ月と比べて{self.percent}％以上減少"

    def expected(self) -> Any:
        return {"drop_at_least_percent": plain(self.percent), "in_months": list(self.in_months)}

    def actual(self, case: Case) -> Any:
        """Each month with its largest known drop: {"2021-01": 30.0, …}; None where a month is not known."""
        sales = case.profile.get(FACT)
        if sales is None:
            return None
        drops: dict[str, Any] = {}
        for month in self.in_months:
            known_bases = [sales[base] for base in self._bases(month) if sales.get(base)]
            ended = month in sales and has_ended(month, case.day)
            drops[month] = _drop(sales[month], max(known_bases)) if ended and known_bases else None
        return drops

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        return super().faults(vocabulary) or wrong_type(vocabulary, FACT, {FactType.YEN_BY_MONTH})


class _Month(NamedTuple):
    sales: int | None
    base: int
    base_is_open: bool


@lru_cache(maxsize=1024)
def _same_months(month: str, first: str, last: str) -> tuple[str, ...]:
    """The same calendar month of every year from `first` to `last`."""
    same = (f"{year:04}{month[4:]}" for year in range(int(first[:4]), int(last[:4]) + 1))
    return tuple(m for m in same if first <= m <= last)


@cache
def _kept(percent: Decimal) -> tuple[int, int]:
    """The share of the base that may be left, as numerator and denominator."""
    return (1 - Fraction(percent) / 100).as_integer_ratio()


def _drop(now: int, base: int) -> float:
    """The drop in percent for display, cut (never rounded up) to two decimals; the comparison itself is exact."""
    return (base - now) * 10_000 // base / 100


def _year_month(month: str) -> str:
    return f"{int(month[:4])}年{int(month[5:])}月"
