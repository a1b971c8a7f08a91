"""Amounts to the yen against a naive reckoning with fractions, tier by tier."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.engine.money import common_scale, compile_schedule, parse_rate, segments

RATES = ["1/2", "1/3", "2/3", "3/4", "3/100", "5/100", "1/7", "1/1", "7/10", "999/1000"]
Tiers = list[tuple[str, int | None]]

yen = st.one_of(st.integers(0, 10**15), st.integers(0, 3_000), st.integers(0, 90_000_000))


@st.composite
def tiers(draw: st.DrawFn) -> Tiers:
    edges = sorted(draw(st.sets(st.integers(1, 60_000_000), max_size=3)))
    rates = [draw(st.sampled_from(RATES)) for _ in range(len(edges) + 1)]
    return list(zip(rates, [*edges, None], strict=True))


def naive_by_subsidy(schedule: Tiers, cost: int) -> Fraction:
    """Spends the cost tier by tier: a tier takes what brings the subsidy to its edge."""
    left, subsidy = Fraction(cost), Fraction(0)
    for rate, edge in schedule:
        takes = left if edge is None else min(left, (edge - subsidy) / Fraction(rate))
        subsidy += takes * Fraction(rate)
        left -= takes
    return subsidy


def naive_by_cost(schedule: Tiers, cost: int) -> Fraction:
    subsidy, start = Fraction(0), 0
    for rate, edge in schedule:
        end = cost if edge is None else min(cost, edge)
        subsidy += max(0, end - start) * Fraction(rate)
        start = max(start, end)
    return subsidy


def exact(schedule: Tiers, cost: int, *, by_cost: bool) -> Fraction:
    parts = segments([(parse_rate(rate), edge, by_cost) for rate, edge in schedule])
    scale = common_scale([parts])
    return Fraction(compile_schedule(parts, scale).amount(cost), scale)


@given(tiers(), yen)
def test_tiers_on_the_subsidy(schedule: Tiers, cost: int) -> None:
    assert exact(schedule, cost, by_cost=False) == naive_by_subsidy(schedule, cost)


@given(tiers(), yen)
def test_tiers_on_the_cost(schedule: Tiers, cost: int) -> None:
    assert exact(schedule, cost, by_cost=True) == naive_by_cost(schedule, cost)


@given(tiers(), st.data())
def test_tiers_at_their_edges(schedule: Tiers, data: st.DataObject) -> None:
    """One yen before, at and after every edge of the cost."""
    edges = [edge for _, edge in schedule if edge is not None] or [1]
    cost = data.draw(st.sampled_from(edges)) + data.draw(st.sampled_from([-1, 0, 1]))
    assert exact(schedule, cost, by_cost=True) == naive_by_cost(schedule, cost)
    assert exact(schedule, cost, by_cost=False) == naive_by_subsidy(schedule, cost)


@given(tiers(), yen, yen, st.booleans())
def test_more_cost_never_pays_less(schedule: Tiers, one: int, other: int, by_cost: bool) -> None:
    low, high = sorted((one, other))
    assert exact(schedule, low, by_cost=by_cost) <= exact(schedule, high, by_cost=by_cost)


@pytest.mark.parametrize(
    ("schedule", "cost", "subsidy"),
    [
        ([("3/4", 500_000), ("2/3", None)], 666_666, Fraction(1_999_998, 4)),
        ([("3/4", 500_000), ("2/3", None)], 666_667, 500_000 + Fraction(2, 9)),
        ([("1/2", 40_000_000), ("1/3", None)], 80_000_000, 40_000_000),
        ([("1/2", 40_000_000), ("1/3", None)], 80_000_001, 40_000_000 + Fraction(1, 3)),
        ([("2/3", None)], 1, Fraction(2, 3)),
    ],
)
def test_printed_tiers(schedule: Tiers, cost: int, subsidy: Fraction) -> None:
    assert exact(schedule, cost, by_cost=False) == subsidy


@pytest.mark.parametrize(("text", "rate"), [("2/3", Fraction(2, 3)), ("3/100", Fraction(3, 100)), ("1/1", Fraction(1))])
def test_rate_as_printed(text: str, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["0.67", "67%", "2/0", "0/3", "4/3", "-1/2", "2／3", " 2/3", "2/3 ", "2", ""])
def test_rate_refused(text: str) -> None:
    with pytest.raises(ValueError, match="率"):
        parse_rate(text)


def thirds(costs: Sequence[int]) -> Fraction:
    return sum((naive_by_subsidy([("1/3", None)], cost) for cost in costs), Fraction(0))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=4))
def test_thirds_are_added_before_they_are_cut(costs: list[int]) -> None:
    parts = segments([(Fraction(1, 3), None, False)])
    schedule = compile_schedule(parts, 3)
    assert sum(schedule.amount(cost) for cost in costs) // 3 == thirds(costs) // 1
