"""One question, one answer (判定): the same service behind the command, the API, the pages and the PDF.

A question is {"as_of"?, "profile", "programs"?, "versions"?} as decoded JSON. Everything wrong with it is reported
at once (QuestionRefused); then the rules in force answer it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from eligibility.engine.answer import answer
from eligibility.engine.calendar import TOKYO, AsOf, parse_as_of
from eligibility.engine.errors import Problem, QuestionRefused
from eligibility.engine.evaluate import CompiledVersion, FrameResult, RuleSet
from eligibility.engine.profile import parse_profile
from eligibility.engine.truth import distinct
from programs import rulebook

QUESTION_KEYS = frozenset({"as_of", "profile", "programs", "versions"})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The results of one question with what they were made from."""

    as_of: AsOf
    profile: Mapping[str, Any]
    not_in_force: tuple[str, ...]
    results: tuple[FrameResult, ...]

    def as_answer(self) -> dict[str, Any]:
        return answer(self.as_of, self.not_in_force, self.results)


def now() -> AsOf:
    instant = timezone.now().astimezone(TOKYO)
    return AsOf(instant.date(), instant)


def evaluate_question(question: object, rules: RuleSet | None = None) -> Evaluation:
    """Answer a decoded question. Raises QuestionRefused with every problem of it."""
    rules = rulebook.current() if rules is None else rules
    problems: list[Problem] = []
    if not isinstance(question, Mapping):
        raise QuestionRefused([Problem("", "wrong_type", "質問はJSONオブジェクトで渡してください。")])
    for key in question:
        if key not in QUESTION_KEYS:
            problems.append(Problem(str(key), "unknown_fact", f"「{key}」という項目は質問にありません。"))
    as_of = _as_of(question.get("as_of"), problems)
    profile = _profile(question, rules, problems)
    programs = _names(question, "programs", problems)
    versions = _names(question, "versions", problems)
    _refuse_unknown(rules, programs, versions, problems)
    if problems or as_of is None or profile is None:
        raise QuestionRefused(problems)
    return evaluate_profile(profile, as_of, rules, programs, versions)


def evaluate_profile(
    profile: Mapping[str, Any],
    as_of: AsOf,
    rules: RuleSet,
    programs: tuple[str, ...] | None = None,
    versions: tuple[str, ...] | None = None,
) -> Evaluation:
    """Answer for a parsed profile. A named version is evaluated whatever the date and wins over `programs`."""
    asked = [rules.versions[key] for key in versions or ()]
    answered = {version.document.program for version in asked}
    wanted = programs if programs is not None else () if versions else rules.programmes()
    not_in_force: list[str] = []
    chosen: list[CompiledVersion] = []
    for slug in wanted:
        if slug in answered:
            continue
        version = rules.in_force(slug, as_of)
        if version is None:
            not_in_force.append(slug)
        else:
            chosen.append(version)
    return Evaluation(as_of, profile, tuple(not_in_force), rules.evaluate(profile, as_of, [*asked, *chosen]))


def read_moment(text: str | None) -> AsOf:
    """The moment a question is asked for; now where it does not say. Raises QuestionRefused."""
    problems: list[Problem] = []
    moment = _as_of(text, problems)
    if moment is None:
        raise QuestionRefused(problems)
    return moment


def _as_of(value: object, problems: list[Problem]) -> AsOf | None:
    if value is None:
        return now()
    if not isinstance(value, str):
        problems.append(Problem("as_of", "wrong_type", "基準日は 2023-10-17 の形の文字列で渡してください。"))
        return None
    try:
        return parse_as_of(value)
    except (ValueError, OverflowError):
        problems.append(Problem("as_of", "bad_date", f"「{value}」という日付・日時は読めません。"))
        return None


def _profile(question: Mapping[str, Any], rules: RuleSet, problems: list[Problem]) -> dict[str, Any] | None:
    if "profile" not in question:
        problems.append(Problem("profile", "wrong_type", "プロフィール（profile）がありません。"))
        return None
    try:
        return parse_profile(question["profile"], rules.vocabulary)
    except QuestionRefused as refused:
        problems.extend(refused.problems)
        return None


def _names(question: Mapping[str, Any], key: str, problems: list[Problem]) -> tuple[str, ...] | None:
    """A list of names without repeats, or None where the question does not say."""
    if key not in question:
        return None
    names = question[key]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        problems.append(Problem(key, "wrong_type", f"{key} は文字列の配列で渡してください。"))
        return None
    return distinct(names)


def _refuse_unknown(
    rules: RuleSet, programs: tuple[str, ...] | None, versions: tuple[str, ...] | None, problems: list[Problem]
) -> None:
    known = set(rules.programmes())
    for slug in programs or ():
        if slug not in known:
            problems.append(Problem("programs", "unknown_program", f"「{slug}」という制度はありません。"))
    for key in versions or ():
        if key in rules.versions:
            continue
        slug = key.partition("@")[0]
        code, what = ("unknown_version", "版") if slug in known else ("unknown_program", "制度")
        problems.append(Problem("versions", code, f"「{key}」という{what}はありません。"))
