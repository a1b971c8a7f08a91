"""What a section says, in one line (要約), however far it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eligibility.engine.benefit_terms import BASIS_LABELS
from eligibility.engine.criteria import yen
from eligibility.engine.document import STAGE_LABELS
from programs.desk.editor.schema import Shape, kind_title, kinds_of

NOTHING = "まだ書かれていません"
_LENGTH = 60


def summary_of(name: str, data: Any) -> str:
    """One line for the section whose field is `name` ("frame" for one frame)."""
    if not data:
        return "なし" if name in ("requirements", "readings", "practice") else NOTHING
    made = _SUMMARIES.get(name)
    if made is None:
        return _count(data)
    return made(data) if isinstance(data, dict) else NOTHING


def _count(data: Any) -> str:
    return f"{len(data)}件" if isinstance(data, list) else NOTHING


def _identity(data: Mapping[str, Any]) -> str:
    return str(data.get("name_ja") or data.get("short_name") or NOTHING)


def _time(data: Mapping[str, Any]) -> str:
    stage = STAGE_LABELS.get(str(data.get("stage")), "段階はまだ書かれていません")
    rounds = data.get("rounds")
    return f"{stage}、公募回{len(rounds)}件" if isinstance(rounds, list) else stage


def _frame(data: Mapping[str, Any]) -> str:
    return str(data.get("summary") or f"記号：{data.get('slug') or 'まだありません'}")


def _expenses(data: Mapping[str, Any]) -> str:
    basis = BASIS_LABELS.get(str(data.get("basis")), "")
    return _cut("：".join(part for part in (basis, str(data.get("text") or "")) if part) or NOTHING)


def _benefit(data: Mapping[str, Any]) -> str:
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in kinds_of(Shape.BENEFIT):
        return NOTHING
    parts = [data, *(part for part in _list(data, "parts") if isinstance(part, dict))]
    rates = [
        str(tier.get("rate", "")) for part in parts for row in _rows(part, "rates") for tier in _rows(row, "tiers")
    ]
    caps = dict.fromkeys(_cap(row) for part in parts for row in _rows(part, "caps"))
    words = [kind_title(Shape.BENEFIT, kind)]
    words += [f"率 {'、'.join(dict.fromkeys(rate for rate in rates if rate))}"] if any(rates) else []
    amounts = [cap for cap in caps if cap]
    words += [f"上限 {'、'.join(amounts)}"] if amounts else []
    return _cut("　".join(words))


def _cap(row: Mapping[str, Any]) -> str:
    """「750万円～1,250万円」 where the source leaves open which; "" while no amount is written."""
    amounts = [yen(row[name]) for name in ("amount", "amount_high") if isinstance(row.get(name), int)]
    return "～".join(amounts)


def _practice(data: Mapping[str, Any]) -> str:
    names = {"documents": "用意するもの", "steps": "手続き", "exclusions": "ほかの制度との関係"}
    return "、".join(f"{title}{len(_list(data, name))}件" for name, title in names.items())


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    return value if isinstance(value, list) else []


def _rows(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [row for row in _list(data, name) if isinstance(row, dict)]


def _cut(text: str) -> str:
    return text if len(text) <= _LENGTH else f"{text[:_LENGTH]}…"


_SUMMARIES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "identity": _identity,
    "time": _time,
    "frame": _frame,
    "expenses": _expenses,
    "benefit": _benefit,
    "practice": _practice,
}
