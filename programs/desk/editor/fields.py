"""One form field per kind of plain value: how it is typed, read into the document's JSON, and shown again.

What is typed stays text until it is read, so that a refused form shows exactly what was typed. A blank field is None
and left out of the document: half-finished drafts can be saved.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from eligibility.engine.citations import has_control_characters
from eligibility.engine.criteria import yen
from eligibility.engine.criteria.compare import shown_number
from portal.common.japanese import (
    WEEKDAYS,
    NotReadable,
    normalise,
    read_count,
    read_date,
    read_percent,
    read_yen,
    write_date_with_era,
)
from programs.desk.editor.schema import Spec
from programs.desk.editor.surroundings import Surroundings

MAX_TEXT = 20_000
_LINE = 60
# Fields of sentences, by name: they begin as a box of several lines even while they are empty.
_PROSE = frozenset({"text", "reason", "summary", "quote"})
_DASHES = re.compile("[〜~‐‑‒–—―−ー－]")
_WITH_HOUR = re.compile(r"(.*?)[T\s]*(午前|午後)?\s*(\d{1,2})(?::(\d{2})|時(?:(\d{1,2})分)?)(?:まで)?")
_MONTH = re.compile(r"\d{4}-\d{2}")
FROM_REGISTER = "空のまま保存すると、登録にあるときは、そのとおりに入ります。"

Typed = Mapping[str, Any]


class DocumentField(forms.Field):
    """Base of all: one line of text. `around` and `typed`, the values beside it, decide what may be chosen."""

    is_multiple: ClassVar[bool] = False
    # Whether what is left blank is filled in when the page is saved: then it need not be written, only be there.
    fills_itself: ClassVar[bool] = False

    def __init__(self, spec: Spec, around: Surroundings, typed: Typed) -> None:
        self.spec, self.around, self.beside = spec, around, typed
        super().__init__(required=False, widget=self.make_widget(typed.get(spec.name, "")))

    def make_widget(self, typed: Any) -> forms.Widget:
        return forms.TextInput()

    @classmethod
    def typed(cls, spec: Spec, value: Any) -> Any:
        """What the input holds for a stored value (None: nothing stored)."""
        return "" if value is None else str(value)

    def clean(self, value: Any) -> Any:
        text = (value or "").strip()
        if not text:
            return None
        if len(text) > MAX_TEXT:
            raise ValidationError(f"{MAX_TEXT:,}字までで書いてください。")
        if has_control_characters(text):
            raise ValidationError("文字ではない制御文字が入っています。消してから保存してください。")
        try:
            return self.accepted(self.read(text))
        except NotReadable as error:
            raise ValidationError(str(error)) from error

    def read(self, text: str) -> Any:
        return text

    def accepted(self, value: Any) -> Any:
        """`value`, if the document's own type takes it."""
        fault = self.spec.fault(value)
        if fault:
            raise ValidationError(fault)
        return value

    def echo(self, typed: Any) -> str:
        """What was understood, where the typed text leaves doubt; "" elsewhere."""
        return ""

    @property
    def advice(self) -> str:
        """A word about typing it, behind the field's own help."""
        return ""

    @property
    def link(self) -> tuple[str, str]:
        """A page that helps to fill it in: its name and address, both "" for none."""
        return "", ""


class WordsField(DocumentField):
    """Words, in one line or in a box by their length."""

    def make_widget(self, typed: Any) -> forms.Widget:
        if self.spec.name not in _PROSE and len(typed) <= _LINE and "\n" not in typed:
            return forms.TextInput()
        return forms.Textarea(attrs={"rows": min(12, max(2, len(typed) // 40 + 1 + typed.count("\n")))})


class QuoteField(WordsField):
    """The words of a citation; left blank, they are taken from the lines (programs.desk.editor.cites)."""

    fills_itself = True

    @property
    def advice(self) -> str:
        return "空のまま保存すると、その行の言葉が入ります。"


class RegisteredWordsField(WordsField):
    """What the register of sources knows too; left blank, it is taken from there (programs.desk.editor.register)."""

    fills_itself = True

    @property
    def advice(self) -> str:
        return FROM_REGISTER


class CodeField(DocumentField):
    """Names in plain letters and addresses: full-width letters are the same."""

    def read(self, text: str) -> str:
        return unicodedata.normalize("NFKC", text)


class CitedLinesField(DocumentField):
    """702, 702-703; also ７０２〜７０３行 and L702."""

    def read(self, text: str) -> str:
        plain = re.sub(r"[\s,L行]", "", unicodedata.normalize("NFKC", text).upper())
        return _DASHES.sub("-", plain)


class RateField(DocumentField):
    """2/3; also ２／３ and 3分の2."""

    def read(self, text: str) -> str:
        return re.sub(r"(\d+)分の(\d+)", r"\2/\1", normalise(text))


class YenField(DocumentField):
    """Whole yen: 1000000, １００万円, 1億5,000万円."""

    @classmethod
    def typed(cls, spec: Spec, value: Any) -> str:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return f"{value:,}" if is_number else super().typed(spec, value)

    def read(self, text: str) -> int:
        return read_yen(text)

    def echo(self, typed: str) -> str:
        try:
            return f"＝ {yen(read_yen(typed))}" if typed else ""
        except NotReadable:
            return ""

    @property
    def advice(self) -> str:
        return "「100万円」のようにも書けます。"


class CountField(DocumentField):
    """A whole number, with or without its counter."""

    def read(self, text: str) -> int:
        return read_count(text)


class DecimalField(DocumentField):
    """A number that the document keeps digit by digit, as text: 1.5, 30, 100万円, ３％."""

    def read(self, text: str) -> str:
        for reader in (read_percent, read_yen, read_count):
            try:
                return str(Decimal(_digits(text)) if _digits(text) else reader(text))
            except NotReadable:
                continue
        raise NotReadable("数で書いてください（例：1.5、30、100万円）。")

    def echo(self, typed: str) -> str:
        """In the unit of the fact beside it."""
        fact = self.around.vocabulary.get(self.beside.get("fact", ""))
        try:
            return f"＝ {shown_number(fact, Decimal(self.read(typed)))}" if fact and typed else ""
        except NotReadable:
            return ""


class DayField(DocumentField):
    """A day of either calendar; kept as 2023-10-17."""

    def read(self, text: str) -> str:
        return read_date(text).isoformat()

    def echo(self, typed: str) -> str:
        try:
            day = date.fromisoformat(typed[:10])
        except ValueError:
            return ""
        hour = f" {typed[11:]}" if len(typed) > 10 else ""
        return f"＝ {write_date_with_era(day)}（{WEEKDAYS[day.weekday()]}）{hour}"

    @property
    def advice(self) -> str:
        return "「令和5年10月17日」のようにも書けます。"


class RegisteredDayField(DayField):
    """As RegisteredWordsField, of a day."""

    fills_itself = True

    @property
    def advice(self) -> str:
        return FROM_REGISTER


class OpeningField(DayField):
    """A day, or a month where the source prints no more."""

    def read(self, text: str) -> str:
        plain = normalise(text)
        if _MONTH.fullmatch(plain):
            return plain
        if plain.endswith("月"):
            return read_date(f"{plain}1日").isoformat()[:7]
        if _WITH_HOUR.fullmatch(plain):
            raise NotReadable("受付開始には日だけを書きます。時刻は「時期の注意」に書いてください。")
        return super().read(text)


class ClosingField(DayField):
    """A day, with its hour where it is printed."""

    @classmethod
    def typed(cls, spec: Spec, value: Any) -> str:
        """With a space before the hour, as people write it."""
        return re.sub(r"(?<=\d)T(?=\d)", " ", str(super().typed(spec, value)))

    @property
    def advice(self) -> str:
        return "「2024年3月14日 17:00」のように書けます。"

    def read(self, text: str) -> str:
        found = _WITH_HOUR.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if found is None:
            return super().read(text.removesuffix("まで"))
        day, half, hour, *minutes = found.groups()
        hours = int(hour) + (12 if half == "午後" and int(hour) < 12 else 0)
        return f"{super().read(day)}T{hours:02}:{int(minutes[0] or minutes[1] or 0):02}"


class LinesField(DocumentField):
    """A list of words, one a line."""

    def make_widget(self, typed: Any) -> forms.Widget:
        return forms.Textarea(attrs={"rows": min(10, max(2, typed.count("\n") + 2))})

    @classmethod
    def typed(cls, spec: Spec, value: Any) -> str:
        return "\n".join(str(item) for item in value) if isinstance(value, list) else ""

    def clean(self, value: Any) -> list[Any]:
        return super().clean(value) or []

    def read(self, text: str) -> list[Any]:
        return [line.strip() for line in text.split("\n") if line.strip()]

    @property
    def advice(self) -> str:
        return "1行に一つ書きます。"


class CountsField(LinesField):
    """A list of whole numbers."""

    def read(self, text: str) -> list[int]:
        return [read_count(part) for part in re.split(r"[\s、，,]+", text) if part]


def _digits(text: str) -> str:
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)%?", normalise(text))
    return found[1] if found and len(found[1]) <= _LINE else ""
