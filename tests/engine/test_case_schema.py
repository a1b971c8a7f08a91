"""Acceptance cases in the engine: what a file may say, canonical form, running and comparing; the shipped ones."""

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from eligibility.engine.case_runs import (
    Deviation,
    FrameOutcome,
    Outcome,
    compare,
    expectation_of,
    renewed,
    run_case,
    words_of,
)
from eligibility.engine.cases import (
    CaseDocument,
    CaseFile,
    Expected,
    canonical_profile,
    dump_case,
    dump_case_file,
    exact,
    read_case,
    read_case_file,
)
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import DocumentRefused
from eligibility.engine.evaluate import RuleSet
from programs.yaml import read_yaml, write_yaml
from tests.engine.shipped import FIXTURES, documents, rules, vocabulary

FILES = sorted((FIXTURES / "programs").glob("*/cases.yaml"))
KEY = "jizokuka@r4-hosei2"
MISSING = object()


def known() -> dict[str, ProgrammeDocument]:
    return {document.key: document for document in documents()}


def base() -> dict[str, Any]:
    """A sound file of one case, as plain data."""
    case = {
        "id": "retail-6",
        "version": "r4-hosei2",
        "name": "小売業 従業員6人",
        "as_of": "2023-10-17",
        "profile": {"legal_form": "company", "industry": "58", "employees": 6, "expenses": {"advertising": 750000}},
        "expect": [{"frame": "tsujo", "verdict": "not_eligible", "unmet": ["small-business"]}],
    }
    return {"schema_version": 1, "program": "jizokuka", "cases": [case]}


def refused(data: Any) -> list[tuple[str, str]]:
    with pytest.raises(DocumentRefused) as refusal:
        read_case_file(data, known(), vocabulary(), "cases.yaml")
    assert all(finding.file == "cases.yaml" for finding in refusal.value.findings)
    return [(finding.path, finding.message) for finding in refusal.value.findings]


def with_case(**changes: Any) -> dict[str, Any]:
    data = base()
    for key, value in changes.items():
        if value is MISSING:
            del data["cases"][0][key]
        else:
            data["cases"][0][key] = value
    return data


def shipped_cases() -> list[tuple[CaseFile, CaseDocument]]:
    files = [read_case_file(read_yaml(path), known(), vocabulary(), str(path)) for path in FILES]
    return [(file, case) for file in files for case in file.cases]


@pytest.mark.parametrize(("file", "case"), shipped_cases(), ids=lambda part: getattr(part, "id", ""))
def test_shipped_documents_answer_the_shipped_cases(file: CaseFile, case: CaseDocument) -> None:
    key = f"{file.program}@{case.version}"
    outcome = run_case(case, rules(), key)
    assert [str(deviation) for deviation in compare(case.expect, outcome, words_of(known()[key]))] == []


def test_every_shipped_programme_has_cases() -> None:
    counts = {path.parent.name: len(read_yaml(path)["cases"]) for path in FILES}
    assert set(counts) == {document.program for document in documents()}
    assert min(counts.values()) >= 6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_writing_what_was_read_gives_the_file_byte_for_byte(path: Path) -> None:
    read = read_case_file(read_yaml(path), known(), vocabulary(), str(path))
    assert write_yaml(dump_case_file(read.program, read.cases, vocabulary())) == path.read_text(encoding="utf-8")


def test_canonical_order_is_the_vocabularys() -> None:
    """As a JSONB column gives keys back in an order of its own."""
    profile = {
        "payroll_growth": Decimal("1.50"),
        "value_added_growth": 3.0,
        "it_functions": ["ec", "accounting"],
        "expenses": {"software": 1, "machinery": 2},
        "monthly_sales": {"2020-09": 1, "2019-09": 2},
        "employees": 3,
    }
    canonical = canonical_profile(profile, vocabulary())
    assert list(canonical) == [key for key in vocabulary() if key in profile]
    assert list(canonical["expenses"]) == ["machinery", "software"]
    assert list(canonical["monthly_sales"]) == ["2019-09", "2020-09"]
    assert canonical["it_functions"] == ["accounting", "ec"]
    assert (canonical["payroll_growth"], canonical["value_added_growth"]) == (1.5, 3)
    assert isinstance(canonical["value_added_growth"], int)


@pytest.mark.parametrize("percent", ["0.000000001", "999999.999999999", "-0.1", "1.5"])
def test_a_percentage_survives_yaml_exactly(percent: str, tmp_path: Path) -> None:
    data = with_case(profile={"payroll_growth": Decimal(percent)})
    read = read_case_file(data, known(), vocabulary())
    path = tmp_path / "cases.yaml"
    path.write_text(write_yaml(dump_case_file("jizokuka", read.cases, vocabulary())), encoding="utf-8")
    again = read_case_file(read_yaml(path), known(), vocabulary())
    assert exact(again.cases[0].profile) == {"payroll_growth": Decimal(percent)}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"profile": {"employes": 6}}, "cases.0.profile.employes", "「employes」という項目はありません"),
        ({"profile": {"employees": "6"}}, "cases.0.profile.employees", "整数"),
        ({"profile": {"employees": 6.5}}, "cases.0.profile.employees", "整数"),
        ({"profile": {"employees": None}}, "cases.0.profile.employees", "項目ごと省いて"),
        ({"profile": {"payroll_growth": math.nan}}, "cases.0.profile.payroll_growth", "％以内"),
        ({"profile": {"expenses": {"x": 1}}}, "cases.0.profile.expenses.x", "という経費の区分はありません"),
        ({"profile": []}, "cases.0.profile", "項目と値の組"),
        ({"version": "r9"}, "cases.0.version", "「r9」という版の文書がありません"),
        ({"as_of": "2023-13-01"}, "cases.0.as_of", "日付"),
        ({"as_of": 1697500800}, "cases.0.as_of", "日付"),
        ({"as_of": "1697500800"}, "cases.0.as_of", "日付"),
        ({"name": " "}, "cases.0.name", "1字以上"),
        ({"name": "あ" * 101}, "cases.0.name", "100字以内"),
        ({"name": "a\x00b"}, "cases.0.name", "制御文字"),
        ({"note": "a\x07b"}, "cases.0.note", "制御文字"),
        ({"expect": []}, "cases.0.expect", "1件以上"),
        ({"expect": MISSING}, "cases.0.expect", "必ず書く項目"),
        ({"expected": []}, "cases.0.expected", "この名前の項目はありません"),
        ({"id": "Retail 6"}, "cases.0.id", "英小文字"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changes: dict[str, Any], path: str, words: str) -> None:
    found = refused(with_case(**changes))
    assert [place for place, _ in found] == [path]
    assert words in found[0][1]


@pytest.mark.parametrize(
    ("expected", "path", "words"),
    [
        (
            {"frame": "tsuzyo", "verdict": "eligible"},
            "cases.0.expect.0.frame",
            "「tsuzyo」という枠はこの版にありません",
        ),
        ({"frame": "tsujo", "verdict": "ok"}, "cases.0.expect.0.verdict", "「eligible」"),
        ({"frame": "tsujo", "verdict": "not_eligible", "unmet": ["sme"]}, "cases.0.expect.0.unmet", "「sme」"),
        (
            {"frame": "tsujo", "verdict": "not_eligible", "unmet": ["guidelines"]},
            "cases.0.expect.0.unmet",
            "「guidelines」という判定する要件",
        ),
        (
            {"frame": "tsujo", "verdict": "not_eligible", "unmet": ["small-business", "small-business"]},
            "cases.0.expect.0.unmet",
            "2回",
        ),
        ({"frame": "tsujo", "verdict": "eligible", "unmet": ["small-business"]}, "cases.0.expect.0", "not_eligible"),
        ({"frame": "tsujo", "verdict": "not_eligible", "amount": 0}, "cases.0.expect.0", "額がありません"),
        ({"frame": "tsujo", "verdict": "eligible", "amount": None}, "cases.0.expect.0", "項目ごと省いて"),
        ({"frame": "tsujo", "verdict": "eligible", "amount": -1}, "cases.0.expect.0.amount", "none"),
        ({"frame": "tsujo", "verdict": "eligible", "amount": True}, "cases.0.expect.0.amount", "none"),
        ({"frame": "tsujo", "verdict": "eligible", "amount": 10**15 + 1}, "cases.0.expect.0.amount", "none"),
        ({"frame": "tsujo", "verdict": "eligible", "amount": 1, "amount_low": 0}, "cases.0.expect.0", "どちらか"),
        ({"frame": "tsujo", "verdict": "eligible", "amount_low": 1}, "cases.0.expect.0", "両方"),
        (
            {"frame": "tsujo", "verdict": "eligible", "amount_low": "none", "amount_high": 1},
            "cases.0.expect.0",
            "両方",
        ),
        ({"frame": "tsujo", "verdict": "eligible", "amount_low": 2, "amount_high": 2}, "cases.0.expect.0", "amount"),
    ],
)
def test_an_expectation_that_cannot_be_is_refused(expected: dict[str, Any], path: str, words: str) -> None:
    found = refused(with_case(expect=[expected]))
    assert [place for place, _ in found] == [path]
    assert "事例「retail-6」" in found[0][1]
    assert words in found[0][1]


def test_repeated_cases_and_frames_are_refused() -> None:
    data = base()
    data["cases"].append(data["cases"][0])
    assert refused(data) == [("cases.1.id", "事例「retail-6」：この記号の事例は、同じ版にもうあります。")]
    twice = [{"frame": "tsujo", "verdict": "eligible"}] * 2
    assert "2回" in refused(with_case(expect=twice))[0][1]


def test_every_fault_of_every_case_is_named_at_once() -> None:
    data = base()
    data["cases"].append({**data["cases"][0], "id": "other", "profile": {"x": 1, "employees": "6"}})
    data["cases"][0]["expect"] = [{"frame": "x", "verdict": "eligible"}]
    assert [path for path, _ in refused(data)] == [
        "cases.0.expect.0.frame",
        "cases.1.profile.x",
        "cases.1.profile.employees",
    ]


@pytest.mark.parametrize("data", [None, [], "cases", 1, {"cases": 3}, {"schema_version": 2, "program": "x"}])
def test_what_is_no_case_file_is_refused(data: Any) -> None:
    assert refused(data)


def test_a_row_that_is_no_case_is_refused() -> None:
    with pytest.raises(DocumentRefused):
        read_case({"id": "x"})


def outcome_of(**changes: Any) -> Outcome:
    case = CaseDocument.model_validate(with_case(**changes)["cases"][0])
    return run_case(case, rules(), KEY)


def test_equal_outcomes_are_equal_and_hash_alike() -> None:
    first, second = outcome_of(), outcome_of(name="別の名前")
    assert first == second
    assert hash(first) == hash(second)
    assert first.as_json() == second.as_json()
    assert outcome_of(profile={}) != first


def test_an_outcome_is_json_of_every_frame() -> None:
    frames = {frame["frame"]: frame for frame in outcome_of().as_json()}
    assert list(frames) == ["tsujo", "chingin", "sotsugyo", "kokeisha", "sogyo"]
    assert frames["tsujo"] == {
        "frame": "tsujo",
        "verdict": "not_eligible",
        "unmet": ["small-business"],
        "amount": None,
        "amount_low": None,
        "amount_high": None,
    }


def test_the_version_is_run_whatever_the_day() -> None:
    assert outcome_of(as_of="2001-01-01") == outcome_of()


def test_differences_are_said_in_words() -> None:
    expected = [Expected(frame="tsujo", verdict="eligible", amount=500000), Expected(frame="gone", verdict="eligible")]
    found = compare(expected, outcome_of(), words_of(known()[KEY]))
    small = next(r.text for r in known()[KEY].requirements if r.id == "small-business")
    assert found == (
        Deviation("通常枠", "判定", "対象になる見込み", "満たさない要件がある"),
        Deviation("通常枠", "満たさない要件", "なし", f"「{small}」"),
        Deviation("gone", "枠", "ある", "この案にはない"),
    )


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ({"amount": 400000}, ["通常枠　額：400,000円 → 0円〜1,000,000円"]),
        ({"amount": "none"}, ["通常枠　額：資料からは額が決まらない → 0円〜1,000,000円"]),
        ({"amount_low": 0, "amount_high": "none"}, ["通常枠　額：0円〜（上限の記載なし） → 0円〜1,000,000円"]),
        ({"amount_low": 0, "amount_high": 1000000}, []),
        ({}, []),
    ],
)
def test_amounts_are_compared_end_by_end(amounts: dict[str, Any], words: list[str]) -> None:
    expected = Expected.model_validate({"frame": "tsujo", "verdict": "needs_info", **amounts})
    outcome = outcome_of(profile={})
    assert [str(found) for found in compare([expected], outcome, words_of(known()[KEY]))] == words


def test_unmet_requirements_are_compared_where_they_are_named() -> None:
    words = words_of(known()[KEY])
    other = [Expected(frame="tsujo", verdict="not_eligible", unmet=("sales-channels",))]
    assert [found.item for found in compare(other, outcome_of(), words)] == ["満たさない要件"]
    assert compare([Expected(frame="tsujo", verdict="not_eligible")], outcome_of(), words) == ()


@pytest.mark.parametrize(
    "outcome",
    [
        FrameOutcome("tsujo", "eligible", (), 5, 5),
        FrameOutcome("tsujo", "eligible", (), None, None),
        FrameOutcome("tsujo", "needs_info", (), 0, None),
        FrameOutcome("tsujo", "needs_info", (), 0, 9),
        FrameOutcome("tsujo", "not_eligible", ("a", "b"), None, None),
    ],
)
def test_an_outcome_meets_the_expectation_made_of_it(outcome: FrameOutcome) -> None:
    assert compare([expectation_of(outcome)], Outcome((outcome,)), words_of()) == ()


def test_what_still_holds_stays_as_it_was_written() -> None:
    kept = Expected(frame="a", verdict="eligible")
    gone = Expected(frame="gone", verdict="eligible")
    changed = Expected(frame="b", verdict="eligible", amount=5)
    outcome = Outcome((FrameOutcome("a", "eligible", (), 1, 1), FrameOutcome("b", "eligible", (), 6, 6)))
    assert renewed([kept, gone, changed], outcome, words_of()) == (
        kept,
        Expected(frame="b", verdict="eligible", amount=6),
    )
    assert [one.frame for one in renewed([gone], outcome, words_of())] == ["a", "b"]


def test_a_case_of_another_rule_set_is_run_there() -> None:
    """A draft alone, compiled once, answers as the whole set does."""
    alone = RuleSet([(known()[KEY], 1)], vocabulary())
    case = CaseDocument.model_validate(base()["cases"][0])
    assert run_case(case, alone, KEY) == run_case(case, rules(), KEY)
    assert dump_case(case, vocabulary())["profile"] == base()["cases"][0]["profile"]
