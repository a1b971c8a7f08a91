"""Which form field a plain value of the document gets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_origin

from eligibility.engine.citations import Cite, Source
from programs.desk.editor.choice_fields import (
    ChecksField,
    ChoiceField,
    FactField,
    FlagField,
    ReferenceField,
    SourceTextField,
    YesNoField,
)
from programs.desk.editor.fields import (
    CitedLinesField,
    ClosingField,
    CodeField,
    CountField,
    CountsField,
    DayField,
    DecimalField,
    DocumentField,
    LinesField,
    OpeningField,
    QuoteField,
    RateField,
    RegisteredDayField,
    RegisteredWordsField,
    WordsField,
    YenField,
)
from programs.desk.editor.schema import CLOSING, LINES, OPENING, RATE, YEN, Model, Spec

_SPECIAL: dict[tuple[Model, str], type[DocumentField]] = {
    (Source, "document"): SourceTextField,
    (Source, "title"): RegisteredWordsField,
    (Source, "publisher"): RegisteredWordsField,
    (Source, "date"): RegisteredDayField,
    (Cite, "quote"): QuoteField,
}


def control_of(spec: Spec) -> type[DocumentField]:
    """The field class for a plain value."""
    special = _SPECIAL.get((spec.owner, spec.name))
    if special is not None:
        return special
    if spec.is_list:
        return _list_control(spec)
    if get_origin(spec.base) is Literal:
        return ChoiceField
    for hint, control in (("fact_types", FactField), ("references", ReferenceField)):
        if hint in spec.hints:
            return control
    if spec.base is str:
        return _text_control(spec)
    if spec.base is bool:
        return FlagField if spec.default is False else YesNoField
    if spec.base is int:
        return YenField if spec.constraints == YEN else CountField
    return {Decimal: DecimalField, date: DayField}[spec.base]


def _list_control(spec: Spec) -> type[DocumentField]:
    chosen = {"categories", "choices_of", "choices_from", "references", "fact_types"} & spec.hints.keys()
    if chosen or get_origin(spec.base) is Literal:
        return ChecksField
    return CountsField if spec.base is int else LinesField


def _text_control(spec: Spec) -> type[DocumentField]:
    named = {OPENING: OpeningField, CLOSING: ClosingField, LINES: CitedLinesField, RATE: RateField}
    for constraints, control in named.items():
        if spec.constraints == constraints:
            return control
    return CodeField if any(getattr(part, "pattern", None) for part in spec.constraints) else WordsField


def typed_of(spec: Spec, value: Any) -> Any:
    """What the input of a plain value holds: of its default where nothing is stored."""
    return control_of(spec).typed(spec, spec.default if value is None else value)
