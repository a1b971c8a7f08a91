"""Lists from outside as rows of cells (表の読み込み): CSV in the encodings that people have, Excel, OpenDocument.

What could do harm is refused before any of it is read: by size and by the archive's own directory. Workbooks are read
by a process of their own with little memory (applications.clients.workbook).
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from applications.clients import workbook
from portal.common.uploads import MEGABYTE, Limits
from programs.exchange.archives import ArchiveLimits, ArchiveRefused, inspect_archive, is_archive

UPLOADS = Limits(files=1, each=10 * MEGABYTE, total=10 * MEGABYTE)
MAX_ROWS = 10_000  # below the headings
MAX_COLUMNS = 300  # all facts, all categories of expenses and 13 years of monthly sales
MAX_CELL = 6_000  # characters; the longest text that a client has is 5,000
_UNPACKED = ArchiveLimits(files=2_000, each=100 * MEGABYTE, total=200 * MEGABYTE)
_TIMEOUT = 90  # seconds by the clock: below JOB_STALE_SECONDS
_OLE = b"\xd0\xcf\x11\xe0"  # .xls, and workbooks with a password
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LIST_SIGNS = re.compile(r"[\t\r\n,;]")
_DELIMITERS = (",", "\t", ";")

Cell = str | int | float | bool | date | None
Row = Sequence[Cell]

_NOT_A_LIST = "CSVかExcel（.xlsx、.xls）、OpenDocument（.ods）の表ではありません。表として保存し直してください。"
_REFUSALS = {
    workbook.TOO_MANY_SHEETS: f"シートが多すぎます。{workbook.MAX_SHEETS}枚までです。名簿だけを残してください。",
    workbook.TOO_MUCH_TEXT: "文字が多すぎます。名簿のシートだけを残してください。",
    workbook.LOCKED: "パスワードの付いたファイルは読めません。パスワードを外して保存し直してください。",
    workbook.BROKEN: "ファイルが壊れているか、表として読めません。Excelで開いて、.xlsx で保存し直してください。",
}
_TOO_LARGE = (
    "表が大きすぎて読めません。名簿から離れたところ（ずっと右の列や下の行）に、値が残っていないか確かめてください。"
)


class TableRefused(Exception):
    """No list that may be read. The message, in Japanese, says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet. `rows[0]` is its row 1; rows end with their last cell that holds something. `title`: "" for CSV."""

    title: str
    rows: Sequence[Row]


def inspect(content: bytes) -> None:
    """What can be told without reading the list. Raises TableRefused."""
    if not content:
        raise TableRefused("ファイルが空です。")
    if is_archive(content):
        _inspect_archive(content)
    elif not content.startswith(_OLE):
        _text(content)


def read_tables(content: bytes) -> list[Table]:
    """Every way the list can be read: the sheets of a workbook, or a CSV by each delimiter. Raises TableRefused."""
    inspect(content)
    if is_archive(content) or content.startswith(_OLE):
        return _sheets(content)
    text = _text(content)
    return [Table("", tuple(_lines(text, delimiter))) for delimiter in _DELIMITERS]


def _inspect_archive(content: bytes) -> None:
    try:
        names = inspect_archive(content, _UNPACKED)
    except ArchiveRefused as refused:
        raise TableRefused(" ".join(refused.faults[:3])) from refused
    if "xl/workbook.xml" not in names and not {"content.xml", "mimetype"} <= set(names):
        raise TableRefused(_NOT_A_LIST)


def _text(content: bytes) -> str:
    """UTF-8 and UTF-16 with or without their mark, and what Excel in Japan writes: CP932 (Shift_JIS)."""
    encodings: tuple[str, ...] = ("utf-8-sig", "cp932")
    if content.startswith(_UTF16):
        encodings = ("utf-16", "utf-16")
    elif b"\x00" in content[:200]:
        # Without their mark: the order in which the letters that every list has come out.
        encodings = ("utf-16-le", "utf-16-be")
        start = content[:2000]
        encodings = tuple(sorted(encodings, key=lambda name: -len(_LIST_SIGNS.findall(start.decode(name, "ignore")))))
    if content.startswith((b"%PDF", b"PAR1", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")):
        raise TableRefused(_NOT_A_LIST)
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise TableRefused("文字コードを読み取れません。UTF-8かShift_JISで保存し直すか、Excelのまま送ってください。")


def _lines(text: str, delimiter: str) -> Iterator[Row]:
    """A line too many is read, so that it can be said; what is to the right of all columns likewise."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader):
            if number >= workbook.KEPT_ROWS:
                return
            while cells and not cells[-1].strip():
                cells.pop()
            yield [cell or None for cell in cells[: workbook.KEPT_COLUMNS]]
    except csv.Error as error:
        raise TableRefused('CSVとして読めません。引用符（"）の閉じ忘れがないか確かめてください。') from error


def _sheets(content: bytes) -> list[Table]:
    command = [sys.executable, "-P", str(Path(workbook.__file__))]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_TIMEOUT, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise TableRefused(_TOO_LARGE) from error
    if done.returncode:
        raise TableRefused(_REFUSALS.get(done.returncode, _TOO_LARGE))
    sheets = (json.loads(line) for line in done.stdout.splitlines())
    return [Table(sheet["title"], [[_cell(cell) for cell in row] for row in sheet["rows"]]) for sheet in sheets]


def _cell(cell: Any) -> Cell:
    if isinstance(cell, str):
        return cell.replace("\x00", "\ufffd")  # which no database keeps
    return date.fromisoformat(cell["day"]) if isinstance(cell, dict) else cell
