"""A self-check's result: its answers, its date and the rules in force, as one report."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from eligibility.engine.availability import Availability
from eligibility.engine.calendar import AsOf
from eligibility.engine.errors import QuestionRefused
from eligibility.engine.evaluate import RuleSet
from eligibility.engine.facts import Vocabulary
from eligibility.engine.profile import parse_value
from eligibility.evaluations import now
from eligibility.models import SelfCheck
from eligibility.report import AVAILABILITY_LABELS, ProgrammeReport, Report, build_report
from programs import rulebook

logger = logging.getLogger(__name__)


def day_of(check: SelfCheck) -> date:
    """The day the check is made for: the chosen one, or today in Japan."""
    return check.as_of or now().day


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme's report beside what its call is today, whatever day the check is made for."""

    programme: ProgrammeReport
    today: str
    today_label: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the result pages show: the report for `day`, seen from `today`."""

    report: Report
    rows: tuple[ProgrammeRow, ...]
    day: date
    today: date

    @property
    def is_today(self) -> bool:
        return self.day == self.today


def result_of_check(check: SelfCheck) -> Result:
    rules, today = rulebook.current(), now().day
    day = check.as_of or today
    report = build_report(readable_profile(check.profile, rules.vocabulary), AsOf(day), rules)
    calls = calls_on(today, rules)
    rows = tuple(
        ProgrammeRow(programme, calls[programme.slug].value, AVAILABILITY_LABELS[calls[programme.slug]])
        for programme in report.programmes
    )
    return Result(report, rows, day, today)


def calls_on(day: date, rules: RuleSet) -> dict[str, Availability]:
    """What can be said of each programme's call on a day: the best that any of its frames has."""
    as_of = AsOf(day)
    calls: dict[str, Availability] = {}
    for slug in rules.programmes():
        version = rules.in_force(slug, as_of)
        states = [frame.clock.at(as_of) for frame in version.frames] if version is not None else []
        calls[slug] = min(states, key=_BEST_FIRST.index, default=Availability.UNKNOWN)
    return calls


_BEST_FIRST = (
    Availability.OPEN,
    Availability.UPCOMING,
    Availability.UNKNOWN,
    Availability.CLOSED,
    Availability.NOT_OFFERED,
)


def readable_profile(raw: Mapping[str, Any], facts: Vocabulary) -> dict[str, Any]:
    """The parsed profile. An answer that today's vocabulary refuses (it was stored before a change) is left unknown."""
    profile: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in facts:
            continue
        try:
            profile[key] = parse_value(facts[key], value)
        except QuestionRefused as refused:
            logger.warning("a stored answer is no longer readable and counts as unknown: %s", refused.problems[0].code)
    return profile


def programme_names() -> dict[str, str]:
    """Short names by slug, of every programme there are rules for."""
    return {
        version.document.program: version.document.identity.short_name
        for version in rulebook.current().versions.values()
    }
