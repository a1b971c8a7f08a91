"""Which column of a list is what (列の対応): headings as people write them, read as fields of a client and facts.

A heading is one of a client's fields, a fact by its label, short label or key, a category of expenses
(「経費：広告宣伝費」) or a month of sales (「月別売上高：2023-07」). Its unit may stand in it: 「資本金（千円）」.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from openpyxl.utils import get_column_letter

from applications.clients.clients import LABELS
from applications.clients.tables import MAX_COLUMNS, Row, Table, TableRefused
from eligibility.asking.months import month_label
from eligibility.engine.facts import Fact, FactType
from portal.common.japanese import NotReadable, fold, read_date
from programs.documents import vocabulary

HEADING_WITHIN = 30  # rows from the top
EXPENSES, SALES = "expenses", "monthly_sales"
PARTED = {EXPENSES: "経費", SALES: "月別売上高"}
# A client's key, in the lists that we write: so that those without any number are found again too.
ID = "id"
FIELD_LABELS = {**LABELS, ID: "しるべ番号"}
# Each of them tells which client a row is.
NAMING = ("name", "corporate_number", "own_key", ID)

# Beside the labels: what lists of support organisations and of their software call it.
_FIELD_NAMES = {
    "name": "会社名 事業者名 法人名 商号 商号又は名称 商号・名称 名称 企業名称 事業所名 会員名 社名 "
    "支援先 支援先企業 支援先名 取引先名 顧客名",
    "name_kana": "ふりがな カナ 企業名カナ 企業名フリガナ 会社名カナ 会社名フリガナ 事業者名カナ 事業者名フリガナ "
    "名称カナ 商号カナ カナ名称",
    "own_key": "自社コード 顧客コード 会員番号 会員コード 管理番号 整理番号 取引先コード 企業コード "
    "会社コード 顧客ID 会員ID",
    "tags": "タグ名 ラベル キーワード",
    "notes": "備考 摘要 特記事項 コメント メモ欄",
    "assigned_to": "担当 担当職員 担当者名 支援担当者 担当経営指導員 経営指導員",
    "is_archived": "支援終了済み",
    ID: "",
}
_FACT_NAMES = {
    "corporate_number": "法人No 法人No.",
    "legal_form": "法人格 法人形態 組織形態 形態 法人・個人 法人個人 法人個人区分 法人種別",
    "established_on": "設立日 設立年月日 創業日 創業年月日 開業日 開業年月日 設立・創業日 設立",
    "prefecture": "都道府県名",
    "industry": "主たる業種 業種コード 産業分類 日本標準産業分類 産業分類コード 主業種",
    "capital": "資本金額 資本金の額 出資金 資本金・出資金",
    "employees": "従業員数 常時従業員数 常用従業員数 社員数 従業者数 職員数",
    "annual_sales": "年商 売上 年間売上高 年間売上 直近売上高 売上金額",
    "in_deficit": "赤字",
    "files_blue_return": "青色申告",
    "invoice_status": "インボイス インボイス登録 インボイス登録状況",
    "holds_gbizid_prime": "GビズID GビズIDプライム gBizIDプライム gBizID",
    "holds_security_action": "SECURITYACTION セキュリティアクション",
    "holds_dx_certification": "DX認定",
    "holds_innovation_plan": "経営革新計画",
    "holds_management_plan": "経営力向上計画",
    "holds_advanced_equipment_plan": "先端設備等導入計画",
}
# What says it too, but is left out where a clearer column does: an address names its prefecture.
_WEAK_NAMES = {
    "name": "屋号 企業",
    "prefecture": "本社所在地 本店所在地 所在地 住所 本社住所 会社住所 都道府県コード",
    "corporate_number": "インボイス登録番号 インボイス番号 適格請求書発行事業者登録番号",
    "industry": "業種名 業種名称",
}

_YEN_UNITS = {"円": 1, "千円": 10**3, "万円": 10**4, "百万円": 10**6, "千万円": 10**7, "億円": 10**8}
_UNIT = "|".join(sorted(_YEN_UNITS, key=len, reverse=True))
_UNIT_IN_BRACKETS = re.compile(rf"\((?:単位[:は]?)?({_UNIT})(?:単位)?(?:[、,・].*?)?\)")
_UNIT_AT_END = re.compile(rf"[:・_/-]({_UNIT})$|(?<=[^百千])(千円|万円|百万円)$")
_UNIT_OF_ALL = re.compile(rf"\(?単位[:は]?({_UNIT})\)?")
_BRACKETS = str.maketrans("[]{}【】〔〕「」『』〈〉《》", "()()()()()()()()")
_MARKS = re.compile(r"^[■□●○◎◆◇▼▽※*・]+|[※*]?\(?(?:必須|任意)(?:項目)?\)?$|[*※:]+$")
_MONTH = re.compile(r"\(?((?:\d{4}|[^\d\W]+(?:\d{1,2}|元))(?:年|[-/.])\d{1,2})月?(?:分)?\)?")
_SALES_NAMES = ("月別売上高", "月次売上高", "月間売上高", "月別売上", "月次売上", "月商", "売上高", "売上", SALES)
_EXPENSE_NAMES = ("経費", "経費・投資", "投資", "費用", EXPENSES)


@dataclass(frozen=True, slots=True)
class Target:
    """What a column stands for. `key`: a field of a client or a fact; `part`: a month or a category of it."""

    key: str
    part: str = ""

    @property
    def label(self) -> str:
        if self.key in FIELD_LABELS:
            return FIELD_LABELS[self.key]
        fact = vocabulary()[self.key]
        if not self.part:
            return fact.short_label
        part = month_label(self.part) if self.key == SALES else fact.label_of(self.part)
        return f"{PARTED[self.key]}：{part}"

    @property
    def takes_yen(self) -> bool:
        return self.key not in FIELD_LABELS and vocabulary()[self.key].type in (
            FactType.YEN,
            FactType.YEN_BY_MONTH,
            FactType.YEN_BY_CATEGORY,
        )

    @property
    def is_money(self) -> bool:
        return self.takes_yen or (self.key not in FIELD_LABELS and vocabulary()[self.key].type is FactType.YEN_PER_HOUR)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file as it is read. `factor`: yen for one of its numbers; `says_unit`: not where nobody wrote
    one and yen are supposed.
    """

    index: int
    heading: str
    target: Target
    factor: int = 1
    says_unit: bool = True

    @property
    def letter(self) -> str:
        return get_column_letter(self.index + 1)

    @property
    def label(self) -> str:
        if not self.target.is_money:
            return self.target.label
        unit = "円として" if self.factor == 1 else f"{_unit_name(self.factor)}単位"
        return f"{self.target.label}（{unit}）"


def _unit_name(factor: int) -> str:
    return next(unit for unit, size in _YEN_UNITS.items() if size == factor)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table's list is. `heading`: the index of its heading row; `left_out`: columns that nobody reads."""

    table: Table
    heading: int
    columns: tuple[Column, ...]
    left_out: tuple[tuple[int, str], ...]

    @property
    def rows(self) -> Iterator[tuple[int, Row]]:
        """The rows below the headings that hold something, by their number in the file."""
        headings = _texts(self.table.rows[self.heading])
        for index, row in enumerate(self.table.rows[self.heading + 1 :], self.heading + 2):
            texts = _texts(row)
            if any(texts) and texts != headings:
                yield index, row


def layout_of(tables: Iterable[Table]) -> Layout:
    """The table that knows most headings, the first of equals. Raises TableRefused where none names a client."""
    best: tuple[int, Table, int] | None = None
    for table in tables:
        for index in range(min(len(table.rows), HEADING_WITHIN)):
            found = {target for text in _headings(table, index) if (target := target_of(text)) is not None}
            if any(target.key in NAMING for target in found) and (best is None or len(found) > best[0]):
                best = (len(found), table, index)
    if best is None:
        raise TableRefused(
            "見出しの行が見つかりません。「企業名」「法人番号」「顧客番号」のどれかの見出しを、"
            f"上から{HEADING_WITHIN}行目までに入れてください。"
        )
    return _layout(best[1], best[2])


def target_of(heading: str) -> Target | None:
    """What a heading stands for, None where nobody knows."""
    found = _recognised(heading)
    return found[0] if found else None


def _layout(table: Table, heading: int) -> Layout:
    if max(len(row) for row in table.rows) > MAX_COLUMNS:
        raise TableRefused(
            f"列が多すぎます。{MAX_COLUMNS}列までです。使わない列や、右の方に残った値を削除してください。"
        )
    unit = _unit_of_all(table.rows[:heading])
    columns: list[Column] = []
    left_out: list[tuple[int, str]] = []
    weak: set[int] = set()
    for index, shown in enumerate(_headings(table, heading)):
        found = _recognised(shown)
        if found is None:
            left_out += [(index, shown)] if shown else []
            continue
        target, factor, is_weak = found
        if target.takes_yen and factor is None and unit is not None:
            # So that the heading alone says it, also of the rows that are given back to be mended.
            shown, factor = f"{shown}（{_unit_name(unit)}）", unit
        says_unit = factor is not None or not target.takes_yen
        columns.append(Column(index, shown, target, (factor or 1) if target.takes_yen else 1, says_unit))
        weak |= {index} if is_weak else set()
    columns, dropped = _without_weak(columns, weak)
    _refuse_twice(columns)
    return Layout(table, heading, tuple(columns), tuple(sorted([*left_out, *dropped])))


def _headings(table: Table, index: int) -> list[str]:
    """Of headings in two rows, the upper one stands where nothing is below it."""
    above = [_text(cell) for cell in table.rows[index - 1]] if index else []
    texts = [_text(cell) for cell in table.rows[index]]
    texts += [""] * (len(above) - len(texts))
    return [
        text or (above[place] if place < len(above) and target_of(above[place]) else "")
        for place, text in enumerate(texts)
    ]


def _without_weak(columns: list[Column], weak: set[int]) -> tuple[list[Column], list[tuple[int, str]]]:
    """Of columns that say a thing in passing, the first, and none where another says it clearly."""
    said = {column.target for column in columns if column.index not in weak}
    kept: list[Column] = []
    for column in columns:
        if column.index not in weak or column.target not in said:
            kept.append(column)
            said.add(column.target)
    return kept, [(column.index, column.heading) for column in columns if column not in kept]


def _refuse_twice(columns: Sequence[Column]) -> None:
    by_target: dict[Target, list[Column]] = {}
    for column in columns:
        by_target.setdefault(column.target, []).append(column)
    twice = [
        f"「{target.label}」（" + "、".join(f"{column.letter}列「{column.heading}」" for column in found) + "）"
        for target, found in by_target.items()
        if len(found) > 1
    ]
    if twice:
        raise TableRefused(f"同じ項目の列が二つ以上あります：{'、'.join(twice)[:300]}。どれか一つを残してください。")


def _recognised(heading: str) -> tuple[Target, int | None, bool] | None:
    """The target, its unit in yen where one is written, and whether the heading says it only in passing."""
    text = _MARKS.sub("", fold(heading[:200]).translate(_BRACKETS))
    if not text:
        return None
    unit = _UNIT_IN_BRACKETS.search(text) or _UNIT_AT_END.search(text)
    factor = _YEN_UNITS[next(group for group in unit.groups() if group)] if unit else None
    bare = text.replace(unit[0], "") if unit else text
    for candidate in (text, bare, re.sub(r"\(.*?\)", "", bare)):
        known = names().get(candidate)
        target = known[0] if known else _part(candidate)
        if target is not None:
            return target, factor, bool(known and known[1])
    return None


def _part(text: str) -> Target | None:
    """「経費:広告宣伝費」「売上高2023-07」「2023年7月売上」."""
    head, _, rest = text.partition(":")
    if rest and head in _folded(_EXPENSE_NAMES):
        return _category(rest)
    for name in _folded(_SALES_NAMES):
        if name in text:
            month = _MONTH.fullmatch(text.replace(name, "", 1).strip(":・_の"))
            return Target(SALES, _month(month[1])) if month and _month(month[1]) else None
    return None


def _category(text: str) -> Target | None:
    """By its key, its label or the beginning of one label alone."""
    choices = vocabulary()[EXPENSES].categories
    plain = {choice.key: fold(choice.ja) for choice in choices}
    exact = [key for key, label in plain.items() if text in (key, label, re.sub(r"\(.*\)", "", label))]
    begun = [key for key, label in plain.items() if len(text) > 1 and label.startswith(text)]
    found = exact or begun
    return Target(EXPENSES, found[0]) if len(found) == 1 else None


def _month(text: str) -> str:
    """「2023-07」「2023年7」「令和5年7」 as 2023-07; "" for what is no month."""
    year, month = re.split(r"[年/.-]", text)
    try:
        return read_date(f"{year}年{month}月1日").isoformat()[:7]
    except NotReadable:
        return ""


def _unit_of_all(rows: Iterable[Row]) -> int | None:
    """「（単位：千円）」 above the table; None where nothing or more than one thing is said."""
    found = [_UNIT_OF_ALL.search(fold(_text(cell)).translate(_BRACKETS)) for row in rows for cell in row]
    units = {_YEN_UNITS[match[1]] for match in found if match}
    return units.pop() if len(units) == 1 else None


@cache
def names() -> dict[str, tuple[Target, bool]]:
    """Every heading of a whole column, folded, with what it stands for and whether it gives way to a clearer one."""
    found: dict[str, tuple[Target, bool]] = {}
    for key, label in FIELD_LABELS.items():
        _add(found, Target(key), [key, label, *_FIELD_NAMES[key].split()])
    facts = [fact for fact in vocabulary().values() if fact.key not in PARTED and fact.type is not FactType.DATETIME]
    for fact in facts:
        _add(found, Target(fact.key), [fact.key, fact.ja, fact.short_ja])
    for fact in facts:
        _add(found, Target(fact.key), [*_FACT_NAMES.get(fact.key, "").split(), _without_brackets(fact)])
    for key, words in _WEAK_NAMES.items():
        _add(found, Target(key), words.split(), is_weak=True)
    for choice in vocabulary()[EXPENSES].categories:
        _add(found, Target(EXPENSES, choice.key), [choice.ja])
    return found


def _add(found: dict[str, Any], target: Target, words: Iterable[str], *, is_weak: bool = False) -> None:
    for word in words:
        text = fold(word).translate(_BRACKETS)
        if text:
            found.setdefault(text, (target, is_weak))


def _without_brackets(fact: Fact) -> str:
    return re.sub(r"（.*?）", "", fact.ja)


@cache
def _folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold(word) for word in words)


def _texts(row: Row) -> list[str]:
    texts = [_text(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _text(cell: Any) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else "" if cell is None else str(cell)
