"""What a consultation's form offers for a client on a day: programmes to choose from, and what to ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from applications import matching
from applications.models import Client
from eligibility.asking.questions import questionnaire
from eligibility.evaluations import now
from eligibility.report import report_of
from eligibility.report_parts import ProgrammeReport, Report
from eligibility.results import calls_on, programme_names
from programs import rulebook


@dataclass(frozen=True, slots=True)
class Choice:
    """A programme that can be chosen. `verdict` is its best frame's; "" where no rule speaks for it on the day.

    `today`: what its call is today, where that is not the day; else "".
    """

    slug: str
    name: str
    is_chosen: bool
    verdict: str = ""
    open_review: int = 0
    availability: str = ""
    frame: str = ""
    amount: str = ""
    today: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """`programmes`: those in force on the day, best first, then chosen ones that are not.

    `questions`: what is not known yet for the chosen ones, in words, the most useful first.
    """

    day: date
    programmes: tuple[Choice, ...]
    questions: tuple[str, ...]


def offer_for(client: Client, day: date, chosen: Collection[str] = ()) -> Offer:
    rules = rulebook.current()
    report = report_of(matching.evaluation_of(client, day=day, rules=rules), rules)
    calls = _calls_today(day)
    in_force = [_choice(programme, programme.slug in chosen, calls) for programme in report.programmes]
    known = {choice.slug for choice in in_force}
    return Offer(day, (*in_force, *_without_rules(chosen, known)), tuple(_questions(report, chosen)))


def offer_of_sheet(frozen: Mapping[str, Any], day: date, chosen: Sequence[str]) -> Offer:
    """The chosen programmes as a sheet says them; `frozen`: its context."""
    calls = _calls_today(day)
    said = [_said(programme, calls) for programme in frozen["report"]["programmes"] if programme["slug"] in chosen]
    return Offer(day, (*said, *_without_rules(chosen, {choice.slug for choice in said})), ())


def _calls_today(day: date) -> Mapping[str, str]:
    """By programme, of a day that is not today."""
    today = now().day
    return {} if day == today else {slug: call.value for slug, call in calls_on(today, rulebook.current()).items()}


def _choice(programme: ProgrammeReport, is_chosen: bool, calls: Mapping[str, str]) -> Choice:
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
        calls.get(programme.slug, ""),
    )


def _said(programme: Mapping[str, Any], calls: Mapping[str, str]) -> Choice:
    best = programme["frames"][0]
    return Choice(
        programme["slug"],
        programme["short_name"],
        True,
        best["verdict"],
        best["open_review"],
        best["availability"],
        best["name"],
        best["amount"]["text"] if best["amount"] else "",
        calls.get(programme["slug"], ""),
    )


def _without_rules(chosen: Collection[str], known: Collection[str]) -> list[Choice]:
    """Chosen programmes that no rule speaks for on the day."""
    names = programme_names()
    return [Choice(slug, names.get(slug, slug), is_chosen=True) for slug in chosen if slug not in known]


def _questions(report: Report, chosen: Collection[str]) -> list[str]:
    words = questionnaire().asks()
    programmes = [programme for programme in report.programmes if programme.slug in chosen]
    asked = {fact.key for programme in programmes for frame in programme.frames for fact in frame.missing}
    return [words.get(fact.key, fact.label) for fact in report.missing if fact.key in asked]
