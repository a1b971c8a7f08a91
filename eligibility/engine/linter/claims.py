"""The figures that a document claims (文書の数字): each with its place, its words, and how to find it in print.

Edges are compared as cuts between values: 「20人以下」 and 「20人超」 print the same cut as 「21人以上」, but
「20人以上」 does not. A figure with nothing behind it (6～20人) prints the edge itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Literal, NamedTuple

from pydantic import BaseModel

from eligibility.engine.benefit_terms import AddOn, Bound, CapRow, ConditionalExpenses, RateRow, TaxBenefit, TaxCap
from eligibility.engine.citations import Cite
from eligibility.engine.criteria import BaseCriterion, yen
from eligibility.engine.criteria.compare import DateWithin, Number, shown_number
from eligibility.engine.criteria.groups import AtLeast
from eligibility.engine.criteria.sales import MonthlyDrop, SalesDrop
from eligibility.engine.criteria.size import SmallBusiness
from eligibility.engine.document import LawPeriod, Requirement, Round
from eligibility.engine.facts import FactType, Vocabulary
from eligibility.engine.figures import Figures, Kind, Limit, Quantity, same_unit
from eligibility.engine.linter.criteria import is_sound
from eligibility.engine.linter.walking import criteria_of
from eligibility.engine.money import parse_rate


@dataclass(frozen=True, slots=True)
class Print:
    """What the quotes of one part print. `near`: days that tell the year of a day printed without one."""

    text: str
    figures: Figures
    near: tuple[date, ...] = ()

    def years_for(self, month: int) -> set[int]:
        """The years a month without a year may belong to: printed ones, or within a year of a day nearby."""
        years = set(self.figures.years)
        years.update(day.year for day in self.near)
        years.update(day.year + 1 for day in self.near if month < day.month)
        years.update(day.year - 1 for day in self.near if month > day.month)
        years.update(year + 1 for year in self.figures.years if month <= 3)  # 令和4年度の3月
        return years

    def has(self, kind: Kind, value: Fraction, unit: str = "") -> bool:
        return any(q.value == value for q in self.of(kind, unit))

    def of(self, kind: Kind, unit: str = "") -> Iterator[Quantity]:
        return (q for q in self.figures.quantities if q.kind == kind and same_unit(unit, q.unit))


class Claim(NamedTuple):
    """A figure at `path`. `hint` says what is printed instead, "" where nothing like it is.

    `kind`: what another figure in its place would be; "" where that cannot be told from other numbers nearby.
    """

    path: str
    what: str
    shown: str
    is_printed: Callable[[Print], bool]
    hint: Callable[[Print], str] = lambda _: ""
    kind: Literal["yen", "percent", "day", ""] = ""


class Holder(NamedTuple):
    """A part that cites, with the figures that its quotes must print."""

    cites: tuple[Cite, ...]
    claims: list[Claim]


def holder_of(path: str, part: BaseModel, vocabulary: Vocabulary) -> Holder | None:
    """None for a part without figures of its own."""
    match part:
        case Round():
            return Holder(part.cites, list(_of_round(path, part)))
        case LawPeriod():
            edges = (("first", "適用期間の始まり", part.first), ("last", "適用期間の終わり", part.last))
            return Holder(part.cites, [_day(f"{path}.{name}", what, day) for name, what, day in edges if day])
        case Requirement():
            return Holder(part.cites, list(_of_criteria(f"{path}.criterion", part.criterion, vocabulary)))
        case ConditionalExpenses():
            return Holder(part.cites, list(_of_criteria(f"{path}.when", part.when, vocabulary)))
        case RateRow():
            return Holder(part.cites, [*_of_rates(path, part), *_of_criteria(f"{path}.when", part.when, vocabulary)])
        case CapRow() | AddOn():
            what = "上限" if isinstance(part, CapRow) else "上乗せ"
            amounts = [_yen(f"{path}.amount", what, part.amount)]
            amounts += [_yen(f"{path}.amount_high", what, part.amount_high)] if part.amount_high is not None else []
            return Holder(part.cites, [*amounts, *_of_criteria(f"{path}.when", part.when, vocabulary)])
        case Bound():
            return Holder(part.cites, list(_of_bound(path, part)))
        case TaxCap():
            return Holder(part.cites, [_percent(f"{path}.percent", "税額の上限", part.percent)])
        case TaxBenefit() if part.base_cap is not None:
            return Holder(part.base_cap_cites, [_yen(f"{path}.base_cap", "投資額の上限", part.base_cap)])
    return None


def _of_round(path: str, part: Round) -> Iterator[Claim]:
    if part.opens is not None:
        place, what = f"{path}.opens", "受付開始"
        yield _month(place, what, part.opens) if len(part.opens) == 7 else _day(place, what, _date(part.opens))
    if part.closes is not None:
        yield _day(f"{path}.closes", "締切", _date(part.closes))
        hour = part.closes[11:]
        if hour:
            yield Claim(f"{path}.closes", "締切", hour, lambda print_: hour in print_.figures.hours)


def _of_rates(path: str, row: RateRow) -> Iterator[Claim]:
    for number, tier in enumerate(row.tiers):
        place = f"{path}.tiers.{number}"
        for name, rate in (("rate", tier.rate), ("rate_high", tier.rate_high)):
            if rate is not None:
                yield _value(f"{place}.{name}", "率", rate, "percent", parse_rate(rate) * 100)
        if tier.up_to is not None:
            yield _edge(f"{place}.up_to", "段の端", "yen", Decimal(tier.up_to), Limit.TO, yen(tier.up_to), 1)


def _of_bound(path: str, bound: Bound) -> Iterator[Claim]:
    for name, limit in _FIELDS.items():
        amount = getattr(bound, name, None)
        if amount is not None:
            yield _edge(f"{path}.{name}", "下限・帯", "yen", Decimal(amount), limit, yen(amount), 1)
    if bound.at_least_share is not None:
        yield _percent(f"{path}.at_least_share.percent", "下限", bound.at_least_share.percent)


def _of_criteria(path: str, criterion: BaseCriterion | None, vocabulary: Vocabulary) -> Iterator[Claim]:
    if criterion is None or not is_sound(criterion, vocabulary):
        return
    for place, found in criteria_of(criterion, path):
        match found:
            case Number():
                yield from _of_number(place, found, vocabulary)
            case DateWithin():
                for name, day in (("first", found.first), ("last", found.last)):
                    if day is not None:
                        yield _day(f"{place}.{name}", "条件の期間", day)
            case AtLeast():
                yield _at_least(place, found)
            case SmallBusiness():
                for name in ("limit", "commerce_and_service", "lodging_and_amusement"):
                    heads = getattr(found, name)
                    if heads is not None:
                        shown = f"{heads}人"
                        yield _edge(f"{place}.{name}", "条件", "count", Decimal(heads), Limit.TO, shown, 1, "人")
            case SalesDrop() | MonthlyDrop():
                yield from _of_drop(place, found)


_FIELDS = {"at_least": Limit.FROM, "more_than": Limit.OVER, "at_most": Limit.TO, "less_than": Limit.UNDER}
_KINDS: dict[FactType, Kind] = {
    FactType.YEN: "yen",
    FactType.YEN_PER_HOUR: "yen",
    FactType.PERCENT: "percent",
    FactType.COUNT: "count",
}


def _of_number(path: str, number: Number, vocabulary: Vocabulary) -> Iterator[Claim]:
    fact = vocabulary[number.fact]
    kind = _KINDS[fact.type]
    unit = fact.unit_ja if kind == "count" else ""
    step = 0 if kind == "percent" else 1
    for name, bound in number.bounds.items():
        yield _edge(f"{path}.{name}", "条件", kind, bound, _FIELDS[name], shown_number(fact, bound), step, unit)


def _of_drop(path: str, drop: SalesDrop | MonthlyDrop) -> Iterator[Claim]:
    yield _percent(f"{path}.percent", "売上減少", drop.percent)
    if isinstance(drop, SalesDrop):
        for name, months in (("window", drop.window), ("months", drop.months)):
            yield _value(f"{path}.{name}", "売上を比べる月数", f"{months}か月", "count", Fraction(months), "か月")
        for name, month in (("base_first", drop.base_first), ("base_last", drop.base_last)):
            yield _month(f"{path}.{name}", "比べる期間", month)
        return
    for month in drop.in_months:
        yield _month(f"{path}.in_months", "売上を見る月", month)
    for years in drop.years_back:
        yield Claim(f"{path}.years_back", "比べる年", f"{years}年前", partial(_says_years_back, years))


def _says_years_back(years: int, print_: Print) -> bool:
    words = {1: "(?<!々)前年|昨年|1年前", 2: "前々年|一昨年|2年前"}.get(years, f"(?<![0-9]){years}年前")
    return re.search(words, print_.text) is not None


def _at_least(path: str, group: AtLeast) -> Claim:
    def is_printed(print_: Print) -> bool:
        return print_.has("count", Fraction(group.count)) or (group.count == 1 and "いずれか" in print_.text)

    return Claim(f"{path}.count", "条件の数", f"{group.count}つ", is_printed)


def _yen(path: str, what: str, amount: int) -> Claim:
    return _value(path, what, yen(amount), "yen", Fraction(amount))


def _percent(path: str, what: str, percent: Decimal) -> Claim:
    return _value(path, what, f"{percent}％", "percent", Fraction(percent))


def _value(path: str, what: str, shown: str, kind: Kind, value: Fraction, unit: str = "") -> Claim:
    return Claim(path, what, shown, lambda print_: print_.has(kind, value, unit), kind=_comparable(kind))


def _edge(
    path: str, what: str, kind: Kind, bound: Decimal, limit: Limit, number: str, step: int, unit: str = ""
) -> Claim:
    """An edge of a range. `step`: 1 where the values are whole numbers, 0 where they are not."""
    value, wanted = Fraction(bound), _cut(Fraction(bound), limit, step)

    def is_printed(print_: Print) -> bool:
        return any(
            q.value == value if q.limit is None else _cut(q.value, q.limit, step) == wanted
            for q in print_.of(kind, unit)
        )

    def hint(print_: Print) -> str:
        printed = {f"{number}{q.limit}" for q in print_.of(kind, unit) if q.value == value and q.limit is not None}
        return "」「".join(sorted(printed))

    return Claim(path, what, f"{number}{limit}", is_printed, hint, _comparable(kind))


def _comparable(kind: Kind) -> Literal["yen", "percent", ""]:
    """Bare numbers are everywhere: pages, items, phone numbers."""
    return "" if kind == "count" else kind


def _cut(value: Fraction, limit: Limit, step: int) -> tuple[Fraction, bool]:
    """Where a range begins or ends: the first value beyond it, or (without steps) just behind the value."""
    is_behind = limit in (Limit.OVER, Limit.TO)
    return (value + step, False) if is_behind and step else (value, is_behind)


def _day(path: str, what: str, day: date) -> Claim:
    def is_printed(print_: Print) -> bool:
        return any(found.may_be(day, print_.years_for(day.month)) for found in print_.figures.days)

    return Claim(path, what, f"{day.year}年{day.month}月{day.day}日", is_printed, kind="day")


def _month(path: str, what: str, month: str) -> Claim:
    number = int(month[5:7])

    def is_printed(print_: Print) -> bool:
        return any(found.may_be_month(month, print_.years_for(number)) for found in print_.figures.days)

    return Claim(path, what, f"{int(month[:4])}年{number}月", is_printed)


def _date(text: str) -> date:
    return date.fromisoformat(text[:10])
