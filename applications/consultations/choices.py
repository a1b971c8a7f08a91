"""What a consultation's form offers for a client on a day: programmes to choose from, and what to ask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from applications import matching
from applications.models import Client
from eligibility.asking.questions import questionnaire
from eligibility.report import report_of
from eligibility.report_parts import ProgrammeReport, Report
from eligibility.results import programme_names
from programs import rulebook

SUGGESTED_QUESTIONS = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A programme that can be chosen. `verdict` is its best frame's; "" where no rule speaks for it on the day."""

    slug: str
    name: str
    is_chosen: bool
    verdict: str = ""
    open_review: int = 0
    availability: str = ""
    frame: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """`programmes`: those in force on the day, best first, then chosen ones that are not. `questions`: in words."""

    day: date
    programmes: tuple[Choice, ...]
    questions: tuple[str, ...]


def offer_for(client: Client, day: date, chosen: Collection[str] = ()) -> Offer:
    rules = rulebook.current()
    report = report_of(matching.evaluation_of(client, day=day, rules=rules), rules)
    in_force = [_choice(programme, programme.slug in chosen) for programme in report.programmes]
    names = programme_names()
    absent = [
        Choice(slug, names.get(slug, slug), is_chosen=True)
        for slug in chosen
        if slug not in {choice.slug for choice in in_force}
    ]
    return Offer(day, (*in_force, *absent), tuple(_questions(report)))


def words_of_questions() -> dict[str, str]:
    """How the self-check asks for each fact."""
    return {question.fact: question.ask for page in questionnaire().pages for question in page.questions}


def _choice(programme: ProgrammeReport, is_chosen: bool) -> Choice:
    best = programme.best
    return Choice(
        programme.slug,
        programme.short_name,
        is_chosen,
        best.verdict,
        best.open_review,
        best.availability,
        best.name,
        best.amount.text if best.amount else "",
    )


def _questions(report: Report) -> list[str]:
    words = words_of_questions()
    return [words.get(fact.key, fact.label) for fact in report.missing][:SUGGESTED_QUESTIONS]
