"""Figures read out of Japanese texts, as the sources and 公募要領 print them."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.engine.criteria import yen
from eligibility.engine.figures import SEPARATOR, Figures, figures_in, same_unit
from eligibility.engine.printed_days import PrintedDay


def amounts(text: str) -> set[int]:
    return {int(q.value) for q in figures_in(text).quantities if q.kind == "yen"}


def percents(text: str) -> set[Fraction]:
    return {q.value for q in figures_in(text).quantities if q.kind == "percent"}


def counts(text: str) -> set[tuple[int, str]]:
    return {(int(q.value), q.unit) for q in figures_in(text).quantities if q.kind == "count"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("上限は50万円です", {500_000}),
        ("５０万円", {500_000}),
        ("5, 000円", {5_000}),
        ("2,000 億円", {200_000_000_000}),
        ("1兆1,485億円", {1_148_500_000_000}),
        ("1億5,000万円", {150_000_000}),
        ("1.5億円", {150_000_000}),
        ("3,000千円", {3_000_000}),
        ("50百万円と5千万円", {50_000_000}),
        ("100～1,250万円", {1_000_000, 12_500_000}),
        ("100万円〜6,000万円", {1_000_000, 60_000_000}),
        ("10・20万円", {100_000, 200_000}),
        ("1億～2億円", {100_000_000, 200_000_000}),
        ("最大450万", {4_500_000}),
        ("補助上限（万円） 750", {7_500_000}),
        ("単位：千円 1,250", {1_250_000}),
        ("課税所得がゼロである", {0}),
        ("①50万円以下、②50万円超～350万円", {500_000, 3_500_000}),
        ("従業員20人、300人", set()),
        (f"300{SEPARATOR}万円", set()),
    ],
)
def test_yen(text: str, expected: set[int]) -> None:
    assert amounts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2/3", {Fraction(200, 3)}),
        ("２／３", {Fraction(200, 3)}),
        ("2 / 3 (赤字事業者は3 / 4)", {Fraction(200, 3), Fraction(75)}),
        ("①3/4以内、②2/3以内", {Fraction(75), Fraction(200, 3)}),
        ("1/2～2/3", {Fraction(50), Fraction(200, 3)}),
        ("三分の二", {Fraction(200, 3)}),
        ("100分の20", {Fraction(20)}),
        ("30％", {Fraction(30)}),
        ("年率平均3.0%(一部5.0%)以上", {Fraction(3), Fraction(5)}),
        ("10～20パーセント", {Fraction(10), Fraction(20)}),
        ("3割", {Fraction(30)}),
        ("5% ^{*3}", {Fraction(5)}),
        ("2/0", set()),
        ("2023/12/12", set()),
    ],
)
def test_rates_and_percentages(text: str, expected: set[Fraction]) -> None:
    assert percents(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("従業員数6～20人", {(6, "人"), (20, "人")}),
        ("10者以上", {(10, "者")}),
        ("直近6か月間のうち任意の3か月", {(6, "か月"), (3, "か月")}),
        ("事業計画（3～5年）", {(3, "年"), (5, "年")}),
        ("2～3週間", {(2, "週間"), (3, "週間")}),
        ("三つ以上", {(3, "つ")}),
        ("10万人", {(100_000, "人")}),
        ("50万円", set()),
        ("令和3年1月", set()),
    ],
)
def test_counts(text: str, expected: set[tuple[int, str]]) -> None:
    assert counts(text) == expected


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("20人以上", "以上"),
        ("20 人 以 上", "以上"),
        ("20人以下", "以下"),
        ("20人以内", "以下"),
        ("20人まで", "以下"),
        ("20人超", "超"),
        ("20人を超える", "超"),
        ("20人を上回る", "超"),
        ("20人未満", "未満"),
        ("20人に満たない", "未満"),
        ("20（人）以上", "以上"),
        ("20人の", None),
    ],
)
def test_what_stands_behind_a_figure(text: str, limit: str | None) -> None:
    (quantity,) = figures_in(text.replace("（人）", "人）")).quantities
    assert quantity.limit == limit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年12月12日", PrintedDay(12, 12, 2023)),
        ("2023 年 12 月 12 日(火)", PrintedDay(12, 12, 2023, 1)),
        ("令和5年12月12日（火・祝）", PrintedDay(12, 12, 2023, 1)),
        ("令和元年5月1日", PrintedDay(5, 1, 2019)),
        ("2023年（令和5年）12月12日", PrintedDay(12, 12, 2023)),
        ("12月12日", PrintedDay(12, 12)),
        ("2023/12/12", PrintedDay(12, 12, 2023)),
        ("2023.12.12", PrintedDay(12, 12, 2023)),
        ("R5.8.1~", PrintedDay(8, 1, 2023)),
        ("①3/31 17:00〆切", PrintedDay(3, 31)),
        ("8月18日～31日", PrintedDay(8, 31)),
        ("令和4年度末まで", PrintedDay(3, 31, 2023)),
        ("令和5年度当初", PrintedDay(4, 1, 2023)),
        ("令和6年2月末", PrintedDay(2, 29, 2024)),
        ("3月に公募開始", PrintedDay(3)),
        ("令和3年1～3月のいずれか", PrintedDay(2, None, 2021)),
        ("2019年1月～2020年3月", PrintedDay(1, None, 2019)),
    ],
)
def test_days_and_months(text: str, expected: PrintedDay) -> None:
    assert expected in figures_in(text).days


def test_no_day_is_read_where_none_is_printed() -> None:
    text = "直近6か月間、13月1日、2/3以内、03-6632-1502、第14回"
    assert figures_in(text).days == ()


@pytest.mark.parametrize(
    ("text", "hour"),
    [("17:00", "17:00"), ("午後5時", "17:00"), ("17時30分", "17:30"), ("正午", "12:00"), ("9時半", "09:30")],
)
def test_hours(text: str, hour: str) -> None:
    assert figures_in(f"12月12日(火) {text}").hours == (hour,)


@pytest.mark.parametrize("text", ["24時間", "25時", "17:75"])
def test_what_is_no_hour(text: str) -> None:
    assert figures_in(text).hours == ()


def test_years_are_read_without_a_day_too() -> None:
    assert figures_in("令和2年度3次補正予算、2023年、R5.8.1").years == (2020, 2023)


def test_a_day_without_year_is_of_one_of_the_years_given() -> None:
    printed = PrintedDay(12, 12, None, 1)
    assert printed.may_be(date(2023, 12, 12), [2023])
    assert not printed.may_be(date(2023, 12, 12), [2024])
    assert not printed.may_be(date(2024, 12, 12), [2024])  # a Thursday


def test_units_that_mean_the_same() -> None:
    assert same_unit("人", "名")
    assert same_unit("", "者")
    assert not same_unit("人", "か月")


@given(st.integers(1, 10**15))
def test_yen_as_we_print_them_are_read_back(amount: int) -> None:
    assert amount in amounts(f"上限は{yen(amount)}です。")


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_days_are_read_back(day: date) -> None:
    (printed,) = figures_in(f"締切：{day.year}年{day.month}月{day.day}日({'月火水木金土日'[day.weekday()]})").days
    assert printed.may_be(day, [])
    assert not printed.may_be(day + timedelta(days=1), [])


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(figures_in(text), Figures)


@given(st.text("0123456789０１,.／/~～-()（）年月日:時分円万億千%％人以上超①令和RHS¦ ", max_size=60))
def test_any_heap_of_digits_can_be_read(text: str) -> None:
    assert isinstance(figures_in(text), Figures)


def test_endless_digits_are_no_figure() -> None:
    assert figures_in("9" * 5000 + "円").quantities == ()
