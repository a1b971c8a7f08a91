"""The list of a delivery (一覧), as a workbook in the ZIP and as the first pages of the joined PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from django.template.loader import render_to_string
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from applications.batches.contents import Entry
from applications.clients.listing import VERDICTS
from applications.models import Batch
from portal.common.excel import put_text
from portal.common.japanese import write_date

LIST_NAME = "000_一覧.xlsx"  # before all sheets
_HEADINGS = {
    "番号": 6,
    "企業名": 40,
    "法人番号": 16,
    "顧客番号": 16,
    **{f"枠の数：{label}": 14 for label in VERDICTS.values()},
    "ページ数": 10,
    "ファイル": 50,
    "作れなかった理由": 60,
}


def write_list(entries: Sequence[Entry]) -> bytes:
    """An .xlsx with a row for each client. Every text is text, also one that looks like a formula."""
    book = Workbook()
    page: Worksheet = book.worksheets[0]
    page.title = "一覧"
    page.freeze_panes = "C2"
    for place, (heading, width) in enumerate(_HEADINGS.items(), 1):
        page.column_dimensions[get_column_letter(place)].width = width
        cell = page.cell(1, place)
        _put(cell, heading)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for row, entry in enumerate(entries, 2):
        for place, value in enumerate(_values(entry), 1):
            _put(page.cell(row, place), value)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def contents_html(batch: Batch, entries: Sequence[Entry], *, own_pages: int, made_on: date) -> str:
    """The table of contents as an HTML document. `own_pages`: how many it takes itself, before the first sheet."""
    return render_to_string(
        "supporters/batches/contents.html",
        {
            "batch": batch,
            "as_of": write_date(batch.as_of),
            "made_on": write_date(made_on),
            "verdicts": VERDICTS.values(),
            "rows": _rows(entries, own_pages + 1),
            "failed": [entry for entry in entries if not entry.is_made],
        },
    )


def _values(entry: Entry) -> list[str | int]:
    verdicts = [entry.verdicts.get(verdict, "") for verdict in VERDICTS]
    pages = entry.pages or ""
    texts = (entry.name, entry.corporate_number, entry.own_key)
    return [entry.number, *texts, *verdicts, pages, entry.archived_as, entry.problem]


def _rows(entries: Sequence[Entry], first_page: int) -> list[dict[str, Any]]:
    """Those that were made, each with the page on which it begins."""
    rows: list[dict[str, Any]] = []
    for entry in entries:
        if entry.is_made:
            counts = [entry.verdicts[verdict] for verdict in VERDICTS]
            rows.append({"entry": entry, "counts": counts, "page": first_page})
            first_page += entry.pages
    return rows


def _put(cell: Cell, value: str | int) -> None:
    if isinstance(value, int):
        cell.value = value
    elif value:
        put_text(cell, value)
