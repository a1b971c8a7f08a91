"""Industries to choose from (日本標準産業分類 第13回改定): fixtures/reference/jsic13.csv.

Groups (中分類) stand under their division (大分類). Where the size table of SMEs needs a finer code (41, 69, 79), the
group's own minor codes stand in its place, and the group itself last, for those who do not know.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from eligibility.engine import sme


@dataclass(frozen=True, slots=True)
class Industry:
    code: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.code} {self.name}"


@dataclass(frozen=True, slots=True)
class Division:
    """大分類: a heading, not an answer."""

    code: str
    name: str
    industries: tuple[Industry, ...]

    @property
    def label(self) -> str:
        return f"{self.code} {self.name}"


@cache
def divisions() -> tuple[Division, ...]:
    children: dict[str, list[Industry]] = defaultdict(list)
    for row in _rows():
        children[row["parent"]].append(Industry(row["code"], row["name_ja"]))
    return tuple(
        Division(
            division.code,
            division.name,
            tuple(choice for group in children[division.code] for choice in _choices(group, children[group.code])),
        )
        for division in children[""]
    )


@cache
def industry_names() -> dict[str, str]:
    """The name of every group and of the minor codes in the table, by code."""
    return {row["code"]: row["name_ja"] for row in _rows() if row["parent"]}


def industry_label(code: str) -> str:
    """「761 食堂、レストラン…」; a code finer than the table takes the name of what it belongs to."""
    names = industry_names()
    name = next((names[code[:digits]] for digits in (len(code), 3, 2) if code[:digits] in names), "")
    return f"{code} {name}".rstrip()


def division_of(code: str) -> str:
    """The letter of the division (大分類) that a code belongs to, "" for a group that the classification has not."""
    return _parents().get(code[:2], "")


@cache
def is_offered(code: str) -> bool:
    """Whether the list to choose from has this code."""
    return any(industry.code == code for division in divisions() for industry in division.industries)


@cache
def _parents() -> dict[str, str]:
    return {row["code"]: row["parent"] for row in _rows()}


def _rows() -> list[dict[str, str]]:
    path = Path(settings.FIXTURES_ROOT) / "reference" / "jsic13.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _choices(group: Industry, minor: list[Industry]) -> list[Industry]:
    if len(sme.rows_of(group.code)) == 1:
        return [group]
    return [*minor, Industry(group.code, f"{group.name}（どれに当たるかわからない）")]
