"""Which months the sales table asks for (月別売上高の表): they follow the date the check is made for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from eligibility.asking.questions import MonthGroup
from eligibility.engine.calendar import months_before

OTHERS_TITLE = "ほかの基準日のために入力した月"
OTHERS_HELP = "消すと、その月の売上は「わからない」に戻ります。"


@dataclass(frozen=True, slots=True)
class Months:
    """Months (2020-09) under one heading."""

    title: str
    help: str
    months: tuple[str, ...]


def month_table(groups: Iterable[MonthGroup], day: date, stored: Iterable[str]) -> tuple[Months, ...]:
    """The groups at `day`, each month once, empty groups left out; then what is stored and asked nowhere."""
    asked: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    table: list[Months] = []
    for group in groups:
        asked[group.key] = _months(group, asked, day)
        new = tuple(month for month in asked[group.key] if month not in seen)
        seen.update(new)
        table.append(Months(group.title, group.help, new))
    others = tuple(sorted(set(stored) - seen))
    table.append(Months(OTHERS_TITLE, OTHERS_HELP, others))
    return tuple(months for months in table if months.months)


def month_label(month: str) -> str:
    return f"{int(month[:4])}年{int(month[5:])}月"


def _months(group: MonthGroup, asked: Mapping[str, tuple[str, ...]], day: date) -> tuple[str, ...]:
    if group.rule == "last_full_months":
        return months_before(day, group.count)
    if group.rule == "months":
        return group.months
    calendar_months = {month[5:] for month in asked[group.of]}
    years = range(int(group.first[:4]), int(group.last[:4]) + 1)
    candidates = (f"{year:04}-{number:02}" for year in years for number in range(1, 13))
    return tuple(m for m in candidates if group.first <= m <= group.last and m[5:] in calendar_months)
