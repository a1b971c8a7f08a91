"""Lists of clients to files: what the list shows, read back without a change, with no formula in them."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook

from applications.clients import clients, exports
from applications.clients.columns import layout_of
from applications.clients.tables import MAX_COLUMNS, read_tables
from applications.models import Client, Event, Membership
from applications.selectors import desk as selectors
from eligibility.impacts.population import companies
from programs.documents import vocabulary
from tests.applications.lists import read, store
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = pytest.mark.django_db

EXPORTS = "/desk/exports/"
FULL: dict[str, Any] = {
    "legal_form": "company",
    "prefecture": "01",
    "industry": "0911",
    "capital": 0,
    "employees": 0,
    "established_on": "1990-04-01",
    "in_deficit": False,
    "invoice_status": "converted_from_exempt",
    "it_functions": ["ec", "accounting"],
    "data_linkage": [],
    "payroll_growth": Decimal("0.50"),
    "value_added_growth": 100,
    "minimum_wage_margin": -5,
    "expenses": {"advertising": 0, "travel": 5},
    "monthly_sales": {"2019-01": 1, "2023-12": 0},
    "corporate_number": "7000012050002",
}
FORMULAS = ["=cmd|'/C calc'!A0", "+81-90-0000", "@SUM(A1)", "－1＋1", "'=1", "-2+3", "#N/A"]


@pytest.fixture
def tanto() -> Membership:
    return adviser()


@pytest.fixture
def desk(tanto: Membership, client: Browser) -> Browser:
    client.force_login(tanto.user)
    return client


def full(tanto: Membership) -> Client:
    values = {
        "name": "株式会社𠮷野①㈱髙﨑",
        "name_kana": "ヨシノ",
        "own_key": "00012",
        "tags": ["製造", "重点"],
        "notes": "一行目\n=二行目_x0041_ <script>",
        "assigned_to": tanto.user,
    }
    return clients.create(acting=tanto, values=values, profile=FULL, unknown=["annual_sales", "holds_gbizid_prime"])


def written(acting: Membership, form: exports.Form) -> bytes:
    return exports.export(acting=acting, clients=selectors.clients(acting).order_by("name"), form=form)


@pytest.mark.parametrize("form", exports.TYPES)
def test_what_is_written_is_read_back_without_a_change(tanto: Membership, form: exports.Form) -> None:
    full(tanto)
    for number, text in enumerate(FORMULAS):
        clients.create(acting=tanto, values={"name": text, "own_key": f"{text}{number}", "notes": text, "tags": [text]})
    for number, profile in enumerate(islice(companies(), 20)):
        clients.create(acting=tanto, values={"name": f"デモ{number}", "is_archived": number % 2 == 0}, profile=profile)
    imported = read(tanto, written(tanto, form), name=f"一覧.{form}")
    assert imported.error == ""
    assert [(row.name, row.changes, row.problems) for row in imported.rows.exclude(state="same")] == []
    assert imported.counts["same"] == 21 + len(FORMULAS)


@pytest.mark.parametrize("form", exports.TYPES)
def test_the_file_of_one_organisation_makes_the_same_clients_in_another(tanto: Membership, form: exports.Form) -> None:
    ours = full(tanto)
    theirs = manager("yoso", of=organisation("伊予商工会"))
    table = [[*row] for row in read_tables(written(tanto, form))[0].rows]
    drop = table[0].index("しるべ番号"), table[0].index("担当者")
    rows = [[cell for place, cell in enumerate(row) if place not in drop] for row in table]
    file = StringIO(newline="")
    csv.writer(file).writerows(rows)
    store(theirs, read(theirs, file.getvalue().encode()))
    made = Client.objects.get(organisation=theirs.organisation)
    assert made.profile == ours.profile | {"it_functions": ["accounting", "ec"]}
    assert (made.name, made.own_key, made.notes, made.tags) == (ours.name, "00012", ours.notes, ours.tags)
    assert sorted(made.unknown) == sorted(ours.unknown)


def test_no_cell_of_the_csv_begins_like_a_formula(tanto: Membership) -> None:
    full(tanto)
    for number, text in enumerate(FORMULAS):
        clients.create(acting=tanto, values={"name": text, "own_key": f"{text}{number}", "notes": text, "tags": [text]})
    content = written(tanto, "csv").decode("utf-8-sig")
    rows = list(csv.reader(StringIO(content)))
    assert len(rows) == 2 + len(FORMULAS)
    cells = [cell for row in rows for cell in row if cell]
    assert [cell for cell in cells if cell[0] in "=+@\t\r＝＋－＠" or (cell[0] == "-" and cell != "-5")] == []
    assert "-5" in cells, "a number stays a number"


def test_no_cell_of_the_workbook_is_a_formula(tanto: Membership) -> None:
    for number, text in enumerate(FORMULAS):
        clients.create(acting=tanto, values={"name": text, "own_key": f"{text}{number}"})
    page = load_workbook(BytesIO(written(tanto, "xlsx"))).worksheets[0]
    cells = [cell for row in page.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith(("=", "+", "@", "'", "-2")))
    names = {cell.value for cell in page["A"][1:]}
    assert names == {*FORMULAS, "''=1"} - {"'=1"}, "its own apostrophe is told from a guard"


def test_numbers_keep_all_their_digits_in_excel(tanto: Membership) -> None:
    full(tanto)
    rows = load_workbook(BytesIO(written(tanto, "xlsx"))).worksheets[0].iter_rows(values_only=True)
    headings, values = next(rows), next(rows)
    row = dict(zip(headings, values, strict=True))
    assert (row["法人番号（13桁）"], row["顧客番号"], row["資本金（円）"]) == ("7000012050002", "00012", 0)
    assert row["設立・開業日"].isoformat() == "1990-04-01T00:00:00"


def test_an_adviser_who_left_is_not_named(tanto: Membership) -> None:
    full(tanto)
    assert "tanto@example.jp" in written(tanto, "csv").decode()
    acting = manager()
    tanto.delete()
    assert "tanto" not in written(acting, "csv").decode()


def test_two_of_one_name_are_told_apart_by_their_addresses(tanto: Membership) -> None:
    for member in (tanto, adviser("futari")):
        member.user.first_name, member.user.last_name = "花子", "阿波"
        member.user.save()
    full(tanto)
    assert "tanto@example.jp" in written(tanto, "csv").decode()


def test_all_facts_and_many_years_fit_into_what_is_read(tanto: Membership) -> None:
    categories = len(vocabulary()["expenses"].categories)
    assert len(vocabulary()) + categories + 9 + 12 * 10 < MAX_COLUMNS


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_list_as_it_is_filtered_is_written_and_recorded(desk: Browser, tanto: Membership) -> None:
    client_of(tanto, "うずしお商店")
    client_of(tanto, "鳴門屋")
    client_of(manager("yoso", of=organisation("伊予商工会")), "うずしお（よそ）")
    page = desk.get(EXPORTS, {"q": "うずしお", "p": "2"})
    assert "1社の基本情報" in page.text
    assert 'action="/desk/exports/?q=%E3%81%86%E3%81%9A%E3%81%97%E3%81%8A"' in page.text
    assert not Event.objects.exists()
    answer = desk.post(f"{EXPORTS}?q=うずしお", {"form": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert ".csv" in answer["Content-Disposition"]
    assert ("うずしお商店" in answer.content.decode(), "鳴門屋" in answer.content.decode()) == (True, False)
    assert "よそ" not in answer.content.decode()
    assert [(event.action, event.detail) for event in Event.objects.all()] == [("支援先の書き出し", "1社（CSV）")]
    assert "no-store" in answer["Cache-Control"]


def test_excel_is_downloaded(desk: Browser, tanto: Membership) -> None:
    client_of(tanto)
    answer = desk.post(EXPORTS, {"form": "xlsx"})
    assert load_workbook(BytesIO(answer.content)).worksheets[0]["A2"].value == "うずしお商店"


def test_without_a_form_or_without_clients_nothing_is_written(desk: Browser, tanto: Membership) -> None:
    assert "書き出すものがありません" in desk.get(EXPORTS).text
    assert desk.post(EXPORTS, {"form": "csv"}).status_code == 422
    client_of(tanto)
    answer = desk.post(EXPORTS, {"form": "exe"})
    assert (answer.status_code, answer.text.count("ファイルの形を選んで")) == (422, 2)
    assert not Event.objects.exists()


def test_queries_do_not_grow_with_the_clients(tanto: Membership, django_assert_num_queries: Any) -> None:
    for number in range(3):
        client_of(tanto, f"社{number}")
        with django_assert_num_queries(3):
            written(tanto, "csv")


def test_the_template_is_a_list_that_is_read(desk: Browser) -> None:
    answer = desk.get("/desk/imports/template/")
    tables = read_tables(answer.content)
    layout = layout_of(tables)
    assert (layout.table.title, list(layout.rows), layout.left_out) == ("支援先", [], ())
    guide = {row[0]: row for row in tables[1].rows if row[0]}
    assert {column.heading for column in layout.columns} <= guide.keys()
    assert guide["業種"][2] == "58 飲食料品小売業"
    assert all(row[1] for heading, row in guide.items())
