"""The questions of the self-check (設問): fixtures/questions.yaml, checked strictly and read once per process.

The file holds words and order; what a fact is (its type, unit and choices) stands in fixtures/facts.yaml alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eligibility.engine.calendar import is_month
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.facts import Fact, FactType, Vocabulary, findings_of
from programs.documents import vocabulary
from programs.yaml import read_yaml

# Each is an address below /check/<token>/ already.
RESERVED_KEYS = frozenset({"results", "share", "delete", "as-of", "summary"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class CategoryGroup(_Strict):
    """Categories of expenses under one heading."""

    title: str
    categories: tuple[str, ...] = Field(min_length=1)


class MonthGroup(_Strict):
    """Months under one heading: the last `count` before `as_of`, the same calendar months of a group, or a list."""

    key: str
    title: str
    help: str = ""
    rule: Literal["last_full_months", "same_calendar_months", "months"]
    count: int = Field(default=0, ge=0, le=12)
    of: str = ""
    first: str = Field(default="", alias="from")
    last: str = Field(default="", alias="to")
    months: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_what_its_rule_needs(self) -> Self:
        complete = {
            "last_full_months": self.count > 0,
            "same_calendar_months": bool(self.of) and is_month(self.first) and self.first <= self.last,
            "months": bool(self.months) and all(is_month(month) for month in self.months),
        }
        if not complete[self.rule]:
            raise ValueError(f"{self.rule} に必要な項目がそろっていません。")
        return self


class Section(_Strict):
    title: str
    lead: str = ""
    fold: bool = False


class Question(_Strict):
    """One question about one fact. `options` explain choices by key; `none_label` names the empty set."""

    fact: str
    ask: str
    help: str = ""
    example: str = ""
    unknown_hint: str = ""
    section: str = ""
    relevant_to: tuple[str, ...] = ()
    options: dict[str, str] = {}
    none_label: str = ""
    category_groups: tuple[CategoryGroup, ...] = ()
    month_groups: tuple[MonthGroup, ...] = ()


class Page(_Strict):
    key: str = Field(pattern=r"^[a-z][a-z-]*$")
    title: str
    lead: str = ""
    sections: tuple[Section, ...] = ()
    questions: tuple[Question, ...] = Field(min_length=1)

    def questions_in(self, section: Section) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.section == section.title)


class Questionnaire(_Strict):
    pages: tuple[Page, ...] = Field(min_length=1)

    def page(self, key: str) -> Page | None:
        return next((page for page in self.pages if page.key == key), None)

    def page_of(self, fact: str) -> Page | None:
        """The page that asks for a fact, or None where no page does."""
        return next((page for page in self.pages if any(q.fact == fact for q in page.questions)), None)

    def asks(self) -> dict[str, str]:
        """How each fact is asked for, in words."""
        return {question.fact: question.ask for page in self.pages for question in page.questions}

    def after(self, page: Page) -> Page | None:
        following = self.pages[self.pages.index(page) + 1 :]
        return following[0] if following else None

    def before(self, page: Page) -> Page | None:
        index = self.pages.index(page)
        return self.pages[index - 1] if index else None


@cache
def questionnaire() -> Questionnaire:
    path = Path(settings.FIXTURES_ROOT) / "questions.yaml"
    return read_questionnaire(read_yaml(path), vocabulary(), str(path))


def read_questionnaire(data: Any, facts: Vocabulary, file: str = "") -> Questionnaire:
    """The questionnaire of plain data. Raises DocumentRefused with every finding."""
    try:
        read = Questionnaire.model_validate(data)
    except ValidationError as error:
        raise DocumentRefused(findings_of(error, file)) from error
    findings = [Finding(path, message, file) for path, message in _faults(read, facts)]
    if findings:
        raise DocumentRefused(findings)
    return read


def _faults(read: Questionnaire, facts: Vocabulary) -> Iterator[tuple[str, str]]:
    asked = Counter(question.fact for page in read.pages for question in page.questions)
    for key, times in Counter(page.key for page in read.pages).items():
        if times > 1 or key in RESERVED_KEYS:
            yield f"pages.{key}", "このページ名は使えません（重複しているか、ほかの用途に使われています）。"
    for page in read.pages:
        titles = {section.title for section in page.sections}
        for question in page.questions:
            path = f"pages.{page.key}.{question.fact}"
            if asked[question.fact] > 1:
                yield path, "この項目を2回たずねています。"
            if (question.section not in titles) if titles else question.section:
                yield path, f"見出し「{question.section}」は、このページの sections にありません。"
            fact = facts.get(question.fact)
            if fact is None:
                yield path, "この項目は事実の語彙（facts.yaml）にありません。"
            else:
                yield from ((path, message) for message in _misfits(question, fact))


def _misfits(question: Question, fact: Fact) -> Iterator[str]:
    """What the question says that its fact's type has no place for, or lacks."""
    unknown_options = set(question.options) - {choice.key for choice in fact.values}
    if unknown_options:
        yield f"options にない選択肢があります: {'、'.join(sorted(unknown_options))}"
    if bool(question.none_label) != (fact.type is FactType.SET):
        yield "none_label は複数選択の質問に必要で、ほかの質問では使えません。"
    if bool(question.month_groups) != (fact.type is FactType.YEN_BY_MONTH):
        yield "month_groups は月ごとの金額の質問に必要で、ほかの質問では使えません。"
    keys = {group.key for group in question.month_groups}
    if any(group.of and group.of not in keys for group in question.month_groups):
        yield "month_groups の of が、ほかのまとまりを指していません。"
    listed = Counter(category for group in question.category_groups for category in group.categories)
    if listed != Counter(choice.key for choice in fact.categories):
        yield "category_groups は、経費の区分を1回ずつすべて含む必要があります。"
