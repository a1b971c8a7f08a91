"""What headings and cells of people's lists mean, and what they are told where nobody can tell."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.clients import cells
from applications.clients.cells import CellRefused, guarded, read_fact, text_of, unguarded
from applications.clients.columns import EXPENSES, FIELD_LABELS, PARTED, SALES, Target, layout_of, target_of
from applications.clients.exports import heading_of
from applications.clients.tables import Table, TableRefused
from applications.clients.units import column_advice, doubtful
from programs.documents import vocabulary


def layout(*rows: list[Any]) -> Any:
    return layout_of([Table("", rows)])


# --- headings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("会社名", "name"),
        ("事業者名 ※必須", "name"),
        ("【企業名】", None),
        ("■商号", "name"),
        ("ﾌﾘｶﾞﾅ", "name_kana"),
        ("ふりがな", "name_kana"),
        ("会員番号", "own_key"),
        ("備　考", "notes"),
        ("担当者（任意）", "assigned_to"),
        ("法人番号(13桁)", "corporate_number"),
        ("インボイス登録番号", "corporate_number"),
        ("従業員数\n（人）", "employees"),
        ("従業員数（パート除く）", "employees"),
        ("資本金（千円）", "capital"),
        ("資本金 [万円]", "capital"),
        ("資本金：百万円", "capital"),
        ("住所", "prefecture"),
        ("設立年月日", "established_on"),
        ("年商", "annual_sales"),
        ("gBizIDプライム", "holds_gbizid_prime"),
        ("SECURITY ACTION", "holds_security_action"),
        ("電話番号", None),
        ("No", None),
        ("経費", None),
        ("", None),
    ],
)
def test_headings_as_people_write_them(heading: str, key: str | None) -> None:
    assert target_of(heading) == (Target(key) if key else None)


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("経費：広告宣伝費", Target(EXPENSES, "advertising")),
        ("経費:advertising", Target(EXPENSES, "advertising")),
        ("経費：広告宣伝費・販売促進費（千円）", Target(EXPENSES, "advertising")),
        ("旅費", Target(EXPENSES, "travel")),
        ("経費：建物", None),  # three categories begin so
        ("月別売上高：2023-07", Target(SALES, "2023-07")),
        ("2023年7月売上", Target(SALES, "2023-07")),
        ("売上高（令和5年7月）", Target(SALES, "2023-07")),
        ("売上高 R5.7", Target(SALES, "2023-07")),
        ("月別売上高：2023-13", None),
        ("売上高前年比", None),
    ],
)
def test_expenses_and_months_as_columns(heading: str, target: Target | None) -> None:
    assert target_of(heading) == target


def test_our_own_headings_and_every_label_and_key_are_read_back() -> None:
    facts = [fact for fact in vocabulary().values() if fact.key not in PARTED]
    for fact in facts:
        for heading in (fact.key, fact.ja, fact.short_label, heading_of(Target(fact.key))):
            assert target_of(heading) == Target(fact.key), heading
    parts = [Target(EXPENSES, choice.key) for choice in vocabulary()[EXPENSES].categories]
    for target in [*map(Target, FIELD_LABELS), *parts, Target(SALES, "2023-07")]:
        assert target_of(heading_of(target)) == target


def test_the_heading_row_is_found_below_titles_and_beside_empty_columns() -> None:
    found = layout(["会員名簿（会社名の順）"], [], [None, "会社名", None, "TEL", "資本金"], [None, "あ"])
    assert [(column.letter, column.target.key) for column in found.columns] == [("B", "name"), ("E", "capital")]
    assert found.left_out == ((3, "TEL"),)
    assert [number for number, _ in found.rows] == [4]


def test_a_heading_that_stands_a_row_higher_is_taken_where_nothing_is_below_it() -> None:
    found = layout(["企業名", "経費", None, "電話"], [None, "経費：旅費", "経費：広告宣伝費", None], ["あ", 1, 2, 3])
    assert [column.target for column in found.columns] == [
        Target("name"),
        Target(EXPENSES, "travel"),
        Target(EXPENSES, "advertising"),
    ]


def test_a_repeated_heading_row_and_empty_rows_are_no_companies() -> None:
    found = layout(["企業名", "法人番号"], ["あ"], [], ["企業名", "法人番号"], ["い"])
    assert [number for number, _ in found.rows] == [2, 5]


def test_the_unit_of_the_whole_list_goes_into_its_headings() -> None:
    found = layout(["（単位：千円）"], ["企業名", "資本金", "売上高（円）", "従業員数"], ["あ"])
    assert [(column.heading, column.factor) for column in found.columns] == [
        ("企業名", 1),
        ("資本金（千円）", 1000),
        ("売上高（円）", 1),
        ("従業員数", 1),
    ]


def test_every_money_column_is_told_with_its_unit() -> None:
    headings = ["企業名", "資本金", "売上高（千円）", "経費：旅費", "minimum_wage_margin", "従業員数", "法人税額"]
    labels = {column.heading: column.label for column in layout(headings, ["あ"]).columns}
    assert labels["資本金"] == "資本金（円として）"
    assert labels["売上高（千円）"] == "売上高（千円単位）"
    assert labels["経費：旅費"] == "経費：旅費（円として）"
    assert labels["minimum_wage_margin"].endswith("（円として）")
    assert (labels["企業名"], labels["従業員数"]) == ("企業名", "従業員")


def found_doubtful(*rows: Any) -> dict[str, str]:
    """The headings in doubt, each with the cell that is told."""
    found = layout(*rows)
    return {c.heading: text for c, text in doubtful(found.columns, [row for _, row in found.rows]).items()}


@pytest.mark.parametrize(
    ("heading", "amounts", "told"),
    [
        ("資本金", [500, 1000, 300], "500"),
        ("資本金", ["5,000", 99_999.0], "5,000"),
        ("資本金", [0, None, "不明", 300], "300"),
        ("資本金", [500, 1000, 100_000], "500"),  # most, not all: of a list in 千円, the largest companies
        ("資本金", [500, 3_000_000], None),
        ("資本金", [100_000], None),
        ("資本金", ["500円", "300万円"], None),  # they say it themselves
        ("資本金", [0, None], None),
        ("資本金（円）", [500], None),
        ("資本金（万円）", [500], None),
        ("年商", [80_000, 950_000], "80000"),
        ("年商", [5_000_000], None),
        ("経費：旅費", [300], "300"),
        ("経費：旅費", [30_000], None),
        ("2023年7月売上", [240], "240"),
        ("従業員数", [5], None),
        ("minimum_wage_margin", [30], None),
    ],
)
def test_a_column_without_unit_is_in_doubt_where_most_numbers_are_too_small(
    heading: str, amounts: list[Any], told: str | None
) -> None:
    found = found_doubtful(["企業名", heading], *[["あ", amount] for amount in amounts])
    assert found == ({heading: told} if told else {})


def test_a_unit_above_the_table_leaves_no_doubt() -> None:
    rows = [["企業名", "資本金"], ["あ", 500]]
    assert found_doubtful(["（単位：円）"], *rows) == found_doubtful(["（単位：千円）"], *rows) == {}
    assert found_doubtful(["（単位：円）", "（単位：千円）"], *rows) == {"資本金": "500"}


@pytest.mark.parametrize("heading", ["資本金", "■資本金※", "出資金", "2023年7月売上", "経費：旅費", "売上高（直近）"])
def test_the_heading_that_is_advised_is_read_with_its_unit(heading: str) -> None:
    column = layout(["企業名", heading], ["あ", 5]).columns[1]
    advised = re.findall("「(.+?)」", column_advice(column, "5"))
    factors = [(found.target, found.factor) for found in layout(["企業名", advised[0]], ["あ"]).columns[1:]]
    assert factors == [(column.target, 10_000)]
    assert advised[1].endswith("（千円）")


def test_the_same_column_twice_is_refused_with_both_places() -> None:
    with pytest.raises(TableRefused, match=r"「企業名」（A列「会社名」、C列「事業者名」）"):
        layout(["会社名", "資本金", "事業者名"], ["あ"])


def test_an_address_gives_way_to_the_prefecture_of_its_own() -> None:
    found = layout(["企業名", "住所", "都道府県", "所在地"], ["あ"])
    assert [column.heading for column in found.columns] == ["企業名", "都道府県"]
    assert found.left_out == ((1, "住所"), (3, "所在地"))
    assert [column.heading for column in layout(["企業名", "住所", "所在地"], ["あ"]).columns] == ["企業名", "住所"]


def test_a_list_that_names_no_company_is_refused() -> None:
    with pytest.raises(TableRefused, match="見出しの行が見つかりません"):
        layout(["資本金", "従業員数"], [1, 2])


def test_the_sheet_with_most_known_headings_is_the_list() -> None:
    guide = Table("書き方", [["企業名", "説明"], ["資本金", "説明"]])
    companies = Table("名簿", [["企業名", "資本金"], ["あ", 1]])
    assert layout_of([guide, companies]).table is companies


# --- cells ------------------------------------------------------------------------------------------------------------


def fact(key: str, cell: Any, **more: Any) -> Any:
    return read_fact(vocabulary()[key], cell, **more)


@pytest.mark.parametrize(
    ("key", "cell", "value"),
    [
        ("corporate_number", 7000012050002.0, "7000012050002"),
        ("corporate_number", "Ｔ７０００-０１２０５-０００２", "7000012050002"),
        ("employees", 12.0, 12),
        ("employees", "１２名", 12),
        ("capital", "1,000万円", 10_000_000),
        ("capital", "￥３，０００，０００", 3_000_000),
        ("established_on", date(1990, 4, 1), "1990-04-01"),
        ("established_on", "昭和55年４月１日", "1980-04-01"),
        ("established_on", 20200401.0, "2020-04-01"),
        ("in_deficit", "○", True),
        ("in_deficit", "無", False),
        ("in_deficit", True, True),
        ("in_deficit", 0.0, False),
        ("in_deficit", "わからない", cells.UNKNOWN),
        ("capital", "不明", cells.UNKNOWN),
        ("prefecture", "徳島", "36"),
        ("prefecture", "〒770-0001 徳島県徳島市", "36"),
        ("prefecture", 9.0, "09"),
        ("prefecture", "北海道", "01"),
        ("prefecture", "京都", "26"),
        ("industry", 58.0, "58"),
        ("industry", "I58", "58"),
        ("industry", "09 食料品製造業", "09"),
        ("industry", 9.0, "09"),
        ("industry", "飲食料品小売業", "58"),
        ("industry", "飲食店", "76"),
        ("legal_form", "株式会社", "company"),
        ("legal_form", "個人", "sole_proprietor"),
        ("legal_form", "医療法人", "medical_corporation"),
        ("legal_form", "会社", "company"),
        ("it_functions", "受発注、会計", ["accounting", "ordering"]),
        ("it_functions", "なし", []),
        ("payroll_growth", "1.5%", Decimal("1.5")),
        ("payroll_growth", "０．５％", Decimal("0.5")),
        ("payroll_growth", 3.0, 3),
        ("minimum_wage_margin", "▲5円", -5),
    ],
)
def test_cells_as_people_write_them_and_as_excel_stores_them(key: str, cell: Any, value: Any) -> None:
    assert fact(key, cell) == value


@pytest.mark.parametrize(
    ("cell", "factor", "yen"),
    [(5000.0, 1000, 5_000_000), ("1.5", 10**6, 1_500_000), ("500万円", 1000, 5_000_000), ("2,400", 1000, 2_400_000)],
)
def test_a_number_is_of_its_columns_unit_and_a_written_unit_of_its_own(cell: Any, factor: int, yen: int) -> None:
    assert fact("capital", cell, factor=factor) == yen
    assert fact(EXPENSES, cell, part="travel", factor=factor) == yen


@pytest.mark.parametrize(
    ("key", "cell", "advice"),
    [
        ("corporate_number", "7000012050003", "打ち間違い"),
        ("corporate_number", "7.00001E+12", "桁が失われて"),
        ("corporate_number", "123", "13桁"),
        ("employees", "約12人", "数字で入力"),
        ("employees", 1.5, "小数点のない数"),
        ("capital", "五百まん", "金額を数字で"),
        ("capital", -1.0, "0から"),
        ("capital", 0.5, "1円より細かい"),
        ("established_on", "昭和64年1月8日", "昭和の期間に入りません"),
        ("established_on", 44105.0, "日付は"),
        ("established_on", "令和2年", "日付は"),
        ("in_deficit", "たぶん", "「はい」"),
        ("prefecture", "大坂府", "都道府県の名前"),
        ("prefecture", "48", "都道府県コード"),
        ("industry", "小売業", "日本標準産業分類"),
        ("industry", "2次加工業", "日本標準産業分類"),
        ("industry", "00", "日本標準産業分類"),
        ("legal_form", "法人", "「個人事業主」"),
        ("invoice_status", "登録している", "免税事業者から転換"),
        ("it_functions", "会計、給与", "「決済」"),
        # Excel stores 3% as 0.03.
        ("payroll_growth", 0.03, "％を付けた文字"),
        ("payroll_growth", "0.5", "％を付けた文字"),
        ("payroll_growth", "a" * 7000, "長すぎ"),
        ("capital", "5\x0000", "制御文字"),
        ("capital", float("inf"), "金額を数字で"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused_with_what_to_type(key: str, cell: Any, advice: str) -> None:
    with pytest.raises(CellRefused, match=advice):
        fact(key, cell)


def test_months_and_categories_have_no_unknown_of_their_own() -> None:
    with pytest.raises(CellRefused, match="空にしてください"):
        fact(EXPENSES, "わからない", part="travel")


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000", "-", "―", "－"])
def test_what_people_put_where_nothing_is_counts_as_empty(cell: Any) -> None:
    assert cells.is_blank(cell)


@pytest.mark.parametrize(
    "text", ["=1+1", "+81-90", "-x", "@a", "\t=1", "＝1", "＋1", "－x", "＠a", " =1", "'=1", "''=1"]
)
def test_formulas_are_guarded_and_read_back(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@given(st.text(max_size=20))
def test_every_text_comes_back_from_behind_its_guard(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["-5", "-1,200", "12", "株式会社", "'株"])
def test_numbers_and_words_need_no_guard(text: str) -> None:
    assert guarded(text) == text == text_of(text)
