"""The cells of a workbook that may be read (ブックの読み取り): values only, formulas refused with their address."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from programs.exchange.workbooks.cells import MAX_NAMED, Fault, Typed
from programs.exchange.workbooks.guard import WorkbookRefused, inspect

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet's cells. `rows[0]` is the first row; rows end with their last value, empty ones are there."""

    title: str
    rows: tuple[tuple[Typed, ...], ...]

    def address(self, row: int, column: int) -> str:
        """「C5」 of positions counted from 0."""
        return f"{get_column_letter(column + 1)}{row + 1}"


def read_workbook(content: bytes) -> dict[str, Grid]:
    """The sheets by their titles. Raises WorkbookRefused: what may not be read, then every formula in it."""
    inspect(content)
    try:
        with warnings.catch_warnings():
            # It warns of decoration that it drops; only values are read here.
            warnings.simplefilter("ignore")
            sheets, faults = _sheets(content)
    except Exception as error:
        # A library that reads hostile bytes: whatever it stumbles over, the book is not read.
        logger.warning("unreadable workbook", exc_info=True)
        raise WorkbookRefused([Fault("", "", "Excelブックとして読めません。壊れています。")]) from error
    if faults:
        raise WorkbookRefused(faults[:MAX_NAMED])
    return sheets


def _sheets(content: bytes) -> tuple[dict[str, Grid], list[Fault]]:
    faults: list[Fault] = []
    book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        faults = [
            Fault(sheet.title, "", "グラフだけのシートは読めません。削除してください。") for sheet in book.chartsheets
        ]
        grids = {}
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a book says of its own size is not believed
            grids[sheet.title] = Grid(sheet.title, tuple(_rows(sheet.iter_rows())))
            faults.extend(_formulas(sheet.title, sheet.iter_rows()))
        return grids, faults
    finally:
        book.close()


def _rows(rows: Iterable[Iterable[Any]]) -> Iterator[tuple[Typed, ...]]:
    for row in rows:
        values = [cell.value for cell in row]
        while values and values[-1] in (None, ""):
            values.pop()
        yield tuple(values)


def _formulas(title: str, rows: Iterable[Iterable[Any]]) -> Iterator[Fault]:
    for row in rows:
        for cell in row:
            if cell.value is not None and cell.data_type == "f":
                yield Fault(
                    title, cell.coordinate, "計算式は読めません。値に直してください（コピーして「値の貼り付け」）。"
                )
            elif cell.value is not None and cell.data_type == "e":
                yield Fault(title, cell.coordinate, f"エラーの値（{cell.value}）が入っています。")
