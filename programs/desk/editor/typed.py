"""What a page's form holds as typed text (入力): made of the stored data, collected from what was sent, rows moved.

The shape follows the schema: a mapping for a part, a list for rows, text (or a list of it) for each input, None for an
optional part that is not written. A criterion within rows is edited on a page of its own and travels sealed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import BadRequest
from django.http import QueryDict

from programs.desk.editor.controls import control_of, typed_of
from programs.desk.editor.schema import Model, Shape, Spec, spec_of, specs_of

MAX_ROWS = 200
# Of one request: no page comes near it, and more would only keep the server busy.
_MOST_PARTS = 3_000
_SALT = "programs.desk.editor"
PREFIX = "f"


class OperationRefused(Exception):
    """Rows that cannot be changed that way. The message, in Japanese, is for the officer."""


@dataclass(frozen=True, slots=True)
class Root:
    """What a page edits: one part, or rows of parts, of which `is_required` asks for one at least.

    `kept` fields of the part are edited on pages of their own.
    """

    model: Model
    is_list: bool = False
    kept: frozenset[str] = frozenset()
    kind: str = ""
    is_required: bool = False

    @property
    def specs(self) -> tuple[Spec, ...]:
        return tuple(spec for spec in specs_of(self.model) if spec.name not in self.kept)


def typed_data(root: Root, data: Any) -> Any:
    """The form of stored data. What does not fit the schema is left out; a new part has one blank row to begin with."""
    if root.is_list:
        return [_typed_part(specs_of(root.model), item) for item in data] if isinstance(data, list) else []
    return _typed_part(root.specs, data)


def _typed_part(specs: Collection[Spec], data: Any) -> dict[str, Any]:
    data = data if isinstance(data, dict) else {}
    return {spec.name: _typed_value(spec, data.get(spec.name)) for spec in specs}


def _typed_value(spec: Spec, value: Any) -> Any:
    match spec.shape:
        case Shape.SCALAR:
            return typed_of(spec, value)
        case Shape.ONE:
            return _typed_part(specs_of(spec.base), value) if spec.is_required or value is not None else None
        case Shape.MANY if isinstance(value, list):
            return [_typed_part(specs_of(spec.base), item) for item in value]
        case Shape.MANY:
            return [_typed_part(specs_of(spec.base), None)] if spec.is_required else []
        case Shape.CRITERION:
            return seal(value)
        case _:
            return [seal(item) for item in value] if isinstance(value, list) else []


def seal(criterion: Any) -> str:
    """A criterion for a hidden input: what comes back unchanged was made here. "" for none."""
    return signing.dumps(criterion, salt=_SALT, compress=True) if isinstance(criterion, dict) else ""


def unseal(text: str) -> Any:
    """The sealed criterion; None for "". Raises BadRequest for what was not sealed here."""
    try:
        return signing.loads(text, salt=_SALT) if text else None
    except signing.BadSignature as error:
        raise BadRequest("sealed data was changed") from error


def collected(root: Root, post: QueryDict) -> Any:
    """The form as it was sent. Raises BadRequest for what no page of ours sends."""
    collector = _Collector(post)
    if root.is_list:
        return [collector.part(specs_of(root.model), f"{PREFIX}-{number}") for number in collector.rows(PREFIX)]
    return collector.part(root.specs, PREFIX)


class _Collector:
    def __init__(self, post: QueryDict) -> None:
        self._post = post
        self._parts_left = _MOST_PARTS

    def rows(self, name: str) -> range:
        total = self._post.get(f"{name}-total", "0")
        if not (total.isascii() and total.isdigit() and len(total) < 6):
            raise BadRequest("no number of rows")
        self._parts_left -= int(total)
        if self._parts_left < 0:
            raise BadRequest("too many rows")
        return range(int(total))

    def part(self, specs: Collection[Spec], name: str) -> dict[str, Any]:
        return {spec.name: self._value(spec, f"{name}-{spec.name}") for spec in specs}

    def _value(self, spec: Spec, name: str) -> Any:
        match spec.shape:
            case Shape.SCALAR if control_of(spec).is_multiple:
                return self._post.getlist(name)
            case Shape.ONE:
                is_here = spec.is_required or f"{name}-here" in self._post
                return self.part(specs_of(spec.base), name) if is_here else None
            case Shape.MANY:
                return [self.part(specs_of(spec.base), f"{name}-{number}") for number in self.rows(name)]
            case Shape.CRITERIA:
                return [self._post.get(f"{name}-{number}", "") for number in self.rows(name)]
            case _:
                return self._post.get(name, "").replace("\r\n", "\n").replace("\r", "\n")


def changed(root: Root, typed: Any, action: str, path: str) -> Any:
    """`typed` after a button of its rows or optional parts. Raises OperationRefused, BadRequest for unknown buttons."""
    spot = _located(root, typed, path)
    match action:
        case "add" if isinstance(spot.value, list) and spot.model is not None:
            if len(spot.value) >= MAX_ROWS:
                raise OperationRefused(f"一つの一覧は{MAX_ROWS}行までです。")
            spot.value.append(_typed_part(specs_of(spot.model), None))
        case "remove" | "up" | "down" if isinstance(spot.holder, list):
            _moved(spot.holder, spot.key, action)
        case "write" if spot.is_optional and spot.value is None and spot.model is not None:
            spot.holder[spot.key] = _typed_part(specs_of(spot.model), None)
        case "drop" if spot.is_optional:
            spot.holder[spot.key] = None
        case _:
            raise BadRequest("no such button")
    return typed


@dataclass(slots=True)
class _Spot:
    """A place in typed data: its value, and what holds it under which key."""

    value: Any
    model: Model | None
    holder: Any = None
    key: Any = None
    is_optional: bool = False


def _located(root: Root, typed: Any, path: str) -> _Spot:
    spot = _Spot(typed, root.model)
    for step in path.split(".") if path else []:
        if isinstance(spot.value, list):
            number = int(step) if step.isascii() and step.isdigit() and len(step) < 6 else len(spot.value)
            if number >= len(spot.value):
                raise BadRequest("no such row")
            spot = _Spot(spot.value[number], spot.model, spot.value, number)
        else:
            spot = _field(spot, step)
    return spot


def _field(spot: _Spot, name: str) -> _Spot:
    if not isinstance(spot.value, dict) or spot.model is None or name not in spot.value:
        raise BadRequest("no such field")
    spec = spec_of(spot.model, name)
    model = spec.base if spec.shape in (Shape.ONE, Shape.MANY) else None
    return _Spot(spot.value[name], model, spot.value, name, spec.shape is Shape.ONE and not spec.is_required)


def _moved(rows: list[Any], number: int, action: str) -> None:
    row = rows.pop(number)
    if action != "remove":
        rows.insert(max(0, number + (1 if action == "down" else -1)), row)
