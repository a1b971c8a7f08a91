"""Spaces of cases: no company falls outside them, and where they say so, each of their points is a company."""

from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from eligibility.engine.calendar import AsOf
from eligibility.engine.criteria import BaseCriterion, Case, Criterion
from eligibility.engine.domains import INDUSTRIES, MAX_POINTS, Space, space_of
from eligibility.engine.facts import read_vocabulary
from eligibility.engine.profile import parse_profile
from eligibility.engine.sme import LODGING_AND_AMUSEMENT, rows_of
from eligibility.engine.truth import Truth
from tests.engine import strategies
from tests.engine.shipped import vocabulary

DAY = AsOf(date(2021, 2, 10))
read = TypeAdapter(Criterion).validate_python


def space_for(*criteria: BaseCriterion) -> Space:
    space = space_of(criteria, vocabulary())
    assert space is not None
    return space


@given(st.lists(strategies.criteria, min_size=1, max_size=4), strategies.full_profiles)
def test_every_company_has_its_point(data: list[dict[str, Any]], full: dict[str, Any]) -> None:
    """Whatever the criteria say of a company together, they say at some point."""
    criteria = [read(part) for part in data]
    case = Case(parse_profile(full, strategies.VOCABULARY), DAY)
    space = space_of(criteria, strategies.VOCABULARY)
    assert space is not None
    here = space.everything
    for criterion in criteria:
        masks, truth = space.masks(criterion), criterion.judge(case).truth
        if truth is Truth.MET:
            here &= masks.met
        elif truth is Truth.UNMET:
            here &= ~masks.possible
    assert here


@given(st.lists(strategies.criteria, min_size=1, max_size=3), st.data())
def test_every_point_of_an_exact_space_is_a_company(data: list[dict[str, Any]], more: st.DataObject) -> None:
    criteria = [read(part) for part in data]
    space = space_of(criteria, strategies.VOCABULARY)
    assert space is not None
    here = 1 << more.draw(st.integers(0, space.everything.bit_length() - 1))
    profile = {
        key: value for key, value in space.point(here).items() if isinstance(key, str) and key in strategies.VALUES
    }
    case = Case(profile, DAY)
    for criterion in criteria:
        if "monthly_sales" in criterion.facts():
            continue
        masks = space.masks(criterion)
        expected = Truth.MET if masks.met & here else Truth.UNKNOWN if masks.possible & here else Truth.UNMET
        assert criterion.judge(case).truth is expected


def test_two_facts_that_are_compared_take_every_order_in_every_range() -> None:
    grows = read({"kind": "exceeds", "fact": "planned_employees", "other": "employees"})
    small = read({"kind": "number", "fact": "employees", "at_most": "20"})
    small_then = read({"kind": "number", "fact": "planned_employees", "at_most": "20"})
    space = space_for(grows, small, small_then)
    seen = {
        tuple(bool(space.masks(criterion).met >> number & 1) for criterion in (grows, small, small_then))
        for number in range(space.everything.bit_length())
    }
    assert seen == set(product((True, False), repeat=3)) - {(True, False, True), (False, True, False)}


def test_a_larger_drop_brings_the_smaller_with_it() -> None:
    shape = {"kind": "sales_drop", "window": 6, "months": 3, "base_first": "2019-01", "base_last": "2020-03"}
    ten, fifteen = read({**shape, "percent": "10"}), read({**shape, "percent": "15"})
    space = space_for(ten, fifteen)
    assert space.masks(fifteen).met & ~space.masks(ten).met == 0
    assert space.masks(ten).met & ~space.masks(fifteen).met
    assert space.is_exact


def test_what_no_fact_models_is_free_but_not_exact() -> None:
    drop = {"kind": "sales_drop", "percent": "10", "months": 3, "base_first": "2019-01", "base_last": "2020-03"}
    one, other = read({**drop, "window": 6}), read({**drop, "window": 5})
    space = space_for(one, other)
    assert {(space.masks(one).met >> n & 1, space.masks(other).met >> n & 1) for n in range(4)} == {
        (0, 0), (0, 1), (1, 0), (1, 1),
    }  # fmt: skip
    assert not space.is_exact


@pytest.mark.parametrize(
    ("bounds", "values"),
    [
        ({"at_least": "0"}, {0}),
        ({"at_most": "5"}, {5, 6}),
        ({"more_than": "5", "less_than": "8"}, {5, 6, 8}),
    ],
)
def test_whole_numbers_step_by_one(bounds: dict[str, str], values: set[int]) -> None:
    number = read({"kind": "number", "fact": "employees", **bounds})
    space = space_for(number)
    points = range(space.everything.bit_length())
    assert {space.point(1 << point)["employees"] for point in points} == values


def test_percentages_step_by_their_last_decimal() -> None:
    number = read({"kind": "number", "fact": "value_added_growth", "more_than": "3"})
    space = space_for(number)
    assert str(space.point(space.masks(number).met)["value_added_growth"]) == "3.000000001"


def test_one_industry_of_each_kind() -> None:
    codes = [f"{code:0{digits}}" for digits in (2, 3) for code in range(10 ** (digits - 2), 10**digits)]
    single = {(rows_of(code), code.startswith(LODGING_AND_AMUSEMENT)) for code in codes if len(rows_of(code)) == 1}
    assert {(rows_of(code), code.startswith(LODGING_AND_AMUSEMENT)) for code in INDUSTRIES} == single


def test_too_many_cases_have_no_space() -> None:
    yes_or_no = [fact.key for fact in vocabulary().values() if fact.type == "bool"]
    assert 2 ** len(yes_or_no) > MAX_POINTS
    assert space_of([read({"kind": "declared", "fact": key}) for key in yes_or_no], vocabulary()) is None


def test_sets_with_too_many_combinations_have_no_space() -> None:
    values = [{"key": f"v{number}", "ja": "値"} for number in range(20)]
    facts = [{"key": "many", "type": "set", "ja": "多い", "values": values}]
    many = read_vocabulary({"groups": [{"key": "all", "ja": "全", "facts": facts}]})
    asked = [read({"kind": "includes", "fact": "many", "any_of": [f"v{number}"]}) for number in range(20)]
    assert space_of(asked[:10], many) is not None
    assert space_of(asked, many) is None


def test_a_kind_that_is_not_modelled_is_free() -> None:
    class Odd(BaseCriterion):
        def facts(self) -> tuple[str, ...]:
            return ("employees",)

    space = space_for(Odd())
    assert (space.everything, space.masks(Odd())) == (0b11, (0b10, 0b10))
    assert space.example(space.everything, ["employees"]) == ""


def test_a_space_knows_only_what_it_was_made_for() -> None:
    space = space_for(read({"kind": "declared", "fact": "in_deficit"}))
    with pytest.raises(KeyError):
        space.masks(read({"kind": "declared", "fact": "uses_cloud"}))


def test_an_example_speaks_of_the_facts_asked_for() -> None:
    criterion = read({"kind": "company_size", "classes": ["mid"], "other_forms": "excluded"})
    space = space_for(criterion)
    words = space.example(space.masks(criterion).met, ["capital", "employees", "industry"])
    assert words == "業種が製造業など、従業員が301人、資本金が300,000,001円"
