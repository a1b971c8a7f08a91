"""Lists of companies as files that people send: CSV, Excel new and old, OpenDocument."""

from __future__ import annotations

import csv
import struct
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from applications.clients import imports
from applications.models import ClientImport, ImportRow, Membership

Rows = Iterable[Sequence[Any]]


def csv_of(rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    file = StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def xlsx_of(rows: Rows, title: str = "一覧", **others: Rows) -> bytes:
    """`others`: further sheets by their titles."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, lines in {title: rows, **others}.items():
        fill(book.create_sheet(name), lines)
    return saved(book)


def fill(page: Worksheet, rows: Rows) -> None:
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value is not None:
                cell = page.cell(number, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # as typed, also what begins with =


def saved(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def ods_of(rows: Rows) -> bytes:
    def cell(value: Any) -> str:
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        text = f"<text:p>{escape(str(value))}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<office:document-content xmlns:office="{names}office:1.0" xmlns:table="{names}table:1.0" '
        f'xmlns:text="{names}text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="一覧">{lines}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{names}manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zip_of({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def zip_of(files: dict[str, str | bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def xls_of(cells: dict[tuple[int, int], str | float]) -> bytes:
    """A sheet of the old Excel (BIFF8 in an OLE file): text and numbers by row and column, from 0."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def cell(row: int, column: int, value: str | float) -> bytes:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            return record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
        return record(0x0203, place + struct.pack("<d", value))

    globals_bof, sheet_bof = (struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0) for kind in (0x0005, 0x0010))
    name = struct.pack("<BB", 2, 1) + "一覧".encode("utf-16-le")
    end = record(0x000A, b"")
    start = len(record(0x0809, globals_bof)) + 4 + 6 + len(name) + len(end)
    book = record(0x0809, globals_bof) + record(0x0085, struct.pack("<IBB", start, 0, 0) + name) + end
    book += record(0x0809, sheet_bof) + b"".join(cell(*place, value) for place, value in cells.items()) + end
    return _ole(book.ljust(4096, b"\0"))


def _ole(stream: bytes) -> bytes:
    """A compound file with one stream, 「Workbook」, of 4,096 bytes or a little more."""
    sector, free, last = 512, 0xFFFFFFFF, 0xFFFFFFFE
    sectors = -(-len(stream) // sector)
    fat = [0xFFFFFFFD, last, *range(3, 2 + sectors), last]
    fat += [free] * (sector // 4 - len(fat))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, last, 0, last, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", free) * 108

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        name = (title + "\0").encode("utf-16-le")
        start = name.ljust(64, b"\0") + struct.pack("<HBBIII", len(name), kind, 1, free, free, child)
        return start + bytes(36) + struct.pack("<IQ", first, size)

    folder = entry("Root Entry", 5, 1, last, 0) + entry("Workbook", 2, free, 2, len(stream))
    folder += (bytes(64) + struct.pack("<HBBIII", 0, 0, 0, free, free, free) + bytes(48)) * 2
    return header + struct.pack("<128I", *fat) + folder + stream.ljust(sectors * sector, b"\0")


def read(acting: Membership, content: bytes, name: str = "名簿.xlsx") -> ClientImport:
    """The import of a file, after its first job."""
    return run(imports.request_import(acting=acting, name=name, content=content))


def store(acting: Membership, imported: ClientImport) -> ClientImport:
    """Confirmed, and after its second job."""
    assert imports.confirm(acting=acting, imported=imported)
    return run(imported)


def run(imported: ClientImport) -> ClientImport:
    imports.run_import(str(imported.pk))
    imported.refresh_from_db()
    return imported


def row_of(imported: ClientImport, number: int) -> ImportRow:
    return imported.rows.get(number=number)


def told(row: ImportRow) -> list[str]:
    """What is wrong with a row: the column's letter and the message."""
    return [f"{problem['letter']} {problem['message']}" for problem in row.problems]


def said(row: ImportRow) -> dict[str, str]:
    """What a row would make of a client, by label."""
    return {label: after for label, _, after in row.changes}
