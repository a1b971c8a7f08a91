"""A question as its template draws it: inputs with ids and names, what stands in them, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.asking.fields import NONE_VALUE, UNKNOWN_VALUE, FactField, Parts, SetField
from eligibility.asking.months import Months, month_label
from eligibility.asking.questions import Question
from eligibility.engine.facts import Choice, FactType
from eligibility.industries import divisions, industry_label, is_offered
from portal.common.prefectures import PREFECTURES

_YES_NO = (Choice(key="yes", ja="はい"), Choice(key="no", ja="いいえ"))
_INPUT_CLASSES = {
    FactType.COUNT: "input--count",
    FactType.PERCENT: "input--count",
    FactType.YEN_PER_HOUR: "input--count",
    FactType.YEN: "input--yen",
}


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    id: str
    value: str
    label: str
    hint: str
    is_checked: bool
    is_unknown: bool
    is_alone: bool


@dataclass(frozen=True, slots=True)
class AmountRow:
    id: str
    name: str
    label: str
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class AmountGroup:
    title: str
    help: str
    rows: tuple[AmountRow, ...]


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Options of a select under one heading ("" for none)."""

    label: str
    options: tuple[ChoiceRow, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """`errors` are of the question as a whole; those of single amounts stand in their rows."""

    question: Question
    template: str
    id: str
    name: str
    is_answered: bool
    text: str = ""
    is_unknown: bool = False
    unit: str = ""
    input_class: str = ""
    is_numeric: bool = False
    is_yen: bool = False
    errors: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    choices: tuple[ChoiceRow, ...] = ()
    option_groups: tuple[OptionGroup, ...] = ()
    amount_groups: tuple[AmountGroup, ...] = ()
    described_by: str = ""

    @property
    def is_by_month(self) -> bool:
        return bool(self.question.month_groups)

    @property
    def has_two_columns(self) -> bool:
        return len(self.choices) > 5


def describe(
    question: Question,
    field: FactField,
    parts: Parts,
    errors: Mapping[str, str],
    programmes: tuple[str, ...],
    months: tuple[Months, ...],
) -> Asked:
    fact, key = field.fact, question.fact
    return Asked(
        question=question,
        template=f"eligibility/questions/{field.template}.html",
        id=f"id_{key}",
        name=key,
        is_answered=_is_answered(parts),
        text=parts.get("text", ""),
        is_unknown=parts.get("unknown", False),
        unit=fact.unit_ja.replace("%", "％"),
        input_class=_INPUT_CLASSES.get(fact.type, ""),
        is_numeric=fact.type in (FactType.COUNT, FactType.YEN),
        is_yen=fact.type is FactType.YEN,
        errors=tuple(errors.values()),
        programmes=programmes,
        choices=_choices(question, field, parts),
        option_groups=_option_groups(key, parts),
        amount_groups=_amount_groups(question, field, parts, errors, months),
        described_by=_described_by(question, bool(errors)),
    )


def _is_answered(parts: Parts) -> bool:
    return bool(
        parts.get("text") or parts.get("unknown") or parts.get("values") or any(parts.get("amounts", {}).values())
    )


def _described_by(question: Question, has_error: bool) -> str:
    """ids of the paragraphs that belong to the question's inputs."""
    parts = {"help": question.help, "example": question.example, "error": has_error}
    return " ".join(f"id_{question.fact}-{name}" for name, there in parts.items() if there)


def _choices(question: Question, field: FactField, parts: Parts) -> tuple[ChoiceRow, ...]:
    is_set = isinstance(field, SetField)
    values = field.fact.values or (_YES_NO if field.fact.type is FactType.BOOL else ())
    if not values:
        return ()
    chosen = parts["values"] if is_set else [parts["text"]]
    offered = [(choice.key, choice.ja, question.options.get(choice.key, "")) for choice in values]
    if is_set:
        offered.append((NONE_VALUE, question.none_label, ""))
    offered.append((UNKNOWN_VALUE, "わからない", ""))
    return tuple(
        ChoiceRow(
            id=f"id_{question.fact}" if position == 0 else f"id_{question.fact}-{value}",
            value=value,
            label=label,
            hint=hint,
            is_checked=value in chosen,
            is_unknown=value == UNKNOWN_VALUE,
            is_alone=value in (UNKNOWN_VALUE, NONE_VALUE),
        )
        for position, (value, label, hint) in enumerate(offered)
    )


def _option_groups(key: str, parts: Parts) -> tuple[OptionGroup, ...]:
    if key == "prefecture":
        return (OptionGroup("", _options(PREFECTURES.items(), parts["text"])),)
    if key != "industry":
        return ()
    chosen = parts["text"]
    groups = [
        OptionGroup(division.label, _options(((i.code, i.label) for i in division.industries), chosen))
        for division in divisions()
    ]
    if chosen and not is_offered(chosen):
        # A finer code than the list has, of a demo company.
        groups.insert(0, OptionGroup("いまの回答", _options([(chosen, industry_label(chosen))], chosen)))
    return tuple(groups)


def _options(pairs: Iterable[tuple[str, str]], chosen: str) -> tuple[ChoiceRow, ...]:
    return tuple(ChoiceRow("", value, label, "", value == chosen, False, False) for value, label in pairs)


def _amount_groups(
    question: Question, field: FactField, parts: Parts, errors: Mapping[str, str], months: tuple[Months, ...]
) -> tuple[AmountGroup, ...]:
    def row(part: str, label: str) -> AmountRow:
        name = f"{question.fact}-{part}"
        return AmountRow(f"id_{name}", name, label, parts["amounts"].get(part, ""), errors.get(part, ""))

    labels: Mapping[str, Any] = {choice.key: choice.ja for choice in field.fact.categories}
    by_category = (
        AmountGroup(group.title, "", tuple(row(part, labels[part]) for part in group.categories))
        for group in question.category_groups
    )
    by_month = (AmountGroup(g.title, g.help, tuple(row(m, month_label(m)) for m in g.months)) for g in months)
    return (*by_category, *by_month)
