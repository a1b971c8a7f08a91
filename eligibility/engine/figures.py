"""Figures as Japanese texts print them (数字の読み取り): yen, rates, percentages, counts, days and hours.

Full-width digits, the spaces of scans, 億・万・千円, a unit that stands once for a range (100～1,250万円), a unit in
the head of a table (単位：万円). Figures are only found, never understood: which of them a document means is the
linter's question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

from eligibility.engine.printed_days import PrintedDay, blank, read_days, read_hours, read_years

Kind = Literal["yen", "percent", "count"]
SEPARATOR = "¦"  # between two quotes: no figure reaches over it


class Limit(StrEnum):
    """What stands behind a figure, where it is the edge of a range."""

    FROM = "以上"
    OVER = "超"
    TO = "以下"
    UNDER = "未満"


@dataclass(frozen=True, slots=True)
class Quantity:
    """Yen, a percentage (a rate too: 1/2 is 50) or any other number, with what stands behind it."""

    kind: Kind
    value: Fraction
    unit: str = ""
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a text. `years`: every year printed, with a day or not. `hours`: as 17:00."""

    quantities: tuple[Quantity, ...] = ()
    days: tuple[PrintedDay, ...] = ()
    years: tuple[int, ...] = ()
    hours: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def figures_in(text: str) -> Figures:
    """Every figure of `text`, in no particular order."""
    folded = _folded(text)
    years = read_years(folded)
    days, rest = read_days(folded)
    hours, rest = read_hours(rest)
    quantities = dict.fromkeys([*_fractions(rest), *_numbers(_FRACTION.sub(blank, rest)), *_in_words(rest)])
    return Figures(tuple(quantities), tuple(days), tuple(years), tuple(hours))


def same_unit(one: str, other: str) -> bool:
    """Whether two units of counts may mean the same; none printed may mean any."""
    return not one or not other or one == other or any({one, other} <= group for group in _SAME_UNITS)


_SCALES = {"兆": 10**12, "億": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "千": 10**3}
_SCALE = "|".join(_SCALES)
_NUMBER = r"(?<![\d.])\d{1,18}(?:, ?\d{3}){0,6}(?:\.\d{1,9})?(?!\d)"
_SAME_UNITS = (
    {"人", "名"},
    {"者", "社", "事業者"},
    {"か月", "ヶ月", "カ月", "ケ月", "ヵ月", "箇月", "月間"},
    {"年", "年間", "か年", "ヶ年", "年目"},
)
_PERCENT_UNITS = {"%": 1, "パーセント": 1, "割": 10}
_OTHER_UNITS = ["円", "年度", "週間", "日間", "日", "回", "件", "点", "つ", "倍"]
_UNITS = sorted([*_PERCENT_UNITS, *_OTHER_UNITS, *(unit for group in _SAME_UNITS for unit in group)], key=len)[::-1]
_QUANTITY = re.compile(
    rf"(?P<amount>{_NUMBER}(?:\s*(?:{_SCALE})(?:\s*{_NUMBER}(?=\s*(?:{_SCALE}|円)))?)*)"
    rf"(?:\s*(?P<unit>{'|'.join(_UNITS)}))?"
)
_SCALED = re.compile(rf"({_NUMBER})\s*({_SCALE})?")
_RANGE = re.compile(r"\s*(?:~|-|から|又は|または|・)\s*")
_UNIT_OF_TABLE = re.compile(rf"(?:単位\s*:?\s*|\(\s*)({_SCALE})?円")
_KANJI = {character: number for number, character in enumerate("一二三四五六七八九十", start=1)}
_DIGITS = rf"\d{{1,4}}|[{''.join(_KANJI)}]"
_FRACTION = re.compile(rf"(?<![\d/])(\d{{1,4}})\s*/\s*(\d{{1,4}})(?![\d/])|({_DIGITS})\s*分の\s*({_DIGITS})")
_COUNTED = re.compile(rf"([{''.join(_KANJI)}])つ")
_ZERO = re.compile(r"ゼロ|零")
_LIMITS = {
    Limit.FROM: re.compile(r"[\s)」』】]*以\s*上"),
    Limit.OVER: re.compile(r"[\s)」』】]*(?:超|を\s*超|を\s*上回|より[大多高上])"),
    Limit.TO: re.compile(r"[\s)」』】]*(?:以\s*[下内]|まで)"),
    Limit.UNDER: re.compile(r"[\s)」』】]*(?:未\s*満|を\s*下回|に\s*満た)"),
}


class _Number(NamedTuple):
    """A number as matched: `scale` is the last 億・万・千 in it, 1 without."""

    match: re.Match[str]
    value: Fraction
    scale: int
    unit: str


def _folded(text: str) -> str:
    """Full-width forms as ASCII; one kind of dash; circled and raised digits (①, ²), which number things, blanked."""
    return "".join(_folded_character(character) for character in text)


def _folded_character(character: str) -> str:
    if character in "〜～∼":
        return "~"
    if character in "−–—―‐‑":
        return "-"
    if unicodedata.decomposition(character).startswith(("<wide>", "<square>")):
        return unicodedata.normalize("NFKC", character)
    return " " if unicodedata.category(character) in ("No", "Zs") else character


def _fractions(text: str) -> Iterator[Quantity]:
    for match in _FRACTION.finditer(text):
        above, below = (match[1], match[2]) if match[1] else (match[4], match[3])
        numerator, denominator = (_KANJI.get(part) or int(part) for part in (above, below))
        if denominator:
            yield Quantity("percent", Fraction(numerator, denominator) * 100, "", _limit(text, match.end()))


def _in_words(text: str) -> Iterator[Quantity]:
    for match in _COUNTED.finditer(text):
        yield Quantity("count", Fraction(_KANJI[match[1]]), "つ", _limit(text, match.end()))
    for match in _ZERO.finditer(text):
        yield from (Quantity(kind, Fraction(0), "", _limit(text, match.end())) for kind in ("yen", "percent", "count"))


def _numbers(text: str) -> Iterator[Quantity]:
    of_table = _UNIT_OF_TABLE.search(text)
    after: _Number | None = None
    for match in reversed(list(_QUANTITY.finditer(text))):
        number = _read(match)
        if after is not None and not number.unit and _RANGE.fullmatch(text, match.end(), after.match.start()):
            number = _with_unit_of(number, after)
        after = number
        limit = _limit(text, match.end())
        yield from _quantities(number, limit)
        if of_table and not number.unit and number.scale == 1:
            yield Quantity("yen", number.value * _SCALES.get(of_table[1], 1), "円", limit)


def _read(match: re.Match[str]) -> _Number:
    parts = [
        (Fraction(re.sub(r"[, ]", "", digits)), _SCALES.get(s, 1)) for digits, s in _SCALED.findall(match["amount"])
    ]
    scales = [scale for _, scale in parts if scale > 1]
    return _Number(
        match, sum((value * scale for value, scale in parts), Fraction(0)), (scales or [1])[-1], match["unit"] or ""
    )


def _with_unit_of(number: _Number, after: _Number) -> _Number:
    """The first of a range, whose unit stands only behind the last: 100～1,250万円."""
    scale = after.scale if number.scale == 1 else 1
    return number._replace(value=number.value * scale, scale=number.scale * scale, unit=after.unit)


def _quantities(number: _Number, limit: Limit | None) -> Iterator[Quantity]:
    if number.unit == "円":
        yield Quantity("yen", number.value, "円", limit)
    elif number.unit in _PERCENT_UNITS:
        yield Quantity("percent", number.value * _PERCENT_UNITS[number.unit], "%", limit)
    else:
        yield Quantity("count", number.value, number.unit, limit)
        if not number.unit and number.scale > 1:  # 最大450万
            yield Quantity("yen", number.value, "円", limit)


def _limit(text: str, end: int) -> Limit | None:
    return next((limit for limit, pattern in _LIMITS.items() if pattern.match(text, end)), None)
