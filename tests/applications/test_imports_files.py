"""Files from outside as tables: encodings, old and new formats, and what could do harm."""

from __future__ import annotations

import re
import struct
import time
import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from applications.clients.tables import MAX_COLUMNS, TableRefused, inspect, read_tables
from tests.applications.lists import csv_of, fill, ods_of, saved, xls_of, xlsx_of, zip_of

ROWS = [["企業名", "法人番号", "従業員数"], ["株式会社髙﨑①㈱", "7000012050002", "12"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_encoding_and_with_every_separator(encoding: str, delimiter: str) -> None:
    tables = read_tables(csv_of(ROWS, encoding, delimiter))
    assert ROWS in [list(map(list, table.rows)) for table in tables]


def test_utf16_with_japanese_only_is_read_the_right_way_round() -> None:
    rows = [["\u3000企業名", "\u3000メモ\u3000欄"], ["\u3000㈱", "\u3000\u3000"]]
    for encoding in ("utf-16-le", "utf-16-be"):
        assert "企業名" in str(read_tables(csv_of(rows, encoding))[0].rows[0])


def test_rows_keep_their_numbers_over_empty_lines_and_lines_within_cells() -> None:
    table = read_tables('企業名,メモ\r\n\r\nあ,"一行目\n二行目"\r\n,,,\r\nい\r\n'.encode())[0]
    assert list(map(list, table.rows)) == [["企業名", "メモ"], [], ["あ", "一行目\n二行目"], [], ["い"]]


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 ...", b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"\x81\x00\x81\x00" + bytes(300), bytes(300), b""],
)
def test_what_is_no_text_is_refused_at_once(content: bytes) -> None:
    with pytest.raises(TableRefused):
        inspect(content)


def test_a_field_that_never_ends_is_refused() -> None:
    with pytest.raises(TableRefused, match="引用符"):
        read_tables(b'"' + b"a" * 200_000)


def test_excel_cells_keep_their_kind() -> None:
    row = ["𠮷", 7000012050002, 0.03, True, date(2020, 4, 1), datetime(2020, 4, 1), None, "=cmd|' /C calc'!A0"]
    assert read_tables(xlsx_of([row]))[0].rows == [
        ["𠮷", 7000012050002.0, 0.03, True, date(2020, 4, 1), date(2020, 4, 1), None, "=cmd|' /C calc'!A0"]
    ]


def test_old_excel_and_open_document_are_read() -> None:
    cells = {(0, 0): "企業名", (0, 1): "資本金", (1, 0): "髙﨑①㈱", (1, 1): 3_000_000.0}
    expected = [["企業名", "資本金"], ["髙﨑①㈱", 3_000_000]]
    assert read_tables(xls_of(cells))[0].rows == expected
    assert read_tables(ods_of(expected))[0].rows == expected


def test_merged_cells_say_the_same_of_every_row_that_they_reach() -> None:
    book = Workbook()
    page = book.worksheets[0]
    fill(page, [["名簿", None], ["企業名", "都道府県"], ["あ", "徳島県"], ["い", None], ["う", "香川県"]])
    page.merge_cells("A1:B1")
    page.merge_cells("B3:B4")
    assert [row[1:] for row in read_tables(saved(book))[0].rows] == [
        [],
        ["都道府県"],
        ["徳島県"],
        ["徳島県"],
        ["香川県"],
    ]


def test_hidden_sheets_are_not_read() -> None:
    book = Workbook()
    fill(book.worksheets[0], ROWS)
    book.create_sheet("選択肢").sheet_state = "hidden"
    assert [table.title for table in read_tables(saved(book))] == ["Sheet"]


def test_cells_with_nothing_but_a_colour_are_no_rows() -> None:
    book = Workbook()
    fill(book.worksheets[0], ROWS)
    for row in range(3, 3000):
        book.worksheets[0].cell(row, 1).number_format = "@"
    assert len(read_tables(saved(book))[0].rows) == 2


# --- what could do harm -----------------------------------------------------------------------------------------------


def test_a_cell_far_away_ends_its_reader_and_nothing_else() -> None:
    """Five kilobytes that ask for half a terabyte."""
    book = Workbook()
    fill(book.worksheets[0], ROWS)
    book.worksheets[0]["XFD1048576"] = "x"
    content = saved(book)
    assert len(content) < 10_000
    with pytest.raises(TableRefused, match="離れたところ"):
        read_tables(content)


def test_old_excel_with_cells_far_away_is_refused() -> None:
    with pytest.raises(TableRefused, match="離れたところ"):
        read_tables(xls_of({(0, 0): "企業名", (0xFFFF, 0xFFFF): 1.0}))


def test_a_bomb_is_refused_by_its_directory() -> None:
    content = zip_of({"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": bytes(101 * 1024 * 1024)})
    assert len(content) < 200_000
    started = time.process_time()
    with pytest.raises(TableRefused, match="大きすぎ"):
        inspect(content)
    assert time.process_time() - started < 0.5, "it was unpacked"


def test_a_bomb_that_lies_about_its_size_ends_its_reader() -> None:
    content = bytearray(zip_of({"xl/workbook.xml": b"", "xl/worksheets/sheet1.xml": bytes(120 * 1024 * 1024)}))
    # In the directory, 24 bytes into the entry.
    entry = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, 1000)
    with pytest.raises(TableRefused):
        read_tables(bytes(content))


def test_a_text_that_thousands_of_cells_share_is_refused() -> None:
    """Excel keeps each text once: 32,000 letters in 1,000 cells are 32 million."""
    book = zipfile.ZipFile(BytesIO(xlsx_of([["企業名"]])))
    files: dict[str, str | bytes] = {name: book.read(name) for name in book.namelist()}
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 1001))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    space = sheet[sheet.index("xmlns=") : sheet.index(">")]
    files["xl/worksheets/sheet1.xml"] = re.sub("<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>", sheet)
    files["xl/sharedStrings.xml"] = f"<sst {space}><si><t>{'あ' * 32_000}</t></si></sst>"
    with pytest.raises(TableRefused, match="文字が多すぎ"):
        read_tables(zip_of(files))


def test_other_archives_and_locked_or_broken_books_are_refused() -> None:
    with pytest.raises(TableRefused, match="表ではありません"):
        inspect(zip_of({"word/document.xml": b"<x/>"}))
    with pytest.raises(TableRefused, match="壊れている"):
        read_tables(xlsx_of(ROWS)[:-400])
    with pytest.raises(TableRefused, match="壊れている"):
        read_tables(b"\xd0\xcf\x11\xe0" + bytes(5000))


def test_too_many_sheets_are_refused() -> None:
    with pytest.raises(TableRefused, match="20枚まで"):
        read_tables(xlsx_of(ROWS, **{f"町{number}": ROWS for number in range(20)}))


def test_more_columns_than_are_read_are_noticed() -> None:
    width = MAX_COLUMNS + 50
    assert len(read_tables(csv_of([["企業名"] * width]))[0].rows[0]) > MAX_COLUMNS
    assert len(read_tables(xlsx_of([["企業名"] * width]))[0].rows[0]) > MAX_COLUMNS


def test_our_own_reader_gives_what_openpyxl_gives() -> None:
    content = xlsx_of([*ROWS, [None, None, 5], ["=1+1"]])
    page = load_workbook(BytesIO(content)).worksheets[0]
    theirs = [[cell.value for cell in row] for row in page.iter_rows()]
    ours = [[*row, *[None] * (3 - len(row))] for row in read_tables(content)[0].rows]
    assert ours == theirs
