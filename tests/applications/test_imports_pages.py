"""The pages of a list from a file: sent, looked through, confirmed; nobody else's, and nothing far too large."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from applications.clients import clients, imports
from applications.clients.imports import Stage, State
from applications.models import Client, ClientImport, Membership
from portal.common.jobs import INTERRUPTED, JobState
from tests.applications.lists import csv_of, read, row_of, store, xlsx_of
from tests.applications.supporters import adviser, manager, organisation

pytestmark = pytest.mark.django_db

HEADINGS = ["企業名", "会員番号", "資本金", "電話"]
INDEX = "/desk/imports/"


@pytest.fixture
def tanto() -> Membership:
    return adviser()


@pytest.fixture
def desk(tanto: Membership, client: Browser) -> Browser:
    client.force_login(tanto.user)
    return client


def page_of(imported: ClientImport, name: str = "import") -> str:
    return reverse(f"supporters:{name}", args=[imported.pk])


def send(desk: Browser, content: bytes, name: str = "名簿.csv") -> Any:
    return desk.post(INDEX, {"file": SimpleUploadedFile(name, content)})


def test_a_file_is_sent_and_its_progress_shown(desk: Browser, tanto: Membership) -> None:
    answer = send(desk, csv_of([HEADINGS, ["あ", "A-1", 5]]))
    imported = ClientImport.objects.get()
    assert answer.url == page_of(imported)
    page = desk.get(answer.url)
    assert "読み取り中" in page.text
    assert f'data-hx-get="{page_of(imported, "import_progress")}"' in page.text
    assert "あ</th>" not in page.text
    assert "名簿.csv" in desk.get(INDEX).text


def test_htmx_asks_for_the_panel_until_the_page_has_something_new(desk: Browser, tanto: Membership) -> None:
    imported = imports.request_import(acting=tanto, name="名簿.csv", content=csv_of([HEADINGS, ["あ"]]))
    address = page_of(imported, "import_progress")
    panel = desk.get(address, headers={"HX-Request": "true"})
    assert "順番を待っています" in panel.text
    assert "<html" not in panel.text
    assert desk.get(address).url == page_of(imported), "without JavaScript, the whole page"
    imports.run_import(str(imported.pk))
    assert desk.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_the_preview_says_what_each_row_would_do(desk: Browser, tanto: Membership) -> None:
    clients.create(acting=tanto, values={"name": "かわる社", "own_key": "A-1"}, profile={"capital": 1_000_000})
    clients.create(acting=tanto, values={"name": "おなじ社", "own_key": "A-2"}, profile={"capital": 2_000_000})
    rows = [
        ["かわる社", "A-1", "<b>5百万円</b>"],
        ["おなじ社", "A-2", "200万円"],
        ["あたらしい社", "A-3", "300万円", "088"],
    ]
    imported = read(tanto, csv_of([HEADINGS, *rows, ["かわる社", "A-1", "500万円"]]))
    page = desk.get(page_of(imported))
    assert "&lt;b&gt;5百万円&lt;/b&gt;" in page.text
    assert "D列「電話」" in page.text
    assert "C列「資本金」" in page.text
    assert "<del>" not in page.text

    imported = read(tanto, csv_of([HEADINGS, ["かわる社", "A-1", "500万円"], *rows[1:]]))
    page = desk.get(page_of(imported))
    assert "<del>100万円</del>" in page.text
    assert "<ins>500万円</ins>" in page.text
    assert "2社を登録する" in page.text
    assert "登録済みの内容と同じです" in page.text


def test_rows_are_shown_by_state_and_by_page(desk: Browser, tanto: Membership) -> None:
    rows = [[f"社{number}", "", "x" if number == 70 else ""] for number in range(120)]
    imported = read(tanto, csv_of([HEADINGS, *rows]))
    assert [row.number for row in desk.get(page_of(imported)).context["page"]] == list(range(2, 52))
    assert "2 / 3ページ" in desk.get(page_of(imported), {"p": 2}).text
    broken = desk.get(page_of(imported), {"state": "broken"})
    assert [row.number for row in broken.context["page"]] == [72]
    assert "新規 119" in broken.text
    for odd in ({"state": "<script>"}, {"p": "x"}, {"p": "99"}, {"state": "stored"}):
        assert desk.get(page_of(imported), odd).status_code == 200


def test_the_preview_asks_the_database_no_more_for_more_rows(
    desk: Browser, tanto: Membership, django_assert_num_queries: Any
) -> None:
    few = read(tanto, csv_of([HEADINGS, ["あ"], ["い"]]))
    many = read(tanto, csv_of([HEADINGS, *[[f"社{number}", number] for number in range(60)]]))
    store(tanto, many)
    for imported in (few, many):
        with django_assert_num_queries(7):
            desk.get(page_of(imported))
    with django_assert_num_queries(5):
        desk.get(INDEX)


def test_confirmed_by_a_button_and_then_stored(desk: Browser, tanto: Membership) -> None:
    imported = read(tanto, csv_of([HEADINGS, ["あ", "A-1"], ["い", "A-2", "x"]]))
    assert desk.post(page_of(imported, "import_confirm")).url == page_of(imported)
    imports.run_import(str(imported.pk))
    page = desk.get(page_of(imported))
    assert "1社を登録しました" in page.text
    assert page_of_client(Client.objects.get()) in page.text
    assert "登録しない1行を、理由を付けたCSVで受け取る" in page.text
    again = desk.post(page_of(imported, "import_confirm"), follow=True)
    assert "すでに登録か取りやめ" in again.text


def page_of_client(client: Client) -> str:
    return reverse("supporters:client", args=[client.pk])


def test_dismissed_by_a_button(desk: Browser, tanto: Membership) -> None:
    imported = read(tanto, csv_of([HEADINGS, ["あ"]]))
    assert "取りやめる" in desk.get(page_of(imported)).text
    assert "取り込みをやめました" in desk.post(page_of(imported, "import_dismiss"), follow=True).text
    page = desk.get(page_of(imported))
    assert "取りやめました" in page.text
    assert "社を登録する" not in page.text
    assert "取りやめられません" in desk.post(page_of(imported, "import_dismiss"), follow=True).text


def test_a_file_that_cannot_be_read_says_why_and_only_another_one_is_asked_for(
    desk: Browser, tanto: Membership
) -> None:
    imported = read(tanto, csv_of([["電話"], ["088"]]))
    page = desk.get(page_of(imported))
    assert "見出しの行が見つかりません" in page.text
    assert "ほかのファイルを送る" in page.text
    assert "もう一度" not in page.text
    assert "取りやめる" not in page.text
    assert "やり直せない" in desk.post(page_of(imported, "import_retry"), follow=True).text
    imported.refresh_from_db()
    assert imported.has_failed


def test_what_failed_by_accident_can_be_tried_again(desk: Browser, tanto: Membership) -> None:
    imported = imports.request_import(acting=tanto, name="名簿.csv", content=csv_of([HEADINGS, ["あ"]]))
    ClientImport.objects.update(state=JobState.FAILED, error=INTERRUPTED)
    assert 'type="submit">もう一度' in desk.get(page_of(imported)).text
    desk.post(page_of(imported, "import_retry"))
    imported.refresh_from_db()
    assert imported.is_open
    assert "やり直せない" in desk.post(page_of(imported, "import_retry"), follow=True).text


def test_a_column_whose_unit_is_in_doubt_is_told_of_before_the_button(desk: Browser, tanto: Membership) -> None:
    imported = read(tanto, csv_of([HEADINGS, ["あ", "", 500]]))
    text = desk.get(page_of(imported)).text
    told = text.index("500円と読みました。万円の表なら見出しを「資本金（万円）」に")
    assert text.index("金額の単位を確かめてください") < told < text.index("1社を登録する")
    assert "<td>資本金（円として）</td>" in text
    assert '<details class="disclosure disclosure--plain" open>' in text
    store(tanto, imported)
    assert "金額の単位を確かめてください" not in desk.get(page_of(imported)).text
    fine = read(tanto, csv_of([HEADINGS, ["あ", "", 3_000_000]]))
    assert "金額の単位を確かめてください" not in desk.get(page_of(fine)).text


def test_a_row_is_left_out_by_its_button_and_stays_so_on_other_pages(desk: Browser, tanto: Membership) -> None:
    imported = read(
        tanto, csv_of([HEADINGS, *[[f"社{number}", "", "x" if number == 5 else ""] for number in range(120)]])
    )
    page = desk.get(page_of(imported), {"p": 2})
    assert f'action="{page_of(imported, "import_rows")}?p=2"' in page.text
    assert page.text.count('name="leave_out"') == 50
    assert 'name="leave_out" value="7"' not in desk.get(page_of(imported)).text, "broken"

    answer = desk.post(f"{page_of(imported, 'import_rows')}?p=2&x=1", {"leave_out": "60"})
    assert answer.url == f"{page_of(imported)}?p=2#row-60"
    page = desk.get(page_of(imported), {"p": 2})
    assert 'id="row-60"' in page.text
    assert 'name="take_back" value="60"' in page.text
    assert page.text.count('name="leave_out"') == 49
    first = desk.get(page_of(imported), {"p": 1})
    assert "118社を登録する" in first.text
    assert "「登録しない」を選んだ1行も登録しません" in first.text
    assert "、見送り1" in desk.get(INDEX).text
    assert "60行目：「登録しない」を選んだ行です。" in desk.get(page_of(imported, "import_mend")).content.decode(
        "utf-8-sig"
    )

    desk.post(f"{page_of(imported, 'import_rows')}?state=skipped", {"take_back": "60"})
    assert "119社を登録する" in desk.get(page_of(imported)).text
    store(tanto, imported)
    assert 'name="leave_out"' not in desk.get(page_of(imported)).text
    late = desk.post(page_of(imported, "import_rows"), {"leave_out": "60"}, follow=True)
    assert "登録する行は変えられません" in late.text


def test_a_list_whose_rows_are_all_left_out_says_how_to_go_on(desk: Browser, tanto: Membership) -> None:
    imported = read(tanto, csv_of([HEADINGS, ["あ"]]))
    desk.post(page_of(imported, "import_rows"), {"leave_out": "2"})
    page = desk.get(page_of(imported))
    assert "「登録する行に戻す」で選び直すか" in page.text
    assert "社を登録する</button>" not in page.text


@pytest.mark.parametrize("odd", [{}, {"leave_out": "x"}, {"leave_out": "9" * 30}, {"take_back": "-1"}])
def test_rows_that_cannot_be_are_not_there(desk: Browser, tanto: Membership, odd: dict[str, str]) -> None:
    imported = read(tanto, csv_of([HEADINGS, ["あ"]]))
    assert desk.post(page_of(imported, "import_rows"), odd).status_code == 404


def test_rows_of_another_organisations_list_are_not_chosen(client: Browser) -> None:
    imported = read(manager("yoso", of=organisation("伊予商工会")), csv_of([HEADINGS, ["よその社"]]))
    client.force_login(adviser().user)
    assert client.post(page_of(imported, "import_rows"), {"leave_out": "2"}).status_code == 404
    assert row_of(imported, 2).state == State.NEW


def test_a_page_changes_nothing_by_being_looked_at(desk: Browser, tanto: Membership) -> None:
    imported = read(tanto, csv_of([HEADINGS, ["あ"]]))
    for name in ("import_confirm", "import_dismiss", "import_retry", "import_rows"):
        assert desk.get(page_of(imported, name)).status_code == 405
    imported.refresh_from_db()
    assert imported.stage == Stage.WAITING


@pytest.mark.parametrize(
    "name", ["import", "import_progress", "import_confirm", "import_dismiss", "import_retry", "import_mend"]
)
def test_another_organisations_list_is_not_there(client: Browser, name: str) -> None:
    imported = read(manager("yoso", of=organisation("伊予商工会")), csv_of([HEADINGS, ["よその社"]]), "まぼろし.csv")
    client.force_login(adviser().user)
    address = page_of(imported, name)
    assert {client.get(address).status_code, client.post(address).status_code} <= {404, 405}
    assert "まぼろし" not in client.get(INDEX).text
    imported.refresh_from_db()
    assert (imported.stage, imported.state) == (Stage.WAITING, "done")


# --- rows to be mended ------------------------------------------------------------------------------------------------


def test_rows_to_be_mended_come_back_with_their_reasons_and_can_be_sent_again(desk: Browser, tanto: Membership) -> None:
    rows = [
        ["（単位：千円）"],
        [*HEADINGS, None, "売上高"],
        ["よい", "A-1", 5],
        ["=わるい", "00012", "x", "088", None, 2],
    ]
    imported = store(tanto, read(tanto, xlsx_of(rows), name="会員.xlsx"))
    answer = desk.get(page_of(imported, "import_mend"))
    assert "%E4%BC%9A%E5%93%A1_%E8%A6%81%E4%BF%AE%E6%AD%A3.csv" in answer["Content-Disposition"]
    table = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    reason = "4行目：C列「資本金（千円）」金額を数字で入力してください（例：1200000、120万円）。"
    assert table == [
        ["企業名", "会員番号", "資本金（千円）", "電話", "", "売上高（千円）", "エラーの内容"],
        ["'=わるい", "00012", "x", "088", "", "2", reason],
    ]
    table[1][2] = "7"
    again = store(tanto, read(tanto, csv_of(table)))
    assert again.counts["stored"] == 1
    mended = Client.objects.get(name="=わるい")
    assert (mended.own_key, mended.profile) == ("00012", {"capital": 7000, "annual_sales": 2000})


def test_rows_mended_twice_have_their_newest_reason_only(desk: Browser, tanto: Membership) -> None:
    imported = read(tanto, csv_of([[*HEADINGS, "エラーの内容"], ["あ", "", "x", "", "まえの理由"]]))
    lines = desk.get(page_of(imported, "import_mend")).content.decode("utf-8-sig").splitlines()
    assert lines[0].count("エラーの内容") == 1
    assert "まえの理由" not in lines[1]


def test_skipped_rows_are_among_those_to_be_mended(desk: Browser, tanto: Membership) -> None:
    client = clients.create(acting=tanto, values={"name": "あ", "own_key": "A-1"})
    imported = read(tanto, csv_of([HEADINGS, ["あ", "A-1", 5]]))
    clients.save(acting=manager(), client=client, stamp=1, values={"notes": "先に"})
    store(tanto, imported)
    assert row_of(imported, 2).state == State.SKIPPED
    assert "ほかの人が" in desk.get(page_of(imported, "import_mend")).content.decode("utf-8-sig")


# --- what is not taken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"%PDF-1.4", "表ではありません"), (bytes(11 * 1024 * 1024), "10MBまで"), (b"", "ファイルが空です")],
)
def test_what_is_not_taken_is_told_beside_the_field(desk: Browser, content: bytes, why: str) -> None:
    answer = send(desk, content)
    assert answer.status_code == 422
    assert answer.text.count(why) == 2, "in the summary and at the field"
    assert 'aria-describedby="file-help file-error"' in answer.text
    assert not ClientImport.objects.exists()


def test_no_file_at_all(desk: Browser) -> None:
    assert "ファイルを選んで" in desk.post(INDEX).text


class Unread:
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("it was read")

    readline = read


def test_a_hundred_megabytes_are_refused_before_they_are_read(desk: Browser) -> None:
    answer = desk.generic(
        "POST",
        INDEX,
        CONTENT_TYPE="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(100 * 1024 * 1024),
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    assert "10MBまで" in answer.text


def test_a_forged_upload_is_refused(tanto: Membership) -> None:
    forger = Browser(enforce_csrf_checks=True)
    forger.force_login(tanto.user)
    assert send(forger, csv_of([HEADINGS, ["あ"]])).status_code == 403
    assert not ClientImport.objects.exists()


def test_strangers_send_nothing(client: Browser) -> None:
    assert "/accounts/login/" in send(client, csv_of([HEADINGS, ["あ"]])).url
    assert not ClientImport.objects.exists()
