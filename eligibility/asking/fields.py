"""One form field per type of fact: how it is collected, cleaned into a raw contract value, and shown again.

A field's value is its Parts (what was typed, input by input), so that a refused form shows exactly what was typed.
`clean` gives an Answer: known with the contract's raw value, unknown (「わからない」), or blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from eligibility.checks import BLANK, UNKNOWN, Answer, AnswerState, known
from eligibility.engine.calendar import is_month
from eligibility.engine.errors import QuestionRefused
from eligibility.engine.facts import Fact, FactType
from eligibility.engine.profile import parse_value
from eligibility.engine.truth import distinct
from portal.common.japanese import NotReadable, read_count, read_date, read_percent, read_yen, write_date

# Values of inputs that are no choice of a fact: those begin with a letter.
UNKNOWN_VALUE = "_unknown"
NONE_VALUE = "_none"
BOTH = "「わからない」とほかの答えが両方入っています。どちらかを消してください。"

Parts = dict[str, Any]


class PartError(ValidationError):
    """A problem of one input among several of a question; `at` is its part (a month, a category)."""

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.at = at


class PartsWidget(forms.Widget):
    """Collects the inputs of one question. Templates draw it (templates/eligibility/questions/)."""

    def __init__(self, collect: Callable[[Any, str], Parts]) -> None:
        super().__init__()
        self.collect = collect

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Parts:
        return self.collect(data, name)


class FactField(forms.Field):
    """Base of all. `template` names the file that draws it; `part_names` are the inputs beside the plain one."""

    template: ClassVar[str]

    def __init__(self, fact: Fact, part_names: Iterable[str] = ()) -> None:
        self.fact = fact
        self.part_names = tuple(part_names)
        super().__init__(required=False, widget=PartsWidget(self.collect))

    def collect(self, data: Any, name: str) -> Parts:
        return {"text": data.get(name, "").strip(), "unknown": f"{name}-unknown" in data}

    def parts_of(self, value: Any, is_unknown: bool) -> Parts:
        """What the inputs show for a stored answer (`value` None: no answer)."""
        return {"text": "" if value is None else self.write(value), "unknown": is_unknown}

    def clean(self, parts: Parts) -> Answer:
        if parts["unknown"]:
            if parts["text"]:
                raise PartError(BOTH)
            return UNKNOWN
        return known(self.checked(self.read, parts["text"])) if parts["text"] else BLANK

    def checked(self, read: Callable[[str], Any], text: str) -> Any:
        """`text` as a raw contract value that the engine accepts. Raises PartError with what to type instead."""
        try:
            value = read(text)
            parse_value(self.fact, value)
        except NotReadable as error:
            raise PartError(str(error)) from error
        except QuestionRefused as refused:
            raise PartError(refused.problems[0].message.removeprefix(f"{self.fact.ja}: ")) from refused
        return value

    def read(self, text: str) -> Any:
        return text

    def write(self, value: Any) -> str:
        return str(value)


class ChoiceField(FactField):
    """Yes/no and enums: one radio button, 「わからない」 among them."""

    template = "choice"

    def collect(self, data: Any, name: str) -> Parts:
        return {"text": data.get(name, "")}

    def parts_of(self, value: Any, is_unknown: bool) -> Parts:
        return {"text": UNKNOWN_VALUE if is_unknown else "" if value is None else self.write(value)}

    def clean(self, parts: Parts) -> Answer:
        if parts["text"] == UNKNOWN_VALUE:
            return UNKNOWN
        return known(self.checked(self.read, parts["text"])) if parts["text"] else BLANK


class YesNoField(ChoiceField):
    def read(self, text: str) -> bool:
        if text not in ("yes", "no"):
            raise NotReadable("「はい」「いいえ」「わからない」から選んでください。")
        return text == "yes"

    def write(self, value: bool) -> str:
        return "yes" if value else "no"


class SetField(FactField):
    """Check boxes, with one for 「どれもない」 (known to be empty) and one for 「わからない」."""

    template = "set"

    def collect(self, data: Any, name: str) -> Parts:
        return {"values": data.getlist(name)}

    def parts_of(self, value: Any, is_unknown: bool) -> Parts:
        if is_unknown:
            return {"values": [UNKNOWN_VALUE]}
        return {"values": [NONE_VALUE] if value == [] else list(value or [])}

    def clean(self, parts: Parts) -> Answer:
        values = parts["values"]
        alone = [value for value in values if value in (UNKNOWN_VALUE, NONE_VALUE)]
        if alone and len(values) > 1:
            raise PartError("「わからない」や「どれもない」は、ほかの答えと一緒には選べません。")
        if alone:
            return UNKNOWN if alone == [UNKNOWN_VALUE] else known([])
        return known(self.checked(lambda _: values, "")) if values else BLANK


class CountField(FactField):
    template = "number"

    def read(self, text: str) -> int:
        return read_count(text)


class YenField(FactField):
    template = "number"

    def read(self, text: str) -> int:
        return read_yen(text)

    def write(self, value: int) -> str:
        return f"{value:,}"


class PercentField(FactField):
    template = "number"

    def read(self, text: str) -> int | Decimal:
        return read_percent(text)

    def write(self, value: int | Decimal) -> str:
        return format(value, "f") if isinstance(value, Decimal) else str(value)


class DateField(FactField):
    template = "date"

    def read(self, text: str) -> str:
        return read_date(text).isoformat()

    def write(self, value: str) -> str:
        return write_date(read_date(value))


class CodeField(FactField):
    """A code typed or chosen from a list (業種, 都道府県)."""

    template = "code"


class AmountsField(FactField):
    """Yen by month or by category. One input filled is an answer; what is left blank is not in it."""

    template = "amounts"

    def collect(self, data: Any, name: str) -> Parts:
        # A page that was opened for another date brings other months: what was typed is never dropped.
        posted = (key.removeprefix(f"{name}-") for key in data if key.startswith(f"{name}-"))
        months = (part for part in posted if self.fact.type is FactType.YEN_BY_MONTH and is_month(part))
        parts = distinct([*self.part_names, *months])
        amounts = {part: data.get(f"{name}-{part}", "").strip() for part in parts if f"{name}-{part}" in data}
        return {"amounts": amounts, "unknown": f"{name}-unknown" in data}

    def parts_of(self, value: Mapping[str, int] | None, is_unknown: bool) -> Parts:
        return {"amounts": {part: f"{yen:,}" for part, yen in (value or {}).items()}, "unknown": is_unknown}

    def clean(self, parts: Parts) -> Answer:
        typed = {part: text for part, text in parts["amounts"].items() if text}
        if parts["unknown"]:
            if typed:
                raise PartError(BOTH)
            return UNKNOWN
        amounts: dict[str, int] = {}
        problems: list[PartError] = []
        for part, text in typed.items():
            try:
                amounts[part] = self._amount(part, text)
            except PartError as error:
                problems.append(PartError(str(error.message), part))
        if problems:
            raise ValidationError(problems)
        asked = frozenset(parts["amounts"]) if self.fact.type is FactType.YEN_BY_MONTH else frozenset[str]()
        return Answer(AnswerState.KNOWN if amounts else AnswerState.BLANK, amounts or None, asked)

    def _amount(self, part: str, text: str) -> int:
        def read(text: str) -> dict[str, int]:
            return {part: read_yen(text)}

        amounts: dict[str, int] = self.checked(read, text)
        return amounts[part]


_FIELDS: dict[FactType, type[FactField]] = {
    FactType.BOOL: YesNoField,
    FactType.COUNT: CountField,
    FactType.YEN: YenField,
    FactType.YEN_PER_HOUR: YenField,
    FactType.PERCENT: PercentField,
    FactType.DATE: DateField,
    FactType.ENUM: ChoiceField,
    FactType.SET: SetField,
    FactType.CODE: CodeField,
    FactType.YEN_BY_MONTH: AmountsField,
    FactType.YEN_BY_CATEGORY: AmountsField,
}


def field_for(fact: Fact, part_names: Iterable[str] = ()) -> FactField:
    return _FIELDS[fact.type](fact, part_names)
