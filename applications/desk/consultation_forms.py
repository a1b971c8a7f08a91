"""Forms of consultations: the list's filter, a consultation, its next steps row by row."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import timezone

from applications.consultations.consultations import (
    MAX_STEPS,
    NOTES_LENGTH,
    OWNER_NAME_LENGTH,
    STEP_LENGTH,
    ConsultationRefused,
    Step,
)
from applications.consultations.words import TOPICS, clean_lines
from applications.desk.form_parts import People, TextField, day_field, set_choices, show_problems
from applications.models import Consultation, Membership, NextStep
from portal.common.japanese import write_date

# Rows of steps that a form begins with, and that it may have: blank ones are none.
BLANK_ROWS, MOST_ROWS = 2, MAX_STEPS + 10
_BETWEEN_TOPICS = re.compile(r"[、，,\n]")


class _QuietForm(forms.Form):
    """`is_quiet`: shows what was typed as it is, without saying yet what is wrong with it."""

    is_quiet = False

    @property
    def errors(self) -> ErrorDict:
        return ErrorDict() if self.is_quiet else super().errors


class FilterForm(forms.Form):
    """What the list of consultations is asked for. A value that is not offered counts as not given."""

    WHO = {"": "全員", "me": "自分が担当"}
    STEPS = {"": "指定しない", "overdue": "期日を過ぎた行動がある", "open": "済んでいない行動がある"}
    STATES = {"": "すべて", "open": "記録中", "closed": "確定済み"}

    q = forms.CharField(label="企業", required=False, max_length=200)
    who = forms.ChoiceField(
        label="担当者", required=False, choices=WHO.items(), widget=forms.Select({"class": "select"})
    )
    steps = forms.ChoiceField(
        label="次の行動", required=False, choices=STEPS.items(), widget=forms.Select({"class": "select"})
    )
    state = forms.ChoiceField(
        label="状態", required=False, choices=STATES.items(), widget=forms.Select({"class": "select"})
    )

    def wanted(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class StepForm(_QuietForm):
    """One row of the next steps. `row` names its inputs; `step` is the stored one's number, "" for a new one."""

    step = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    text = TextField(
        label="すること",
        required=False,
        max_length=STEP_LENGTH,
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )
    owner = forms.ChoiceField(
        label="行う人", choices=NextStep.Owner.choices, required=False, widget=forms.Select({"class": "select"})
    )
    owner_name = TextField(
        label="氏名",
        required=False,
        max_length=OWNER_NAME_LENGTH,
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )
    due_on = day_field(label="期日", required=False)

    def __init__(self, row: int, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, prefix=f"step-{row}", initial=initial)
        self.row = row

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("text") and "text" not in self.errors and self._says_more(cleaned):
            self.add_error("text", "することを入力してください。要らない行は「この行を消す」を押してください。")
        return cleaned

    @property
    def given(self) -> Step | None:
        """Of a valid row: what it says; None for a blank one."""
        if not self.cleaned_data["text"]:
            return None
        fields = self.cleaned_data
        owner = fields["owner"] or NextStep.Owner.CLIENT
        return Step(fields["text"], owner, fields["owner_name"], fields["due_on"], fields["step"])

    def _says_more(self, cleaned: dict[str, Any]) -> bool:
        return bool(cleaned.get("owner_name") or cleaned.get("due_on") or "due_on" in self.errors)


class ConsultationForm(_QuietForm):
    """A consultation without its steps. Programmes are drawn by the template, with what they say of the client."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    held_on = day_field(
        label="相談日",
        error_messages={"required": "相談日を入力してください。"},
        help_text="「2026年4月1日」「令和8年4月1日」「2026-04-01」のどの書き方でもかまいません。",
    )
    adviser = forms.ChoiceField(label="担当者", widget=forms.Select({"class": "select"}))
    topics = forms.MultipleChoiceField(
        label="相談のテーマ",
        required=False,
        choices=[(topic, topic) for topic in TOPICS],
        widget=forms.CheckboxSelectMultiple,
    )
    own_topics = TextField(
        label="ほかのテーマ",
        required=False,
        max_length=600,
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
        help_text="上にないテーマを書きます。いくつかあるときは、読点（、）で区切ります。",
    )
    notes = TextField(
        label="相談の内容",
        required=False,
        max_length=NOTES_LENGTH,
        widget=forms.Textarea({"class": "textarea", "rows": 8}),
        help_text="相談シートに、書いたとおりに印刷されます。",
    )
    as_of = day_field(
        label="判定の基準日",
        required=False,
        help_text="この日の制度と公募で判定します。空のままなら、相談日で判定します。",
    )
    programmes = forms.MultipleChoiceField(label="検討する制度", required=False)
    open_questions = TextField(
        label="確認が必要なこと",
        required=False,
        max_length=12_000,
        widget=forms.Textarea({"class": "textarea", "rows": 8}),
        help_text="1行に1つずつ書きます。空の行は残りません。",
    )

    def __init__(
        self, acting: Membership, consultation: Consultation | None = None, data: Any = None, **initial: Any
    ) -> None:
        super().__init__(data, initial=(initial_of(consultation) if consultation else _blank(acting)) | initial)
        self._people = People(acting, consultation.adviser if consultation else None)
        set_choices(self, "adviser", self._people.choices)
        # Which exist is the service's to say: a slug is refused there, with words for the person.
        set_choices(self, "programmes", [(slug, slug) for slug in self.chosen()])

    def chosen(self) -> list[str]:
        """Slugs of the programmes ticked, as they came in."""
        return [str(slug) for slug in self["programmes"].value() or []]

    def day(self) -> date:
        """The day to offer programmes for: the one typed, where it can be read."""
        for name in ("as_of", "held_on"):
            try:
                day = day_field(required=False).clean(self[name].value())
            except ValidationError:
                continue
            if day is not None:
                return day
        return timezone.localdate()

    def clean_open_questions(self) -> list[str]:
        return clean_lines(self.cleaned_data["open_questions"].split("\n"))

    def values(self) -> dict[str, Any]:
        """Of a valid form: fields of the consultation."""
        fields = self.cleaned_data
        own = clean_lines(_BETWEEN_TOPICS.split(fields["own_topics"]))
        return {
            "held_on": fields["held_on"],
            "adviser": self._people.chosen(fields["adviser"]),
            "topics": [*fields["topics"], *(topic for topic in own if topic not in fields["topics"])],
            "notes": fields["notes"],
            "as_of": fields["as_of"],
            "programmes": fields["programmes"],
            "open_questions": fields["open_questions"],
        }

    def refuse(self, refused: ConsultationRefused) -> None:
        show_problems(self, refused.problems)


def step_rows(consultation: Consultation | None) -> list[StepForm]:
    """Rows of the stored steps, and blank ones after them."""
    stored = list(NextStep.objects.filter(consultation=consultation)) if consultation else []
    rows = [StepForm(number, initial=_initial_of_step(step)) for number, step in enumerate(stored)]
    return rows + [StepForm(len(rows) + number) for number in range(BLANK_ROWS)]


def sent_rows(data: QueryDict, go: str) -> list[StepForm]:
    """The rows as they were sent; with `go` "add-row" one more, with "remove-<row>" one less."""
    numbers = [int(text) for text in data.getlist("row") if re.fullmatch(r"[0-9]{1,3}", text)]
    numbers = [number for number in dict.fromkeys(numbers) if go != f"remove-{number}"][:MOST_ROWS]
    rows = [StepForm(number, data) for number in numbers]
    if go == "add-row" and len(rows) < MOST_ROWS:
        rows.append(StepForm(max(numbers, default=-1) + 1))
    return rows


def initial_of(consultation: Consultation) -> dict[str, Any]:
    return {
        "held_on": write_date(consultation.held_on),
        "adviser": str(consultation.adviser_id),
        "topics": [topic for topic in consultation.topics if topic in TOPICS],
        "own_topics": "、".join(topic for topic in consultation.topics if topic not in TOPICS),
        "notes": consultation.notes,
        "as_of": write_date(consultation.as_of) if consultation.as_of else "",
        "programmes": consultation.programmes,
        "open_questions": "\n".join(consultation.open_questions),
    }


def _blank(acting: Membership) -> dict[str, Any]:
    return {"key": uuid.uuid4(), "held_on": write_date(timezone.localdate()), "adviser": str(acting.user_id)}


def _initial_of_step(step: NextStep) -> dict[str, Any]:
    return {
        "step": step.pk,
        "text": step.text,
        "owner": step.owner,
        "owner_name": step.owner_name,
        "due_on": write_date(step.due_on) if step.due_on else "",
    }
