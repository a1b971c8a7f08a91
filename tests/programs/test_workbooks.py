"""Rates, caps and rounds as an Excel workbook: out, changed, in; and every workbook that must not be read."""

import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from hashlib import shake_256
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from eligibility.engine.document import ProgrammeDocument, dump_document
from portal.accounts.models import User
from portal.common.japanese import NotReadable
from programs import drafts, paths
from programs.exchange.workbooks import cells, saving
from programs.exchange.workbooks.guard import MAX_ROWS, MAX_SHEETS, WorkbookRefused, inspect
from programs.exchange.workbooks.layout import MAX_COLUMNS, left_out, sheets
from programs.exchange.workbooks.reading import read_workbook
from programs.models import AuditEntry, Draft
from tests.programs.officers import correction_of, publisher, writer

pytestmark = [pytest.mark.django_db]

TSUJO, CHINGIN = "率と上限：通常枠", "率と上限：賃金引上げ枠"


@pytest.fixture
def officer(programmes: None) -> User:
    return writer()


@pytest.fixture
def desk(officer: User) -> Client:
    client = Client()
    client.force_login(officer)
    return client


@pytest.fixture
def draft(officer: User) -> Draft:
    return correction_of("jizokuka", officer)


@pytest.fixture
def paper(shipped_documents: list[ProgrammeDocument]) -> Draft:
    """A draft that is in no database: most of this needs none."""
    return draft_of(dump_document(next(document for document in shipped_documents if document.program == "jizokuka")))


class Book:
    """A draft's workbook in an officer's hands."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.book: Workbook = load_workbook(io.BytesIO(saving.workbook_of(draft)))

    def column(self, sheet: str, title: str) -> int:
        return next(cell.column for cell in self.book[sheet][1] if cell.value == title)

    def row(self, sheet: str, number: str) -> int:
        return next(row[0].row for row in self.book[sheet].iter_rows() if row[0].value == number)

    def put(self, sheet: str, number: str, **values: Any) -> str:
        """Write into a row by its number; the address of the last cell."""
        row = self.row(sheet, number)
        return [self._put(sheet, row, title, value) for title, value in values.items()][-1]

    def add(self, sheet: str, **values: Any) -> int:
        """A new row below the others."""
        page = self.book[sheet]
        row = 1 + max(cell.row for line in page.iter_rows() for cell in line if cell.value is not None)
        for title, value in values.items():
            self._put(sheet, row, title, value)
        return row

    def _put(self, sheet: str, row: int, title: str, value: Any) -> str:
        cell = self.book[sheet].cell(row, self.column(sheet, title))
        cell.value = value
        return str(cell.coordinate)

    @property
    def content(self) -> bytes:
        return saved(self.book)

    @property
    def plan(self) -> saving.Plan:
        return saving.plan(self.draft, self.content)

    @property
    def faults(self) -> list[str]:
        return [str(fault) for fault in self.plan.faults]

    @property
    def document(self) -> Any:
        plan = self.plan
        assert not plan.faults, plan.faults
        return plan.document


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def upload(desk: Client, draft: Draft, content: bytes, name: str = "a.xlsx") -> HttpResponse:
    url = f"/admin/desk/files/{draft.pk}/workbook/upload/"
    return desk.post(url, {"workbook": SimpleUploadedFile(name, content)})


def confirm(desk: Client, draft: Draft, page: HttpResponse) -> HttpResponse:
    kept = re.search(r'name="kept" value="([^"]+)"', page.content.decode())
    assert kept
    return desk.post(f"/admin/desk/files/{draft.pk}/workbook/confirm/", {"kept": unescape(kept[1])})


def text_of(page: HttpResponse) -> str:
    return unescape(page.content.decode())


def draft_of(document: dict[str, Any]) -> Draft:
    return Draft(program=document["program"], version=document["version"], document=document)


# --- Out --------------------------------------------------------------------------------------------------------------


def test_an_unchanged_workbook_changes_nothing(shipped_documents: list[ProgrammeDocument]) -> None:
    for document in shipped_documents:
        unsaved = draft_of(dump_document(document))
        plan = saving.plan(unsaved, saving.workbook_of(unsaved))
        assert (plan.sections, plan.changes, plan.faults, plan.conflicts) == ((), (), (), ()), document.key


def test_every_rate_and_cap_of_the_shipped_documents_has_a_row(shipped_documents: list[ProgrammeDocument]) -> None:
    for document in shipped_documents:
        data = dump_document(document)
        drawn = sheets(data, drafts.vocabulary())
        assert left_out(data, drafts.vocabulary()) == []
        figures = str([frame["benefit"] for frame in data["frames"] if frame["benefit"]["kind"] != "open"])
        rows = [row for sheet in drawn if sheet.frame for row in sheet.rows]
        assert len(rows) == figures.count("'tiers'") + len(re.findall(r"'(?:amount|base_cap)':", figures))


def test_the_download_says_what_it_is(desk: Client, draft: Draft) -> None:
    page = desk.get(f"/admin/desk/files/{draft.pk}/workbook/download/")
    assert page["Content-Disposition"] == 'attachment; filename="jizokuka-r4-hosei2.xlsx"'
    book = load_workbook(io.BytesIO(page.content))
    assert book.sheetnames[:3] == ["説明", "公募回", TSUJO]
    rows = {row[0]: row for row in book[CHINGIN].iter_rows(values_only=True)}
    assert rows["率1-1"][1:5] == ("補助率", "補助対象経費", "直近期が赤字である", "3/4")
    assert rows["上乗せ1"][2] == "インボイス特例"
    assert book[CHINGIN]["A1"].font.bold
    assert book[CHINGIN].column_dimensions["D"].width > 40


def test_text_that_looks_like_a_formula_is_written_as_text(paper: Draft) -> None:
    for words in ("=1+1", "+81-3-1234", "-5%", "@SUM(A1)", '=HYPERLINK("http://example.jp")'):
        paper.document["time"]["rounds"][0]["name"] = words
        content = saving.workbook_of(paper)
        cell = load_workbook(io.BytesIO(content))["公募回"]["C2"]
        assert (cell.value, cell.data_type, cell.quotePrefix) == (words, "s", True)
        assert "<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet2.xml").decode()
        assert saving.plan(paper, content).sections == ()


def test_a_half_finished_draft_has_a_workbook() -> None:
    odd = "a/b[c]:*?" * 9
    document: dict[str, Any] = {
        "program": "a",
        "version": "b",
        "time": {"stage": "call", "rounds": [{}, {"id": "r1", "opens": "きのう", "cites": [{"lines": "1"}]}]},
        "frames": [
            {},
            {"slug": "x", "name_ja": odd, "benefit": {"kind": "subsidy", "parts": [{"rates": [{}]}, {}]}},
            {
                "slug": "y",
                "name_ja": "a/b[c]:*?" * 9,
                "benefit": {"kind": "credit", "rates": [{"when": {"kind": "all"}}]},
            },
            {"slug": "z", "benefit": {"kind": "subsidy", "caps": [{"amount": "五十万"}, {"amount": None}]}},
            {"slug": "twice", "benefit": {"kind": "subsidy", "caps": [{"amount": 1}]}},
            {"slug": "twice", "benefit": {"kind": "subsidy", "caps": [{"amount": 1}]}},
            {"slug": "wide", "benefit": {"kind": "subsidy", "caps": [{"cites": [{}] * 30}]}},
            {"slug": "odd", "benefit": {"kind": "subsidy", "caps": [{"cites": [{"quote": "a\x08"}]}]}},
        ],
    }
    unsaved = draft_of(document)
    plan = saving.plan(unsaved, saving.workbook_of(unsaved))
    assert (plan.sections, plan.faults, plan.conflicts) == ((), (), ())
    assert left_out(document, drafts.vocabulary()) == ["twice", "twice", "wide", "odd"]
    assert left_out({}, drafts.vocabulary()) == []
    assert sheets({"frames": "x", "time": 5}, drafts.vocabulary()) == ()


# --- In ---------------------------------------------------------------------------------------------------------------


@pytest.mark.services
def test_a_look_then_the_draft_has_it_section_by_section(desk: Client, draft: Draft, officer: User) -> None:
    book = Book(draft)
    book.put(CHINGIN, "上限1", **{"額（円）": "２５０万円"})
    book.put(CHINGIN, "率1-2", 率1="1/2")
    book.put("公募回", "回1", 締切=datetime(2024, 1, 31, 17, 0), 予定="○")
    page = upload(desk, draft, book.content)
    said = text_of(page)
    assert page.status_code == 200
    assert "250万円" in said
    assert "2024年1月31日 17:00" in said
    draft.refresh_from_db()
    assert draft.document["time"]["rounds"][0]["closes"] == "2023-12-12"

    assert confirm(desk, draft, page).headers["Location"] == f"/admin/desk/{draft.pk}/"
    draft.refresh_from_db()
    assert draft.document["time"]["rounds"][0] | {"cites": []} == {
        "id": "r14",
        "name": "第14回",
        "opens": "2023-09-20",
        "closes": "2024-01-31T17:00",
        "tentative": True,
        "cites": [],
    }
    benefit = draft.document["frames"][1]["benefit"]
    assert benefit["caps"][0]["amount"] == 2_500_000
    assert [row["tiers"] for row in benefit["parts"][0]["rates"]] == [[{"rate": "3/4"}], [{"rate": "1/2"}]]
    assert benefit["parts"][0]["rates"][0]["when"] == {"kind": "declared", "fact": "in_deficit"}
    entries = AuditEntry.objects.filter(draft=draft, action="編集")
    assert {entry.place for entry in entries} == {"公募回（Excel）", f"{CHINGIN}（Excel）"}


def test_rounds_are_added_reordered_and_removed(paper: Draft) -> None:
    book = Book(paper)
    book.put("公募回", "回1", 削除="削除")
    cite = {"出典1": "shikoku-2023", "行1": 1002, "引用1": "第15回受付締切"}
    book.add("公募回", 記号="r16", 回の名前="第16回", 受付開始="2024年4月", 締切="令和6年5月27日17時", **cite)
    book.add(
        "公募回",
        記号="r15",
        回の名前="第15回",
        対象の枠="通常枠\n創業枠、卒業枠",
        受付開始=date(2024, 1, 16),
        予定=True,
    )
    rounds = book.document["time"]["rounds"]
    assert rounds == [
        {
            "id": "r16",
            "name": "第16回",
            "opens": "2024-04",
            "closes": "2024-05-27T17:00",
            "cites": [{"source": "shikoku-2023", "lines": "1002", "quote": "第15回受付締切"}],
        },
        {
            "id": "r15",
            "name": "第15回",
            "frames": ["tsujo", "sogyo", "sotsugyo"],
            "opens": "2024-01-16",
            "tentative": True,
        },
    ]


def test_rate_and_cap_rows_are_added_without_a_condition_or_with_one_of_the_frame(paper: Draft) -> None:
    book = Book(paper)
    book.put(CHINGIN, "率1-2", 率1="2/3", **{"段1の上の端（円）": "50万円", "段の数え方": "経費", "率2": "50%"})
    book.add(
        CHINGIN, 区分="補助上限", 条件="直近期が赤字である", **{"額（円）": 3000000, "額の幅の上（円）": 4000000.0}
    )
    book.add(CHINGIN, 区分="経費ごとの上限", 対象="補助対象経費", **{"額（円）": "１，０００，０００"})
    book.add(CHINGIN, 区分="補助率", 対象="補助対象経費", 率1=0.05)
    benefit = book.document["frames"][1]["benefit"]
    assert benefit["parts"][0]["rates"][1]["tiers"] == [
        {"rate": "2/3", "up_to": 500_000, "edge": "cost"},
        {"rate": "50/100"},
    ]
    assert benefit["parts"][0]["rates"][2] == {"tiers": [{"rate": "5/100"}]}
    assert benefit["parts"][0]["caps"] == [{"amount": 1_000_000}]
    assert benefit["caps"][1] == {
        "when": {"kind": "declared", "fact": "in_deficit"},
        "amount": 3_000_000,
        "amount_high": 4_000_000,
    }


def test_a_marked_row_is_removed_and_an_emptied_list_with_it(paper: Draft) -> None:
    book = Book(paper)
    book.put(TSUJO, "上乗せ1", 削除="削除")
    book.put(CHINGIN, "率1-1", 削除="削除")
    frames = book.document["frames"]
    assert "add_ons" not in frames[0]["benefit"]
    assert len(frames[1]["benefit"]["parts"][0]["rates"]) == 1


def test_figures_of_a_tax_measure_are_changed(shipped_documents: list[ProgrammeDocument]) -> None:
    draft = draft_of(dump_document(next(d for d in shipped_documents if d.program == "dx-toshi-zeisei")))
    sheet = "率と上限：税額控除3%"
    book = Book(draft)
    book.put(sheet, "率1", 率1="５％")
    book.put(sheet, "投資額の上限", **{"額（円）": "200億円"})
    benefit = book.document["frames"][1]["benefit"]
    assert benefit["rates"][0]["tiers"] == [{"rate": "5/100"}]
    assert benefit["base_cap"] == 20_000_000_000
    assert benefit["tax_cap"] == draft.document["frames"][1]["benefit"]["tax_cap"]
    book.put(sheet, "投資額の上限", 削除="削除")
    assert not {"base_cap", "base_cap_cites"} & set(book.document["frames"][1]["benefit"])
    book.add(sheet, 区分="投資額の上限", **{"額（円）": 1})
    assert book.document["frames"][1]["benefit"]["base_cap"] == 1


def test_citations_are_changed_added_and_removed(paper: Draft) -> None:
    book = Book(paper)
    book.put(TSUJO, "上限1", 行1="９７１〜９７２", 引用1="補助上限 50万円", 出典2=None, 行2=None, 引用2=None)
    book.put(TSUJO, "率1-1", 出典2="shikoku-2023", 行2=970, 引用2="2 / 3")
    benefit = book.document["frames"][0]["benefit"]
    assert benefit["caps"][0]["cites"] == [{"source": "shikoku-2023", "lines": "971-972", "quote": "補助上限 50万円"}]
    assert benefit["parts"][0]["rates"][0]["cites"][1] == {"source": "shikoku-2023", "lines": "970", "quote": "2 / 3"}


def test_a_figure_that_there_is_once_is_not_added_twice(shipped_documents: list[ProgrammeDocument]) -> None:
    book = Book(draft_of(dump_document(next(d for d in shipped_documents if d.program == "dx-toshi-zeisei"))))
    book.add("率と上限：税額控除3%", 区分="投資額の上限", **{"額（円）": 1})
    assert any("一つだけ" in fault for fault in book.faults)


def test_columns_and_rows_may_be_moved(paper: Draft) -> None:
    """The order of the rows is the order of the table; that of the columns means nothing."""
    book = Book(paper)
    page = book.book[CHINGIN]
    rows = [[cell.value for cell in row][::-1] for row in page.iter_rows()]
    rows[1], rows[2] = rows[2], rows[1]
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            page.cell(row, column).value = value
    rates = book.document["frames"][1]["benefit"]["parts"][0]["rates"]
    assert ["when" in rate for rate in rates] == [False, True]
    assert book.document["frames"][1]["benefit"]["caps"] == paper.document["frames"][1]["benefit"]["caps"]


# --- What is wrong is told with sheet and cell ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "number", "title", "value", "said"),
    [
        ("公募回", "回1", "受付開始", "きのう", "日付は"),
        ("公募回", "回1", "受付開始", "2023-13-01", "という日はありません"),
        ("公募回", "回1", "受付開始", datetime(2024, 1, 1, 9, 0), "時刻を書けません"),
        ("公募回", "回1", "締切", "2023-12-12 25:00", "23:59"),
        ("公募回", "回1", "記号", "第14回", "英小文字"),
        ("公募回", "回1", "対象の枠", "特別枠", "「特別枠」という枠はありません"),
        ("公募回", "回1", "予定", "たぶん", "「○」"),
        ("公募回", "回1", "行1", "上のほう", "530 か 702-703"),
        ("公募回", "回1", "行1", "1-20", "12行以内"),
        ("公募回", "回1", "行1", datetime(2024, 1, 2), "日付に変わっています"),
        ("公募回", "回1", "引用1", None, "三つとも"),
        ("公募回", "回1", "削除", "はい", "「削除」と書くか"),
        (CHINGIN, "率1-1", "率1", datetime(2024, 2, 3), "日付に変わっています"),
        (CHINGIN, "率1-1", "率1", "5/4", "1以下"),
        (CHINGIN, "率1-1", "率1", 2, "1以下"),
        (CHINGIN, "率1-1", "率1", 1 / 3, "分数"),
        (CHINGIN, "率1-1", "率1", None, "一番左から"),
        (CHINGIN, "率1-1", "率1", True, "日付"),
        (CHINGIN, "率1-1", "段の数え方", "人数", "「補助額」か「経費・投資額」"),
        (CHINGIN, "率1-1", "額（円）", 5, "使いません"),
        (CHINGIN, "率1-1", "条件", "黒字である", "変えられません"),
        (CHINGIN, "率1-1", "区分", "補助上限", "変えられません"),
        (CHINGIN, "上限1", "額（円）", "たくさん", "金額を"),
        (CHINGIN, "上限1", "額（円）", -1, "0円から"),
        (CHINGIN, "上限1", "額（円）", 0.5, "1円より細かい"),
        (CHINGIN, "上限1", "額（円）", None, "入力してください"),
        (CHINGIN, "上限1", "率1", "1/2", "使いません"),
        (CHINGIN, "上限1", "番号", "上限9", "この案にありません"),
    ],
)
def test_a_wrong_cell_is_named(paper: Draft, sheet: str, number: str, title: str, value: Any, said: str) -> None:
    book = Book(paper)
    address = book.put(sheet, number, **{title: value})
    plan = book.plan
    found = [fault for fault in plan.faults if said in fault.message]
    assert found, plan.faults
    assert (found[0].sheet, found[0].cell) == (sheet, address)
    assert title in found[0].message
    assert plan.changes == ()


def test_a_wrong_new_row_is_named(paper: Draft) -> None:
    book = Book(paper)
    rows = [
        book.add(CHINGIN, 区分="補助"),
        book.add(CHINGIN, 区分="上乗せ", **{"額（円）": 1}),
        book.add(CHINGIN, 区分="補助率", 対象="備品", 率1="1/2"),
        book.add(CHINGIN, 区分="補助上限", 条件="月が出ている", **{"額（円）": 1}),
        book.add(CHINGIN, 区分="補助上限"),
        book.add(CHINGIN, 番号="上限1", 区分="補助上限", **{"額（円）": 1}),
    ]
    said = {fault.cell: fault.message for fault in book.plan.faults if fault.sheet == CHINGIN}
    expected = [
        "という区分はありません",
        "条件が要る",
        "「備品」はありません",
        "新しい条件は",
        "入力してください",
        "二つあります",
    ]
    found = [next((text for cell, text in said.items() if cell[1:] == str(row)), "") for row in rows]
    assert all(words in text for words, text in zip(expected, found, strict=True)), found


def test_a_row_that_is_gone_is_missed(paper: Draft) -> None:
    book = Book(paper)
    book.book[CHINGIN].delete_rows(book.row(CHINGIN, "上限1"))
    assert any("番号「上限1」の行がありません" in fault and "「削除」" in fault for fault in book.faults)


def test_a_round_of_a_name_already_taken_is_refused(paper: Draft) -> None:
    book = Book(paper)
    book.add("公募回", 記号="r14", 回の名前="写し")
    assert any("「r14」が二度" in fault for fault in book.faults)


def test_wrong_sheets_and_titles_are_named(paper: Draft) -> None:
    book = Book(paper)
    book.book[CHINGIN].title = "率"
    assert {"「率」：この案のブックにないシートです。", f"「{CHINGIN}」：シートがありません。"} == set(book.faults)

    book = Book(paper)
    book.book[CHINGIN]["E1"] = "補助率"
    book.book["公募回"]["B1"] = "番号"
    book.book["公募回"]["Z9"] = "メモ"
    said = "".join(book.faults)
    for words in (
        f"「{CHINGIN}」のセルE1：見出し「補助率」",
        "率1",
        "「公募回」のセルB1：見出し「番号」が二つ",
        "セルZ1",
    ):
        assert words in said

    book = Book(paper)
    del book.book["説明"]
    assert any("「説明」：シートがありません" in fault for fault in book.faults)


def test_the_workbook_of_another_draft_is_refused(draft: Draft, officer: User) -> None:
    other = Book(correction_of("dx-toshi-zeisei", officer))
    assert "ブックではありません" in str(saving.plan(draft, other.content).faults[0])


# --- Two at work ------------------------------------------------------------------------------------------------------


def save_elsewhere(draft: Draft, path: str, value: Any) -> None:
    current = Draft.objects.get(pk=draft.pk)
    stamp = paths.stamp(paths.read(current.document, path))
    drafts.save_section(draft=current, path=path, data=value, stamp=stamp, user=publisher(), place="")


@pytest.mark.services
def test_what_was_changed_elsewhere_since_the_download_is_not_overwritten(desk: Client, draft: Draft) -> None:
    book = Book(draft)
    book.put(CHINGIN, "上限1", **{"額（円）": 2_500_000})
    save_elsewhere(draft, "frames.1.benefit.caps.0.amount", 1_800_000)
    page = upload(desk, draft, book.content)
    said = text_of(page)
    assert page.status_code == 422
    assert "ダウンロードしたあとに" in said
    assert "kokai" in said
    assert "1800000" in said
    assert "2500000" in said
    assert 'name="kept"' not in said


@pytest.mark.services
def test_a_sheet_left_alone_does_not_stand_in_the_way_of_others(draft: Draft) -> None:
    book = Book(draft)
    book.put(CHINGIN, "上限1", **{"額（円）": 2_500_000})
    save_elsewhere(draft, "frames.0.benefit.caps.0.amount", 600_000)
    draft.refresh_from_db()
    plan = book.plan
    assert not plan.conflicts
    assert plan.document["frames"][0]["benefit"]["caps"][0]["amount"] == 600_000
    assert plan.document["frames"][1]["benefit"]["caps"][0]["amount"] == 2_500_000


@pytest.mark.services
def test_what_is_saved_between_look_and_confirmation_is_not_overwritten(desk: Client, draft: Draft) -> None:
    """All or nothing: the other sheet is not saved either."""
    book = Book(draft)
    book.put("公募回", "回1", 回の名前="第14回（改）")
    book.put(CHINGIN, "上限1", **{"額（円）": 2_500_000})
    page = upload(desk, draft, book.content)
    save_elsewhere(draft, "frames.1.benefit.caps.0.amount", 1_800_000)
    again = confirm(desk, draft, page)
    said = text_of(again)
    assert again.status_code == 422
    assert "kokai さんが" in said
    assert "180万円" in said
    draft.refresh_from_db()
    assert draft.document["time"]["rounds"][0]["name"] == "第14回"
    assert draft.document["frames"][1]["benefit"]["caps"][0]["amount"] == 1_800_000


@pytest.mark.services
def test_frames_that_changed_places_keep_their_own_figures(desk: Client, draft: Draft) -> None:
    book = Book(draft)
    book.put("率と上限：卒業枠", "上限1", **{"額（円）": 2_500_000})
    page = upload(desk, draft, book.content)
    frames = Draft.objects.get(pk=draft.pk).document["frames"]
    save_elsewhere(draft, "frames", [frames[0], frames[1], frames[3], frames[2], frames[4]])
    assert confirm(desk, draft, page).status_code == 302
    draft.refresh_from_db()
    caps = {frame["slug"]: frame["benefit"]["caps"][0]["amount"] for frame in draft.document["frames"]}
    assert caps == {
        "tsujo": 500_000,
        "chingin": 2_000_000,
        "kokeisha": 2_000_000,
        "sotsugyo": 2_500_000,
        "sogyo": 2_000_000,
    }


def test_a_frame_that_is_gone_is_told(desk: Client, draft: Draft) -> None:
    book = Book(draft)
    book.put("率と上限：卒業枠", "上限1", **{"額（円）": 2_500_000})
    page = upload(desk, draft, book.content)
    save_elsewhere(draft, "frames", Draft.objects.get(pk=draft.pk).document["frames"][:2])
    again = confirm(desk, draft, page)
    assert again.status_code == 422
    assert "この案にありません" in text_of(again)


def test_only_a_draft_that_may_be_written_is(desk: Client, draft: Draft) -> None:
    book = Book(draft)
    book.put("公募回", "回1", 回の名前="第15回")
    page = upload(desk, draft, book.content)
    Draft.objects.filter(pk=draft.pk).update(state="in_review")
    assert upload(desk, draft, book.content).status_code == 422
    assert "確認中" in text_of(confirm(desk, draft, page))
    assert "下書きの案だけ" in text_of(desk.get(f"/admin/desk/files/{draft.pk}/workbook/"))
    assert Draft.objects.get().document["time"]["rounds"][0]["name"] == "第14回"


def test_faults_stand_on_the_page_with_the_form(desk: Client, draft: Draft) -> None:
    book = Book(draft)
    address = book.put(CHINGIN, "上限1", **{"額（円）": "たくさん"})
    page = upload(desk, draft, book.content)
    assert page.status_code == 422
    assert f"<td>{address}</td>" in text_of(page)
    assert 'type="file"' in text_of(page)
    page = desk.post(f"/admin/desk/files/{draft.pk}/workbook/upload/")
    assert page.status_code == 422
    assert "ブックを一つ選んでください" in text_of(page)


def test_more_than_a_page_can_send_back_is_told(desk: Client, draft: Draft) -> None:
    """A workbook is compressed better than a form can be: 700 kB of hexadecimal noise are 900,000 characters."""
    book = Book(draft)
    for number in range(50):
        quote = {"出典1": "shikoku-2023", "行1": "1", "引用1": shake_256(bytes([number])).hexdigest(16_000)}
        book.add("公募回", 記号=f"x{number}", 回の名前="回", **quote)
    page = upload(desk, draft, book.content)
    assert page.status_code == 422
    assert "変わるところが多すぎます" in text_of(page)


def test_a_confirmation_is_of_this_draft_and_this_hour(desk: Client, draft: Draft, officer: User) -> None:
    book = Book(draft)
    book.put("公募回", "回1", 回の名前="第15回")
    other = correction_of("monozukuri", officer)
    with time_machine.travel("2026-07-01T10:00:00+09:00", tick=False):
        page = upload(desk, draft, book.content)
        assert confirm(desk, other, page).status_code == 422
    with time_machine.travel("2026-07-01T11:00:01+09:00", tick=False):
        assert confirm(desk, draft, page).status_code == 422
    assert desk.post(f"/admin/desk/files/{draft.pk}/workbook/confirm/").status_code == 422


@pytest.mark.services
def test_an_unchanged_workbook_says_so(desk: Client, draft: Draft) -> None:
    page = upload(desk, draft, Book(draft).content)
    assert page.status_code == 200
    assert "することはありません" in text_of(page)
    assert 'name="kept"' not in text_of(page)


def test_findings_are_shown_and_do_not_stop_the_draft(desk: Client, draft: Draft) -> None:
    book = Book(draft)
    book.put(CHINGIN, "上限1", 引用1="二百五十万円")
    page = upload(desk, draft, book.content)
    assert "frames.1.benefit.caps.0.cites.0.quote" in text_of(page)
    assert confirm(desk, draft, page).status_code == 302


# --- Workbooks that must not be read ----------------------------------------------------------------------------------


def with_part(content: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The workbook with one of its parts rewritten, or a new one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        parts = {entry: source.read(entry) for entry in source.namelist()}
        parts[name] = change(parts.get(name, b"").decode()).encode()
        for entry, part in parts.items():
            target.writestr(entry, part)
    return stream.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(content)
    return str(refused.value)


def simple(fill: Callable[[Worksheet], object], title: str = "表") -> bytes:
    book = Workbook()
    page = book.worksheets[0]
    page.title = title
    fill(page)
    return saved(book)


def test_formulas_are_refused_with_their_cells() -> None:
    said = refusal(simple(lambda page: page.append(["a", "=1+1", '=HYPERLINK("http://example.jp")'])))
    assert "「表」のセルB1：計算式" in said
    assert "「表」のセルC1：計算式" in said


def test_a_formula_with_a_stored_value_is_refused_too() -> None:
    plain = simple(lambda page: page.append([5]))
    stored = with_part(plain, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<v>5</v>", "<f>2+3</f><v>5</v>"))
    assert "セルA1：計算式" in refusal(stored)


def test_merged_cells_are_refused_with_their_address() -> None:
    assert "「表」のセルB2:C3：結合" in refusal(simple(lambda page: page.merge_cells("B2:C3")))


def test_values_of_an_error_are_refused() -> None:
    plain = simple(lambda page: page.append([5]))
    xml = "xl/worksheets/sheet1.xml"
    assert "#REF!" in refusal(with_part(plain, xml, lambda x: x.replace('t="n"><v>5', 't="e"><v>#REF!')))


def huge(rows: int, columns: int = 1) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet("表")
    for _ in range(rows):
        page.append([1] * columns)
    return saved(book)


def test_a_hundred_thousand_rows_are_refused_in_little_memory() -> None:
    content = huge(100_000)
    tracemalloc.start()
    said = refusal(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"「表」のセルA{MAX_ROWS + 2}：行が多すぎます。1,000行まで" in said
    assert peak < 40_000_000
    assert "大きすぎます" in refusal(huge(100_000, 10))


def test_a_thousand_rows_and_fifty_columns_are_read() -> None:
    grid = read_workbook(huge(MAX_ROWS + 1, MAX_COLUMNS))["表"]
    assert (len(grid.rows), len(grid.rows[0])) == (MAX_ROWS + 1, MAX_COLUMNS)
    assert "行が多すぎ" in refusal(huge(MAX_ROWS + 2))
    assert "「表」のセルAY1：列が多すぎ" in refusal(huge(1, MAX_COLUMNS + 1))


def test_cells_far_away_are_refused_without_filling_what_lies_between() -> None:
    assert "行が多すぎ" in refusal(simple(lambda page: page.cell(1_048_576, 1, "x")))
    assert "列が多すぎ" in refusal(simple(lambda page: page.cell(1, 16_384, "x")))


def test_too_many_sheets_are_refused() -> None:
    book = Workbook()
    for _ in range(MAX_SHEETS):
        book.create_sheet()
    assert "シートが多すぎます" in refusal(saved(book))


def test_only_the_first_hundred_faults_are_listed() -> None:
    said = refusal(simple(lambda page: [page.merge_cells(f"A{n}:B{n}") for n in range(1, 201)]))
    assert said.count("結合されたセル") == 100


def test_what_a_sheet_says_of_its_own_size_is_not_believed() -> None:
    plain = simple(lambda page: page.append([5]))
    xml = "xl/worksheets/sheet1.xml"
    lying = with_part(plain, xml, lambda x: re.sub(r'<dimension ref="[^"]+"', '<dimension ref="A1:XFD1048576"', x))
    assert read_workbook(lying)["表"].rows == ((5,),)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xl/vbaProject.bin", "マクロ"),
        ("xl/macrosheets/sheet1.xml", "マクロ"),
        ("xl/externalLinks/externalLink1.xml", "ほかのブックへのリンク"),
        ("xl/embeddings/oleObject1.bin", "埋め込まれたファイル"),
        ("xl/activeX/activeX1.xml", "ActiveX"),
        ("xl/connections.xml", "外部データ"),
    ],
)
def test_what_runs_or_fetches_something_is_refused(name: str, said: str) -> None:
    plain = simple(lambda page: page.append([5]))
    assert said in refusal(with_part(plain, name, lambda _: "<a/>"))


def test_a_workbook_that_calls_itself_one_with_macros_is_refused(desk: Client, draft: Draft) -> None:
    plain = simple(lambda page: page.append([5]))
    macro = with_part(
        plain,
        "[Content_Types].xml",
        lambda xml: xml.replace(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        ),
    )
    assert "マクロ" in refusal(macro)
    assert "だけを読み込めます" in text_of(upload(desk, draft, Book(draft).content, "a.xlsm"))


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><sst>&b;</sst>',
        '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><sst>&c;</sst>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><sst/>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://example.jp/x"> %b;]><sst/>',
        "<sst><si>",
        "",
        "<?xml version='1.0' encoding='no-such'?><sst/>",
    ],
)
def test_document_types_and_broken_xml_are_refused(xml: str) -> None:
    plain = simple(lambda page: page.append(["a"]))
    for part in ("xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        assert "壊れているか、受け取れないXML" in refusal(with_part(plain, part, lambda _: xml))


def test_a_bomb_in_a_part_is_refused_by_its_size() -> None:
    plain = simple(lambda page: page.append(["a"]))
    assert "大きすぎます" in refusal(with_part(plain, "xl/sharedStrings.xml", lambda _: " " * 20_000_000))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ".xlsx"),
        (b"a,b\n1,2", ".xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 500, "古い形式"),
        (b"PK\x03\x04" + b"\x00" * 500, "壊れて"),
    ],
)
def test_what_is_no_workbook_is_refused(desk: Client, draft: Draft, content: bytes, said: str) -> None:
    page = upload(desk, draft, content or b" ")
    assert page.status_code == 422
    assert said in text_of(page)


def test_a_zip_of_something_else_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr("a.yaml", "x")
    assert "Excelブック（.xlsx）ではありません" in refusal(stream.getvalue())


@given(st.binary(min_size=1, max_size=30), st.integers(0, 5_000))
def test_a_damaged_workbook_is_read_or_refused(noise: bytes, place: int) -> None:
    content = simple(lambda page: [page.append([1, "a", datetime(2024, 1, 1)]) for _ in range(5)])
    try:
        read_workbook(content[:place] + noise + content[place + len(noise) :])
    except WorkbookRefused as refused:
        assert refused.faults


_XML = st.sampled_from(
    ['t="s"', 't="d"', 't="zzz"', 'r="A0"', 'r=""', 's="99999"', 's="x"', "<v>1e999</v>", "<v>x</v>", "<is/>", "</row>"]
)


@given(_XML, st.sampled_from(['t="n"', 'r="A1"', "<v>5</v>", 'r="1"', "</c>"]))
def test_a_sheet_of_odd_cells_is_read_or_refused(new: str, old: str) -> None:
    plain = simple(lambda page: page.append([5, "a"]))
    try:
        read_workbook(with_part(plain, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(old, new)))
    except WorkbookRefused as refused:
        assert refused.faults


def test_what_decorates_a_workbook_does_not_stand_in_the_way() -> None:
    """Widths, colours, a comment, a link, a list of choices, an extension that openpyxl does not know."""

    def fill(page: Worksheet) -> None:
        page.append(["a", 5])
        page["A1"].comment = Comment("メモ", "だれか")
        page["A1"].hyperlink = "https://example.jp/"
        page.auto_filter.ref = "A1:B1"

    ext = '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    plain = simple(fill)
    content = with_part(plain, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("</worksheet>", ext))
    assert read_workbook(content)["表"].rows == (("a", 5),)


def test_inspecting_is_what_stands_before_reading() -> None:
    inspect(simple(lambda page: page.append(["=no formula is looked for here"])))


# --- Cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "typed", "value"),
    [
        (cells.yen, "５０万円", 500_000),
        (cells.yen, "1,200,000", 1_200_000),
        (cells.yen, 500000.0, 500_000),
        (cells.yen, 0, 0),
        (cells.yen, "", None),
        (cells.rate, "２／３", "2/3"),
        (cells.rate, "3%", "3/100"),
        (cells.rate, "2.5％", "25/1000"),
        (cells.rate, 0.03, "3/100"),
        (cells.rate, 0.025, "25/1000"),
        (cells.rate, 1, "100/100"),
        (cells.rate, None, ""),
        (cells.lines, 530.0, "530"),
        (cells.lines, "702－703", "702-703"),
        (cells.lines, "７０２～７０３行", "702-703"),
        (cells.opening, "2021-03", "2021-03"),
        (cells.opening, "２０２１年３月", "2021-03"),
        (cells.opening, date(2021, 3, 1), "2021-03-01"),
        (cells.opening, datetime(2021, 3, 1), "2021-03-01"),
        (cells.opening, "令和3年3月1日", "2021-03-01"),
        (cells.closing, "2023-12-12 17:00", "2023-12-12T17:00"),
        (cells.closing, "2023-12-12T17:00", "2023-12-12T17:00"),
        (cells.closing, "2023/12/12　１７：００", "2023-12-12T17:00"),
        (cells.closing, "令和5年12月12日17時30分", "2023-12-12T17:30"),
        (cells.closing, "2023-12-12 17:00:00", "2023-12-12T17:00"),
        (cells.closing, datetime(2023, 12, 12, 17, 0), "2023-12-12T17:00"),
        (cells.closing, "2023-12-12", "2023-12-12"),
        (cells.closing, None, ""),
        (cells.flag, "〇", True),
        (cells.flag, 1, True),
        (cells.flag, False, False),
        (cells.flag, None, False),
        (cells.text, 12.0, "12"),
    ],
)
def test_what_people_type_is_understood(reader: Callable[[Any], Any], typed: Any, value: Any) -> None:
    assert reader(typed) == value


@given(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes(), st.times())
)
def test_any_cell_is_read_or_refused(typed: Any) -> None:
    for reader in (cells.yen, cells.rate, cells.lines, cells.opening, cells.closing, cells.flag, cells.text):
        try:
            reader(typed)
        except NotReadable as error:
            assert str(error)


# --- In a real browser ------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_an_officer_downloads_changes_and_sends_a_workbook(
    live_server: LiveServer, browser_page: Page, desk: Client, draft: Draft, tmp_path: Path
) -> None:
    session = {"name": "sessionid", "value": desk.cookies["sessionid"].value, "url": live_server.url}
    browser_page.context.add_cookies([session])
    browser_page.goto(f"{live_server.url}/admin/desk/{draft.pk}/")
    browser_page.click("text=率の表・公募回をExcelで直す")
    with browser_page.expect_download() as download:
        browser_page.click("text=Excelブックをダウンロード")
    download.value.save_as(tmp_path / "book.xlsx")
    book = load_workbook(tmp_path / "book.xlsx")
    cell = next(cell for row in book[CHINGIN].iter_rows() for cell in row if cell.value == 2_000_000)
    for value, said in (("=1000000*2", "計算式"), ("２５０万円", "250万円")):
        cell.value = value
        book.save(tmp_path / "changed.xlsx")
        browser_page.set_input_files("#workbook", tmp_path / "changed.xlsx")
        browser_page.click("text=確かめる")
        assert said in browser_page.inner_text("#content")
    browser_page.click("text=案に保存する")
    assert "ブックの内容を案に保存しました" in browser_page.inner_text("body")
    draft.refresh_from_db()
    assert draft.document["frames"][1]["benefit"]["caps"][0]["amount"] == 2_500_000
