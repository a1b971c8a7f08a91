"""The fields of a case's form: one per answer of the company, typed as officers write, and one per frame."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from pydantic import ValidationError as SchemaError

from eligibility.asking.fields import CodeField, FactField, PartError, Parts, PartsWidget, field_for
from eligibility.checks import Answer, known
from eligibility.engine.case_runs import FrameOutcome, expectation_of
from eligibility.engine.cases import NONE, VERDICT_LABELS, Expected
from eligibility.engine.facts import Fact, FactType, findings_of
from portal.common.japanese import NotReadable, normalise, read_date, read_yen, write_moment

MAX_ROWS = 120
_ADVICE = "月は「2020年9月」「令和2年9月」「2020-09」のように入力してください。"
_OPEN_END = re.compile(r"[~〜]")
_NO_AMOUNT = ("なし", "決まらない")


def read_month(text: str) -> str:
    """「2020年9月」, 「令和2年9月」, 「2020-09」 as 2020-09. Raises NotReadable."""
    plain = normalise(text)
    try:
        day = read_date(f"{plain}1日" if plain.endswith("月") else f"{plain}-1")
    except NotReadable as error:
        raise NotReadable(_ADVICE) from error
    return f"{day.year:04}-{day.month:02}"


class IndustryField(CodeField):
    """A code of 2 to 4 digits, with or without its name behind it (「76 飲食店」)."""

    def read(self, text: str) -> str:
        plain = normalise(text)
        digits = re.match(r"[0-9]{2,4}(?![0-9])", plain)
        return digits[0] if digits else plain


class AmountRowsField(FactField):
    """Yen by month or by category, as rows of two inputs; blank rows say nothing."""

    template = "rows"

    def collect(self, data: Any, name: str) -> Parts:
        parts, amounts = data.getlist(f"{name}-part"), data.getlist(f"{name}-yen")
        rows = [(part.strip(), text.strip()) for part, text in zip_longest(parts, amounts, fillvalue="")]
        return {"rows": [row for row in rows if any(row)]}

    def parts_of(self, value: Mapping[str, int] | None, is_unknown: bool) -> Parts:
        written = write_moment if self._is_by_month else str
        return {"rows": [(written(part), f"{yen:,}") for part, yen in (value or {}).items()]}

    def clean(self, parts: Parts) -> Answer:
        rows: list[tuple[str, str]] = parts["rows"]
        if len(rows) > MAX_ROWS:
            raise PartError(f"{MAX_ROWS}行までです。")
        amounts: dict[str, int] = {}
        problems: list[PartError] = []
        for number, (part, text) in enumerate(rows):
            try:
                key, yen = self._row(part, text)
            except PartError as error:
                problems.append(PartError(str(error.message), str(number)))
                continue
            if key in amounts:
                problems.append(PartError("同じ月・区分の行がもうあります。", str(number)))
            amounts[key] = yen
        if problems:
            raise ValidationError(problems)
        return known(amounts)

    def _row(self, part: str, text: str) -> tuple[str, int]:
        if not part:
            raise PartError("月を入力してください。" if self._is_by_month else "区分を選んでください。")

        def read(text: str) -> dict[str, int]:
            return {read_month(part) if self._is_by_month else part: read_yen(text)}

        amounts: dict[str, int] = self.checked(read, text)
        return next(iter(amounts.items()))

    @property
    def _is_by_month(self) -> bool:
        return self.fact.type is FactType.YEN_BY_MONTH


def fact_field(fact: Fact) -> FactField:
    if fact.type in (FactType.YEN_BY_MONTH, FactType.YEN_BY_CATEGORY):
        return AmountRowsField(fact)
    return IndustryField(fact) if fact.key == "industry" else field_for(fact)


class ExpectedField(forms.Field):
    """What one frame must answer; no verdict chosen: the frame is not compared. Gives Expected or None."""

    def __init__(self, frame: str, label: str, requirements: Mapping[str, str]) -> None:
        self.frame, self.requirements = frame, requirements
        super().__init__(label=label, required=False, widget=PartsWidget(self.collect))

    def collect(self, data: Any, name: str) -> Parts:
        return {
            "verdict": data.get(f"{name}-verdict", ""),
            "unmet": data.getlist(f"{name}-unmet"),
            "amount": data.get(f"{name}-amount", "").strip(),
        }

    def clean(self, parts: Parts) -> Expected | None:
        if not parts["verdict"]:
            if parts["unmet"] or parts["amount"]:
                raise ValidationError("判定を選んでください。確かめない枠なら、要件と額を空にしてください。")
            return None
        if parts["verdict"] not in VERDICT_LABELS or not set(parts["unmet"]) <= set(self.requirements):
            raise ValidationError("選択肢にない値です。選び直してください。")
        data = {"frame": self.frame, "verdict": parts["verdict"], "unmet": tuple(parts["unmet"])}
        try:
            return Expected.model_validate(data | dict(_amounts(parts["amount"])))
        except NotReadable as error:
            raise ValidationError(str(error)) from error
        except SchemaError as error:
            raise ValidationError([finding.message for finding in findings_of(error)]) from error


def expected_parts(expected: Expected | None) -> Parts:
    """What the inputs show for an expectation."""
    if expected is None:
        return {"verdict": "", "unmet": [], "amount": ""}
    return {"verdict": expected.verdict, "unmet": list(expected.unmet), "amount": _amount_text(expected)}


def posted_expectation(name: str, outcome: FrameOutcome) -> dict[str, list[str]]:
    """An outcome as the form would post it."""
    parts = expected_parts(expectation_of(outcome))
    return {
        f"{name}-verdict": [parts["verdict"]],
        f"{name}-unmet": parts["unmet"],
        f"{name}-amount": [parts["amount"]],
    }


def _amounts(text: str) -> Iterator[tuple[str, Any]]:
    """「50万円」, 「0円～50万円」, 「100万円～」 (no upper end printed), 「なし」 (not settled). Raises NotReadable."""
    plain = normalise(text)
    if not plain:
        return
    if plain in _NO_AMOUNT:
        yield "amount", NONE
        return
    low, *high = _OPEN_END.split(plain)
    if not high:
        yield "amount", read_yen(low)
        return
    if len(high) > 1:
        raise NotReadable("額は「50万円」「0円～50万円」「100万円～」「なし」のように入力してください。")
    yield "amount_low", read_yen(low)
    yield "amount_high", read_yen(high[0]) if high[0] else NONE


def _amount_text(expected: Expected) -> str:
    interval = expected.interval
    if interval is None:
        return ""
    low, high = interval
    if low is None:
        return _NO_AMOUNT[0]
    if low == high:
        return f"{low:,}円"
    return f"{low:,}円～" + ("" if high is None else f"{high:,}円")
