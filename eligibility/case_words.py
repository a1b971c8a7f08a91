"""Acceptance cases in officers' words (事例の文): for the list, the comparison of two states, and the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from eligibility.engine.case_runs import Deviation, FrameOutcome, Words, amount_words
from eligibility.engine.cases import VERDICT_LABELS, CaseDocument, Expected, decided_requirements, exact
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import QuestionRefused
from eligibility.engine.facts import FactType, Vocabulary
from eligibility.engine.profile import parse_value
from eligibility.report import answer_text
from portal.common.japanese import write_date, write_moment
from programs.words.comparison import Difference

if TYPE_CHECKING:
    from portal.accounts.models import User


def expected_text(expected: Expected, words: Words) -> str:
    """「満たさない要件がある（「従業員5人以下」）」, 「対象になる見込み、500,000円」."""
    text = VERDICT_LABELS[expected.verdict]
    if expected.unmet:
        text += f"：{words.unmet(expected.frame, expected.unmet)}"
    if expected.interval is not None:
        text += f"、{amount_words(*expected.interval)}"
    return text


def outcome_text(outcome: FrameOutcome, words: Words) -> str:
    """What a draft answers, in the words of an expectation."""
    text = VERDICT_LABELS[outcome.verdict]
    if outcome.unmet:
        return f"{text}：{words.unmet(outcome.frame, outcome.unmet)}"
    return f"{text}、{amount_words(outcome.amount_low, outcome.amount_high)}"


def act_text(what: str, done: str, who: User | None, reason: str) -> str:
    """「事例「小売業」を、kakiteさんが直しました（理由：…）。」; acts from before reasons were asked for have none."""
    by = f"{who}さん" if who is not None else "しるべ（自動）"
    return f"{what}を、{by}が{done}（理由：{reason or '書かれていません'}）。"


def lost_expectations(case: CaseDocument, document: ProgrammeDocument, words: Words) -> list[str]:
    """What a case expects of frames and requirements that the document no longer has, which its form cannot keep."""
    frames = {frame.slug: decided_requirements(document, frame) for frame in document.frames}
    found: list[str] = []
    for expected in case.expect:
        name = words.frame(expected.frame)
        if expected.frame not in frames:
            found.append(f"枠「{name}」はこの案にありません。保存すると、この枠への期待は消えます。")
        elif gone := [key for key in expected.unmet if key not in frames[expected.frame]]:
            texts = words.unmet(expected.frame, gone)
            found.append(f"枠「{name}」の要件{texts}はこの案にありません。保存すると、この要件への期待は消えます。")
    return found


def fact_lines(case: CaseDocument, vocabulary: Vocabulary) -> dict[str, str]:
    """Every answer of the company by the name of its fact, in the vocabulary's order."""
    found = {vocabulary.label(k): _fact(vocabulary, k, case.profile[k]) for k in vocabulary if k in case.profile}
    return found | {key: str(value) for key, value in case.profile.items() if key not in vocabulary}


def case_changes(
    before: CaseDocument | None, after: CaseDocument | None, words: Words, vocabulary: Vocabulary
) -> list[Difference]:
    """What is different between two states of a case (None: there is none), field by field."""
    old, new = (_lines(case, words, vocabulary) if case is not None else {} for case in (before, after))
    case = after or before
    place = f"事例「{case.name}」" if case is not None else ""
    found: list[Difference] = []
    for name in dict.fromkeys([*old, *new]):
        was, now_is = old.get(name, ""), new.get(name, "")
        if was != now_is:
            path = f"cases.{case.id}" if case is not None else ""
            found.append(Difference(path, f"{place} {name}", was, now_is, _kind(was, now_is)))
    return found


def deviation_changes(case: CaseDocument, deviations: Iterable[Deviation]) -> list[Difference]:
    """Deviations as the audit trail keeps them."""
    return [
        Difference(f"cases.{case.id}", f"事例「{case.name}」 {d.frame} {d.item}", d.expected, d.actual, "changed")
        for d in deviations
    ]


def _kind(before: str, after: str) -> Literal["added", "removed", "changed"]:
    if not before:
        return "added"
    return "changed" if after else "removed"


def _lines(case: CaseDocument, words: Words, vocabulary: Vocabulary) -> dict[str, str]:
    expectations = {f"期待：{words.frame(e.frame)}": expected_text(e, words) for e in case.expect}
    head = {"名前": case.name, "メモ": case.note, "基準日": write_date(case.as_of)}
    return head | fact_lines(case, vocabulary) | expectations


def _fact(vocabulary: Vocabulary, key: str, raw: Any) -> str:
    """One answer; an answer that the vocabulary no longer accepts is shown as it stands."""
    try:
        value = parse_value(vocabulary[key], exact(raw))
    except QuestionRefused:
        return str(raw)
    if vocabulary[key].type is FactType.YEN_BY_MONTH:
        return "、".join(f"{write_moment(month)} {amount:,}円" for month, amount in value.items())
    return answer_text(vocabulary, key, value)
