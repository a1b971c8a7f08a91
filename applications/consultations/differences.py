"""Two states of a consultation side by side (比較): what is stored, and what a person was about to save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from applications.consultations.consultations import Step
from applications.models import Consultation, NextStep
from eligibility.results import programme_names
from portal.accounts.people import name_of
from portal.common.japanese import write_date

LABELS = {
    "held_on": "相談日",
    "adviser": "担当者",
    "topics": "相談のテーマ",
    "notes": "相談の内容",
    "as_of": "判定の基準日",
    "programmes": "検討する制度",
    "open_questions": "確認が必要なこと",
    "steps": "次の行動",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field of which two texts are there; "" where it is empty."""

    key: str
    label: str
    stored: str
    mine: str


def conflicts(current: Consultation, values: Mapping[str, Any], steps: Sequence[Step] | None) -> list[Conflict]:
    """The fields that `values` and `steps` (None: not given) would change of what is stored now."""
    stored = {key: getattr(current, key) for key in values}
    rows = NextStep.objects.filter(consultation=current)
    pairs = {key: (_text(key, stored[key]), _text(key, values[key])) for key in values}
    if steps is not None:
        pairs["steps"] = (_steps_text(list(rows)), _steps_text(steps))
    return [
        Conflict(key, label, *pairs[key]) for key, label in LABELS.items() if key in pairs and len({*pairs[key]}) > 1
    ]


def _text(key: str, value: Any) -> str:
    if value is None:
        return ""
    if key in ("held_on", "as_of"):
        return write_date(value)
    if key == "adviser":
        return name_of(value)
    if key == "programmes":
        names = programme_names()
        return "\n".join(sorted(names.get(slug, slug) for slug in value))
    return value if isinstance(value, str) else "\n".join(value)


def _steps_text(steps: Sequence[Step | NextStep]) -> str:
    return "\n".join(_step_text(step) for step in steps)


def _step_text(step: Step | NextStep) -> str:
    owner = NextStep.Owner(step.owner).label + (f"・{step.owner_name}" if step.owner_name else "")
    due = f"、{write_date(step.due_on)}まで" if step.due_on else ""
    return f"{step.text}（{owner}{due}）"
