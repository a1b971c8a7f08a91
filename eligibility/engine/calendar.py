"""The moment a question is asked for (`as_of`), in Japanese time; months and days as the calls print them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

TOKYO = timezone(timedelta(hours=9), "Asia/Tokyo")  # Japan keeps no summer time
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class AsOf:
    """A day (Asia/Tokyo), or one instant of it. `start` and `end` bound the moments meant, both inclusive."""

    day: date
    instant: datetime | None = None
    start: datetime = field(init=False, repr=False, compare=False)
    end: datetime = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", self.instant or datetime.combine(self.day, time.min, TOKYO))
        object.__setattr__(self, "end", self.instant or datetime.combine(self.day, time.max, TOKYO))

    def __str__(self) -> str:
        return self.instant.isoformat() if self.instant else self.day.isoformat()


def parse_as_of(text: str) -> AsOf:
    """An ISO date, or an ISO datetime (Asia/Tokyo where it carries no offset). Raises ValueError."""
    if _DAY.fullmatch(text):
        return AsOf(date.fromisoformat(text))
    instant = parse_instant(text)
    return AsOf(instant.date(), instant)


def parse_instant(text: str) -> datetime:
    """An ISO datetime in Japanese time. Raises ValueError, also for week dates and digits without separators."""
    if not _DAY.match(text):
        raise ValueError(f"{text!r} is no ISO date or datetime")
    instant = datetime.fromisoformat(text)
    try:
        return instant.replace(tzinfo=TOKYO) if instant.tzinfo is None else instant.astimezone(TOKYO)
    except OverflowError as error:
        raise ValueError(f"{text!r} lies outside the calendar") from error


def is_month(text: str) -> bool:
    return _MONTH.fullmatch(text) is not None and text >= "0001"


def month_of(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def previous_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1:04}-12" if number == 1 else f"{year:04}-{number - 1:02}"


@lru_cache(maxsize=1024)
def months_before(day: date, count: int) -> tuple[str, ...]:
    """The `count` full calendar months before the month of `day`, oldest first."""
    months: list[str] = []
    month = month_of(day)
    for _ in range(count):
        month = previous_month(month)
        months.append(month)
    return tuple(reversed(months))


def has_ended(month: str, day: date) -> bool:
    """Whether the calendar month is over on `day`."""
    return month < month_of(day)
