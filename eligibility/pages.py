"""What the self-check's pages say beside the report: progress, the moment's notice, what to answer next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from eligibility.asking.questions import Page, questionnaire
from eligibility.models import SelfCheck
from eligibility.report import MissingFact
from eligibility.results import Result
from eligibility.trials import Trial
from portal.common.japanese import write_date
from portal.common.prefectures import BUREAU_OF, PREFECTURES

RESULTS = "results"
NEXT_QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class StepMark:
    """One step of components/step_nav.html."""

    label: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A banner (components/banner.html)."""

    kind: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class QuickDay:
    """A date to try: `value` is what the form sends, "" for today."""

    value: str
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """A question worth answering; `url` is empty where no page asks it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Whom to ask: the regional bureau (経済産業局) in charge, both empty while the prefecture is not known.

    `names_supporters`: whether support organisations are named too; not to those who are one.
    """

    bureau: str
    prefecture: str
    names_supporters: bool = True


def step_marks(check: SelfCheck, owner_token: str, current: str, has_errors: bool = False) -> list[StepMark]:
    """The pages and the result, as far as this check has come. `current`: a page's key, or RESULTS."""
    marks = []
    for page in questionnaire().pages:
        state = "completed" if _is_touched(page, check) else "upcoming"
        if page.key == current:
            state = "error" if has_errors else "current"
        marks.append(StepMark(page.title, reverse("eligibility:page", args=[owner_token, page.key]), state))
    result_state = "current" if current == RESULTS else "upcoming"
    marks.append(StepMark("診断結果", reverse("eligibility:results", args=[owner_token]), result_state))
    return marks


def _is_touched(page: Page, check: SelfCheck) -> bool:
    return any(question.fact in check.profile or question.fact in check.unknown for question in page.questions)


def moment_notice(result: Result) -> Notice:
    """What the date means for applying. Nothing here may suggest that a closed call can still be used."""
    day, today = result.day, result.today
    if day < today:
        return Notice(
            "warning",
            f"{write_date(day)}の時点での結果です。今日の受付状況ではありません",
            f"今日は{write_date(today)}です。「受付中」などの表示は、すべて{write_date(day)}の時点のものです。"
            "すでに終わった公募に、今から申し込むことはできません。",
        )
    if day > today:
        return Notice(
            "info",
            f"{write_date(day)}（これからの日）の時点での結果です",
            "これから公表・変更される公募は含まれません。申請の前に、最新の公募要領を確かめてください。",
        )
    if not result.report.has_open_call:
        return Notice(
            "warning",
            f"今日（{write_date(today)}）、受付中と確認できる制度はありません",
            "ここで扱う公募の受付は終わっているか、資料では確認できません。結果は「要件を満たすかどうか」の目安です。"
            "終わった公募に、今から申し込むことはできません。次の公募の有無は、相談先に確かめてください。",
        )
    return Notice(
        "info",
        f"今日（{write_date(today)}）の時点での結果です",
        "受付の状況は制度ごとに違います。それぞれの締切を確かめてください。",
    )


def trial_notice(trial: Trial | None, day: date) -> Notice | None:
    """What stands on every page of a check that was made on a draft's preview page; None for an ordinary check."""
    if trial is None:
        return None
    if trial.announced is None:
        return Notice("info", "案の試しは終わりました", f"{trial.ended}この診断は、いま有効な規則で判定しています。")
    body = f"「{trial.name}」は、まだ公開していない案で判定しています。ほかの制度は、いま有効な規則で判定しています。"
    if trial.announced > day:
        announced, looked_at = write_date(trial.announced), write_date(day)
        body += f"案の公表日（{announced}）は基準日（{looked_at}）より後ですが、この案で判定しています。"
    return Notice("warning", "公開前の案を試しています。内容は変わることがあります", body)


def quick_days(chosen: date | None) -> list[QuickDay]:
    """Days within the calls of the sources, to see what the portal does; and today. `chosen`: None for today."""
    examples = (
        (date(2023, 10, 17), "2023年10月17日（資料の公募期間中の日）"),
        (date(2021, 3, 15), "2021年3月15日"),
    )
    days = [QuickDay(day.isoformat(), label, chosen == day) for day, label in examples]
    return [*days, QuickDay("", "今日", chosen is None)]


def next_questions(missing: Iterable[MissingFact], owner_token: str) -> list[NextQuestion]:
    found = []
    for fact in missing:
        page = questionnaire().page_of(fact.key)
        if page is not None:
            question = next(question for question in page.questions if question.fact == fact.key)
            url = f"{reverse('eligibility:page', args=[owner_token, page.key])}#q-{fact.key}"
            found.append(NextQuestion(question.ask, url))
    return found


def desk_of(profile: Mapping[str, Any], *, names_supporters: bool = True) -> Desk:
    """`profile`: raw answers."""
    code = profile.get("prefecture", "")
    return Desk(BUREAU_OF.get(code, ""), PREFECTURES.get(code, ""), names_supporters)
