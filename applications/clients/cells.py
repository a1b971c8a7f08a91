"""What a cell of a list means (セルの値): text as people write it, numbers and days as Excel stores them.

Facts come out as raw contract values, by the cleaning that the self-check's forms have. What cannot be read for
certain is refused with a sentence that says what to type.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError

from applications.clients.clients import LONGEST
from applications.clients.tables import MAX_CELL, Cell
from applications.clients.words import MAX_TAG, MAX_TAGS, clean_tags, read_corporate_number
from eligibility.asking.fields import FactField, field_for
from eligibility.engine.facts import Choice, Fact, FactType
from eligibility.industries import industry_names
from portal.accounts.models import User
from portal.common.characters import NO_CHARACTER
from portal.common.excel import is_formula_like
from portal.common.japanese import NotReadable, fold, normalise, read_count, read_date, read_percent, read_yen
from portal.common.prefectures import PREFECTURES
from programs.documents import vocabulary

UNKNOWN = object()  # 「わからない」
NOBODY = ("未定", "なし", "担当なし")
NONE_OF_SET = "どれもない"

_UNKNOWN_WORDS = {fold(word) for word in ("わからない", "分からない", "わかりません", "不明", "未確認", "?", "unknown")}
_YES = {fold(word) for word in ("はい", "○", "〇", "◯", "◎", "有", "有り", "あり", "該当", "yes", "y", "true", "1")}
_NO = {fold(word) for word in ("いいえ", "×", "✕", "✖", "無", "無し", "なし", "非該当", "no", "n", "false", "0")}
_NONE_WORDS = {fold(word) for word in (NONE_OF_SET, "なし", "無し", "無")}
# What people put where nothing is.
_EMPTY = {"-", "--", "---", "/", "―", "—", "ー"}
_ROUNDED = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_POSTCODE = re.compile(r"^〒?\d{3}-?\d{4}")
_COMPANIES = ("株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "特例有限会社")
_LEGAL_FORMS = {
    **dict.fromkeys(_COMPANIES, "company"),
    **dict.fromkeys(("個人", "個人事業", "個人事業者", "自営業"), "sole_proprietor"),
    **dict.fromkeys(("NPO", "特定非営利活動法人"), "npo"),
    **dict.fromkeys(("事業協同組合", "企業組合", "農業協同組合", "組合"), "cooperative"),
    **dict.fromkeys(("一般社団法人", "一般財団法人"), "general_association"),
}


class CellRefused(ValueError):
    """The cell cannot be read; the message says what to type."""


class NobodyKnown(CellRefused):
    """No member of the organisation has this name: it may be somebody of the client's."""


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula (数式の無害化): an apostrophe goes before what begins like one."""
    return f"'{text}" if is_formula_like(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """As it was before `guarded`."""
    return text[1:] if text.startswith("'") and guarded(text[1:]) == text else text


def text_of(cell: Cell) -> str:
    """A cell as a person sees it: 7000012050002.0 is 7000012050002."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, str):
        return unguarded(cell.replace("\r\n", "\n").replace("\r", "\n").strip())
    return "" if cell is None else str(cell)


def plain_number(text: str) -> Decimal | None:
    """An amount that says no unit of its own, so that its column's counts; None for any other text."""
    plain = normalise(text).removeprefix("¥").removeprefix("\\")
    return Decimal(plain.replace(",", "")) if _PLAIN_NUMBER.fullmatch(plain) else None


def is_blank(cell: Cell) -> bool:
    return not (text := text_of(cell)) or normalise(text) in _EMPTY


def read_fact(fact: Fact, cell: Cell, *, part: str = "", factor: int = 1) -> Any:
    """A raw contract value, of a `part` (month, category) its yen, or UNKNOWN. Raises CellRefused. `cell` is not blank.

    `factor`: yen for one of the column's numbers.
    """
    text = _checked_text(text_of(cell))
    if fold(text) in _UNKNOWN_WORDS:
        if part:
            raise CellRefused("経費や月ごとの売上では「わからない」は使えません。空にしてください。")
        return UNKNOWN
    try:
        value = {part: _yen(cell, factor)} if part else _READERS[fact.type](fact, cell, factor)
        checked = _field(fact.key).checked(lambda _: value, text)
    except NotReadable as error:
        raise CellRefused(str(error)) from error
    except ValidationError as error:
        raise CellRefused("".join(error.messages)) from error
    return checked[part] if part else checked


@cache
def _field(key: str) -> FactField:
    """The cleaning of the self-check's form."""
    return field_for(vocabulary()[key])


def read_line(field: str, cell: Cell) -> str:
    """A name, a reading or a number of one's own: one line, no longer than the field."""
    text = " ".join(_checked_text(text_of(cell)).split())
    _refuse_longer(text, LONGEST[field])
    if field == "own_key" and _ROUNDED.fullmatch(text):
        raise CellRefused(_digits_lost("番号"))
    return text


def read_id(cell: Cell) -> str:
    try:
        return str(uuid.UUID(text_of(cell)))
    except ValueError as error:
        raise CellRefused("書き出したままの番号にするか、空にしてください。") from error


def read_notes(cell: Cell) -> str:
    text = _checked_text(text_of(cell))
    _refuse_longer(text, LONGEST["notes"])
    return text


def read_tags(cell: Cell) -> list[str]:
    """Separated as in the form, by blanks too; but a tag may hold blanks where commas or lines separate them."""
    text = _checked_text(text_of(cell))
    tags = clean_tags(re.split(r"[、,，;；\n]", text) if re.search(r"[、,，;；\n]", text) else text)
    if any(len(tag) > MAX_TAG for tag in tags):
        raise CellRefused(f"タグは、ひとつ{MAX_TAG}文字までです。「、」で区切って入力してください。")
    if len(tags) > MAX_TAGS:
        raise CellRefused(f"タグは、1社に{MAX_TAGS}個までです。")
    return tags


def joined_tags(tags: Sequence[str]) -> str:
    """As `read_tags` reads them back."""
    return "、".join([*tags, ""] if len(tags) == 1 and len(tags[0].split()) > 1 else tags)


def read_flag(cell: Cell) -> bool:
    word = fold(text_of(cell))
    if word not in _YES | _NO:
        raise CellRefused("「はい」か「いいえ」で入力してください。")
    return word in _YES


def read_person(cell: Cell, people: Mapping[str, list[User]]) -> User | None:
    """Somebody of the organisation, by mail address or name (`people`: by these, folded); None for nobody yet."""
    text = text_of(cell)
    found = people.get(fold(text), [])
    if len(found) == 1:
        return found[0]
    if found:
        raise CellRefused("同じ氏名の職員が二人以上います。メールアドレスで入力してください。")
    if text in NOBODY:
        return None
    raise NobodyKnown(
        "この名前の職員はいないので、担当者は変えません。企業側の担当者の名前なら、このままで構いません。"
        "職員の名前なら、登録済みの氏名かメールアドレスに直してください。"
    )


def people_by_name(people: Iterable[User]) -> dict[str, list[User]]:
    found: dict[str, list[User]] = {}
    for person in people:
        for name in {fold(word) for word in (person.email, person.get_full_name(), person.get_username()) if word}:
            found.setdefault(name, []).append(person)
    return found


def _checked_text(text: str) -> str:
    if NO_CHARACTER.search(text):
        raise CellRefused("目に見えない文字（制御文字）が入っています。入力し直してください。")
    _refuse_longer(text, MAX_CELL)
    return text


def _refuse_longer(text: str, longest: int) -> None:
    if len(text) > longest:
        raise CellRefused(f"長すぎます。{longest:,}文字までで入力してください（いま{len(text):,}文字）。")


def _flag(fact: Fact, cell: Cell, factor: int) -> bool:
    word = fold(text_of(cell))
    if word not in _YES | _NO:
        raise CellRefused("「はい」「いいえ」「わからない」のどれかを入力してください（○・×でも読めます）。")
    return word in _YES


def _count(fact: Fact, cell: Cell, factor: int) -> int:
    return read_count(text_of(cell))


def _yen_value(fact: Fact, cell: Cell, factor: int) -> int:
    return _yen(cell, factor)


def _yen(cell: Cell, factor: int) -> int:
    """A number is of the column's unit; 「500万円」 says its own."""
    text = text_of(cell)
    number = plain_number(text)
    if number is None:
        return read_yen(text)
    amount = number * factor
    if amount != amount.to_integral_value():
        raise CellRefused("1円より細かい額は入力できません。")
    return int(amount)


def _percent(fact: Fact, cell: Cell, factor: int) -> Any:
    """Excel stores 3% as 0.03 and tells its reader nothing of the format: small numbers need their sign."""
    text = text_of(cell)
    value = Decimal(read_percent(text))
    if not normalise(text).endswith("%") and 0 < abs(value) <= 1:
        raise CellRefused(f"「{text}」が何％か決められません。「3％」のように、％を付けた文字で入力してください。")
    return read_percent(text)


def _day(fact: Fact, cell: Cell, factor: int) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    return read_date(text_of(cell)).isoformat()


def _choice(fact: Fact, cell: Cell, factor: int) -> str:
    return _choice_of(fact, text_of(cell))


def _choices(fact: Fact, cell: Cell, factor: int) -> list[str]:
    text = text_of(cell)
    if fold(text) in _NONE_WORDS:
        return []
    pieces = [piece for piece in re.split(r"[、,，;；/／|\n]", text) if piece.strip()]
    chosen = {_choice_of(fact, piece) for piece in pieces}
    return [choice.key for choice in fact.values if choice.key in chosen]


def _choice_of(fact: Fact, text: str) -> str:
    """By its key, its label, its label without brackets, or another name of it."""
    word = fold(text)
    if fact.key == "legal_form" and word in _folded_legal_forms():
        return _folded_legal_forms()[word]
    found = [choice.key for choice in fact.values if word in (choice.key, fold(choice.ja))]
    found = found or [choice.key for choice in fact.values if word == fold(_without_brackets(choice))]
    if len(found) != 1:
        raise CellRefused(f"次のどれかを入力してください：{'、'.join(f'「{choice.ja}」' for choice in fact.values)}")
    return found[0]


@cache
def _folded_legal_forms() -> dict[str, str]:
    return {fold(word): key for word, key in _LEGAL_FORMS.items()}


def _without_brackets(choice: Choice) -> str:
    return re.sub(r"（.*?）", "", choice.ja)


def _code(fact: Fact, cell: Cell, factor: int) -> str:
    readers = {"corporate_number": _corporate_number, "prefecture": _prefecture, "industry": _industry}
    return readers[fact.key](text_of(cell)) if fact.key in readers else text_of(cell)


def _corporate_number(text: str) -> str:
    if _ROUNDED.fullmatch(normalise(text)):
        raise CellRefused(_digits_lost("法人番号"))
    return read_corporate_number(text)


def _digits_lost(name: str) -> str:
    return f"Excelで{name}の桁が失われています。セルの表示形式を「文字列」にしてから、{name}を入力し直してください。"


def _prefecture(text: str) -> str:
    """A code (36, 9), a name with or without its 県, or an address that begins with one."""
    plain = _POSTCODE.sub("", normalise(text))
    if re.fullmatch(r"[0-9]{1,2}", plain):
        return plain.zfill(2)
    for code, name in PREFECTURES.items():
        if plain.startswith(name) or plain == (name if name == "北海道" else name[:-1]):
            return code
    raise CellRefused("都道府県の名前（例：徳島県）か、都道府県から始まる住所を入力してください。")


def _industry(text: str) -> str:
    """A code of two to four digits, its division's letter before it and its name behind; or a name only one has."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    coded = re.match(r"[A-T]?-?([0-9]{1,4})(?![0-9])(.*)", plain, re.DOTALL)
    if coded and (not coded[2] or coded[2][0] in " :._-、" or fold(coded[2]) in _industries()):
        return coded[1].zfill(2)
    codes = _industries().get(fold(text), [])
    if len(codes) != 1:
        raise CellRefused(
            "日本標準産業分類の番号（2〜4桁。例：58）か、中分類の名前（例：飲食料品小売業）を入力してください。"
        )
    return codes[0]


@cache
def _industries() -> dict[str, list[str]]:
    """Codes by name; of a group and its minor code of one name, the group."""
    found: dict[str, list[str]] = {}
    for code, name in industry_names().items():
        for word in {fold(name), fold(re.sub(r"（.*?）", "", name))}:
            known = found.setdefault(word, [])
            if not any(code.startswith(other) for other in known):
                known.append(code)
    return found


_READERS: dict[FactType, Callable[[Fact, Cell, int], Any]] = {
    FactType.BOOL: _flag,
    FactType.COUNT: _count,
    FactType.YEN: _yen_value,
    FactType.YEN_PER_HOUR: _yen_value,
    FactType.PERCENT: _percent,
    FactType.DATE: _day,
    FactType.ENUM: _choice,
    FactType.SET: _choices,
    FactType.CODE: _code,
}
