"""What a typed cell means (セルの値): dates, amounts and rates as people in Japan write them, or as Excel stores them.

Each function raises NotReadable with a sentence for the officer; None and blank text are no value.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction

from eligibility.engine.citations import MAX_CITED_LINES
from eligibility.engine.money import parse_rate
from eligibility.engine.profile import MAX_YEN
from portal.common.japanese import NotReadable, normalise, read_date, read_percent, read_yen

Typed = str | int | float | bool | date | time | None
MAX_NAMED = 200  # of what is wrong with one workbook
_YES, _NO = {"○", "〇", "◯", "1", "はい", "予定", "TRUE"}, {"", "×", "0", "いいえ", "FALSE"}
_MONTH = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})月?")
_WITH_TIME = re.compile(r"(.+?)(?:\s*T|\s+|(?<=[日)]))\s*(\d{1,2})(?::|時)(\d{1,2})?分?(?::00)?")
_LINES = re.compile(r"([1-9]\d{0,5})(?:[-~](\d{1,6}))?")
_DATE_IN_TEXT = "日付に変わっています。セルの表示形式を「文字列」にしてから、書き直してください。"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a workbook, and where. `cell`: its address, "" for the sheet; `sheet`: "" for the book."""

    sheet: str
    cell: str
    message: str

    def __str__(self) -> str:
        place = f"「{self.sheet}」" if self.sheet else ""
        return f"{place}{f'のセル{self.cell}' if self.cell else ''}{'：' if place else ''}{self.message}"


def text(value: Typed) -> str:
    """Words as they stand. A date is refused: Excel makes one of 1-2 and of 2/3."""
    if isinstance(value, date | time):
        raise NotReadable(_DATE_IN_TEXT)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def yen(value: Typed) -> int | None:
    """500000, 500,000, ５０万円."""
    if isinstance(value, bool | date | time):
        raise NotReadable("金額を数字で入力してください（例：1200000、120万円）。")
    if isinstance(value, float):
        if not value.is_integer():
            raise NotReadable("1円より細かい額は入力できません。")
        value = int(value)
    plain = "" if value is None else str(value).strip()
    amount = read_yen(plain) if plain else None
    if amount is not None and not 0 <= amount <= MAX_YEN:
        raise NotReadable("金額は、0円から1,000兆円までです。")
    return amount


def rate(value: Typed) -> str:
    """2/3, ２／３, 3%, and 0.03, which is how Excel stores 3%. "" for no rate."""
    if isinstance(value, bool | date | time):
        raise NotReadable(_DATE_IN_TEXT)
    if isinstance(value, int | float):
        return _checked_rate(_hundredths(Decimal(str(value)) * 100))
    plain = normalise(value or "")
    if plain.endswith("%"):
        return _checked_rate(_hundredths(Decimal(read_percent(plain))))
    return _checked_rate(plain) if plain else ""


def _hundredths(percent: Decimal) -> str:
    """3 as 3/100, 2.5 as 25/1000. Raises NotReadable for what is no number."""
    if not percent.is_finite() or abs(percent.adjusted()) > 20:
        raise NotReadable("率として読めません。「3％」や「2/3」のように書いてください。")
    scale = 100
    while percent != percent.to_integral_value() and scale <= 1000:
        percent, scale = percent * 10, scale * 10
    if percent != percent.to_integral_value():
        return f"{Fraction(percent) / scale}"  # too fine to be printed so: refused for its length
    return f"{int(percent)}/{scale}"


def _checked_rate(plain: str) -> str:
    try:
        parse_rate(plain)
    except ValueError as error:
        raise NotReadable(f"{error}「3％」とも書けます。") from error
    return plain


def flag(value: Typed) -> bool:
    plain = normalise(text(value)).upper()
    if plain not in _YES | _NO:
        raise NotReadable("「○」と書くか、空にしてください。")
    return plain in _YES


def lines(value: Typed) -> str:
    """530, 702-703, ７０２〜７０３行."""
    plain = normalise(text(value)).replace("〜", "~").removesuffix("行")
    match = _LINES.fullmatch(plain)
    if plain and match is None:
        raise NotReadable("行の番号は、530 か 702-703 のように入力してください。")
    if match is None or match[2] is None:
        return plain
    if not int(match[1]) <= int(match[2]) < int(match[1]) + MAX_CITED_LINES:
        raise NotReadable(f"行は{MAX_CITED_LINES}行以内で、始めから終わりの順に入力してください。")
    return f"{match[1]}-{match[2]}"


def opening(value: Typed) -> str:
    """A day, or a month where no day is printed: 2023-09-20, 2021-03, 2021年3月. "" for none."""
    if isinstance(value, str):
        month = _MONTH.fullmatch(normalise(value))
        if month is not None:
            return _day(f"{month[1]}-{month[2]}-1")[:7]
    return _day(value)


def closing(value: Typed) -> str:
    """A day, with its hour where one is printed: 2023-12-12, 2023-12-12 17:00, 令和5年12月12日17時. "" for none."""
    if isinstance(value, datetime):
        has_time = value.time() != time(0)
        return f"{value:%Y-%m-%dT%H:%M}" if has_time else f"{value:%Y-%m-%d}"
    if isinstance(value, str):
        match = _WITH_TIME.fullmatch(unicodedata.normalize("NFKC", value).strip())
        if match is not None:
            return f"{_day(match[1])}T{_clock(int(match[2]), int(match[3] or 0))}"
    return _day(value)


def _clock(hour: int, minute: int) -> str:
    if hour > 23 or minute > 59:
        raise NotReadable("時刻は0:00から23:59までです。")
    return f"{hour:02}:{minute:02}"


def _day(value: Typed) -> str:
    if isinstance(value, datetime):
        if value.time() != time(0):
            raise NotReadable("ここには時刻を書けません。日付だけにしてください。")
        return f"{value:%Y-%m-%d}"
    if isinstance(value, date):
        return value.isoformat()
    plain = text(value) if not isinstance(value, time) else "時刻"
    return read_date(plain).isoformat() if plain else ""
