"""Lists of clients as files (一覧の書き出し): CSV and Excel that the import reads back without a change.

What would be a formula in a spreadsheet is text here: in CSV behind an apostrophe, in Excel by its type.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import Any, Literal

from django.db.models import QuerySet
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from applications.clients.cells import NONE_OF_SET, guarded, joined_tags, unguarded
from applications.clients.clients import UNKNOWN_TEXT
from applications.clients.columns import EXPENSES, FIELD_LABELS, ID, PARTED, SALES, Target
from applications.clients.imports import TO_MEND
from applications.models import Client, ClientImport, Event, Membership
from applications.selectors import desk
from eligibility.engine.facts import Fact, FactType
from eligibility.industries import industry_label
from eligibility.results import readable_profile
from portal.accounts.models import User
from portal.common.excel import put_text
from portal.common.prefectures import PREFECTURES
from programs.documents import vocabulary

Form = Literal["csv", "xlsx"]
TYPES: Mapping[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
REASON = "エラーの内容"
SHEET, GUIDE = "支援先", "書き方"
# Always there, in this order; other facts where a client has them.
_FIRST = ("name", "name_kana", "corporate_number", "own_key", "tags", "assigned_to", "notes", "is_archived", ID)
_ALWAYS = ("legal_form", "prefecture", "industry", "capital", "employees", "annual_sales", "established_on")

Value = str | int | date | None
_HEAD_FONT, _HEAD_FILL = Font(bold=True), PatternFill("solid", fgColor="DCE6F1")
_WIDTHS = {"name": 32, "notes": 40, "industry": 28, "corporate_number": 16}

_HOW = {
    FactType.BOOL: "「はい」「いいえ」「わからない」のどれか（○・×でも可）",
    FactType.COUNT: "数字（例：12）。全角や「12人」でも可",
    FactType.YEN: "金額（例：5000000、500万円）。見出しを「（千円）」などに変えると、その単位で読みます",
    FactType.YEN_PER_HOUR: "1時間あたりの円（例：30）",
    FactType.PERCENT: "％を付けて入力（例：3%、1.5%）",
    FactType.DATE: "日付（例：2020-04-01、令和2年4月1日）",
    FactType.ENUM: "次のどれか",
    FactType.SET: f"次から選び、「、」で区切る。どれにも当たらないときは「{NONE_OF_SET}」",
}
_HOW_KEYS = {
    "name": "新しく登録する企業では必須。200文字まで",
    "name_kana": "企業名の読み",
    "corporate_number": "13桁の数字。登録済みの企業は、まずこの番号で見分けます",
    "own_key": "貴機関で付けている番号。法人番号のない企業は、この番号で見分けます",
    "tags": "「、」で区切って20個まで",
    "assigned_to": "職員の氏名かメールアドレス。「未定」で担当なし。ほかの名前は読みません",
    "notes": "5,000文字まで",
    "is_archived": "支援を終えた企業は「はい」",
    ID: "書き出した一覧に付く番号。新しい企業では空にし、付いている番号は変えないでください",
    "prefecture": "都道府県の名前（例：徳島県）。都道府県から始まる住所でも可",
    "industry": "日本標準産業分類の番号（2〜4桁）。名前が付いていても可",
}
_EXAMPLES = {
    "name": "株式会社うずしお商店",
    "name_kana": "カブシキガイシャウズシオショウテン",
    "corporate_number": "7000012050002",
    "own_key": "A-0012",
    "tags": "製造、重点",
    "assigned_to": "担当 太郎",
    "notes": "初回の相談は4月",
    "is_archived": "いいえ",
    ID: "",
    "prefecture": "徳島県",
    "industry": "58 飲食料品小売業",
    "capital": "5000000",
    "annual_sales": "80000000",
}
_EXAMPLES_OF_TYPES = {
    FactType.BOOL: "はい",
    FactType.COUNT: "12",
    FactType.YEN: "1000000",
    FactType.YEN_PER_HOUR: "30",
    FactType.PERCENT: "3%",
    FactType.DATE: "2020-04-01",
}


def heading_of(target: Target) -> str:
    """A heading that the import reads as this very column."""
    if target.key in FIELD_LABELS:
        return FIELD_LABELS[target.key]
    fact = vocabulary()[target.key]
    if target.part:
        return f"{PARTED[target.key]}：{target.part if target.key == SALES else fact.label_of(target.part)}（円）"
    unit = {FactType.YEN: "円", FactType.PERCENT: "％"}.get(fact.type)
    return f"{fact.short_label}（{unit}）" if unit else fact.short_label


def export(*, acting: Membership, clients: QuerySet[Client], form: Form) -> bytes:
    """The clients as a file, in their order. Who took them out of the portal is recorded."""
    people = _names(member.user for member in desk.members(acting))
    rows = [_row(client, people) for client in clients.defer("search_text").iterator(chunk_size=500)]
    targets = _targets(rows)
    table: list[list[Value]] = [[heading_of(target) for target in targets]]
    table += [[row.get(target) for target in targets] for row in rows]
    content = _csv(table) if form == "csv" else _xlsx(table, [_width(target) for target in targets])
    Event.record(acting, "支援先の書き出し", f"{len(rows)}社（{'Excel' if form == 'xlsx' else 'CSV'}）")
    return content


def to_mend(imported: ClientImport) -> bytes:
    """The rows that were not stored with the reasons beside them, as CSV to be mended and sent again."""
    columns = [column for column in imported.columns if column["letter"]]
    places = {column["letter"]: column["heading"] for column in columns}
    rows = list(imported.rows.filter(state__in=TO_MEND).values_list("number", "values", "problems"))
    width = max([len(values["cells"]) for _, values, _ in rows], default=0)
    letters = [get_column_letter(place + 1) for place in range(width)]
    kept = [place for place, letter in enumerate(letters) if places.get(letter, "") != REASON]
    table: list[list[Value]] = [[places.get(letters[place], "") for place in kept] + [REASON]]
    for number, values, problems in rows:
        cells = values["cells"] + [""] * (width - len(values["cells"]))
        table.append([*(cells[place] for place in kept), f"{number}行目：{_reasons(problems)}"])
    return _csv(table)


def template() -> bytes:
    """An empty list as Excel, with a sheet that says what each column takes."""
    facts = [fact for fact in vocabulary().values() if fact.key not in PARTED and fact.type is not FactType.DATETIME]
    keys = [*_FIRST, *_ALWAYS]
    targets = [*map(Target, keys), *(Target(fact.key) for fact in facts if fact.key not in keys)]
    book = Workbook(write_only=True)
    _fill(book.create_sheet(SHEET), [[heading_of(target) for target in targets]], [_width(t) for t in targets])
    guide: list[list[Value]] = [["見出し", "書き方", "例"], *(_guide(target) for target in targets)]
    for choice in vocabulary()[EXPENSES].categories:
        guide.append([heading_of(Target(EXPENSES, choice.key)), "使う区分だけを列にする。金額（税抜）", "900000"])
    guide.append([heading_of(Target(SALES, "2023-07")), "月ごとに列にする。金額", "2400000"])
    guide.append([None, "空のセルは、登録済みの内容を変えません。使わない列は、消してかまいません。", None])
    _fill(book.create_sheet(GUIDE), guide, [44, 90, 28])
    return _saved(book)


def _guide(target: Target) -> list[Value]:
    if target.key in FIELD_LABELS:
        return [heading_of(target), _HOW_KEYS[target.key], _EXAMPLES[target.key]]
    fact = vocabulary()[target.key]
    how = _HOW_KEYS.get(fact.key) or _HOW[fact.type]
    if fact.values:
        how += "：" + "／".join(choice.ja for choice in fact.values)
    example = fact.values[0].ja if fact.values else _EXAMPLES_OF_TYPES.get(fact.type, "")
    return [heading_of(target), how, _EXAMPLES.get(fact.key, example)]


def _reasons(problems: Iterable[Mapping[str, str]]) -> str:
    return "　".join(
        f"{problem['letter']}列「{problem['column']}」{problem['message']}" if problem["letter"] else problem["message"]
        for problem in problems
    )


def _names(people: Iterable[User]) -> dict[int, str]:
    """By id, a name that only this member of the organisation has."""
    held = list(people)
    names = [person.get_full_name() for person in held]
    return {
        person.pk: name if name and names.count(name) == 1 else person.email or person.get_username()
        for person, name in zip(held, names, strict=True)
    }


def _targets(rows: Iterable[Mapping[Target, Value]]) -> list[Target]:
    used = {target for row in rows for target in row}
    keys = [*_FIRST, *_ALWAYS]
    keys += [key for key in vocabulary() if key not in keys and any(target.key == key for target in used)]
    return [target for key in keys for target in _columns_of(key, used)]


def _columns_of(key: str, used: Iterable[Target]) -> list[Target]:
    if key not in PARTED:
        return [Target(key)]
    parts = {target.part for target in used if target.key == key}
    known = [choice.key for choice in vocabulary()[key].categories] or sorted(parts)
    return [Target(key, part) for part in known if part in parts]


def _row(client: Client, people: Mapping[int, str]) -> dict[Target, Value]:
    """What there is of a client, by column."""
    row: dict[Target, Value] = {
        Target(ID): str(client.pk),
        Target("name"): client.name,
        Target("name_kana"): client.name_kana,
        Target("own_key"): client.own_key,
        Target("tags"): joined_tags(client.tags),
        Target("assigned_to"): people.get(client.assigned_to_id or 0, ""),
        Target("notes"): client.notes,
        Target("is_archived"): "はい" if client.is_archived else "いいえ",
    }
    for key, value in readable_profile(client.profile, vocabulary()).items():
        if key in PARTED:
            row |= {Target(key, part): amount for part, amount in value.items()}
        else:
            row[Target(key)] = _value(vocabulary()[key], value)
    # Of a fact in parts there is no column that could say it.
    row |= {Target(key): UNKNOWN_TEXT for key in client.unknown if key in vocabulary() and key not in PARTED}
    return row


def _value(fact: Fact, value: Any) -> Value:
    """A parsed answer as the import reads it back."""
    if fact.key == "prefecture":
        return PREFECTURES.get(value, "")
    if fact.key == "industry":
        return industry_label(value)
    if fact.type is FactType.BOOL:
        return "はい" if value else "いいえ"
    if fact.type is FactType.ENUM:
        return fact.label_of(value)
    if fact.type is FactType.SET:
        return "、".join(choice.ja for choice in fact.values if choice.key in value) or NONE_OF_SET
    if fact.type is FactType.PERCENT:
        return f"{value:f}%"
    return value if isinstance(value, int | date) else str(value)


def _csv(table: Iterable[Sequence[Value]]) -> bytes:
    """UTF-8 with its mark, so that Excel knows; every cell in quotes, so that no other separator makes a cell."""
    file = StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerows([["" if cell is None else guarded(str(cell)) for cell in row] for row in table])
    return file.getvalue().encode("utf-8-sig", "replace")


def _xlsx(table: Iterable[Sequence[Value]], widths: Sequence[int]) -> bytes:
    book = Workbook(write_only=True)
    _fill(book.create_sheet(SHEET), table, widths)
    return _saved(book)


def _fill(page: Worksheet, table: Iterable[Sequence[Value]], widths: Sequence[int]) -> None:
    page.freeze_panes = "B2"
    for place, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(place)].width = width
    for number, row in enumerate(table):
        page.append(list(_heads(page, row)) if number == 0 else [_written(page, cell) for cell in row])


def _heads(page: Worksheet, row: Iterable[Value]) -> Iterator[WriteOnlyCell]:
    for value in row:
        head = WriteOnlyCell(page, value)
        head.font, head.fill = _HEAD_FONT, _HEAD_FILL
        head.alignment = Alignment(wrap_text=True, vertical="top")
        yield head


def _written(page: Worksheet, value: Value) -> Any:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(page)
    # An apostrophe of its own would be taken for a guard by the import: then there is one more.
    put_text(cell, guarded(value) if unguarded(value) != value else value)
    return cell


def _saved(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _width(target: Target) -> int:
    return _WIDTHS.get(target.key, 18)
