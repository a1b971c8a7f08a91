"""The workbook that an officer downloads (ブックの書き出し). Every text is text, also one that looks like a formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from eligibility.engine.benefit_terms import MONEY_LABELS
from portal.common.excel import put_text
from programs import paths
from programs.exchange.workbooks.guard import MAX_ROWS
from programs.exchange.workbooks.layout import DELETE, DELETED, GUIDE, YES, Column, Sheet, Value, section_path, texts_of
from programs.models import Draft

BOOK_MARK, STAMP_MARK = "案", "控え"
_GREY, _BLUE = PatternFill("solid", fgColor="EEEEEE"), PatternFill("solid", fgColor="DCE6F1")
_CHOICES = {DELETE: (DELETED,), "予定": (YES,), "段の数え方": tuple(MONEY_LABELS.values())}
_SPARE_ROWS = 50  # below the rows, made ready for new ones
_GUIDE = (
    "このブックで、公募回と、枠ごとの率・上限・上乗せの額を直せます。",
    "直したら保存し、ダウンロードした画面から送ってください。変わるところを確かめてから、案に保存されます。",
    "",
    "灰色の列は、行を見分けるためのものです。変えないでください。番号は、新しい行では空にします。",
    "行を足すときは、番号を空にして、表の下か間に書きます。率と上限の新しい行には、区分（と対象）も書きます。",
    "条件は、空にする（「それ以外」の行）か、同じ枠にある条件をそのまま写します。新しい条件は、画面の「編集」で作ります。",
    "行を消すときは、行を残したまま、右端の「削除」の列に「削除」と書きます。",
    "率の行も上限の行も、上から順に見て、最初に条件に当てはまる行が使われます。",
    "",
    "率は 2/3 や 3% のように、額は 500000 や 50万円 のように書きます。全角の数字も読めます。",
    "締切に時刻があるときは、2023-12-12 17:00 のように続けます。受付開始は、月だけ（2023-09）でも書けます。",
    "対象の枠は、枠ごとにセルの中で改行して書きます（Alt＋Enter）。空なら、すべての枠です。",
    "出典・行・引用は、三つで一組です。出典には、下の表の記号を書きます。",
    "",
    "計算式、結合したセル、マクロのあるブックは読み込めません。シートと見出しの名前は変えないでください。",
    "条件、下限・帯、控除の上限の割合、上乗せの追加は、このブックでは直せません。画面の「編集」で直します。",
    "下の「案」と「控え」の行は、ほかの人の変更を上書きしないためのものです。消さないでください。",
)


def write_workbook(draft: Draft, sheets: Iterable[Sheet]) -> bytes:
    """An .xlsx with these sheets of the draft, and how to use them."""
    held = list(sheets)
    book = Workbook()
    guide: Worksheet = book.worksheets[0]
    guide.title = GUIDE
    _fill_guide(guide, draft, held)
    for sheet in held:
        _fill(book.create_sheet(sheet.title), sheet)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill_guide(page: Worksheet, draft: Draft, sheets: Iterable[Sheet]) -> None:
    lines: list[tuple[Value, ...]] = [(f"{draft.name}（{draft.version}）の率・上限・公募回",), ("",)]
    lines += [(line,) for line in _GUIDE]
    lines += [("",), ("出典の記号", "資料の題名")]
    lines += [(str(s.get("id", "")), str(s.get("title", ""))) for s in _sources(draft.document)]
    lines += [("",), (BOOK_MARK, draft.key)]
    lines += [(STAMP_MARK, s.title, stamp_of(draft.document, s.frame), paths.stamp(texts_of(s))) for s in sheets]
    for row, line in enumerate(lines, 1):
        for column, value in enumerate(line, 1):
            _put(page.cell(row, column), value)
    page["A1"].font = Font(bold=True, size=14)
    for letter, width in (("A", 100), ("B", 40), ("C", 40), ("D", 40)):
        page.column_dimensions[letter].width = width


def _sources(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    sources = document.get("sources")
    return [source for source in sources if isinstance(source, dict)] if isinstance(sources, list) else []


def stamp_of(document: Mapping[str, Any], frame: str) -> str:
    """Names the content of a sheet's section, "" where there is no such section."""
    path = section_path(document, frame)
    return paths.stamp(paths.read(document, path)) if path is not None else ""


def _fill(page: Worksheet, sheet: Sheet) -> None:
    page.freeze_panes = "B2"
    last = min(len(sheet.rows) + 1 + _SPARE_ROWS, MAX_ROWS + 1)
    for place, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(place)
        page.column_dimensions[letter].width = column.width
        head = page.cell(1, place)
        _put(head, column.title)
        head.font, head.fill = Font(bold=True), _BLUE
        head.alignment = Alignment(wrap_text=True, vertical="top")
        for row in range(2, last + 1):
            held = sheet.rows[row - 2].cells[column.title] if row - 2 < len(sheet.rows) else ""
            _fill_cell(page.cell(row, place), held, column, is_new=row - 2 >= len(sheet.rows))
        _offer(page, column, f"{letter}2:{letter}{last}")


def _fill_cell(cell: Cell, value: Value, column: Column, *, is_new: bool) -> None:
    if value != "":
        _put(cell, value)
    # Text format also where nothing stands yet: Excel makes dates of 2/3 and of 1-2 elsewhere.
    cell.number_format = "#,##0" if column.kind == "yen" else "@"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if column.is_fixed and not is_new:
        cell.fill = _GREY


def _offer(page: Worksheet, column: Column, cells: str) -> None:
    choices = _CHOICES.get(column.title)
    if choices:
        validation = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
        page.add_data_validation(validation)
        validation.add(cells)


def _put(cell: Cell, value: Value) -> None:
    if isinstance(value, str):
        put_text(cell, value)
    else:
        cell.value = value
