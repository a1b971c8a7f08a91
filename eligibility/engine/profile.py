"""A company profile (企業プロフィール): parsed strictly, every problem of it reported at once.

A key that is absent is unknown. Values after parsing: bool; int for counts and yen; Decimal for percentages;
date and datetime; str for enums and codes; frozenset for sets; dict for yen by month and by category.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from stdnum.jp import cn

from eligibility.engine import sme
from eligibility.engine.calendar import is_month, parse_instant
from eligibility.engine.errors import Problem, QuestionRefused
from eligibility.engine.facts import Fact, FactType, Vocabulary

MAX_YEN = 10**15
MAX_COUNT = 10**9
MAX_PERCENT = 10**6
MAX_PERCENT_DECIMALS = 9
PREFECTURES = frozenset(f"{number:02}" for number in range(1, 48))


class _Bad(Exception):
    """One problem of one value; `part` is the month or category within it."""

    def __init__(self, code: str, message: str, part: str = "") -> None:
        self.code, self.message, self.part = code, message, part


def parse_profile(raw: object, vocabulary: Vocabulary) -> dict[str, Any]:
    """`raw` (decoded JSON, numbers with a fraction as Decimal) as a profile. Raises QuestionRefused."""
    if not isinstance(raw, Mapping):
        raise QuestionRefused(
            [Problem("profile", "wrong_type", "プロフィールは項目と値の組（JSONオブジェクト）で渡してください。")]
        )
    profile: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in raw.items():
        fact = vocabulary.get(key)
        if fact is None:
            problems.append(Problem(str(key), "unknown_fact", f"「{key}」という項目はありません。"))
            continue
        try:
            profile[key] = parse_value(fact, value)
        except QuestionRefused as refused:
            problems.extend(refused.problems)
    if problems:
        raise QuestionRefused(problems)
    return profile


def parse_value(fact: Fact, value: object) -> Any:
    """One value of one fact. Raises QuestionRefused with every problem of it."""
    if value is None:
        problem = Problem(
            fact.key, "wrong_type", f"{fact.ja}: わからないときは null ではなく、項目ごと省いてください。"
        )
        raise QuestionRefused([problem])
    bad: list[_Bad] = []
    parsed: Any = None
    try:
        if fact.type in (FactType.YEN_BY_MONTH, FactType.YEN_BY_CATEGORY):
            parsed = _amounts(fact, value, bad)
        elif fact.type is FactType.SET:
            parsed = _set(fact, value, bad)
        else:
            parsed = _PARSERS[fact.type](fact, value)
    except _Bad as error:
        bad.append(error)
    if bad:
        raise QuestionRefused([Problem(fact.key, b.code, f"{fact.ja}: {b.message}", b.part) for b in bad])
    return parsed


def _bool(fact: Fact, value: object) -> bool:
    if not isinstance(value, bool):
        raise _Bad("wrong_type", "true か false で答えてください。")
    return value


def _integer(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Bad("wrong_type", "整数で答えてください。")
    if not low <= value <= high:
        raise _Bad("out_of_range", f"{low:,}から{high:,}までの整数で答えてください。")
    return value


def _count(fact: Fact, value: object) -> int:
    return _integer(value, 0, MAX_COUNT)


def _yen(fact: Fact, value: object) -> int:
    return _integer(value, 0, MAX_YEN)


def _yen_per_hour(fact: Fact, value: object) -> int:
    # A margin over the regional minimum wage: it falls below zero in the weeks after the minimum is raised.
    return _integer(value, -MAX_YEN, MAX_YEN)


def _percent(fact: Fact, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _Bad("wrong_type", "数（3 は 3％）で答えてください。")
    number = Decimal(value)
    if not number.is_finite() or not -MAX_PERCENT <= number <= MAX_PERCENT:
        raise _Bad("out_of_range", f"±{MAX_PERCENT:,}％以内で答えてください。")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MAX_PERCENT_DECIMALS:
        raise _Bad("out_of_range", f"小数点以下は{MAX_PERCENT_DECIMALS}桁までです。")
    return number


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Bad("wrong_type", "文字列で答えてください。")
    return value


def _date(fact: Fact, value: object) -> date:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise _Bad("bad_date", "日付は 2023-10-17 の形で答えてください。")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Bad("bad_date", f"「{text}」という日はありません。") from None


def _datetime(fact: Fact, value: object) -> datetime:
    try:
        return parse_instant(_text(value))
    except ValueError:
        raise _Bad("bad_date", "日時は 2023-10-17T17:00 の形で答えてください。") from None


def _enum(fact: Fact, value: object) -> str:
    text = _text(value)
    if text not in {choice.key for choice in fact.values}:
        raise _Bad("unknown_value", f"「{text}」という選択肢はありません。")
    return text


def _set(fact: Fact, value: object, bad: list[_Bad]) -> frozenset[str]:
    """A set of choices; each bad one is collected, so that all are reported together."""
    if not isinstance(value, list):
        raise _Bad("wrong_type", "選択肢の一覧（配列）で答えてください。")
    chosen: set[str] = set()
    for item in value:
        try:
            chosen.add(_enum(fact, item))
        except _Bad as error:
            bad.append(_Bad(error.code, error.message, str(item)))
    return frozenset(chosen)


def _code(fact: Fact, value: object) -> str:
    text = _text(value)
    is_valid, meaning = _CODES.get(fact.key, (None, ""))
    if is_valid is not None and not is_valid(text):
        raise _Bad("unknown_value", f"「{text}」は{meaning}ではありません。")
    return text


def is_corporate_number(text: str) -> bool:
    """13 digits with the check digit of 法人番号の指定等に関する省令."""
    return re.fullmatch(r"[0-9]{13}", text) is not None and cn.is_valid(text)


_CODES: dict[str, tuple[Callable[[str], bool], str]] = {
    "prefecture": (PREFECTURES.__contains__, "都道府県コード（01〜47）"),
    "industry": (sme.is_industry_code, "日本標準産業分類の2〜4桁の番号"),
    "corporate_number": (is_corporate_number, "正しい法人番号（13桁）"),
}


def _amounts(fact: Fact, value: object, bad: list[_Bad]) -> dict[str, int]:
    """Yen by month or by category; each bad part is collected, so that all are reported together."""
    if not isinstance(value, Mapping):
        raise _Bad("wrong_type", "区分と金額の組（JSONオブジェクト）で答えてください。")
    categories = {choice.key for choice in fact.categories}
    amounts: dict[str, int] = {}
    for part, amount in value.items():
        try:
            if fact.type is FactType.YEN_BY_MONTH and not is_month(part):
                raise _Bad("bad_date", "月は 2020-09 の形で答えてください。")
            if fact.type is FactType.YEN_BY_CATEGORY and part not in categories:
                raise _Bad("unknown_value", f"「{part}」という経費の区分はありません。")
            amounts[part] = _integer(amount, 0, MAX_YEN)
        except _Bad as error:
            bad.append(_Bad(error.code, error.message, str(part)))
    return amounts


_PARSERS: dict[FactType, Callable[[Fact, object], Any]] = {
    FactType.BOOL: _bool,
    FactType.COUNT: _count,
    FactType.YEN: _yen,
    FactType.YEN_PER_HOUR: _yen_per_hour,
    FactType.PERCENT: _percent,
    FactType.DATE: _date,
    FactType.DATETIME: _datetime,
    FactType.ENUM: _enum,
    FactType.CODE: _code,
}
