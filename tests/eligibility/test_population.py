"""The made-up companies: always the same, each of one piece, and worth asking about."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.conf import settings

from eligibility.engine.calendar import AsOf
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.evaluate import RuleSet, Verdict
from eligibility.engine.profile import parse_profile
from eligibility.impacts.population import population
from eligibility.industries import division_of
from programs.documents import vocabulary

FEW = 3  # missing facts that a company could look up while it waits
DATES = ("plan_applied_on", "plan_accepted_on", "plan_certified_on", "acquired_on", "in_service_on")
DIGEST = "import hashlib; from eligibility.impacts.population import population; print({})".format(
    "hashlib.sha256(repr(population(50)).encode()).hexdigest()"
)


@pytest.fixture(scope="module")
def companies() -> list[dict[str, Any]]:
    return population()


def test_the_same_seed_gives_the_same_companies_in_another_process() -> None:
    run = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.strip() == hashlib.sha256(repr(population(50)).encode()).hexdigest()
    assert population(50) != population(50, seed=1)


def test_fewer_companies_are_the_first_of_more(companies: list[dict[str, Any]]) -> None:
    assert population(20) == companies[:20]
    assert len(companies) == 1000


def test_every_company_is_a_sound_profile(companies: list[dict[str, Any]]) -> None:
    for raw in companies:
        parse_profile(raw, vocabulary())


def test_all_that_can_be_asked_is_answered_by_somebody(companies: list[dict[str, Any]]) -> None:
    """But the corporate number, which could be somebody's."""
    assert set(vocabulary()) - {fact for raw in companies for fact in raw} == {"corporate_number"}


def test_one_answer_of_ten_is_missing(companies: list[dict[str, Any]]) -> None:
    everybodys = [fact for fact in vocabulary() if sum(fact in raw for raw in companies) > 800]
    missing = sum(fact not in raw for raw in companies for fact in everybodys)

    assert 8 < missing / len(companies) / len(everybodys) * 100 < 11


def test_companies_are_all_over_the_country_and_mostly_small(companies: list[dict[str, Any]]) -> None:
    places = Counter(raw.get("prefecture") for raw in companies)
    heads = [raw["employees"] for raw in companies if "employees" in raw]

    assert len(places) >= 45
    assert places.most_common(1)[0][0] == "13"
    assert len({division_of(raw["industry"]) for raw in companies if "industry" in raw}) >= 14
    assert sum(count <= 5 for count in heads) > len(heads) / 2
    assert max(heads) > 100


def test_each_company_is_of_one_piece(companies: list[dict[str, Any]]) -> None:
    for raw in companies:
        dates = [raw[fact] for fact in DATES if fact in raw]
        assert dates == sorted(dates)
        if raw.get("in_deficit"):
            assert raw.get("taxable_income", 0) == 0
            assert raw.get("corporate_tax", 0) == 0
        if "capital" in raw and "planned_capital" in raw:
            assert raw["planned_capital"] >= raw["capital"]
        if "employees" in raw and "planned_employees" in raw:
            assert raw["planned_employees"] >= raw["employees"]
        if "expenses" in raw and "annual_sales" in raw:
            assert sum(raw["expenses"].values()) <= max(raw["annual_sales"], 1_000_000)
        if raw.get("holds_dx_tax_plan"):
            assert raw.get("holds_dx_certification", True)
        if raw.get("legal_form") == "sole_proprietor":
            assert not {"capital", "planned_capital", "corporate_tax"} & raw.keys()
        if raw.get("invoice_status") == "converted_from_exempt":
            assert raw.get("annual_sales", 0) <= 10_000_000


def test_months_add_up_to_about_the_year(companies: list[dict[str, Any]]) -> None:
    """2019 is the year before the epidemic: nobody has lost anything yet."""
    for raw in companies:
        if "monthly_sales" in raw and raw.get("annual_sales", 0) > 1_000_000:
            whole = sum(yen for month, yen in raw["monthly_sales"].items() if month.startswith("2019"))
            assert abs(whole / raw["annual_sales"] - 1) < 0.1


@pytest.mark.parametrize("day", [date(2023, 10, 17), date(2021, 4, 15)])
def test_half_of_them_are_eligible_for_something_or_nearly_know(
    companies: list[dict[str, Any]], shipped_documents: list[ProgrammeDocument], day: date
) -> None:
    rules, as_of = RuleSet(((document, 1) for document in shipped_documents), vocabulary()), AsOf(day)
    versions = [version for slug in rules.programmes() if (version := rules.in_force(slug, as_of)) is not None]

    def is_near(raw: dict[str, Any]) -> bool:
        results = rules.evaluate(parse_profile(raw, vocabulary()), as_of, versions)
        return any(
            result.verdict is Verdict.ELIGIBLE or (result.verdict is Verdict.NEEDS_INFO and len(result.missing) <= FEW)
            for result in results
        )

    assert sum(map(is_near, companies)) >= len(companies) / 2
