"""Running acceptance cases (事例の実行): what a version answers, and in what that is not as expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from eligibility.engine.calendar import AsOf
from eligibility.engine.cases import NONE, VERDICT_LABELS, CaseDocument, Expected, decided_requirements, exact
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.evaluate import FrameResult, RuleSet, Status, Verdict
from eligibility.engine.interval import Interval, interval_text
from eligibility.engine.profile import parse_profile


class FrameOutcome(NamedTuple):
    """One frame's answer to a case; amounts in yen, None as in the contract's answer."""

    frame: str
    verdict: str
    unmet: tuple[str, ...]
    amount_low: int | None
    amount_high: int | None

    @property
    def amount(self) -> int | None:
        return self.amount_low if self.amount_low == self.amount_high else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every frame's answer to a case. Equal outcomes are equal, hash alike and have the same JSON."""

    frames: tuple[FrameOutcome, ...]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "frame": frame.frame,
                "verdict": frame.verdict,
                "unmet": list(frame.unmet),
                "amount": frame.amount,
                "amount_low": frame.amount_low,
                "amount_high": frame.amount_high,
            }
            for frame in self.frames
        ]

    def of_frame(self, slug: str) -> FrameOutcome | None:
        return next((frame for frame in self.frames if frame.frame == slug), None)


class Deviation(NamedTuple):
    """One item in which an outcome is not as expected, in Japanese."""

    frame: str
    item: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.frame}　{self.item}：{self.expected} → {self.actual}"


@dataclass(frozen=True, slots=True)
class Words:
    """The names of frames, and the texts of requirements by frame and id. What is not known is called by its id."""

    frames: Mapping[str, str]
    requirements: Mapping[tuple[str, str], str]

    def frame(self, slug: str) -> str:
        return self.frames.get(slug, slug)

    def unmet(self, frame: str, ids: Iterable[str]) -> str:
        return "、".join(f"「{self.requirements.get((frame, key), key)}」" for key in ids) or "なし"


def words_of(*documents: ProgrammeDocument) -> Words:
    """The words of several documents; the first one that has an id names it."""
    frames: dict[str, str] = {}
    requirements: dict[tuple[str, str], str] = {}
    for document in reversed(documents):
        for frame in document.frames:
            frames[frame.slug] = frame.name_ja
            requirements.update(
                ((frame.slug, key), text) for key, text in decided_requirements(document, frame).items()
            )
    return Words(frames, requirements)


def run_case(case: CaseDocument, rules: RuleSet, key: str) -> Outcome:
    """What the version `key` (slug@version) answers, whatever the day. Raises QuestionRefused on the profile."""
    profile = parse_profile(exact(case.profile), rules.vocabulary)
    results = rules.evaluate(profile, AsOf(case.as_of), [rules.versions[key]])
    return Outcome(tuple(_frame_outcome(result) for result in results))


def compare(expect: Iterable[Expected], outcome: Outcome, words: Words) -> tuple[Deviation, ...]:
    """Everything in which the outcome is not as expected; nothing where it is."""
    return tuple(deviation for expected in expect for deviation in _deviations(expected, outcome, words))


def expectation_of(outcome: FrameOutcome) -> Expected:
    """The expectation that names everything of an outcome."""
    data: dict[str, Any] = {"frame": outcome.frame, "verdict": outcome.verdict}
    if outcome.verdict == Verdict.NOT_ELIGIBLE:
        data["unmet"] = outcome.unmet
    elif outcome.amount_low == outcome.amount_high:
        data["amount"] = NONE if outcome.amount_low is None else outcome.amount_low
    else:
        data["amount_low"] = outcome.amount_low
        data["amount_high"] = NONE if outcome.amount_high is None else outcome.amount_high
    return Expected.model_validate(data)


def renewed(expect: Iterable[Expected], outcome: Outcome, words: Words) -> tuple[Expected, ...]:
    """The expectation that the outcome meets: what still holds stays as written, a frame that is gone is left out."""
    found = [
        expectation_of(answer) if _deviations(expected, outcome, words) else expected
        for expected in expect
        if (answer := outcome.of_frame(expected.frame)) is not None
    ]
    return tuple(found or map(expectation_of, outcome.frames))


def amount_words(low: int | None, high: int | None) -> str:
    """An amount in yen as officers read it."""
    return "資料からは額が決まらない" if low is None else interval_text(Interval(low, high))


def _frame_outcome(result: FrameResult) -> FrameOutcome:
    amount = result.pays.amount if result.pays is not None else None
    return FrameOutcome(
        result.frame.document.slug,
        result.verdict.value,
        tuple(sorted(proof.id for proof in result.proofs if proof.status is Status.UNMET)),
        amount.low if amount is not None else None,
        amount.high if amount is not None else None,
    )


def _deviations(expected: Expected, outcome: Outcome, words: Words) -> list[Deviation]:
    answer, name = outcome.of_frame(expected.frame), words.frame(expected.frame)
    if answer is None:
        return [Deviation(name, "枠", "ある", "この案にはない")]
    found: list[Deviation] = []
    if expected.verdict != answer.verdict:
        found.append(Deviation(name, "判定", VERDICT_LABELS[expected.verdict], VERDICT_LABELS[answer.verdict]))
    is_named = bool(expected.unmet) or expected.verdict != "not_eligible"
    if is_named and set(expected.unmet) != set(answer.unmet):
        before, after = (words.unmet(expected.frame, ids) for ids in (expected.unmet, answer.unmet))
        found.append(Deviation(name, "満たさない要件", before, after))
    interval, actual = expected.interval, (answer.amount_low, answer.amount_high)
    if interval is not None and answer.verdict != Verdict.NOT_ELIGIBLE and interval != actual:
        found.append(Deviation(name, "額", amount_words(*interval), amount_words(*actual)))
    return found
