"""The result of a self-check or a client: its answers, its date and the rules in force, as one report."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from eligibility.engine.availability import Availability, best_of
from eligibility.engine.calendar import AsOf
from eligibility.engine.errors import QuestionRefused
from eligibility.engine.evaluate import RuleSet
from eligibility.engine.facts import Vocabulary
from eligibility.engine.profile import parse_value
from eligibility.evaluations import Evaluation, evaluate_profile, now
from eligibility.models import SelfCheck
from eligibility.report import AVAILABILITY_LABELS, ProgrammeReport, Report, report_of
from eligibility.trials import Trial, trial_of
from programs import rulebook

logger = logging.getLogger(__name__)


def day_of(check: SelfCheck) -> date:
    """The day the check is made for: the chosen one, or today in Japan."""
    return check.as_of or now().day


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme's report beside what its call is today, whatever day the check is made for.

    `is_tried`: by a draft that the check tries, so that no public page says the same.
    """

    programme: ProgrammeReport
    today: str
    today_label: str
    is_tried: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What the result pages show: the report for `day`, seen from `today`. `trial`: of a check that tries a draft."""

    report: Report
    rows: tuple[ProgrammeRow, ...]
    day: date
    today: date
    trial: Trial | None

    @property
    def is_today(self) -> bool:
        return self.day == self.today


@dataclass(frozen=True, slots=True)
class Applied:
    """The rules that answer a check. `versions`: those evaluated whatever the date."""

    rules: RuleSet
    versions: tuple[str, ...]
    trial: Trial | None


def rules_for(check: SelfCheck) -> Applied:
    """Those in force, or those of the draft that the check tries, for as long as it can be tried."""
    trial = trial_of(check)
    if trial is None or trial.rules is None:
        return Applied(rulebook.current(), (), trial)
    return Applied(trial.rules, trial.versions, trial)


def result_of_check(check: SelfCheck) -> Result:
    applied = rules_for(check)
    rules, versions = applied.rules, applied.versions
    profile = readable_profile(check.profile, rules.vocabulary)
    evaluation = evaluate_profile(profile, AsOf(day_of(check)), rules, rules.programmes(), versions)
    return result_of(evaluation, rules, versions, applied.trial)


def result_of(
    evaluation: Evaluation, rules: RuleSet, versions: tuple[str, ...] = (), trial: Trial | None = None
) -> Result:
    """An evaluation as the result pages show it. `versions`: those evaluated whatever the date, of a `trial`."""
    report, today = report_of(evaluation, rules), now().day
    calls = calls_on(today, rules, versions)
    rows = tuple(
        ProgrammeRow(
            programme,
            calls[programme.slug].value,
            AVAILABILITY_LABELS[calls[programme.slug]],
            f"{programme.slug}@{programme.version}" in versions,
        )
        for programme in report.programmes
    )
    return Result(report, rows, evaluation.as_of.day, today, trial)


def calls_on(day: date, rules: RuleSet, versions: tuple[str, ...] = ()) -> dict[str, Availability]:
    """What can be said of each programme's call on a day: the best that any of its frames has.

    `versions` speak for their programmes whatever the date.
    """
    as_of = AsOf(day)
    named = {rules.versions[key].document.program: rules.versions[key] for key in versions}
    calls: dict[str, Availability] = {}
    for slug in rules.programmes():
        version = named.get(slug) or rules.in_force(slug, as_of)
        calls[slug] = best_of(frame.clock.at(as_of) for frame in (version.frames if version is not None else ()))
    return calls


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


def programme_names(rules: RuleSet | None = None) -> dict[str, str]:
    """Short names by slug, of every programme there are rules for."""
    versions = (rules or rulebook.current()).versions.values()
    return {version.document.program: version.document.identity.short_name for version in versions}
