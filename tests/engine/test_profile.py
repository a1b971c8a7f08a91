"""What a profile may say: every refusal with its code, all problems at once, and values as they are read."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from eligibility.engine.errors import QuestionRefused
from eligibility.engine.profile import parse_profile
from tests.engine.shipped import decoded, vocabulary


def codes(profile: object) -> list[tuple[str, str]]:
    with pytest.raises(QuestionRefused) as refused:
        parse_profile(profile, vocabulary())
    return [(problem.fact, problem.code) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("fact", "value", "code"),
    [
        ("no_such_fact", 1, "unknown_fact"),
        ("Employees", 1, "unknown_fact"),
        ("employees", None, "wrong_type"),
        ("employees", True, "wrong_type"),
        ("employees", False, "wrong_type"),
        ("employees", "5", "wrong_type"),
        ("employees", Decimal("5.0"), "wrong_type"),
        ("employees", 5.0, "wrong_type"),
        ("employees", [5], "wrong_type"),
        ("employees", -1, "out_of_range"),
        ("capital", -1, "out_of_range"),
        ("capital", 10**15 + 1, "out_of_range"),
        ("capital", 10**4000, "out_of_range"),
        ("capital", Decimal("1E+6"), "wrong_type"),
        ("minimum_wage_margin", Decimal("30.5"), "wrong_type"),
        ("minimum_wage_margin", 10**15 + 1, "out_of_range"),
        ("in_deficit", 1, "wrong_type"),
        ("in_deficit", "true", "wrong_type"),
        ("in_deficit", None, "wrong_type"),
        ("value_added_growth", "3.0", "wrong_type"),
        ("value_added_growth", True, "wrong_type"),
        ("value_added_growth", Decimal("0.0000000001"), "out_of_range"),
        ("value_added_growth", Decimal("1000000.000000001"), "out_of_range"),
        ("value_added_growth", -(10**6) - 1, "out_of_range"),
        ("value_added_growth", Decimal("NaN"), "out_of_range"),
        ("value_added_growth", Decimal("sNaN"), "out_of_range"),
        ("value_added_growth", Decimal("-Infinity"), "out_of_range"),
        ("value_added_growth", Decimal("1E+999999"), "out_of_range"),
        ("value_added_growth", Decimal("1E-999999"), "out_of_range"),
        ("established_on", "2023-02-30", "bad_date"),
        ("established_on", "2023-2-3", "bad_date"),
        ("established_on", "20230203", "bad_date"),
        ("established_on", "2023-W05-5", "bad_date"),
        ("established_on", "2023-02-03T00:00", "bad_date"),
        ("established_on", "２０２３-02-03", "bad_date"),
        ("established_on", "0000-01-01", "bad_date"),
        ("established_on", 20230203, "wrong_type"),
        ("legal_form", "kaisha", "unknown_value"),
        ("legal_form", "", "unknown_value"),
        ("legal_form", ["company"], "wrong_type"),
        ("it_functions", "accounting", "wrong_type"),
        ("it_functions", {"accounting": True}, "wrong_type"),
        ("it_functions", ["accounting", 1], "wrong_type"),
        ("it_functions", ["abacus"], "unknown_value"),
        ("prefecture", "48", "unknown_value"),
        ("prefecture", "1", "unknown_value"),
        ("prefecture", 1, "wrong_type"),
        ("industry", "2", "unknown_value"),
        ("industry", "00", "unknown_value"),
        ("industry", "24321", "unknown_value"),
        ("industry", "２４", "unknown_value"),
        ("industry", 24, "wrong_type"),
        ("monthly_sales", [], "wrong_type"),
        ("monthly_sales", {"2020-13": 1}, "bad_date"),
        ("monthly_sales", {"2020-00": 1}, "bad_date"),
        ("monthly_sales", {"2020-9": 1}, "bad_date"),
        ("monthly_sales", {"2020-09-01": 1}, "bad_date"),
        ("monthly_sales", {"0000-01": 1}, "bad_date"),
        ("monthly_sales", {"２０２０-09": 1}, "bad_date"),
        ("monthly_sales", {"2020-09": -1}, "out_of_range"),
        ("monthly_sales", {"2020-09": None}, "wrong_type"),
        ("monthly_sales", {"2020-09": True}, "wrong_type"),
        ("monthly_sales", {"2020-09": 10**15 + 1}, "out_of_range"),
        ("expenses", 100, "wrong_type"),
        ("expenses", {"coffee": 1}, "unknown_value"),
        ("expenses", {"machinery": "1"}, "wrong_type"),
        ("expenses", {"machinery": -1}, "out_of_range"),
    ],
)
def test_value_refused(fact: str, value: object, code: str) -> None:
    assert codes({fact: value}) == [(fact, code)]


@pytest.mark.parametrize("profile", [None, [], "company", 1, [{"employees": 1}]])
def test_profile_must_be_an_object(profile: object) -> None:
    assert [code for _, code in codes(profile)] == ["wrong_type"]


def test_profile_names_every_problem() -> None:
    profile = {
        "employees": -1,
        "turnover": 1,
        "expenses": {"coffee": 1, "machinery": None, "software": 10},
        "it_functions": ["abacus", "slide_rule"],
        "capital": 300,
    }
    assert sorted(codes(profile)) == [
        ("employees", "out_of_range"),
        ("expenses", "unknown_value"),
        ("expenses", "wrong_type"),
        ("it_functions", "unknown_value"),
        ("it_functions", "unknown_value"),
        ("turnover", "unknown_fact"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"employees": 0}', 0),
        ('{"capital": 1000000000000000}', 10**15),
        ('{"in_deficit": false}', False),
        ('{"value_added_growth": 3}', Decimal(3)),
        ('{"value_added_growth": 2.999999999}', Decimal("2.999999999")),
        ('{"value_added_growth": -1000000}', Decimal(-(10**6))),
        ('{"value_added_growth": 1e3}', Decimal(1000)),
        ('{"minimum_wage_margin": -5}', -5),
        ('{"established_on": "2024-02-29"}', date(2024, 2, 29)),
        ('{"legal_form": "npo"}', "npo"),
        ('{"it_functions": []}', frozenset()),
        ('{"it_functions": ["ec", "payment"]}', frozenset({"ec", "payment"})),
        ('{"prefecture": "01"}', "01"),
        ('{"industry": "7911"}', "7911"),
        ('{"monthly_sales": {"2019-12": 0}}', {"2019-12": 0}),
        ('{"expenses": {}}', {}),
    ],
)
def test_value_read(text: str, value: Any) -> None:
    assert list(parse_profile(decoded(text), vocabulary()).values()) == [value]


def test_profile_empty() -> None:
    assert parse_profile({}, vocabulary()) == {}


def test_problem_as_json_names_fact_code_and_message() -> None:
    with pytest.raises(QuestionRefused) as refused:
        parse_profile({"monthly_sales": {"2020-13": 1}}, vocabulary())
    error = refused.value.problems[0].as_dict()
    assert {"fact": "monthly_sales", "code": "bad_date"}.items() <= error.items()
    assert "月別売上高" in error["message"]
