"""The pages of the self-check as forms, made from the questions; and the date of the check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from eligibility.asking.asked import Asked, describe
from eligibility.asking.fields import FactField, PartError, field_for
from eligibility.asking.months import Months, month_table
from eligibility.asking.questions import Page, Question, Section
from eligibility.checks import Answer
from eligibility.engine.facts import Vocabulary
from portal.common.japanese import NotReadable, read_date

FIRST_DAY, LAST_DAY = date(2019, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """A line of the error summary: `target` is the id of the input ("" for none)."""

    target: str
    message: str


@dataclass(frozen=True, slots=True)
class SectionOfPage:
    """The questions under one heading; `is_open` where a folded one holds answers or errors."""

    section: Section | None
    questions: tuple[Asked, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """What a check already says: the raw profile and the keys answered 「わからない」."""

    profile: Mapping[str, Any]
    unknown: frozenset[str]


class PageForm(forms.Form):
    """One page of questions. Nothing is required: what is left blank is simply not answered."""

    def __init__(self, page: Page, facts: Vocabulary, stored: Stored, day: date, data: Any = None) -> None:
        super().__init__(data)
        self.page = page
        self.months: dict[str, tuple[Months, ...]] = {}
        for question in page.questions:
            self.fields[question.fact] = self._field(question, facts, stored, day)

    def _field(self, question: Question, facts: Vocabulary, stored: Stored, day: date) -> FactField:
        fact, value = facts[question.fact], stored.profile.get(question.fact)
        parts: tuple[str, ...] = tuple(choice.key for choice in fact.categories)
        if question.month_groups:
            table = month_table(question.month_groups, day, value or ())
            self.months[question.fact] = table
            parts = tuple(month for months in table for month in months.months)
        field = field_for(fact, parts)
        field.initial = field.parts_of(value, question.fact in stored.unknown)
        return field

    def answers(self) -> Mapping[str, Answer]:
        """Of a valid form: every question of the page with its answer."""
        return self.cleaned_data

    def sections(self, programmes: Mapping[str, str]) -> tuple[SectionOfPage, ...]:
        """What the template draws. `programmes`: short names by slug, for the marks beside each question."""
        asked = {question.fact: self._asked(question, programmes) for question in self.page.questions}
        if not self.page.sections:
            return (SectionOfPage(None, tuple(asked.values()), True),)
        found: list[SectionOfPage] = []
        for section in self.page.sections:
            questions = tuple(asked[question.fact] for question in self.page.questions_in(section))
            found.append(SectionOfPage(section, questions, any(q.is_answered or q.errors for q in questions)))
        return tuple(found)

    def error_links(self) -> list[ErrorLink]:
        links: list[ErrorLink] = []
        for key, problems in self.errors.as_data().items():
            label = next(question.ask for question in self.page.questions if question.fact == key)
            links.extend(ErrorLink(_input_id(key, problem), f"{label} {_message(problem)}") for problem in problems)
        return links

    def _asked(self, question: Question, programmes: Mapping[str, str]) -> Asked:
        field = self.fields[question.fact]
        assert isinstance(field, FactField)  # noqa: S101 - tells mypy what _field puts there
        problems = self.errors.as_data().get(question.fact, []) if self.is_bound else []
        errors = {getattr(problem, "at", ""): _message(problem) for problem in problems}
        names = tuple(programmes[slug] for slug in question.relevant_to if slug in programmes)
        return describe(question, field, self[question.fact].value(), errors, names, self.months.get(question.fact, ()))


def _input_id(key: str, problem: ValidationError) -> str:
    at = problem.at if isinstance(problem, PartError) else ""
    return f"id_{key}-{at}" if at else f"id_{key}"


def _message(problem: ValidationError) -> str:
    return "".join(problem.messages)


class DayField(forms.CharField):
    """A day of the Western calendar or of an era, as people type it, from `first` to `last`; None where it is blank."""

    def __init__(self, *, first: date = FIRST_DAY, last: date = LAST_DAY, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.first, self.last = first, last

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            day = read_date(text)
        except NotReadable as error:
            raise ValidationError(str(error)) from error
        if not self.first <= day <= self.last:
            raise ValidationError(f"{self.first.year}年から{self.last.year}年までの日付で入力してください。")
        return day


class AsOfForm(forms.Form):
    """The date a check is made for: typed, or empty for 「今日」."""

    as_of = DayField(label="基準日", required=False)
