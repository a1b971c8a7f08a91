"""What people type: widths, units, eras."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.common.japanese import (
    ERAS,
    NotReadable,
    read_count,
    read_date,
    read_percent,
    read_yen,
    write_date,
    write_date_with_era,
    write_yen,
)


@pytest.mark.parametrize(
    ("typed", "yen"),
    [
        ("1200000", 1_200_000),
        ("1,200,000", 1_200_000),
        ("１，２００，０００円", 1_200_000),
        (" ¥1,200,000 ", 1_200_000),
        ("￥５００", 500),
        ("120万", 1_200_000),
        ("1,200万円", 12_000_000),
        ("1億5千万円", 150_000_000),
        ("1億2,000万円", 120_000_000),
        ("２億　３０００万", 230_000_000),
        ("1.5万", 15_000),
        ("千五百万円", 15_000_000),
        ("2千5百30円", 2_530),
        ("1兆円", 10**12),
        ("0", 0),
        ("▲500", -500),
        ("－500円", -500),
    ],
)
def test_yen(typed: str, yen: int) -> None:
    assert read_yen(typed) == yen


@pytest.mark.parametrize(
    "typed", ["", "円", "abc", "1,2", "1e5", "億3", "万", "5千千", "3万2億", "1.5", "12-3", "--1", "1" * 61, "∞", "%s"]
)
def test_what_is_no_whole_yen_is_refused(typed: str) -> None:
    with pytest.raises(NotReadable):
        read_yen(typed)


@given(st.integers(min_value=0, max_value=10**15))
def test_yen_written_is_read_back(yen: int) -> None:
    assert read_yen(write_yen(yen)) == yen
    assert read_yen(f"{yen:,}") == yen


@pytest.mark.parametrize(
    ("typed", "count"), [("12", 12), ("１２人", 12), ("3社", 3), ("5年", 5), ("5か年", 5), ("1,000名", 1000), ("0", 0)]
)
def test_counts(typed: str, count: int) -> None:
    assert read_count(typed) == count


@pytest.mark.parametrize("typed", ["1.5", "4人半", "人", "約5人", "1〜3"])
def test_what_is_no_count_is_refused(typed: str) -> None:
    with pytest.raises(NotReadable):
        read_count(typed)


@pytest.mark.parametrize(
    ("typed", "percent"),
    [("3", 3), ("３．５％", Decimal("3.5")), ("1.5%", Decimal("1.5")), ("△2", -2), ("2パーセント", 2), ("3.0", 3)],
)
def test_percentages(typed: str, percent: int | Decimal) -> None:
    assert read_percent(typed) == percent


@pytest.mark.parametrize("typed", ["", "三", "1,5", "3%4", "NaN", "1e3"])
def test_what_is_no_percentage_is_refused(typed: str) -> None:
    with pytest.raises(NotReadable):
        read_percent(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "2023年10月1日",
        "2023-10-01",
        "2023/10/1",
        "2023.10.1",
        "20231001",
        "２０２３年１０月１日",
        "令和5年10月1日",
        "令和５年　１０月　１日",
        "R5.10.1",
        "r5/10/1",
        "令5.10.1",
    ],
)
def test_one_day_in_many_forms(typed: str) -> None:
    assert read_date(typed) == date(2023, 10, 1)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("平成31年4月30日", date(2019, 4, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("H元.1.8", date(1989, 1, 8)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("大正15年12月24日", date(1926, 12, 24)),
    ],
)
def test_the_edges_of_the_eras(typed: str, day: date) -> None:
    assert read_date(typed) == day


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("平成31年5月1日", "平成の期間"),
        ("令和元年4月30日", "令和の期間"),
        ("昭和64年1月8日", "昭和の期間"),
        ("2023-02-29", "という日はありません"),
        ("令和5年13月1日", "という日はありません"),
        ("5年10月1日", "のように入力"),
        ("きのう", "のように入力"),
        ("100%", "のように入力"),
    ],
)
def test_what_is_no_day_is_refused_with_the_reason(typed: str, says: str) -> None:
    with pytest.raises(NotReadable, match=says):
        read_date(typed)


@given(st.dates(min_value=ERAS[-1].first, max_value=date(2099, 12, 31)))
def test_a_day_written_is_read_back(day: date) -> None:
    assert read_date(write_date(day)) == day


@pytest.mark.parametrize(
    "typed", ["2024年3月27日(水)", "令和6年3月27日（水）", "2024-03-27 (水曜日)", "R6.3.27（水・祝）"]
)
def test_a_weekday_may_stand_behind(typed: str) -> None:
    assert read_date(typed) == date(2024, 3, 27)


def test_another_weekday_is_a_mistake() -> None:
    with pytest.raises(NotReadable, match="2024年3月27日は水曜日です"):
        read_date("2024年3月27日(木)")


@pytest.mark.parametrize(
    ("day", "text"),
    [(date(2023, 10, 1), "2023年（令和5年）10月1日"), (date(2019, 5, 1), "2019年（令和元年）5月1日")],
)
def test_a_day_with_its_era(day: date, text: str) -> None:
    assert write_date_with_era(day) == text
