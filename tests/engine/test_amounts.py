"""Whole benefits, from expenses to the amount, against a naive reckoning with fractions: 0 differences.

The documents have no conditions, so that one outcome is right; what the source leaves open is reckoned twice, once at
its low and once at its high end.
"""

from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eligibility.engine.answer import frame_answer
from eligibility.engine.calendar import parse_as_of
from eligibility.engine.document import read_document
from eligibility.engine.evaluate import RuleSet
from tests.engine.shipped import ask, vocabulary
from tests.engine.strategies import CITES

CATEGORIES = ("machinery", "software", "training")
RATES = ["1/3", "1/2", "2/3", "3/4", "1/7", "1/1"]
costs = st.one_of(st.integers(0, 10**15), st.integers(0, 2_000), st.integers(0, 9_000_000))
money = st.one_of(st.integers(1, 5_000), st.integers(1, 60_000_000))


@st.composite
def tiers(draw: st.DrawFn) -> list[dict[str, Any]]:
    edge = draw(st.sampled_from(["subsidy", "cost"]))
    edges = sorted(draw(st.sets(st.integers(1, 5_000_000), max_size=2)))
    found: list[dict[str, Any]] = [{"up_to": up_to, "edge": edge} for up_to in edges] + [{}]
    return [{"rate": draw(st.sampled_from(RATES)), **tier} for tier in found]


@st.composite
def caps(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [{"amount": draw(money), "cites": CITES}] if draw(st.booleans()) else []


@st.composite
def benefits(draw: st.DrawFn) -> dict[str, Any]:
    several = draw(st.booleans())
    parts = [
        {
            "id": f"part-{number}",
            "name": "経費",
            "categories": [category] if several else [],
            "rates": [{"tiers": draw(tiers()), "cites": CITES}],
            "caps": draw(caps()),
        }
        for number, category in enumerate(CATEGORIES if several else CATEGORIES[:1])
    ]
    kinds = draw(st.lists(st.sampled_from(["at_least", "more_than", "less_than"]), max_size=2, unique=True))
    bounds = [
        {"id": kind.replace("_", "-"), "text": kind, "on": "subsidy", kind: draw(money), "cites": CITES}
        for kind in kinds
    ]
    total = draw(caps())
    raised = {"id": "more", "name": "上乗せ", "when": {"kind": "declared", "fact": "in_deficit"}, "cites": CITES}
    add_ons = [{**raised, "amount": draw(money)}] if total and draw(st.booleans()) else []
    unit = draw(st.sampled_from([1, 1_000, 10_000]))
    return {"rounding_unit": unit, "parts": parts, "caps": total, "add_ons": add_ons, "bounds": bounds}


def document(benefit: dict[str, Any], basis: str = "complete", listed: tuple[str, ...] = CATEGORIES) -> RuleSet:
    frame = {
        "slug": "only",
        "name_ja": "枠",
        "expenses": {"basis": basis, "listed": listed, "text": "経費", "cites": CITES},
        "benefit": {"kind": "subsidy", **benefit},
    }
    data = {
        "program": "naive",
        "version": "r1",
        "identity": {
            "name_ja": "制度",
            "short_name": "制度",
            "kind": benefit.get("kind", "subsidy"),
            "summary": "要約",
            "target": "全て",
            "issuer": {"text": "局"},
            "catalogue": {"stages": [], "actions": [], "needs": [], "services": []},
        },
        "time": {"announced": "2021-01-01", "stage": "call"},
        "sources": [{"id": "notice", "document": "n.txt", "title": "公募", "publisher": "局", "date": "2021-01-01"}],
        "frames": [frame],
    }
    return RuleSet([(read_document(data), 1)], vocabulary())


def answer(rules: RuleSet, profile: dict[str, Any]) -> dict[str, Any]:
    return frame_answer(rules.evaluate(profile, parse_as_of("2023-10-17"), list(rules.versions.values()))[0])


def naive_part(schedule: list[dict[str, Any]], cost: int) -> Fraction:
    """Yen after yen of cost goes to the first tier that is not full."""
    left, paid, spent = Fraction(cost), Fraction(0), Fraction(0)
    for tier in schedule:
        rate = Fraction(tier["rate"])
        if "up_to" not in tier:
            takes = left
        elif tier["edge"] == "cost":
            takes = min(left, tier["up_to"] - spent)
        else:
            takes = min(left, max(Fraction(0), (tier["up_to"] - paid) / rate))
        left, paid, spent = left - takes, paid + takes * rate, spent + takes
    return paid


def naive(benefit: dict[str, Any], spent: dict[str, int], raised: bool) -> tuple[int, int]:
    """(the subsidy that bounds are judged on, what is paid of it)."""
    total = Fraction(0)
    for part in benefit["parts"]:
        cost = sum(amount for category, amount in spent.items() if category in (part["categories"] or CATEGORIES))
        paid = naive_part(part["rates"][0]["tiers"], cost)
        total += min([paid, *(cap["amount"] for cap in part["caps"])])
    unit = benefit["rounding_unit"]
    rounded = floor(total / unit) * unit
    extra = sum(add_on["amount"] for add_on in benefit["add_ons"]) if raised else 0
    return rounded, min([rounded, *(cap["amount"] + extra for cap in benefit["caps"])])


def keeps(bound: dict[str, Any], subsidy: int) -> bool:
    if "at_least" in bound:
        return bool(subsidy >= bound["at_least"])
    return bool(subsidy > bound["more_than"] if "more_than" in bound else subsidy < bound["less_than"])


def floor_above_cap(benefit: dict[str, Any]) -> bool:
    """A table that no document may hold: the linter's tests refuse it."""
    floor = max((bound.get("at_least", bound.get("more_than", -1) + 1) for bound in benefit["bounds"]), default=0)
    raised = sum(add_on["amount"] for add_on in benefit["add_ons"])
    edges = [bound["less_than"] - 1 for bound in benefit["bounds"] if "less_than" in bound]
    return any(top < floor for top in (*edges, *(cap["amount"] + raised for cap in benefit["caps"])))


@given(benefits(), st.dictionaries(st.sampled_from([*CATEGORIES, "travel"]), costs), st.booleans())
def test_amount_naive(benefit: dict[str, Any], spent: dict[str, int], raised: bool) -> None:
    assume(not floor_above_cap(benefit))
    covered = {category: amount for category, amount in spent.items() if category != "travel"}
    subsidy, paid = naive(benefit, covered, raised)
    eligible = sum(covered.values()) > 0 and all(keeps(bound, subsidy) for bound in benefit["bounds"])
    got = answer(document(benefit), {"expenses": spent, "in_deficit": raised})
    assert got["verdict"] == ("eligible" if eligible else "not_eligible")
    assert got["benefit"]["amount"] == (paid if eligible else None)
    assert got["benefit"]["eligible_cost"] == sum(covered.values())


@given(benefits(), st.dictionaries(st.sampled_from(CATEGORIES), costs), st.booleans())
def test_amount_naive_over_examples(benefit: dict[str, Any], spent: dict[str, int], raised: bool) -> None:
    """What the printed examples neither name nor exclude: low without it, high with it."""
    single = {**benefit, "parts": [{**benefit["parts"][0], "categories": []}], "bounds": []}
    listed = {category: amount for category, amount in spent.items() if category == "machinery"}
    got = answer(document(single, "examples", ("machinery",)), {"expenses": spent, "in_deficit": raised})
    if sum(spent.values()) == 0:
        assert got["verdict"] == "not_eligible"
    else:
        ends = (naive(single, listed, raised)[1], naive(single, spent, raised)[1])
        assert (got["benefit"]["amount_low"], got["benefit"]["amount_high"]) == ends


@pytest.mark.parametrize(
    ("bounds", "caps", "low", "high"),
    [
        ([], [], 0, None),
        ([], [{"amount": 500_000, "cites": CITES}], 0, 500_000),
        ([{"at_least": 50_000}], [{"amount": 500_000, "cites": CITES}], 50_000, 500_000),
        ([{"at_least": 50_000}, {"less_than": 1_500_000}], [], 50_000, 1_499_999),
        ([], [{"amount": 500_000, "amount_high": 700_000, "cites": CITES}], 0, 700_000),
    ],
)
def test_amount_with_only_the_cost_unknown(bounds: Any, caps: Any, low: int, high: int | None) -> None:
    parts = [{"id": "all", "name": "経費", "rates": [{"tiers": [{"rate": "1/2"}], "cites": CITES}]}]
    named = [{"id": f"b{n}", "text": "t", "on": "subsidy", "cites": CITES, **b} for n, b in enumerate(bounds)]
    got = answer(document({"parts": parts, "bounds": named, "caps": caps}), {})
    assert (got["verdict"], got["missing"]) == ("needs_info", ["expenses"])
    assert (got["benefit"]["amount_low"], got["benefit"]["amount_high"]) == (low, high)


DX = {
    "legal_form": "company",
    "holds_dx_tax_plan": True,
    "data_linkage": ["external_data"],
    "uses_cloud": True,
    "holds_dx_certification": True,
    "company_wide_decision": True,
    "expects_productivity_gain": True,
    "links_data_outside_group": True,
    "acquired_on": "2022-10-01",
    "in_service_on": "2022-10-01",
    "annual_sales": 10_000_000_000,
    "corporate_tax": 10_000_000,
    "carbon_neutral_credit_used": 0,
    "expenses": {"software": 20_000_000},
}


@pytest.mark.parametrize(
    ("change", "frame", "amount", "capped_by"),
    [
        ({}, "kojo-3", 600_000, None),
        ({}, "kojo-5", 1_000_000, None),
        ({}, "tokubetsu-shokyaku", 6_000_000, None),
        ({"corporate_tax": 3_000_000}, "kojo-3", 600_000, None),  # 20 % is exactly the credit
        ({"corporate_tax": 2_999_999}, "kojo-3", 599_999, "corporate_tax"),
        ({"carbon_neutral_credit_used": 1_500_000}, "kojo-3", 500_000, "corporate_tax"),
        ({"carbon_neutral_credit_used": 2_000_001}, "kojo-3", 0, "corporate_tax"),
        ({"corporate_tax": 0}, "kojo-5", 0, "corporate_tax"),
        ({"expenses": {"software": 40_000_000_000}, "corporate_tax": 10**13}, "kojo-3", 900_000_000, None),
        ({"expenses": {"software": 10_000_000}}, "kojo-3", 300_000, None),  # exactly 0.1 % of sales
    ],
)
def test_tax_amount(change: dict[str, Any], frame: str, amount: int, capped_by: str | None) -> None:
    got = ask("dx-toshi-zeisei@r3", {**DX, **change}, "2022-10-01")[frame]
    assert (got["verdict"], got["benefit"]["amount"], got["benefit"]["capped_by"]) == ("eligible", amount, capped_by)


@pytest.mark.parametrize(
    ("change", "facts"),
    [
        ({"expenses": {"software": 9_999_999}}, {"expenses", "annual_sales"}),
        ({"in_service_on": "2023-04-01"}, {"in_service_on"}),
        ({"data_linkage": ["inter_company"]}, {"data_linkage"}),
        ({"data_linkage": []}, {"data_linkage"}),
        ({"expenses": {"machinery": 20_000_000}, "equipment_linked_to_software": False}, {"expenses"}),
    ],
)
def test_tax_unmet(change: dict[str, Any], facts: set[str]) -> None:
    got = ask("dx-toshi-zeisei@r3", {**DX, **change}, "2022-10-01")["kojo-3"]
    unmet = [set(part["facts"]) for part in got["requirements"] if part["status"] == "unmet"]
    assert got["verdict"] == "not_eligible"
    assert any(facts <= about for about in unmet)


def test_tax_cap_is_open_for_a_sole_proprietor() -> None:
    got = ask("dx-toshi-zeisei@r3", {**DX, "legal_form": "sole_proprietor"}, "2022-10-01")["kojo-3"]
    assert (got["verdict"], got["missing"]) == ("eligible", [])
    assert (got["benefit"]["amount_low"], got["benefit"]["amount_high"]) == (0, 600_000)


JIGYO = {
    "legal_form": "company",
    "industry": "24",
    "capital": 2_000_000_000,
    "employees": 5_000,
    "expenses": {"machinery": 9_000_000},
}


def test_bounds_are_judged_where_no_row_of_a_rate_table_applies() -> None:
    """A large company is not eligible for its size; that its expenses are covered stays met, not unknown."""
    got = ask("jigyo-saikochiku@r2-hosei3", JIGYO, "2021-03-20")["kinkyu-jitai"]
    statuses = {part["id"]: part["status"] for part in got["requirements"]}
    assert got["verdict"] == "not_eligible"
    assert statuses["covered-expenses"] == "met"
