"""Which fields the words of a sheet come from, by the names people know: to say where something is to be mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CLIENT = {"name": "企業名", "name_kana": "フリガナ", "own_key": "顧客番号"}
_CONSULTATION = {
    "topics": "相談のテーマ",
    "notes": "相談の内容",
    "open_questions": "確認が必要なこと",
    "steps": "次の行動",
}


def typed_texts(context: Mapping[str, Any]) -> dict[str, str]:
    """What people typed into a frozen context, by field."""
    consultation = context["consultation"] or {}
    return {
        **{label: _joined(context["client"][key]) for key, label in _CLIENT.items()},
        **{label: _joined(consultation[key]) for key, label in _CONSULTATION.items() if consultation},
        "担当者の氏名": context["adviser"],
        "回答": _joined(context["report"]["answers"]),
        "支援機関の情報": _joined(context["organisation"]),
    }


def _joined(value: Any) -> str:
    """Every text within it, one after the other."""
    if isinstance(value, Mapping):
        return _joined([*value.values()])
    return "\n".join(map(_joined, value)) if isinstance(value, list | tuple) else str(value)
