"""The form of one acceptance case: its name and day, the company's answers row by row, what each frame must answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from pydantic import ValidationError as SchemaError

from eligibility.asking.fields import FactField, PartError
from eligibility.asking.forms import DayField, ErrorLink
from eligibility.cases import MAX_REASON
from eligibility.checks import AnswerState
from eligibility.desk.case_fields import ExpectedField, expected_parts, fact_field, posted_expectation
from eligibility.engine.case_runs import Outcome
from eligibility.engine.cases import MAX_NAME, MAX_NOTE, CaseDocument, canonical_profile, decided_requirements, exact
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.facts import Vocabulary, findings_of
from eligibility.engine.truth import distinct
from portal.common.japanese import write_date

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_PLACEHOLDER = "new-case"  # the service gives the case its id


@dataclass(frozen=True, slots=True)
class Scene:
    """What a case's form is about: the frames of a document, and the facts there are.

    `is_change`: of a case that is already there, for which the form asks for a reason.
    """

    document: ProgrammeDocument
    vocabulary: Vocabulary
    is_change: bool = False


class CaseForm(forms.Form):
    """`keys`: the facts that the company answers. Fields: fact-<key>, expect-<frame>, of a change `reason`."""

    name = forms.CharField(label="名前", max_length=MAX_NAME)
    note = forms.CharField(label="メモ", required=False, max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 3}))
    as_of = DayField(label="基準日", first=FIRST_DAY, last=LAST_DAY)

    def __init__(
        self, scene: Scene, keys: Iterable[str], *, case: CaseDocument | None = None, data: QueryDict | None = None
    ) -> None:
        super().__init__(data, initial=_head(case))
        self.scene, self.sent = scene, data or QueryDict()
        wanted = distinct(keys)
        self.keys = tuple(key for key in scene.vocabulary if key in wanted)
        self.unknown_keys = tuple(key for key in wanted if key not in scene.vocabulary)
        answers = exact(case.profile) if case is not None else {}
        expected = {one.frame: one for one in case.expect} if case is not None else {}
        for key in self.keys:
            field = fact_field(scene.vocabulary[key])
            field.initial = field.parts_of(answers.get(key), False)
            self.fields[f"fact-{key}"] = field
        for frame in scene.document.frames:
            requirements = decided_requirements(scene.document, frame)
            choice = ExpectedField(frame.slug, frame.name_ja, requirements)
            choice.initial = expected_parts(expected.get(frame.slug))
            self.fields[f"expect-{frame.slug}"] = choice
        if scene.is_change:
            area = forms.Textarea(attrs={"rows": 2})
            self.fields["reason"] = forms.CharField(label="直す理由", max_length=MAX_REASON, widget=area)

    @classmethod
    def of_case(cls, scene: Scene, case: CaseDocument | None) -> CaseForm:
        return cls(scene, case.profile if case is not None else (), case=case)

    @classmethod
    def posted(cls, scene: Scene, data: QueryDict, *, add: str = "", remove: str = "") -> CaseForm:
        """The form as it was sent, with one fact more or less."""
        keys = [key for key in (*data.getlist("fact"), add) if key and key != remove]
        return cls(scene, keys, data=data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for key in self.unknown_keys:
            self.add_error(None, f"「{key}」という項目はありません。")
        for key in self.keys:
            answer = cleaned.get(f"fact-{key}")
            if answer is not None and (answer.state is not AnswerState.KNOWN or answer.value == {}):
                self.add_error(f"fact-{key}", "値を入れてください。わからない項目は、行ごと外します。")
        if not self.expected() and not any(name.startswith("expect-") for name in self.errors):
            self.add_error(None, "期待する結果を、少なくとも一つの枠に書いてください。")
        self._case: CaseDocument | None = None if self.errors else self._made(cleaned)
        return cleaned

    def case(self) -> CaseDocument:
        """Of a valid form."""
        if self._case is None:
            raise ValueError("the form is not valid")
        return self._case

    def reason(self) -> str:
        """Why a valid form changes the case; "" for a new one."""
        return str(self.cleaned_data.get("reason", ""))

    def profile(self) -> dict[str, Any]:
        """The raw answers that could be read."""
        answers = {key: self.cleaned_data.get(f"fact-{key}") for key in self.keys}
        raw = {key: answer.value for key, answer in answers.items() if answer is not None and answer.value is not None}
        return canonical_profile(raw, self.scene.vocabulary)

    def expected(self) -> list[Any]:
        frames = (f"expect-{frame.slug}" for frame in self.scene.document.frames)
        return [one for name in frames if (one := self.cleaned_data.get(name)) is not None]

    def question(self) -> CaseDocument | None:
        """The company and its day, without what is expected; None where they cannot be read yet.

        Then only what is wrong with them is among the form's errors.
        """
        for name in [name for name in self.errors if name != "as_of" and not name.startswith("fact-")]:
            del self.errors[name]
        if self.errors:
            return None
        any_frame = self.scene.document.frames[0].slug
        return _document(self, "-", "", [{"frame": any_frame, "verdict": "needs_info"}])

    def with_outcome(self, outcome: Outcome) -> CaseForm:
        """The same form with the outcome as its expectation."""
        data = self.sent.copy()
        for frame in outcome.frames:
            for name, values in posted_expectation(f"expect-{frame.frame}", frame).items():
                data.setlist(name, values)
        return CaseForm(self.scene, data.getlist("fact"), data=data)

    def with_profile(self, profile: Mapping[str, Any]) -> CaseForm:
        """The same form with these answers in place of those typed."""
        data = self.sent.copy()
        for name in [name for name in data if name == "fact" or name.startswith("fact-")]:
            del data[name]
        data.setlist("fact", list(profile))
        for key, value in profile.items():
            for name, values in _posted_answer(fact_field(self.scene.vocabulary[key]), value, f"fact-{key}").items():
                data.setlist(name, values)
        return CaseForm(self.scene, data.getlist("fact"), data=data)

    def error_links(self) -> list[ErrorLink]:
        links: list[ErrorLink] = []
        for name, problems in self.errors.as_data().items():
            label = "" if name == "__all__" else f"{self.label_of(name)}："
            for problem in problems:
                at = problem.at if isinstance(problem, PartError) else ""
                target = "" if name == "__all__" else f"id_{name}-{at}" if at else f"id_{name}"
                links.append(ErrorLink(target, f"{label}{''.join(problem.messages)}"))
        return links

    def label_of(self, name: str) -> str:
        field = self.fields[name]
        return field.fact.ja if isinstance(field, FactField) else str(field.label)

    def _made(self, cleaned: Mapping[str, Any]) -> CaseDocument | None:
        try:
            return _document(self, cleaned["name"], cleaned["note"], self.expected())
        except SchemaError as error:
            for finding in findings_of(error):
                name = finding.path.partition(".")[0]
                self.add_error(name if name in self.fields else None, finding.message)
        return None


def _document(form: CaseForm, name: str, note: str, expect: list[Any]) -> CaseDocument:
    return CaseDocument.model_validate(
        {
            "id": _PLACEHOLDER,
            "version": form.scene.document.version,
            "name": name,
            "note": note,
            "as_of": form.cleaned_data["as_of"],
            "profile": form.profile(),
            "expect": expect,
        }
    )


def _head(case: CaseDocument | None) -> dict[str, str]:
    if case is None:
        return {}
    return {"name": case.name, "note": case.note, "as_of": write_date(case.as_of)}


def _posted_answer(field: FactField, value: Any, name: str) -> dict[str, list[str]]:
    """A stored answer as the form would post it."""
    parts = field.parts_of(value, False)
    if "rows" in parts:
        return {f"{name}-part": [row[0] for row in parts["rows"]], f"{name}-yen": [row[1] for row in parts["rows"]]}
    return {name: parts["values"] if "values" in parts else [parts["text"]]}
