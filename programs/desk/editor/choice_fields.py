"""Form fields for values chosen from a list: fixed values, facts, expense categories, and parts of the draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from eligibility.engine.facts import Fact, FactType, Vocabulary
from portal.common.japanese import NotReadable
from programs.desk.editor.fields import DocumentField
from programs.desk.editor.schema import Spec
from programs.desk.editor.surroundings import Choice

_KEY = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class FlagField(DocumentField):
    """A tick for what is no by default."""

    def make_widget(self, typed: Any) -> forms.Widget:
        return forms.CheckboxInput()

    @classmethod
    def typed(cls, spec: Spec, value: Any) -> str:
        return "on" if value is True else ""

    def clean(self, value: Any) -> bool:
        return bool(value)


class ChoiceField(DocumentField):
    """One of fixed values. What is stored or sent but not listed stays chosen, and the linter says so."""

    blank_label = "（選んでください）"

    def make_widget(self, typed: Any) -> forms.Widget:
        blank = self.blank_label if self.spec.is_required else "（書かない）"
        first = [("", blank)] if self.spec.default is None else []
        return forms.Select(choices=[*first, *self.choices(), *_unlisted(self.choices(), [typed] if typed else [])])

    def choices(self) -> list[Any]:
        return [(str(value), self.spec.labels.get(str(value), str(value))) for value in get_args(self.spec.base)]

    def read(self, text: str) -> Any:
        _refuse_odd(self.choices(), [text])
        return {str(value): value for value in get_args(self.spec.base)}.get(text, text)


class YesNoField(ChoiceField):
    """Yes or no, where yes is the default."""

    def make_widget(self, typed: Any) -> forms.Widget:
        return forms.RadioSelect(choices=self.choices())

    @classmethod
    def typed(cls, spec: Spec, value: Any) -> str:
        return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""

    def choices(self) -> list[Any]:
        return [("yes", "はい"), ("no", "いいえ")]

    def read(self, text: str) -> bool:
        if text not in ("yes", "no"):
            raise NotReadable("「はい」か「いいえ」を選んでください。")
        return text == "yes"


class FactField(ChoiceField):
    """A fact of the vocabulary, of the types that fit, by group. Fixed (hidden) where other fields hang on it."""

    def make_widget(self, typed: Any) -> forms.Widget:
        return forms.HiddenInput() if is_fixed(self.spec) else super().make_widget(typed)

    def choices(self) -> list[Any]:
        return fact_choices(self.around.vocabulary, self.spec.hints["fact_types"])


class ReferenceField(ChoiceField):
    """A source or frame of the draft."""

    def choices(self) -> list[Any]:
        return list(self.around.sources if self.spec.hints["references"] == "sources" else self.around.frames)


class SourceTextField(ChoiceField):
    """One of the texts that citations can name."""

    def choices(self) -> list[Any]:
        return [(entry.name, f"{entry.title}（{entry.name}）") for entry in self.around.registered]

    @property
    def link(self) -> tuple[str, str]:
        return "登録した資料の一覧を開く（ここにない資料は、先に登録します）", reverse("desk:sources")


class ChecksField(DocumentField):
    """Several of fixed values. Those chosen stand first, in their order, so that saving changes nothing."""

    is_multiple = True

    def make_widget(self, typed: Any) -> forms.Widget:
        choices = flat(self.choices())
        labels = dict([*choices, *_unlisted(choices, typed)])
        first = [(key, labels[key]) for key in dict.fromkeys(typed)]
        rest = [choice for choice in choices if choice[0] not in typed]
        return forms.CheckboxSelectMultiple(choices=[*first, *rest])

    @classmethod
    def typed(cls, spec: Spec, value: Any) -> list[str]:
        return [str(item) for item in value] if isinstance(value, list) else []

    def choices(self) -> list[Any]:
        hints, vocabulary = self.spec.hints, self.around.vocabulary
        if get_origin(self.spec.base) is Literal:
            return [(str(value), self.spec.labels.get(str(value), str(value))) for value in get_args(self.spec.base)]
        if "references" in hints:
            return list(self.around.frames if hints["references"] == "frames" else self.around.sources)
        if "fact_types" in hints:
            return fact_choices(vocabulary, hints["fact_types"])
        return [(choice.key, choice.ja) for choice in _listed(self._fact(hints, vocabulary))]

    def _fact(self, hints: Mapping[str, Any], vocabulary: Vocabulary) -> Fact | None:
        if hints.get("categories"):
            return vocabulary.get("expenses")
        return vocabulary.get(hints.get("choices_from") or self.beside.get(hints.get("choices_of", ""), ""))

    def clean(self, value: Any) -> list[str]:
        try:
            _refuse_odd(self.choices(), value or [])
        except NotReadable as error:
            raise ValidationError(str(error)) from error
        values = list(dict.fromkeys(value or []))
        return self.accepted(values) if values else []


def is_fixed(spec: Spec) -> bool:
    """Whether a field beside it lists choices of the fact that it names: then the fact is chosen first."""
    siblings = spec.owner.model_fields.values()
    extras = (field.json_schema_extra for field in siblings)
    return any(isinstance(extra, dict) and extra.get("choices_of") == spec.name for extra in extras)


def fact_choices(vocabulary: Vocabulary, types: Iterable[FactType]) -> list[tuple[str, list[Choice]]]:
    """Facts of these types (none given: of any) in the vocabulary's groups."""
    wanted = frozenset(types) or frozenset(FactType)
    groups = ((g.ja, [(f.key, f.ja) for f in g.facts if f.type in wanted]) for g in vocabulary.groups)
    return [(name, facts) for name, facts in groups if facts]


def _listed(fact: Fact | None) -> tuple[Any, ...]:
    return fact.choices if fact is not None else ()


def flat(choices: Iterable[Any]) -> list[Choice]:
    """Choices without their groups."""
    flat: list[Choice] = []
    for key, label in choices:
        flat.extend(label if isinstance(label, list) else [(key, label)])
    return flat


def _unlisted(choices: Iterable[Any], values: Iterable[str]) -> list[Choice]:
    known = dict(flat(choices))
    return [(value, f"{value}（一覧にありません）") for value in values if value not in known]


def _refuse_odd(choices: Iterable[Any], values: Iterable[str]) -> None:
    """Keys that are not listed pass, as a key that was removed would; anything else was never offered."""
    known = dict(flat(choices))
    if not all(value in known or _KEY.fullmatch(value) for value in values):
        raise NotReadable("一覧から選んでください。")
