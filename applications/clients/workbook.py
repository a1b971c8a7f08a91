"""Reads an Excel or OpenDocument workbook in a process of its own (表計算ファイルの読み取り): see clients.tables.

Run as a script: the file on its input, one line of JSON per sheet on its output. A workbook of five kilobytes can ask
its reader for half a terabyte (one cell far away is enough); here that ends this process and nothing else. No Django.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MEGABYTE = 1024 * 1024
MEMORY = 1024 * MEGABYTE  # bytes of address space
SECONDS = 60  # of one core
MAX_SHEETS = 20
# A few more than a list may have, so that its reader can say that there are too many.
KEPT_ROWS, KEPT_COLUMNS = 10_300, 400
MAX_CHARACTERS = 15_000_000  # in all cells together
# Exit codes that the reader has a sentence for.
TOO_MANY_SHEETS, TOO_MUCH_TEXT, LOCKED, BROKEN = 3, 4, 5, 6


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return _write_sheets(sys.stdin.buffer.read())
    except PasswordError:
        return LOCKED
    except (CalamineError, ValueError, OverflowError, MemoryError):
        return BROKEN


def _write_sheets(content: bytes) -> int:
    characters = 0
    with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
        # Hidden sheets hold what people choose from, not what they look at.
        shown = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if len(shown) > MAX_SHEETS:
            return TOO_MANY_SHEETS
        for name in shown:
            rows = _rows(book.get_sheet_by_name(name))
            characters += sum(len(cell) for row in rows for cell in row if isinstance(cell, str))
            if characters > MAX_CHARACTERS:
                return TOO_MUCH_TEXT
            line = json.dumps({"title": name, "rows": rows}, ensure_ascii=False, separators=(",", ":"))
            sys.stdout.buffer.write(line.encode() + b"\n")
    return 0


def _rows(sheet: Any) -> list[list[Any]]:
    """The rows from the sheet's first on, each as far as its last cell that holds something."""
    if sheet.start is None:
        return []
    top, left = sheet.start
    if top >= KEPT_ROWS:
        return []
    found = sheet.to_python(skip_empty_area=True, nrows=KEPT_ROWS - top)
    rows: list[list[Any]] = [[] for _ in range(top)]
    for cells in found:
        values = [*([None] * left), *(_value(cell) for cell in cells)][:KEPT_COLUMNS]
        rows.append(values)
    _fill_merged(rows, sheet.merged_cell_ranges or ())
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    return rows


def _fill_merged(rows: list[list[Any]], ranges: Iterable[Any]) -> None:
    """Cells merged from top to bottom say the same of every row that they reach over."""
    for (top, left), (bottom, _) in ranges:
        for row in rows[top + 1 : bottom + 1]:
            above = rows[top][left] if left < len(rows[top]) else None
            if left < len(row) and row[left] is None:
                row[left] = above


def _value(cell: Any) -> Any:
    """As JSON: text, numbers and truth as they are, a day as {"day": ...}; None for nothing."""
    if isinstance(cell, datetime) and cell.time() == time(0):
        cell = cell.date()
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, time | timedelta):
        return str(cell)
    return None if cell == "" else cell


if __name__ == "__main__":
    sys.exit(main())
