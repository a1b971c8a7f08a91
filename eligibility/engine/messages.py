"""What pydantic refuses, in the words of officers (書式の誤り): one message per kind of error, and its place.

Paths are those of the document's data: pydantic puts the name of the chosen kind into the place of an error
(`benefit.subsidy.caps`), which stands nowhere in the document (`benefit.caps`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic_core import ErrorDetails

_WHOLE_DOCUMENT = "(document)"
_FALLBACK = "この値は受け取れません。書き方を確かめてください。"
_NO_SUCH_DAY = "暦にない日付です。2023-10-17 のように書いてください。"
_NUMBER = "数で書いてください（例：1.5）。"
_TOO_FINE = "桁が多すぎます。小数点以下は9桁までで書いてください。"
_DATE = "日付は 2023-10-17 の形で書いてください。"

# Of each error type; `{…}` is what pydantic says of it. What is not listed here cannot arise from plain data.
_MESSAGES: dict[str, str] = {
    "missing": "必ず書く項目です。",
    "extra_forbidden": "この名前の項目はありません。名前を直すか、消してください。",
    "invalid_key": "項目の名前は文字で書いてください。",
    "too_short": "{min_length}件以上書いてください。",
    "too_long": "{max_length}件までです。",
    "string_type": "文字で書いてください。",
    "string_unicode": "文字として読めません。",
    "string_too_short": "{min_length}字以上で書いてください。空にはできません。",
    "string_too_long": "{max_length}字以内で書いてください。",
    "int_type": "整数で書いてください（例：2000000）。",
    "int_parsing": "整数で書いてください（例：2000000）。",
    "int_parsing_size": "数が大きすぎます。",
    "int_from_float": "整数で書いてください（例：2000000）。",
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": _TOO_FINE,
    "decimal_max_places": _TOO_FINE,
    "decimal_whole_digits": _TOO_FINE,
    "finite_number": _NUMBER,
    "greater_than": "{gt}より大きい数を書いてください。",
    "greater_than_equal": "{ge}以上の数を書いてください。",
    "less_than": "{lt}より小さい数を書いてください。",
    "less_than_equal": "{le}以下の数を書いてください。",
    "bool_type": "はい（true）か、いいえ（false）で書いてください。",
    "bool_parsing": "はい（true）か、いいえ（false）で書いてください。",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": "時刻を付けずに、日付だけを書いてください。",
    "list_type": "一覧（並び）で書いてください。",
    "tuple_type": "一覧（並び）で書いてください。",
    "dict_type": "項目と値の組で書いてください。",
    "mapping_type": "項目と値の組で書いてください。",
    "model_type": "項目と値の組で書いてください。",
    "model_attributes_type": "項目と値の組で書いてください。",
    "none_required": "ここには何も書きません。",
    "union_tag_not_found": "種類を選んでください。",
    "recursion_loop": "入れ子が深すぎます。",
    "recursion_depth_exceeded": "入れ子が深すぎます。",
}

# The forms that text must have, by the pattern of the schema; a test holds that none is missing here.
PATTERNS: dict[str, str] = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "英小文字・数字・ハイフンで書いてください（例：r5-hosei）。",
    r"^[a-z][a-z0-9_]*$": "英小文字・数字・下線で書いてください（例：wage_raise）。",
    r"^[1-9][0-9]*(-[1-9][0-9]*)?$": "行の番号は「12」か「12-15」の形で書いてください。",
    r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$": "「2023-09-20」か、月だけの「2023-09」の形で書いてください。",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9])?$": (
        "「2023-12-12」か、時刻まで「2023-12-12T17:00」の形で書いてください。"
    ),
    r"^(https?://[^\s]+)?$": "https:// から始まるURLを書いてください。",
}
# In an error of these types the last part of the place is a key of the document, never the name of a kind.
_ABOUT_A_KEY = frozenset({"missing", "extra_forbidden"})
_ABOUT_A_DAY = re.compile(r"\b(day|month|year|isoformat)\b")
_JAPANESE = re.compile(r"[぀-ヿ一-鿿]")


def message_of(error: ErrorDetails) -> str:
    """One error of a ValidationError in Japanese."""
    context = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return _of_our_validator(str(context.get("error", "")))
        case "literal_error" | "enum":
            return f"{_listed(context['expected'])}を書いてください。"
        case "union_tag_invalid":
            return (
                f"「{context['tag']}」という種類はありません。{_listed(context['expected_tags'])}から選んでください。"
            )
        case "string_pattern_mismatch":
            return PATTERNS.get(context["pattern"], _FALLBACK)
        case kind:
            return _MESSAGES.get(kind, _FALLBACK).format(**{name: _shown(value) for name, value in context.items()})


def place_of(error: ErrorDetails, data: Any = None) -> str:
    """The dotted path of an error within `data`, the input that was refused (None: as pydantic names it)."""
    kept = _without_kinds(error["loc"], data, error["type"] in _ABOUT_A_KEY)
    return ".".join(str(part) for part in kept) or _WHOLE_DOCUMENT


def _without_kinds(loc: Sequence[int | str], data: Any, ends_in_a_key: bool) -> list[int | str]:
    kept: list[int | str] = []
    for number, part in enumerate(loc):
        is_last = number == len(loc) - 1
        if isinstance(data, Mapping) and data.get("kind") == part and not (is_last and ends_in_a_key):
            continue
        kept.append(part)
        data = _inside(data, part)
    return kept


def _inside(data: Any, part: int | str) -> Any:
    if isinstance(data, Mapping):
        return data.get(part)
    if isinstance(data, list | tuple) and isinstance(part, int) and 0 <= part < len(data):
        return data[part]
    return None


def _of_our_validator(message: str) -> str:
    """Our validators speak Japanese; the rest is the standard library refusing a day or a number."""
    if _JAPANESE.search(message):
        return message
    return _NO_SUCH_DAY if _ABOUT_A_DAY.search(message) else _FALLBACK


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def _listed(expected: str) -> str:
    """pydantic's "'a', 'b' or 'c'" as 「a」「b」「c」のどれか."""
    values = re.findall(r"'([^']*)'|([^\s',]+)", expected.replace(" or ", ", "))
    names = [f"「{quoted or bare}」" for quoted, bare in values]
    return "".join(names) + ("のどれか" if len(names) > 1 else "")
