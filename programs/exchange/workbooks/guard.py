"""Workbooks from outside (受け取ったブックの検査): what could do harm is refused before any library reads it.

An .xlsx is a ZIP of XML. The archive's own limits come first, then every XML part is walked through once without
being kept: no document types, few rows and columns, no merged cells. Formulas are left to the reader, which names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from openpyxl.utils import coordinate_to_tuple

from programs.exchange.archives import MEGABYTE, ArchiveLimits, ArchiveRefused, is_archive, read_archive
from programs.exchange.workbooks.cells import Fault
from programs.exchange.workbooks.layout import MAX_COLUMNS

MAX_BYTES = MEGABYTE
MAX_ROWS = 1000  # below the row of titles
MAX_SHEETS = 100
_LIMITS = ArchiveLimits(files=300, each=8 * MEGABYTE, total=16 * MEGABYTE)
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_CHUNK = 64 * 1024
# Parts of a workbook that run or fetch something.
_FORBIDDEN = {
    "vba": "マクロ",
    "macrosheets": "マクロ",
    "dialogsheets": "マクロ",
    "activex": "ActiveX",
    "ctrlprops": "フォームの部品",
    "externallinks": "ほかのブックへのリンク",
    "embeddings": "埋め込まれたファイル",
    "connections": "外部データへの接続",
    "querytables": "外部データへの接続",
}


class WorkbookRefused(Exception):
    """No workbook that may be read. `faults`: every reason."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


def inspect(content: bytes) -> None:
    """Raises WorkbookRefused unless the workbook may be read."""
    parts = _parts(content)
    faults = [*_forbidden(parts), *_walked(parts)]
    if faults:
        raise WorkbookRefused(faults)


def _parts(content: bytes) -> dict[str, bytes]:
    if content.startswith(_OLD_OR_LOCKED):
        raise _refused("古い形式（.xls）か、パスワードの付いたブックです。.xlsx で保存し直してください。")
    if not is_archive(content):
        raise _refused("Excelブック（.xlsx）ではありません。")
    try:
        parts = read_archive(content, _LIMITS)
    except ArchiveRefused as refused:
        raise WorkbookRefused([Fault("", "", fault) for fault in refused.faults]) from refused
    if "[Content_Types].xml" not in parts or "xl/workbook.xml" not in parts:
        raise _refused("Excelブック（.xlsx）ではありません。")
    return parts


def _refused(message: str) -> WorkbookRefused:
    return WorkbookRefused([Fault("", "", message)])


def _forbidden(parts: Mapping[str, bytes]) -> list[Fault]:
    found = {word for name in parts for word in (_forbidden_word(name),) if word}
    if b"macroEnabled" in parts["[Content_Types].xml"]:
        found.add(_FORBIDDEN["vba"])
    return [
        Fault("", "", f"{word}のあるブックは受け取りません。取り除いて、.xlsx で保存し直してください。")
        for word in sorted(found)
    ]


def _forbidden_word(name: str) -> str:
    steps = name.lower().split("/")
    return next((word for part, word in _FORBIDDEN.items() if any(step.startswith(part) for step in steps)), "")


def _walked(parts: Mapping[str, bytes]) -> Iterator[Fault]:
    walked: dict[str, _Walk] = {}
    for name, content in parts.items():
        if PurePosixPath(name).suffix.lower() not in (".xml", ".rels", ".vml"):
            continue
        walk = walked[name] = _Walk()
        try:
            _feed(content, walk)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise _refused("ブックの中身が壊れているか、受け取れないXMLが入っています。") from error
    titles = _titles(walked)
    if len(titles) > MAX_SHEETS:
        yield Fault("", "", f"シートが多すぎます。{MAX_SHEETS}枚までです。")
    for name, walk in walked.items():
        yield from (Fault(titles.get(name, ""), cell, message) for cell, message in walk.problems)


def _feed(content: bytes, walk: _Walk) -> None:
    parser = DefusedXMLParser(target=walk, forbid_dtd=True)
    for start in range(0, len(content), _CHUNK):
        parser.feed(content[start : start + _CHUNK])
        if walk.is_over:
            return
    parser.close()


def _titles(walked: Mapping[str, _Walk]) -> dict[str, str]:
    """The part of each sheet, with the sheet's title."""
    targets = walked["xl/_rels/workbook.xml.rels"].targets if "xl/_rels/workbook.xml.rels" in walked else {}
    book = walked["xl/workbook.xml"]
    return {_part(targets[key]): title for key, title in book.sheets.items() if key in targets}


def _part(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


class _Walk:
    """Sees the elements of one part go by. `problems`: cell addresses with what is wrong there."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        self.sheets: dict[str, str] = {}  # by the key of their relation
        self.targets: dict[str, str] = {}
        self.is_over = False  # no need to see the rest
        self._rows = self._row = self._cells = 0
        self._in_data = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self.is_over:
            return
        name = tag.rpartition("}")[2]
        if name == "sheetData":
            self._in_data = True
        elif name == "row" and self._in_data:
            self._start_row(attributes)
        elif name == "c" and self._in_data:
            self._start_cell(attributes)
        elif name == "mergeCell":
            self._found(attributes.get("ref", ""), "結合されたセルは読めません。結合を解いてください。")
        elif name == "sheet":
            key = next((value for key, value in attributes.items() if key.endswith("}id")), "")
            self.sheets[key] = attributes.get("name", "")
        elif name == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def end(self, tag: str) -> None:
        if tag.rpartition("}")[2] == "sheetData":
            self._in_data = False

    def data(self, text: str) -> None:
        """Not looked at."""

    def close(self) -> None:
        """Nothing to hand over."""

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        self._rows += 1
        self._row = int(attributes.get("r", self._row + 1))
        self._cells = 0
        if max(self._row, self._rows) > MAX_ROWS + 1:
            message = f"行が多すぎます。{MAX_ROWS:,}行までです。空の行も含めて、それより下の行を削除してください。"
            self._stop(f"A{self._row}", message)

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        self._cells += 1
        place = attributes.get("r")
        row, column = coordinate_to_tuple(place) if place else (self._row, self._cells)
        if max(column, self._cells) > MAX_COLUMNS or row != self._row:
            self._stop(
                place or f"A{self._row}", f"列が多すぎます。{MAX_COLUMNS}列までです。それより右の列を削除してください。"
            )

    def _found(self, cell: str, message: str) -> None:
        self.problems.append((cell, message))
        if len(self.problems) >= 100:
            self.is_over = True

    def _stop(self, cell: str, message: str) -> None:
        self._found(cell, message)
        self.is_over = True
