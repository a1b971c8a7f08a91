"""What people in Japan type into a form (数・金額・日付), as plain values.

Full-width and half-width forms are the same (NFKC), amounts may carry their unit (1,200万円, 1億5千万円), dates may
be of the Western calendar or of an era (令和5年10月1日, R5.10.1). What cannot be read for certain is refused with a
sentence that says what to type: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

_LARGE_UNITS = {"兆": 10**12, "億": 10**8, "万": 10**4}
_SMALL_UNITS = {"千": 1000, "百": 100, "十": 10}
_KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_MINUS_SIGNS = str.maketrans(dict.fromkeys("−‐‑‒–—―ー▲△", "-"))
_COUNTERS = re.compile(r"(人|名|者|社|年目|か年|カ年|ヵ年|年間|年|件)$")
_GROUPED = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_PIECE = re.compile(rf"({_GROUPED})?([千百十])?")


class NotReadable(ValueError):
    """Typed text that is no such value; the message is for the person who typed it."""


def normalise(text: str) -> str:
    """Half-width digits and signs (NFKC), one kind of minus, no white space."""
    plain = unicodedata.normalize("NFKC", text).translate(_MINUS_SIGNS).replace("、", ",")
    return re.sub(r"\s+", "", plain)


# Hiragana of a katakana letter: 0x60 below it, from ァ to ヶ.
_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


def fold(text: str) -> str:
    """For searching by substring: width (NFKC), case and kana made equal, no white space."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_HIRAGANA)
    return re.sub(r"\s+", "", plain)


def read_yen(text: str) -> int:
    """Whole yen: 1200000, １，２００，０００, 120万円, 1億5千万円, 1.5万, ▲500. Raises NotReadable."""
    plain = re.sub(r"^(-?)[¥\\]", r"\1", normalise(text)).removesuffix("円")
    amount = _read_number(plain, "金額を数字で入力してください（例：1200000、120万円）。")
    if amount != int(amount):
        raise NotReadable("1円より細かい額は入力できません。")
    return int(amount)


def read_count(text: str) -> int:
    """A head count or another whole number, with or without its counter: 12, １２人, 3社, 5年. Raises NotReadable."""
    number = _read_number(_COUNTERS.sub("", normalise(text)), "数字で入力してください（例：12）。")
    if number != int(number):
        raise NotReadable("小数点のない数で入力してください。")
    return int(number)


def read_percent(text: str) -> int | Decimal:
    """A percentage (3 means 3 %): 1.5, ３．５％, △2%. An int where it is whole. Raises NotReadable."""
    plain = re.sub(r"(%|パ-セント)$", "", normalise(text))
    if len(plain) > 60 or not re.fullmatch(rf"-?{_GROUPED}", plain):
        raise NotReadable("数字で入力してください（例：1.5）。")
    number = Decimal(plain.replace(",", ""))
    return int(number) if number == number.to_integral_value() else number


def _read_number(plain: str, advice: str) -> Decimal:
    """A number with 兆・億・万 and 千・百・十, largest first, each once. `plain` is normalised."""
    sign = -1 if plain.startswith("-") else 1
    rest = plain.removeprefix("-").translate(_KANJI_DIGITS)
    if not rest or len(rest) > 60:
        raise NotReadable(advice)
    total = Decimal(0)
    for unit, size in _LARGE_UNITS.items():
        before, found, after = rest.partition(unit)
        if found:
            total += _read_part(before, advice) * size
            rest = after
    return sign * (total + (_read_part(rest, advice) if rest else 0))


def _read_part(part: str, advice: str) -> Decimal:
    """The digits before one large unit: 1,200 or 5千 or 2千5百30."""
    total, position, last = Decimal(0), 0, 10_000
    while position < len(part):
        piece = _PIECE.match(part, position)
        digits, unit = (piece[1], piece[2]) if piece else (None, None)
        size = _SMALL_UNITS[unit] if unit else 1
        if piece is None or not (digits or unit) or size >= last:
            raise NotReadable(advice)
        total += Decimal((digits or "1").replace(",", "")) * size
        position, last = piece.end(), size
    if not part:
        raise NotReadable(advice)
    return total


def write_yen(yen: int) -> str:
    """123456789 -> 1億2,345万6,789円."""
    if yen == 0:
        return "0円"
    rest, words = abs(yen), []
    for unit, size in (*_LARGE_UNITS.items(), ("", 1)):
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count:,}{unit}")
    return ("▲" if yen < 0 else "") + "".join(words) + "円"


@dataclass(frozen=True, slots=True)
class Era:
    """元号: its name, its letter in forms, and its first and last day."""

    name: str
    letter: str
    first: date
    last: date


ERAS = (
    Era("令和", "R", date(2019, 5, 1), date.max),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30)),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7)),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 24)),
    Era("明治", "M", date(1868, 1, 25), date(1912, 7, 29)),
)
_ERA_OF = {word: era for era in ERAS for word in (era.name, era.letter, era.name[0])}
_DATE_ADVICE = "日付は「2023年10月1日」「令和5年10月1日」「2023-10-01」のように入力してください。"
_WESTERN = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?")
WEEKDAYS = "月火水木金土日"
_WEEKDAY = re.compile(rf"\s*\(([{WEEKDAYS}])(?:曜日?)?(?:・祝)?\)$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_IN_ERA = re.compile(rf"({'|'.join(_ERA_OF)})(元|\d{{1,2}})(?:年|[-/.])(\d{{1,2}})(?:月|[-/.])(\d{{1,2}})日?")


def read_date(text: str) -> date:
    """A day of the Western calendar or of an era, with its weekday where one is written, as calls print it.

    Raises NotReadable, also for a day outside its era or of another weekday.
    """
    plain = normalise(text).upper()
    weekday = _WEEKDAY.search(plain)
    if weekday is None:
        return _read_day(plain, text)
    day = _read_day(plain[: weekday.start()], text)
    if WEEKDAYS[day.weekday()] != weekday[1]:
        raise NotReadable(f"{write_date(day)}は{WEEKDAYS[day.weekday()]}曜日です。日付か曜日を直してください。")
    return day


def _read_day(plain: str, text: str) -> date:
    western = _WESTERN.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if western:
        return _day(int(western[1]), int(western[2]), int(western[3]), text)
    in_era = _IN_ERA.fullmatch(plain)
    if not in_era:
        raise NotReadable(_DATE_ADVICE)
    era = _ERA_OF[in_era[1]]
    year = era.first.year - 1 + (1 if in_era[2] == "元" else int(in_era[2]))
    day = _day(year, int(in_era[3]), int(in_era[4]), text)
    if not era.first <= day <= era.last:
        raise NotReadable(f"「{text.strip()}」は{era.name}の期間に入りません。西暦でも入力できます。")
    return day


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NotReadable(f"「{text.strip()}」という日はありません。") from None


def write_date(day: date) -> str:
    """2023年10月1日, as every form here reads it back."""
    return f"{day.year}年{day.month}月{day.day}日"


def write_moment(printed: str) -> str:
    """A month, a day or an hour of a day as documents hold it: 2023-09, 2023-09-20, 2023-09-20T17:00."""
    if len(printed) == 7:
        return f"{int(printed[:4])}年{int(printed[5:])}月"
    if len(printed) == 10:
        return write_date(date.fromisoformat(printed))
    moment = datetime.fromisoformat(printed)
    return f"{write_date(moment.date())} {moment:%H:%M}"


def write_date_with_era(day: date) -> str:
    """2023年（令和5年）10月1日."""
    era = next((era for era in ERAS if era.first <= day), None)
    if era is None:
        return write_date(day)
    number = day.year - era.first.year + 1
    return f"{day.year}年（{era.name}{'元' if number == 1 else number}年）{day.month}月{day.day}日"
