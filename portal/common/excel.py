"""Text in the cells of a workbook (Excelのセルの文字): it stays text, also where it looks like a formula."""

from __future__ import annotations

import re

from openpyxl.cell import Cell, WriteOnlyCell

# Full-width signs too: with a Japanese keyboard, Excel takes them for the others.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What Excel cannot hold: characters that XML lacks; and text that it reads as the code of another.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet may take it for a formula, also behind apostrophes and blanks."""
    return text.lstrip("' \u3000").startswith(_FORMULA_SIGNS)


def written(text: str) -> str:
    """As a workbook's file holds it: another text only where Excel cannot hold this one, or would read it as a code."""
    return _CODED.sub("_x005F_", _UNWRITABLE.sub("\ufffd", text))


def put_text(cell: Cell | WriteOnlyCell, text: str) -> None:
    """Numbers keep their noughts and all their digits; what looks like a formula stays text when it is edited."""
    cell.value = written(text)
    cell.data_type = "s"  # openpyxl takes what begins with = for a formula, and #N/A for an error
    if text.startswith("'") or is_formula_like(text):
        cell.quotePrefix, cell.number_format = True, "@"
    elif text.isdigit():
        cell.number_format = "@"
