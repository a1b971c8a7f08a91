"""What to ask a client next (次に聞くこと): the answers that could still move something, the most useful first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from applications.models import Client
from eligibility.asking.questions import questionnaire
from eligibility.engine.evaluate import Verdict
from eligibility.report_parts import FrameReport, MissingFact, Report


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """How many `programmes` and `frames` wait for the answer; `alone`: frames not judged that wait for nothing else."""

    fact: str
    ask: str
    is_unsure: bool  # answered 「わからない」
    programmes: int
    frames: int
    alone: int


def open_questions(client: Client, report: Report) -> list[OpenQuestion]:
    asks = questionnaire().asks()
    return [_question(fact, asks.get(fact.key, fact.label), client, report) for fact in report.missing]


def _question(fact: MissingFact, ask: str, client: Client, report: Report) -> OpenQuestion:
    waiting = [
        (programme.slug, frame)
        for programme in report.programmes
        for frame in programme.frames
        if any(other.key == fact.key for other in frame.missing)
    ]
    return OpenQuestion(
        fact=fact.key,
        ask=ask,
        is_unsure=fact.key in client.unknown,
        programmes=len({slug for slug, _ in waiting}),
        frames=len(waiting),
        alone=_alone(frame for _, frame in waiting),
    )


def _alone(frames: Iterable[FrameReport]) -> int:
    return sum(frame.verdict == Verdict.NEEDS_INFO and len(frame.missing) == 1 for frame in frames)
