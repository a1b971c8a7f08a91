"""Text in the cells of a workbook: it comes back as it was, and is never a formula or an error."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from python_calamine import CalamineWorkbook

from portal.common.excel import put_text


def saved(text: str) -> bytes:
    book = Workbook()
    put_text(book.worksheets[0]["A1"], text)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def read_back(text: str) -> Cell:
    cell: Cell = load_workbook(BytesIO(saved(text))).worksheets[0]["A1"]
    return cell


@pytest.mark.parametrize("text", ["=1+1", "+81", "-x", "@a", "＝1", "＋1", "－x", "＠a", " =1", "'=1", "'株"])
def test_what_looks_like_a_formula_is_marked_as_text(text: str) -> None:
    cell = read_back(text)
    assert (cell.value, cell.data_type, cell.quotePrefix, cell.number_format) == (text, "s", True, "@")


@pytest.mark.parametrize(
    ("text", "number_format"), [("株式会社𠮷野㈱髙﨑", "General"), ("00012", "@"), ("#N/A", "General")]
)
def test_other_text_is_text_and_numbers_keep_their_noughts(text: str, number_format: str) -> None:
    cell = read_back(text)
    assert (cell.value, cell.data_type, cell.quotePrefix, cell.number_format) == (text, "s", False, number_format)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ud800", "\ufffe"])
def test_what_excel_cannot_hold_is_replaced(character: str) -> None:
    assert read_back(f"あ{character}い").value == "あ\ufffdい"


def test_what_excel_reads_as_a_code_comes_back() -> None:
    """As Excel reads it; openpyxl leaves the code of the low line as it is."""
    book = CalamineWorkbook.from_filelike(BytesIO(saved("_x0041_")))
    assert book.get_sheet_by_index(0).to_python() == [["_x0041_"]]
