"""What holds of every answer, on random documents and on the shipped ones.

Answering more never flips what is settled, never widens an amount, and moves nothing unless `missing` names a fact
that was answered.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eligibility.engine.answer import frame_answer
from eligibility.engine.calendar import parse_as_of
from eligibility.engine.document import ProgrammeDocument, dump_document, read_document
from eligibility.engine.evaluate import RuleSet
from eligibility.engine.hashing import rules_hash
from eligibility.engine.profile import parse_profile
from programs.yaml import write_document
from tests.acceptance.test_cases import CASES
from tests.engine import strategies
from tests.engine.shipped import ask, vocabulary

Answer = dict[str, Any]
thorough = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
# A question to a shipped programme, or writing YAML, takes ten times as long as a question to a random document.
few = settings(thorough, max_examples=settings.default.max_examples // 4)


def answers_of(rules: RuleSet, profile: Mapping[str, Any], as_of: str = strategies.AS_OF) -> list[Answer]:
    parsed = parse_profile(profile, rules.vocabulary)
    return [frame_answer(found) for found in rules.evaluate(parsed, parse_as_of(as_of), list(rules.versions.values()))]


def rules_of(document: ProgrammeDocument) -> RuleSet:
    return RuleSet([(document, 1)], strategies.VOCABULARY)


def interval(answer: Answer) -> tuple[int, float] | None:
    low, high = answer["benefit"]["amount_low"], answer["benefit"]["amount_high"]
    return None if low is None else (low, float("inf") if high is None else high)


def settled(answer: Answer, new: frozenset[str]) -> bool:
    """Whether the verdict may no longer change; a review that `new` answers may still settle it the other way."""
    reviews = {fact for part in answer["requirements"] if part["id"] in answer["open_review"] for fact in part["facts"]}
    return answer["verdict"] == "not_eligible" or (answer["verdict"] == "eligible" and not reviews & new)


def contradictions(before: Answer, after: Answer, new: frozenset[str]) -> Iterator[str]:
    """What the fuller answer may not say beside the earlier one, after `new` facts were answered."""
    if settled(before, new) and after["verdict"] != before["verdict"]:
        yield f"{before['verdict']} became {after['verdict']}"
    for old, now in zip(before["requirements"], after["requirements"], strict=True):
        if old["status"] in ("met", "unmet") and now["status"] != old["status"]:
            yield f"requirement {old['id']} was {old['status']} and became {now['status']}"
    if after["verdict"] != "not_eligible" and before["verdict"] != "not_eligible":
        wide, narrow = interval(before), interval(after)
        if narrow and (wide is None or narrow[0] < wide[0] or narrow[1] > wide[1]):
            yield f"{narrow} lies outside {wide}"
    if not new & set(before["missing"]):
        if after["verdict"] != before["verdict"]:
            yield f"not in missing, but {before['verdict']} became {after['verdict']}"
        if interval(after) != interval(before):
            yield f"not in missing, but {interval(before)} became {interval(after)}"


def without(profile: Mapping[str, Any], absent: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in profile.items() if key not in absent}


def malformed(answer: Answer, given_facts: frozenset[str]) -> Iterator[str]:
    """What no answer may look like."""
    amount, low, high = (answer["benefit"][key] for key in ("amount", "amount_low", "amount_high"))
    statuses = [part["status"] for part in answer["requirements"]]
    expected = "not_eligible" if "unmet" in statuses else "needs_info" if "unknown" in statuses else "eligible"
    if answer["verdict"] != expected:
        yield f"{answer['verdict']} with {statuses}"
    if answer["verdict"] == "not_eligible" and (amount, low, high) != (None, None, None):
        yield f"an amount for a company that is not eligible: {amount} {low} {high}"
    if (amount is None) != (low is None or low != high) or (low is not None and high is not None and low > high):
        yield f"{amount} beside {low}..{high}"
    if set(answer["missing"]) & (given_facts - {"monthly_sales", "industry"}):
        yield f"asks for what was answered: {answer['missing']}"
    if answer["verdict"] == "not_eligible" and answer["missing"]:
        yield "asks on after the verdict is settled"


@thorough
@given(strategies.documents(), strategies.full_profiles, st.data())
def test_random_answers_only_grow(document: ProgrammeDocument, full: dict[str, Any], data: st.DataObject) -> None:
    rules = rules_of(document)
    absent = data.draw(strategies.left_out(strategies.facts_of(document)))
    answered = data.draw(strategies.left_out(sorted(absent))) if absent else absent
    before = answers_of(rules, without(full, absent))
    after = answers_of(rules, without(full, absent - answered))
    assert [list(contradictions(*pair, answered)) for pair in zip(before, after, strict=True)] == [[] for _ in before]


@thorough
@given(strategies.documents(), strategies.full_profiles, st.data())
def test_random_missing_is_sound(document: ProgrammeDocument, full: dict[str, Any], data: st.DataObject) -> None:
    """Whatever is answered to facts that a frame does not ask for, one by one and all at once, moves nothing of it."""
    rules = rules_of(document)
    absent = data.draw(strategies.left_out(strategies.facts_of(document)))
    partial = without(full, absent)
    for number, before in enumerate(answers_of(rules, partial)):
        assert list(malformed(before, frozenset(partial))) == []
        unasked = sorted(absent - set(before["missing"]))
        drawn = {fact: data.draw(strategies.value_of(rules.vocabulary[fact])) for fact in unasked}
        single = [{fact: value} for fact in unasked for value in strategies.plain_values(fact)]
        for more in [drawn, *single]:
            after = answers_of(rules, partial | more)[number]
            assert list(contradictions(before, after, frozenset(more))) == []


@thorough
@given(strategies.documents(), strategies.full_profiles)
def test_random_full_profile_waits_for_no_given_fact(document: ProgrammeDocument, full: dict[str, Any]) -> None:
    for answer in answers_of(rules_of(document), full):
        assert set(answer["missing"]) <= {"monthly_sales", "industry"}


@few
@given(strategies.documents())
def test_random_documents_survive_writing_and_reading(document: ProgrammeDocument) -> None:
    again = read_document(dump_document(document))
    assert again == document
    assert (rules_hash(again), write_document(again)) == (rules_hash(document), write_document(document))


@cache
def cases_of(version: str) -> list[dict[str, Any]]:
    return [case for case in CASES if f"{case['program']}@{case['version']}" == version]


VERSIONS = sorted({f"{case['program']}@{case['version']}" for case in CASES})


@st.composite
def shipped_questions(draw: st.DrawFn, version: str) -> tuple[dict[str, Any], str]:
    """Two cases of a programme mixed fact by fact: more ways to miss an edge than either has alone."""
    one, other = (draw(st.sampled_from(cases_of(version))) for _ in range(2))
    mixed = {**one["profile"], **other["profile"]}
    taken = draw(st.sets(st.sampled_from(sorted(mixed))))
    profile = {key: (other if key in taken else one)["profile"].get(key, value) for key, value in mixed.items()}
    return profile, one["as_of"]


@pytest.mark.parametrize("version", VERSIONS)
@few
@given(data=st.data())
def test_shipped_answers_only_grow(version: str, data: st.DataObject) -> None:
    full, as_of = data.draw(shipped_questions(version))
    absent = data.draw(st.sets(st.sampled_from(sorted(full)), max_size=8))
    answered = data.draw(st.sets(st.sampled_from(sorted(absent)))) if absent else set()
    partial = {key: value for key, value in full.items() if key not in absent}
    fuller = {key: value for key, value in full.items() if key not in absent - answered}
    before, after = ask(version, partial, as_of), ask(version, fuller, as_of)
    new = frozenset(answered)
    assert [fault for frame in before for fault in contradictions(before[frame], after[frame], new)] == []


@pytest.mark.parametrize("version", VERSIONS)
@few
@given(data=st.data())
def test_shipped_missing_is_sound(version: str, data: st.DataObject) -> None:
    full, as_of = data.draw(shipped_questions(version))
    absent = data.draw(st.sets(st.sampled_from(sorted(full)), max_size=8))
    partial = {key: value for key, value in full.items() if key not in absent}
    for frame, before in ask(version, partial, as_of).items():
        assert list(malformed(before, frozenset(partial))) == []
        unasked = frozenset(absent - set(before["missing"]))
        after = ask(version, partial | {fact: full[fact] for fact in unasked}, as_of)[frame]
        assert list(contradictions(before, after, unasked)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_shipped_empty_profile_needs_info(version: str) -> None:
    for answer in ask(version, {}, "2021-03-20").values():
        assert (answer["verdict"], "expenses" in answer["missing"]) == ("needs_info", True)
        assert list(malformed(answer, frozenset())) == []


def test_vocabulary_of_the_random_documents_means_the_same() -> None:
    """The generator's facts are the shipped ones, but for the one it adds."""
    differing = [
        key for key, fact in strategies.VOCABULARY.items() if not fact.added and fact.type is not vocabulary()[key].type
    ]
    assert differing == []
    assert Decimal("2.999999999") in strategies.VALUES["value_added_growth"]
