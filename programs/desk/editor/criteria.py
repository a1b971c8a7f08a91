"""Criteria in the editor (判定条件): their sentence, which kinds may stand where, and one kind turned into another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from eligibility.engine.criteria import Criterion, Group
from eligibility.engine.criteria.groups import Not
from eligibility.engine.facts import Vocabulary
from programs.desk.editor.choice_fields import is_fixed
from programs.desk.editor.schema import Model, Shape, Spec, kind_help, kind_title, kinds_of, spec_of, specs_of

MAX_LEVELS = 2  # group > group > leaf
_CRITERION: TypeAdapter[Any] = TypeAdapter(Criterion)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind to choose from."""

    key: str
    title: str
    help: str


def sentence_of(data: Any, vocabulary: Vocabulary) -> str:
    """What a stored criterion says, however far it is written; "" for none."""
    if not data:
        return ""
    try:
        criterion = _CRITERION.validate_python(data)
    except ValidationError:
        return _unfinished(data, vocabulary)
    if any(fact not in vocabulary for fact in criterion.facts()):
        return "語彙にない項目を使った条件です。項目を選び直してください。"
    words: str = criterion.words(vocabulary)
    return words


def _unfinished(data: Any, vocabulary: Vocabulary) -> str:
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in kinds_of(Shape.CRITERION):
        return "書きかけの条件です。"
    parts = data.get("of")
    if isinstance(parts, list) and parts:
        inner = "／".join(sentence_of(part, vocabulary) for part in parts)
        return f"{kind_title(Shape.CRITERION, kind)}：{inner}（書きかけ）"
    return f"{kind_title(Shape.CRITERION, kind)}（書きかけの条件です）"


def level_of(path: str) -> int:
    """How many groups stand around the criterion at this path of a document."""
    return path.split(".").count("of")


def kinds_at(path: str) -> tuple[list[Kind], list[Kind]]:
    """The kinds that may stand at a path: leaves, and groups where one more level is left."""
    kinds = {key: Kind(key, kind_title(Shape.CRITERION, key), kind_help(Shape.CRITERION, key)) for key in _kinds()}
    groups = [kinds[key] for key, model in _kinds().items() if issubclass(model, Group)]
    leaves = [kind for kind in kinds.values() if kind not in groups]
    return leaves, groups if level_of(path) < MAX_LEVELS else []


def may_stand(kind: str, path: str) -> bool:
    """Whether a criterion of this kind may be begun at a path."""
    leaves, groups = kinds_at(path)
    return any(kind == found.key for found in (*leaves, *groups))


def _kinds() -> dict[str, Model]:
    return kinds_of(Shape.CRITERION)


@cache
def fixed_fact(model: Model) -> Spec | None:
    """The field whose fact must be chosen before the rest, because others list its choices."""
    return next((spec for spec in specs_of(model) if is_fixed(spec)), None)


def converted(data: Any, kind: str, fact: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """A criterion turned into another kind, or onto another fact ("": the same): what both have in common stays.

    A group takes the parts of another group over, and anything else as its first part.
    """
    data = data if isinstance(data, dict) else {}
    model = _kinds()[kind]
    if data.get("kind") == kind and fact in ("", data.get("fact")):
        return data
    if issubclass(model, Group):
        return {"kind": kind, **_parts_for(model, data)}
    names = {spec.name for spec in specs_of(model)}
    common = {name: value for name, value in data.items() if name in names} | ({"fact": fact} if fact else {})
    if "fact" in common and (fact != data.get("fact") or not accepts(model, "fact", common["fact"], vocabulary)):
        common = {"fact": fact} if fact and accepts(model, "fact", fact, vocabulary) else {}
    return {"kind": kind, **common}


def _parts_for(model: Model, data: dict[str, Any]) -> dict[str, Any]:
    if data.get("kind") not in _kinds():
        return {}
    parts = data.get("of")
    if model is Not:
        return {"of": data}
    return {"of": parts if isinstance(parts, list) else [data]}


def accepts(model: Model, name: str, fact: Any, vocabulary: Vocabulary) -> bool:
    """Whether a field of a kind takes this fact."""
    types = spec_of(model, name).hints["fact_types"]
    return isinstance(fact, str) and fact in vocabulary and (not types or vocabulary[fact].type in types)
