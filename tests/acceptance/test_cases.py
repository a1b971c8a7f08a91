"""The acceptance cases of the evaluation contract, and each of them again with one fact left out.

`cases/*.jsonl` are the contract's own lines, byte for byte. What an expectation does not name is not checked.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.shipped import ask, decoded

CASES = [
    decoded(line)
    for path in sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]
Answers = dict[str, dict[str, Any]]


def answers_of(case: dict[str, Any], profile: dict[str, Any] | None = None) -> Answers:
    asked = case["profile"] if profile is None else profile
    return ask(f"{case['program']}@{case['version']}", asked, case["as_of"])


def unmet_facts(answer: dict[str, Any]) -> set[str]:
    return {fact for part in answer["requirements"] if part["status"] == "unmet" for fact in part["facts"]}


def differences(expected: dict[str, Any], answer: dict[str, Any]) -> Iterator[str]:
    """What an answer says otherwise than expected."""
    said = {**answer["benefit"], "verdict": answer["verdict"], "availability": answer["availability"]}
    for key in ("verdict", "availability", "amount", "amount_low", "amount_high"):
        if key in expected and said[key] != expected[key]:
            yield f"{key}: {said[key]!r} instead of {expected[key]!r}"
    if lacking := set(expected.get("missing_includes", ())) - set(answer["missing"]):
        yield f"not in missing: {sorted(lacking)}"
    about = set(expected.get("unmet_about", ()))
    if about and not about & unmet_facts(answer):
        yield f"nothing unmet about {sorted(about)}"


def inconsistencies(fact: str, full: dict[str, Any], without: dict[str, Any]) -> Iterator[str]:
    """What an answer that lacks `fact` may not say beside the answer that has it."""
    asked_for = fact in without["missing"]
    if without["verdict"] not in (full["verdict"], "needs_info"):
        yield f"{full['verdict']} without the fact became {without['verdict']}"
    if without["verdict"] != full["verdict"] and not asked_for:
        yield "the verdict depends on the fact, but it is not in missing"
    if "not_eligible" in (full["verdict"], without["verdict"]):
        return
    money = ("amount", "amount_low", "amount_high")
    amount, low, high = (full["benefit"]["amount"], *(without["benefit"][key] for key in money[1:]))
    if amount is not None and not (low or 0) <= amount <= (amount if high is None else high):
        yield f"{amount} lies outside {low}..{high}"
    if any(full["benefit"][key] != without["benefit"][key] for key in money) and not asked_for:
        yield "the amount depends on the fact, but it is not in missing"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case_as_expected(case: dict[str, Any]) -> None:
    answers = answers_of(case)
    found = {expected["frame"]: list(differences(expected, answers[expected["frame"]])) for expected in case["expect"]}
    assert {frame: faults for frame, faults in found.items() if faults} == {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case_consistent_with_one_fact_left_out(case: dict[str, Any]) -> None:
    full = answers_of(case)
    found: dict[tuple[str, str], list[str]] = {}
    for fact in case["profile"]:
        rest = {key: value for key, value in case["profile"].items() if key != fact}
        for frame, answer in answers_of(case, rest).items():
            if faults := list(inconsistencies(fact, full[frame], answer)):
                found[fact, frame] = faults
    assert found == {}


def test_cases_are_all_there() -> None:
    programmes = {f"{case['program']}@{case['version']}" for case in CASES}
    assert programmes >= {
        "dx-toshi-zeisei@r3",
        "it-donyu@r4-hosei2",
        "jigyo-saikochiku@r2-hosei3",
        "jizokuka@r4-hosei2",
        "monozukuri@r4-hosei2",
    }
    assert len({case["id"] for case in CASES}) == len(CASES)
