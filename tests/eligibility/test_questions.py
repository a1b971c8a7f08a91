"""The questions file: what is shipped is sound, and what is wrong does not load."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from eligibility.asking.months import OTHERS_TITLE, month_table
from eligibility.asking.questions import MonthGroup, questionnaire, read_questionnaire
from eligibility.engine.calendar import AsOf
from eligibility.engine.errors import DocumentRefused
from eligibility.engine.evaluate import RuleSet
from eligibility.industries import divisions, industry_label
from portal.common.prefectures import BUREAU_OF, PREFECTURES
from programs.documents import read_documents, vocabulary
from programs.yaml import read_yaml


@pytest.fixture
def data() -> Any:
    return deepcopy(read_yaml(Path(settings.FIXTURES_ROOT) / "questions.yaml"))


def question(data: Any, fact: str) -> Any:
    return next(q for page in data["pages"] for q in page["questions"] if q["fact"] == fact)


def test_every_fact_of_the_shipped_rules_is_asked() -> None:
    asked = {q.fact for page in questionnaire().pages for q in page.questions}
    documents = read_documents(Path(settings.FIXTURES_ROOT))
    rules = RuleSet(((document, 1) for document in documents), vocabulary())
    results = rules.evaluate({}, AsOf(date(2023, 10, 17)), list(rules.versions.values()))

    assert {fact for result in results for fact in result.missing} <= asked


def test_relevant_programmes_exist() -> None:
    slugs = {document.program for document in read_documents(Path(settings.FIXTURES_ROOT))}

    assert {slug for page in questionnaire().pages for q in page.questions for slug in q.relevant_to} <= slugs


def unknown_fact(data: Any) -> None:
    question(data, "employees")["fact"] = "staff"


def asked_twice(data: Any) -> None:
    question(data, "employees")["fact"] = "capital"


def unknown_key(data: Any) -> None:
    question(data, "employees")["hint"] = "?"


def unknown_option(data: Any) -> None:
    question(data, "invoice_status")["options"]["maybe"] = "?"


def unknown_section(data: Any) -> None:
    question(data, "in_deficit")["section"] = "?"


def lost_category(data: Any) -> None:
    question(data, "expenses")["category_groups"][0]["categories"].pop()


def no_none_label(data: Any) -> None:
    del question(data, "it_functions")["none_label"]


def reserved_page(data: Any) -> None:
    data["pages"][0]["key"] = "results"


def incomplete_month_rule(data: Any) -> None:
    del question(data, "monthly_sales")["month_groups"][0]["count"]


def group_of_nothing(data: Any) -> None:
    question(data, "monthly_sales")["month_groups"][1]["of"] = "nothing"


@pytest.mark.parametrize(
    "spoil",
    [
        unknown_fact,
        asked_twice,
        unknown_key,
        unknown_option,
        unknown_section,
        lost_category,
        no_none_label,
        reserved_page,
        incomplete_month_rule,
        group_of_nothing,
    ],
)
def test_a_wrong_file_does_not_load(data: Any, spoil: Any) -> None:
    read_questionnaire(data, vocabulary())
    spoil(data)

    with pytest.raises(DocumentRefused) as refused:
        read_questionnaire(data, vocabulary(), "questions.yaml")

    assert all(finding.file == "questions.yaml" and finding.path for finding in refused.value.findings)


def months_at(day: date, stored: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    asked = next(q for page in questionnaire().pages for q in page.questions if q.fact == "monthly_sales")
    return {months.title: months.months for months in month_table(asked.month_groups, day, stored)}


def test_the_sales_table_follows_the_date() -> None:
    table = months_at(date(2021, 3, 15))

    assert table["直近の6か月"] == ("2020-09", "2020-10", "2020-11", "2020-12", "2021-01", "2021-02")
    assert table["コロナ前の同じ月"] == (
        *("2019-01", "2019-02", "2019-09", "2019-10", "2019-11", "2019-12"),
        *("2020-01", "2020-02"),
    )


def test_each_month_is_asked_once_and_stored_ones_are_never_lost() -> None:
    table = months_at(date(2021, 3, 15), ("2020-09", "2018-05"))
    months = [month for group in table.values() for month in group]

    assert len(months) == len(set(months))
    assert table[OTHERS_TITLE] == ("2018-05",)


def test_a_group_with_nothing_new_is_left_out() -> None:
    groups = [
        MonthGroup(key="a", title="A", rule="months", months=("2020-01",)),
        MonthGroup(key="b", title="B", rule="months", months=("2020-01",)),
    ]

    assert [months.title for months in month_table(groups, date(2021, 1, 1), ())] == ["A"]


def test_industries_offer_finer_codes_where_the_size_table_needs_them() -> None:
    codes = [industry.code for division in divisions() for industry in division.industries]

    assert len(codes) == len(set(codes))
    assert {"24", "76", "41", "411", "69", "693", "79", "791"} <= set(codes)
    assert "391" not in codes
    assert len({code[:2] for code in codes}) == 99


@pytest.mark.parametrize(
    ("code", "label"), [("76", "76 飲食店"), ("7622", "7622 専門料理店"), ("2499", "2499 金属製品製造業")]
)
def test_any_code_has_a_name(code: str, label: str) -> None:
    assert industry_label(code) == label


def test_every_prefecture_has_its_bureau() -> None:
    assert len(PREFECTURES) == 47
    assert set(BUREAU_OF) == set(PREFECTURES)
    assert len(set(BUREAU_OF.values())) == 9
