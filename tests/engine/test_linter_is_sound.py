"""What the linter says of requirements and tables holds of every company, on random documents and profiles."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eligibility.engine.calendar import parse_as_of
from eligibility.engine.criteria import BaseCriterion, Case
from eligibility.engine.document import Frame, ProgrammeDocument, read_document
from eligibility.engine.errors import Finding
from eligibility.engine.linter import lint
from eligibility.engine.profile import parse_profile
from eligibility.engine.truth import Truth
from tests.engine import strategies

thorough = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
NEVER, ALWAYS = "どの会社にも当てはまりません", "どの会社にも当てはまります"


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Caps of conditions that share facts, with and without a row for the rest."""
    when = draw(st.lists(strategies.conditions, min_size=1, max_size=4))
    rows = [
        {"when": condition, "amount": 100_000 + number, "cites": strategies.CITES}
        for number, condition in enumerate(when)
    ]
    return [*rows, *draw(st.sampled_from([[], [{"amount": 900_000, "cites": strategies.CITES}]]))]


@st.composite
def documents(draw: st.DrawFn) -> ProgrammeDocument:
    """One frame with more requirements than other tests need, and one table of caps."""
    data = draw(strategies.document_data())
    data["identity"]["kind"] = "subsidy"
    data["time"] = {"announced": "2021-01-01", "stage": "call"}
    rate = {"tiers": [{"rate": "1/2"}], "cites": strategies.CITES}
    benefit = {"kind": "subsidy", "parts": [{"id": "all", "name": "経費", "rates": [rate]}], "caps": draw(tables())}
    frame = {
        "slug": "only",
        "name_ja": "枠",
        "requirements": draw(strategies.requirements("own", 3)),
        "expenses": {"basis": "none", "text": "経費", "cites": strategies.CITES},
        "benefit": benefit,
    }
    return read_document({**data, "requirements": draw(strategies.requirements("shared", 3)), "frames": [frame]})


def case_of(full: dict[str, Any]) -> Case:
    return Case(parse_profile(full, strategies.VOCABULARY), parse_as_of(strategies.AS_OF))


def truth_of(criterion: BaseCriterion, case: Case) -> Truth:
    return criterion.judge(case).truth


def decided(document: ProgrammeDocument, frame: Frame) -> dict[str, BaseCriterion]:
    """The criteria of a frame's requirements by their path."""
    places = [(f"requirements.{n}", r) for n, r in enumerate(document.requirements)]
    places += [(f"frames.0.requirements.{n}", r) for n, r in enumerate(frame.requirements)]
    return {path: r.criterion for path, r in places if r.criterion is not None}


def said(findings: list[Finding], words: str) -> list[str]:
    return [finding.path for finding in findings if words in finding.message]


@thorough
@given(documents(), st.lists(strategies.full_profiles, min_size=3, max_size=6))
def test_requirements(document: ProgrammeDocument, profiles: list[dict[str, Any]]) -> None:
    (frame,) = document.frames
    criteria, findings = decided(document, frame), lint(document, strategies.VOCABULARY)
    for case in map(case_of, profiles):
        truths = {path: truth_of(criterion, case) for path, criterion in criteria.items()}
        assert all(truths[path] is not Truth.MET for path in said(findings, NEVER) if path in truths)
        assert all(truths[path] is not Truth.UNMET for path in said(findings, ALWAYS) if path in truths)
        if said(findings, "同時には満たせません"):
            assert set(truths.values()) != {Truth.MET}
        implied = said(findings, "この要件も必ず満たします")
        if implied and all(truth is Truth.MET for path, truth in truths.items() if path not in implied):
            assert all(truths[path] is not Truth.UNMET for path in implied)


@thorough
@given(documents(), st.lists(strategies.full_profiles, min_size=3, max_size=6))
def test_tables(document: ProgrammeDocument, profiles: list[dict[str, Any]]) -> None:
    (frame,) = document.frames
    rows = frame.benefit.caps  # type: ignore[union-attr]
    criteria, findings = decided(document, frame), lint(document, strategies.VOCABULARY)
    path = "frames.0.benefit.caps"
    unreached = {f"{path}.{n}" for n in range(len(rows))} & {
        *said(findings, "この行には届きません"),
        *said(findings, "行には届きません"),
        *said(findings, "この行の条件は、どの会社にも"),
    }
    outside = set(said(findings, "この行に当たりません"))
    has_gap = any(finding.path.startswith(path) and is_about_a_gap(finding) for finding in findings)
    for case in map(case_of, profiles):
        truths = [Truth.MET if row.when is None else truth_of(row.when, case) for row in rows]
        applies = next((n for n, truth in enumerate(truths) if truth is not Truth.UNMET), None)
        is_certain = applies is not None and truths[applies] is Truth.MET
        is_eligible = all(truth_of(criterion, case) is Truth.MET for criterion in criteria.values())
        if is_certain:
            assert f"{path}.{applies}" not in unreached
            assert not (is_eligible and f"{path}.{applies}" in outside)
        if is_eligible and applies is None:
            assert has_gap


def is_about_a_gap(finding: Finding) -> bool:
    return any(words in finding.message for words in ("どの行にも", "どの帯にも", "確かめられません"))
