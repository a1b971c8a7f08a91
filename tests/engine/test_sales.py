"""Drops in sales: named boundaries, and every verdict against all completions of the absent months."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.engine.calendar import parse_as_of
from eligibility.engine.criteria import Case
from eligibility.engine.criteria.sales import MonthlyDrop, SalesDrop
from eligibility.engine.truth import Truth

DAY = "2021-03-20"
WINDOW = ("2020-09", "2020-10", "2020-11", "2020-12", "2021-01", "2021-02")
BASES = {
    "2020-09": ("2019-09",),
    "2020-10": ("2019-10",),
    "2020-11": ("2019-11",),
    "2020-12": ("2019-12",),
    "2021-01": ("2019-01", "2020-01"),
    "2021-02": ("2019-02", "2020-02"),
}
MONTHS = (*WINDOW, *(base for bases in BASES.values() for base in bases))
DROP = SalesDrop(percent=Decimal(10), window=6, months=3, base_first="2019-01", base_last="2020-03")
SHARP = MonthlyDrop(percent=Decimal(30), in_months=("2021-01", "2021-02", "2021-03"), years_back=(1, 2))
# Both rules are monotone in every month, so nothing sold and the largest sum allowed stand for all answers.
EXTREMES = (0, 10**15)
Sales = Mapping[str, int]


def judge(criterion: SalesDrop | MonthlyDrop, sales: Sales | None, day: str = DAY) -> Truth:
    profile = {} if sales is None else {"monthly_sales": dict(sales)}
    return criterion.judge(Case(profile, parse_as_of(day))).truth


def fell_by(percent: int, now: int, base: int) -> bool:
    return base > 0 and 100 * now <= (100 - percent) * base


def any_three_fell(sales: Sales) -> bool:
    return any(
        fell_by(10, sum(sales[m] for m in three), sum(max(sales[b] for b in BASES[m]) for m in three))
        for three in combinations(WINDOW, 3)
    )


def over_completions(sales: Sales, absent: list[str], holds: Callable[[Sales], bool]) -> Truth:
    outcomes = {
        holds({**sales, **dict(zip(absent, values, strict=True))}) for values in product(EXTREMES, repeat=len(absent))
    }
    return Truth.UNKNOWN if len(outcomes) > 1 else Truth.MET if outcomes.pop() else Truth.UNMET


def flat(now: int, base: int) -> dict[str, int]:
    """Every month of the window sold `now`, every month of the base `base`."""
    return {month: now if month in WINDOW else base for month in MONTHS}


amounts = st.sampled_from([0, 1, 89, 90, 91, 99, 100, 101, 111, 10**12])


@given(st.fixed_dictionaries(dict.fromkeys(MONTHS, amounts)), st.sets(st.sampled_from(MONTHS), max_size=5))
def test_sales_drop_over_completions(sales: dict[str, int], absent: set[str]) -> None:
    given_months = {month: value for month, value in sales.items() if month not in absent}
    assert judge(DROP, given_months) is over_completions(given_months, sorted(absent), any_three_fell)


@pytest.mark.parametrize(
    ("now", "base", "truth"),
    [
        (900_000_000, 1_000_000_000, Truth.MET),  # exactly 10 %
        (900_000_001, 1_000_000_000, Truth.UNMET),  # 9.9999999 %
        (90, 100, Truth.MET),
        (0, 0, Truth.UNMET),  # a base of 0 cannot have fallen
        (0, 1, Truth.MET),
    ],
)
def test_sales_drop_exact(now: int, base: int, truth: Truth) -> None:
    assert judge(DROP, flat(now, base)) is truth


def test_sales_drop_of_three_months_that_are_not_consecutive() -> None:
    sales = flat(100, 100) | {"2020-09": 90, "2020-11": 90, "2021-01": 90}
    assert judge(DROP, sales) is Truth.MET
    assert judge(DROP, sales | {"2020-11": 91}) is Truth.UNMET


def test_sales_drop_january_against_the_better_of_two_years() -> None:
    sales = flat(100, 100) | {"2020-01": 90, "2019-01": 130}
    assert judge(DROP, sales | {"2019-01": 133}) is Truth.UNMET  # 300 of 333: 9.9 %
    assert judge(DROP, sales | {"2019-01": 134}) is Truth.MET  # 300 of 334: 10.2 %


def test_sales_drop_months_after_the_window_count_for_nothing() -> None:
    sales = flat(100, 100)
    assert judge(DROP, sales | {"2021-03": 0, "2021-04": 0, "2021-05": 0}) is Truth.UNMET


def test_sales_drop_window_moves_with_the_day() -> None:
    sales = flat(100, 100) | {"2021-03": 0, "2019-03": 100, "2020-03": 100}
    assert judge(DROP, sales, "2021-03-31") is Truth.UNMET
    assert judge(DROP, sales, "2021-04-01") is Truth.MET


def test_sales_drop_settled_by_the_known_months_alone() -> None:
    sales = {"2020-09": 0, "2020-10": 0, "2020-11": 0, "2019-09": 1}
    assert judge(DROP, sales) is Truth.MET


def test_sales_drop_absent() -> None:
    assert judge(DROP, None) is Truth.UNKNOWN
    assert judge(DROP, {}) is Truth.UNKNOWN


SHARP_BASES = {f"2021-{n:02}": (f"2020-{n:02}", f"2019-{n:02}") for n in (1, 2, 3)}
SHARP_MONTHS = (*SHARP_BASES, *(base for bases in SHARP_BASES.values() for base in bases))


def any_month_fell(sales: Sales) -> bool:
    return any(fell_by(30, sales[month], sales[base]) for month, bases in SHARP_BASES.items() for base in bases)


@given(
    st.fixed_dictionaries(dict.fromkeys(SHARP_MONTHS, st.sampled_from([0, 69, 70, 71, 100]))),
    st.sets(st.sampled_from(SHARP_MONTHS), max_size=5),
    st.booleans(),
)
def test_monthly_drop_over_completions(sales: dict[str, int], absent: set[str], march_runs: bool) -> None:
    """A month still running counts as absent, whatever the profile says of it."""
    given_months = {month: value for month, value in sales.items() if month not in absent}
    open_months = absent | ({"2021-03"} if march_runs else set())
    day = "2021-03-31" if march_runs else "2021-04-01"
    assert judge(SHARP, given_months, day) is over_completions(given_months, sorted(open_months), any_month_fell)


@pytest.mark.parametrize(("now", "truth"), [(70, Truth.MET), (71, Truth.UNMET)])
def test_monthly_drop_exact(now: int, truth: Truth) -> None:
    sales = {month: now if month in SHARP_BASES else 100 for month in SHARP_MONTHS}
    assert judge(SHARP, sales, "2021-04-10") is truth


def test_monthly_drop_month_still_running() -> None:
    sales = dict.fromkeys(SHARP_MONTHS, 100) | {"2021-03": 10}
    assert judge(SHARP, sales, "2021-03-31") is Truth.UNKNOWN
    assert judge(SHARP, sales, "2021-04-01") is Truth.MET
