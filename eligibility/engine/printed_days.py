"""Days, months and hours as Japanese texts print them (日付の読み取り), in either calendar, with or without a year."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_YEAR = r"(?:(?P<west>[12]\d{3})|(?P<era>令和|平成|昭和)\s*(?P<nth>元|\d{1,2}))\s*年(?:\s*\([^()]{1,10}年\))?"
_WEEKDAYS = "月火水木金土日"
_WEEKDAY = rf"(?:\s*\(\s*(?P<weekday>[{_WEEKDAYS}])[^()]{{0,5}}\))?"
_DAY = rf"(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*日{_WEEKDAY}"
_DOTTED = rf"(?P<month>\d{{1,2}})\s*[./-]\s*(?P<day>\d{{1,2}})(?!\d){_WEEKDAY}"
# In this order: what one pattern has read is gone for the next.
_PATTERNS = (
    re.compile(rf"{_YEAR}\s*度\s*(?P<edge>末|当初|初め)"),
    re.compile(rf"(?:{_YEAR}\s*)?{_DAY}(?:\s*[~-]\s*(?P<until>\d{{1,2}})\s*日)?"),
    re.compile(rf"(?<!\d)(?P<west>[12]\d{{3}})\s*[./-]\s*{_DOTTED}"),
    re.compile(rf"(?<![A-Za-z])(?P<era>[RHS])\s*(?P<nth>\d{{1,2}})\s*[./]\s*{_DOTTED}"),
    # Without a year 3/31 may as well be a fraction: a day only where it goes on like one.
    re.compile(
        rf"(?<![\d/])(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})(?=\s*(?:\d{{1,2}}:\d{{2}}|\([{_WEEKDAYS}]|締切|まで))"
    ),
    re.compile(rf"(?:{_YEAR}\s*)?(?P<first>\d{{1,2}})\s*(?:月\s*)?[~-]\s*(?P<month>\d{{1,2}})\s*月(?P<edge>末)?"),
    re.compile(rf"(?:{_YEAR}\s*)?(?<!\d)(?P<month>\d{{1,2}})\s*月(?P<edge>末)?"),
)
_ANY_YEAR = re.compile(
    r"(?<!\d)(?P<west>[12]\d{3})\s*(?:年|[./-]\s*\d)|(?P<era>令和|平成|昭和|[RHS])\s*(?P<nth>元|\d{1,2})\s*[年./]"
)
_HOUR = re.compile(
    r"(?P<half>午前|午後)?\s*(?<!\d)(?P<hour>\d{1,2})\s*(?::\s*(?P<minute>\d{2})(?!\d)|時(?!間)(?:\s*(?P<past>\d{1,2})\s*分|(?P<thirty>半))?)"
    r"|(?P<noon>正午)"
)


@dataclass(frozen=True, slots=True)
class PrintedDay:
    """A day, or a month where `day` is None; `year` and `weekday` (Monday is 0) where they are printed with it."""

    month: int
    day: int | None = None
    year: int | None = None
    weekday: int | None = None

    def may_be(self, day: date, years: Iterable[int]) -> bool:
        """Whether it prints this day; without a year of its own, in one of `years`."""
        if (self.month, self.day) != (day.month, day.day):
            return False
        if self.weekday is not None and self.weekday != day.weekday():
            return False
        return day.year in ([self.year] if self.year is not None else years)

    def may_be_month(self, month: str, years: Iterable[int]) -> bool:
        """As may_be, for a month like 2023-09."""
        year = int(month[:4])
        return self.month == int(month[5:7]) and year in ([self.year] if self.year is not None else years)


def read_days(text: str) -> tuple[list[PrintedDay], str]:
    """The days of a folded text (engine.figures), and the text with blanks in their place."""
    found: list[PrintedDay] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            found += _days(match.groupdict())
        text = pattern.sub(blank, text)
    return found, text


def read_hours(text: str) -> tuple[list[str], str]:
    """The times of a folded text as 17:00, and the text with blanks in their place."""
    hours = [hour for match in _HOUR.finditer(text) if (hour := _hour(match.groupdict()))]
    return hours, _HOUR.sub(blank, text)


def read_years(text: str) -> list[int]:
    """Every year of a folded text, also of a fiscal year, as the western calendar counts."""
    years = [_year(match.groupdict()) for match in _ANY_YEAR.finditer(text)]
    return sorted({year for year in years if year is not None})


def blank(match: re.Match[str]) -> str:
    """Spaces in its place, so that other places stay where they are."""
    return " " * len(match[0])


def _days(parts: dict[str, str | None]) -> Iterator[PrintedDay]:
    year, edge = _year(parts), parts.get("edge")
    if parts.get("month") is None:  # a fiscal year
        if year is not None:
            yield PrintedDay(3, 31, year + 1) if edge == "末" else PrintedDay(4, 1, year)
        return
    month = int(parts["month"] or 0)
    if not 1 <= month <= 12:
        return
    if parts.get("day") is not None:
        weekday = parts.get("weekday")
        yield PrintedDay(month, int(parts["day"] or 0), year, _WEEKDAYS.index(weekday) if weekday else None)
        if parts.get("until") is not None:
            yield PrintedDay(month, int(parts["until"] or 0), year)
        return
    yield from (PrintedDay(earlier, None, year) for earlier in range(int(parts.get("first") or month), month))
    yield PrintedDay(month, None, year)
    if edge is not None:
        yield from _ends(month, year)


def _ends(month: int, year: int | None) -> Iterator[PrintedDay]:
    """The last day of a month; without a year both that February can have."""
    years = (2023, 2024) if year is None else (year,)
    yield from (PrintedDay(month, day, year) for day in sorted({monthrange(y, month)[1] for y in years}))


def _year(parts: dict[str, str | None]) -> int | None:
    if parts.get("west") is not None:
        return int(parts["west"] or 0)
    era, nth = parts.get("era"), parts.get("nth")
    return None if era is None or nth is None else _ERAS[era] + (1 if nth == "元" else int(nth))


def _hour(parts: dict[str, str | None]) -> str | None:
    if parts["noon"]:
        return "12:00"
    hour = int(parts["hour"] or 0) + (12 if parts["half"] == "午後" and int(parts["hour"] or 0) < 12 else 0)
    minute = 30 if parts["thirty"] else int(parts["minute"] or parts["past"] or 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None
