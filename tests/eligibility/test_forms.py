"""A page as a form: what is typed becomes contract values, and what is wrong is said at its input."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict

from eligibility.asking.forms import AsOfForm, PageForm, Stored
from eligibility.asking.questions import questionnaire
from eligibility.checks import BLANK, UNKNOWN, Answer, AnswerState, known
from eligibility.engine.profile import parse_value
from programs.documents import vocabulary

DAY = date(2021, 3, 15)
NOTHING = Stored({}, frozenset())


def form_for(key: str, data: dict[str, Any] | None = None, stored: Stored = NOTHING, day: date = DAY) -> PageForm:
    page = questionnaire().page(key)
    assert page is not None
    query = None
    if data is not None:
        query = QueryDict(mutable=True)
        for name, value in data.items():
            query.setlist(name, value if isinstance(value, list) else [value])
    return PageForm(page, vocabulary(), stored, day, query)


def page_of(fact: str) -> str:
    page = questionnaire().page_of(fact)
    assert page is not None
    return page.key


@pytest.mark.parametrize(
    ("fact", "typed", "answer"),
    [
        ("in_deficit", {"in_deficit": "yes"}, known(True)),
        ("in_deficit", {"in_deficit": "no"}, known(False)),
        ("in_deficit", {"in_deficit": "_unknown"}, UNKNOWN),
        ("in_deficit", {}, BLANK),
        ("legal_form", {"legal_form": "npo"}, known("npo")),
        ("graduation_route", {"graduation_route": "none"}, known("none")),
        ("employees", {"employees": "１２人"}, known(12)),
        ("employees", {"employees": "0"}, known(0)),
        ("employees", {"employees": "  "}, BLANK),
        ("employees", {"employees-unknown": "on"}, UNKNOWN),
        ("capital", {"capital": "１，０００万円"}, known(10_000_000)),
        ("minimum_wage_margin", {"minimum_wage_margin": "▲10"}, known(-10)),
        ("payroll_growth", {"payroll_growth": "１．５％"}, known(Decimal("1.5"))),
        ("acquired_on", {"acquired_on": "令和4年2月1日"}, known("2022-02-01")),
        ("industry", {"industry": "76"}, known("76")),
        ("prefecture", {"prefecture": "13"}, known("13")),
        ("it_functions", {"it_functions": ["accounting", "ec"]}, known(["accounting", "ec"])),
        ("it_functions", {"it_functions": ["_none"]}, known([])),
        ("it_functions", {"it_functions": ["_unknown"]}, UNKNOWN),
        (
            "expenses",
            {"expenses-machinery": "150万", "expenses-other": "0"},
            known({"machinery": 1_500_000, "other": 0}),
        ),
        ("expenses", {"expenses-unknown": "on"}, UNKNOWN),
        ("expenses", {}, BLANK),
        (
            "monthly_sales",
            {"monthly_sales-2020-09": "５０万"},
            Answer(AnswerState.KNOWN, {"2020-09": 500_000}, frozenset({"2020-09"})),
        ),
    ],
)
def test_what_is_typed_becomes_an_answer(fact: str, typed: dict[str, Any], answer: object) -> None:
    form = form_for(page_of(fact), typed)

    assert form.is_valid(), form.errors
    assert form.answers()[fact] == answer


@pytest.mark.parametrize(
    ("fact", "typed", "says", "target"),
    [
        ("in_deficit", {"in_deficit": "maybe"}, "はい", "id_in_deficit"),
        ("legal_form", {"legal_form": "guild"}, "選択肢", "id_legal_form"),
        ("employees", {"employees": "約10"}, "数字", "id_employees"),
        ("employees", {"employees": "-1"}, "0から", "id_employees"),
        ("employees", {"employees": "10億1"}, "までの整数", "id_employees"),
        ("employees", {"employees": "5", "employees-unknown": "on"}, "わからない", "id_employees"),
        ("capital", {"capital": "1000兆1円"}, "までの整数", "id_capital"),
        ("payroll_growth", {"payroll_growth": "1.0000000001"}, "小数点以下", "id_payroll_growth"),
        ("payroll_growth", {"payroll_growth": "1000001"}, "以内", "id_payroll_growth"),
        ("acquired_on", {"acquired_on": "平成31年5月1日"}, "平成の期間", "id_acquired_on"),
        ("industry", {"industry": "00"}, "日本標準産業分類", "id_industry"),
        ("prefecture", {"prefecture": "48"}, "都道府県", "id_prefecture"),
        ("it_functions", {"it_functions": ["ec", "_none"]}, "一緒には選べません", "id_it_functions"),
        ("it_functions", {"it_functions": ["ec", "cooking"]}, "選択肢", "id_it_functions"),
        ("expenses", {"expenses-other": "1.5"}, "1円より細かい", "id_expenses-other"),
        ("expenses", {"expenses-land": "1", "expenses-unknown": "on"}, "わからない", "id_expenses"),
        ("monthly_sales", {"monthly_sales-2020-09": "-1"}, "0から", "id_monthly_sales-2020-09"),
    ],
)
def test_what_is_wrong_is_said_at_its_input(fact: str, typed: dict[str, Any], says: str, target: str) -> None:
    form = form_for(page_of(fact), typed)

    assert not form.is_valid()
    (link,) = form.error_links()
    assert says in link.message
    assert link.target == target


def test_every_wrong_amount_is_named() -> None:
    form = form_for("money", {"expenses-machinery": "x", "expenses-land": "y", "capital": "5"})

    assert {link.target for link in form.error_links()} == {"id_expenses-machinery", "id_expenses-land"}


def test_the_largest_values_pass() -> None:
    form = form_for("company", {"employees": "10億", "capital": "1,000兆円"})

    assert form.is_valid()
    assert form.answers()["capital"] == known(10**15)


STORED: dict[str, Any] = {
    "in_deficit": False,
    "legal_form": "company",
    "industry": "7622",
    "prefecture": "40",
    "employees": 0,
    "capital": 10_000_000,
    "payroll_growth": Decimal("1.50"),
    "minimum_wage_margin": -5,
    "acquired_on": "2022-02-01",
    "it_functions": [],
    "data_linkage": ["external_data"],
    "expenses": {"machinery": 1_500_000, "other": 0},
    "monthly_sales": {"2020-09": 0, "2017-01": 3},
}


@pytest.mark.parametrize("fact", STORED)
def test_a_stored_answer_shown_and_sent_back_is_the_same(fact: str) -> None:
    """Opening a page and saving it changes nothing, also for what its lists do not offer."""
    stored = Stored(STORED, frozenset({"in_service_on", "planned_employees"}))
    shown = form_for(page_of(fact), stored=stored)
    sent: dict[str, Any] = {}
    for name in shown.fields:
        parts = shown[name].value()
        sent |= {name: parts["text"]} if parts.get("text") else {}
        sent |= {f"{name}-unknown": "on"} if parts.get("unknown") else {}
        sent |= {name: parts["values"]} if parts.get("values") else {}
        sent |= {f"{name}-{part}": text for part, text in parts.get("amounts", {}).items()}

    form = form_for(page_of(fact), sent, stored)

    assert form.is_valid(), form.errors
    answered = {key: answer.value for key, answer in form.answers().items() if answer not in (BLANK, UNKNOWN)}
    assert answered == {key: value for key, value in STORED.items() if key in form.fields}
    assert {key for key, answer in form.answers().items() if answer == UNKNOWN} == stored.unknown & set(form.fields)
    parse_value(vocabulary()[fact], answered[fact])


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2023-10-17", date(2023, 10, 17)), ("令和5年10月17日", date(2023, 10, 17)), ("", None), ("  ", None)],
)
def test_the_date_of_the_check(typed: str, day: date | None) -> None:
    form = AsOfForm({"as_of": typed})

    assert form.is_valid()
    assert form.cleaned_data["as_of"] == day


@pytest.mark.parametrize("typed", ["きょう", "2018-12-31", "2101-01-01", "2023-13-01", "%d"])
def test_a_date_that_is_none_is_refused(typed: str) -> None:
    assert "as_of" in AsOfForm({"as_of": typed}).errors
