"""Company size and small business: each verdict against every completion of the absent facts (tightness)."""

import csv
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.engine.calendar import parse_as_of
from eligibility.engine.criteria import Case
from eligibility.engine.criteria.size import CompanySize, SmallBusiness
from eligibility.engine.sme import Row, rows_of
from eligibility.engine.truth import Judgement, Truth

FORMS = ("company", "sole_proprietor", "cooperative", "npo", "medical_corporation")
LIMITS = {"other": (300_000_000, 300), "wholesale": (100_000_000, 100), "service": (50_000_000, 100)}
LIMITS["retail"] = (50_000_000, 50)
CAPITALS = (0, *(c + d for c in (50_000_000, 100_000_000, 300_000_000) for d in (-1, 0, 1)), 10**9 - 1, 10**9, 10**15)
HEADS = (0, 5, 6, 20, 21, 49, 50, 51, 99, 100, 101, 299, 300, 301, 10**9)
INDUSTRIES = ("24", "50", "58", "72", "75", "801", "41", "411", "414", "69", "693", "79", "791", "799")
FINER = {"41": ("411", "414"), "69": ("692", "693"), "79": ("791", "799")}
ANY_INDUSTRY = ("24", "50", "58", "72", "75")


@cache
def printed_rows() -> dict[str, str]:
    path = Path(__file__).with_name("sme_rows.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["prefix"]: row["row"] for row in csv.DictReader(file)}


REST_OF_OPEN_ROWS = {"41": "other", "69": "other", "79": "service"}


def printed_row(code: str) -> str:
    """The row of the longest listed prefix; "" where more digits are needed.

    The notes of the table's open rows say "open at two digits" and name the row of the rest.
    """
    prefixes = (code[:length] for length in (4, 3, 2) if len(code) >= length)
    row = next((printed_rows()[prefix] for prefix in prefixes if prefix in printed_rows()), "other")
    return REST_OF_OPEN_ROWS[code[:2]] if row == "" and len(code) > 2 else row


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_rows_follow_the_printed_table(digits: int) -> None:
    codes = [f"{n:0{digits}}" for n in range(10 ** (digits - 2), 10**digits)]
    found = {code: rows_of(code) for code in codes}
    differing = [
        code for code, rows in found.items() if printed_row(code) != (rows_name(rows) if len(rows) == 1 else "")
    ]
    assert differing == []


def rows_name(rows: frozenset[Row]) -> str:
    return next(iter(rows)).value


def size_of(form: str, industry: str, capital: int, heads: int) -> str:
    """中小企業基本法 第2条 and the contract's 中堅企業, read once more."""
    if form not in ("company", "cooperative", "sole_proprietor"):
        return "other form"
    most_capital, most_heads = LIMITS[printed_row(industry)]
    if heads <= most_heads or (form != "sole_proprietor" and capital <= most_capital):
        return "sme"
    return "mid" if form == "company" and capital < 1_000_000_000 else "large"


def small_of(form: str, industry: str, heads: int, lodging: int | None) -> str:
    if form not in ("company", "cooperative", "sole_proprietor"):
        return "other form"
    if industry[:2] in ("75", "80"):
        if lodging is None and 5 < heads <= 20:
            return "two statutes"
        return "small" if heads <= (5 if lodging is None else lodging) else "not"
    return "small" if heads <= (20 if printed_row(industry) == "other" else 5) else "not"


def domains(profile: dict[str, Any]) -> list[tuple[Any, ...]]:
    code = profile.get("industry")
    industries = ANY_INDUSTRY if code is None else FINER.get(code, (code,))
    return [
        (profile["legal_form"],) if "legal_form" in profile else FORMS,
        industries,
        (profile["capital"],) if "capital" in profile else CAPITALS,
        (profile["employees"],) if "employees" in profile else HEADS,
    ]


def common(outcomes: set[Truth]) -> Truth:
    return Truth.UNKNOWN if len(outcomes) > 1 else next(iter(outcomes))


def judge(criterion: CompanySize | SmallBusiness, profile: dict[str, Any]) -> Judgement:
    return criterion.judge(Case(profile, parse_as_of("2023-10-17")))


profiles = st.fixed_dictionaries(
    {},
    optional={
        "legal_form": st.sampled_from(FORMS),
        "industry": st.sampled_from(INDUSTRIES),
        "capital": st.sampled_from(CAPITALS),
        "employees": st.sampled_from(HEADS),
    },
)


@given(profiles, st.sampled_from([("sme",), ("mid",), ("sme", "mid")]), st.sampled_from(["open", "excluded"]))
def test_company_size_over_completions(profile: dict[str, Any], classes: tuple[Any, ...], other_forms: Any) -> None:
    other = Truth.UNKNOWN if other_forms == "open" and "sme" in classes else Truth.UNMET
    truths = {"other form": other}
    outcomes = {
        truths.get(size, Truth.MET if size in classes else Truth.UNMET)
        for size in {size_of(*point) for point in product(*domains(profile))}
    }
    criterion = CompanySize(classes=classes, other_forms=other_forms)
    assert judge(criterion, profile).truth is common(outcomes)


@given(profiles, st.sampled_from([None, 5, 20]), st.sampled_from(["open", "excluded"]))
def test_small_business_over_completions(profile: dict[str, Any], lodging: int | None, other_forms: Any) -> None:
    truths = {
        "small": Truth.MET,
        "not": Truth.UNMET,
        "two statutes": Truth.UNKNOWN,
        "other form": Truth.UNKNOWN if other_forms == "open" else Truth.UNMET,
    }
    points = {(form, industry, heads) for form, industry, _, heads in product(*domains(profile))}
    criterion = SmallBusiness(limit=20, commerce_and_service=5, lodging_and_amusement=lodging, other_forms=other_forms)
    assert judge(criterion, profile).truth is common({truths[small_of(*point, lodging)] for point in points})


@given(profiles, st.sampled_from([("sme",), ("mid",), ("sme", "mid")]))
def test_company_size_missing_can_move_it(profile: dict[str, Any], classes: tuple[Any, ...]) -> None:
    """Nothing given in full is asked for, and answering what is not asked for changes nothing."""
    criterion = CompanySize(classes=classes, other_forms="open")
    judgement = judge(criterion, profile)
    partial = {"industry"} if profile.get("industry") in FINER else set()
    assert set(judgement.missing) <= ({"legal_form", "industry", "capital", "employees"} - set(profile)) | partial
    for fact, values in zip(("legal_form", "industry", "capital", "employees"), domains(profile), strict=True):
        if fact not in profile and fact not in judgement.missing:
            assert {judge(criterion, {**profile, fact: value}).truth for value in values} == {judgement.truth}


@pytest.mark.parametrize(
    ("industry", "row"), [("24", "other"), ("50", "wholesale"), ("72", "service"), ("58", "retail"), ("75", "service")]
)
@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_sme_limits(industry: str, row: str, beyond: int) -> None:
    most_capital, most_heads = LIMITS[row]
    sme = CompanySize(classes=("sme",), other_forms="open")
    expected = Truth.MET if beyond <= 0 else Truth.UNMET
    company = {"legal_form": "company", "industry": industry}
    assert judge(sme, {**company, "capital": most_capital + beyond, "employees": most_heads + 1}).truth is expected
    assert judge(sme, {**company, "capital": most_capital + 1, "employees": most_heads + beyond}).truth is expected
    owner = {"legal_form": "sole_proprietor", "industry": industry, "capital": 0}
    assert judge(sme, {**owner, "employees": most_heads + beyond}).truth is expected


@pytest.mark.parametrize(("capital", "truth"), [(10**9 - 1, Truth.MET), (10**9, Truth.UNMET)])
def test_mid_size_limit(capital: int, truth: Truth) -> None:
    mid = CompanySize(classes=("mid",), other_forms="open")
    company = {"legal_form": "company", "industry": "24", "employees": 301}
    assert judge(mid, {**company, "capital": capital}).truth is truth
    assert judge(mid, {**company, "capital": capital, "legal_form": "cooperative"}).truth is Truth.UNMET
    assert judge(mid, {**company, "capital": 300_000_000}).truth is Truth.UNMET


@pytest.mark.parametrize(
    ("industry", "most"), [("24", 20), ("50", 5), ("58", 5), ("72", 5), ("75", 20), ("80", 20), ("791", 20)]
)
@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_small_business_limits(industry: str, most: int, beyond: int) -> None:
    small = SmallBusiness(limit=20, commerce_and_service=5, lodging_and_amusement=20, other_forms="open")
    profile = {"legal_form": "company", "industry": industry, "employees": most + beyond}
    assert judge(small, profile).truth is (Truth.MET if beyond <= 0 else Truth.UNMET)


def test_sme_capital_within_the_limit_whatever_the_head_count() -> None:
    sme = CompanySize(classes=("sme",), other_forms="open")
    assert judge(sme, {"legal_form": "company", "industry": "24", "capital": 300_000_000}).truth is Truth.MET


def test_sme_other_form_waits_for_no_answer() -> None:
    sme = CompanySize(classes=("sme",), other_forms="open")
    assert judge(sme, {"legal_form": "npo"}) == Judgement(Truth.UNKNOWN, ())
    excluded = CompanySize(classes=("sme",), other_forms="excluded")
    assert judge(excluded, {"legal_form": "npo"}).truth is Truth.UNMET
