"""Plain data of a document in officers' words (書類の言葉): where something stands in it, and what it says.

For drafts, half-finished or wrong: guided by the document's models where the data fits them. `plain` comes first;
everything else relies on its output and raises on none of it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined

from eligibility.engine.benefit_terms import AddOn, BenefitPart, CapRow, RateRow, Tier
from eligibility.engine.citations import Cite
from eligibility.engine.criteria import BaseCriterion, Criterion, Group, yen
from eligibility.engine.document import Frame, ProgrammeDocument
from eligibility.engine.facts import Vocabulary
from eligibility.engine.labels import hints_of, labels_of, title_of

Model = type[BaseModel]
WHOLE = "文書全体"
EMPTY = "（空）"
SEPARATOR = " › "
_CRITERION: TypeAdapter[Any] = TypeAdapter(Criterion)
# These only hold sections together: 「通常枠 › 補助上限」 says more than 「枠 › 通常枠 › 支援の内容 › 補助上限」.
_CONTAINERS = {"identity", "time", "practice", "benefit"}
_NAMES = ("name_ja", "name", "title", "text")
_KEYS = {"id", "slug", "kind", "schema_version"}
_COUNTERS: dict[Model, str] = {RateRow: "行目", CapRow: "行目", Tier: "段目"}
_FIGURES: dict[Model, tuple[str, ...]] = {
    BenefitPart: ("rates",),
    RateRow: ("tiers",),
    Tier: ("rate", "rate_high"),
    CapRow: ("amount", "amount_high"),
    AddOn: ("amount", "amount_high"),
}
_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2}))?)?", re.ASCII)
_UNIT = re.compile(r"（[円％人]）$")
_MAX_DEPTH = 40
_MAX_NUMBER = 10**30
_NAME_LENGTH = 20
_PART_LENGTH = 60
_SUMMARY_LENGTH = 160


def plain(value: Any, depth: int = 0) -> Any:
    """`value` of JSON types only. What no document can hold (NaN, 40 levels, other objects) becomes text."""
    if depth > _MAX_DEPTH:
        return "（入れ子が深すぎます）"
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _MAX_NUMBER else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True, slots=True)
class Slot:
    """What a field may hold: `models`, one or a list of them, or plain values where there are none."""

    owner: Model
    name: str
    title: str
    is_list: bool
    models: tuple[Model, ...]
    default: Any

    @property
    def hints(self) -> Mapping[str, Any]:
        return hints_of(self.owner.model_fields[self.name])

    @property
    def is_unit(self) -> bool:
        """Compared and shown as a whole: a criterion is one sentence, a citation one place in a source."""
        return any(issubclass(model, BaseCriterion | Cite) for model in self.models)

    def model_of(self, value: Any) -> Model | None:
        """The model that `value` means to be; None where that cannot be told."""
        if not isinstance(value, dict):
            return None
        if len(self.models) == 1:
            return self.models[0]
        return next((model for model in self.models if _is_kind(model, value.get("kind"))), None)


def _is_kind(model: Model, kind: Any) -> bool:
    return isinstance(kind, str) and "kind" in model.model_fields and kind in labels_of(model, "kind")


@cache
def slots_of(model: Model) -> dict[str, Slot]:
    """The fields of a model by name, in the document's order."""
    return {name: _slot(model, name) for name in model.model_fields}


def _slot(owner: Model, name: str) -> Slot:
    field = owner.model_fields[name]
    types = list(_types(field.annotation))
    models = tuple(part for part in types if isinstance(part, type) and issubclass(part, BaseModel))
    default = field.get_default()
    if default is PydanticUndefined:
        default = None
    elif isinstance(default, BaseModel):
        default = default.model_dump(mode="json", exclude_defaults=True)
    is_list = any(get_origin(part) is tuple for part in types)
    return Slot(owner, name, field.title or name, is_list, models, plain(default))


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def short_title(slot: Slot) -> str:
    """The field's title without its unit, which its value says."""
    return _UNIT.sub("", slot.title)


def numbered(slot: Slot, number: int) -> str:
    """The title of an item of a list that is counted: 「補助上限 1行目」. `number`: its position, from 0."""
    counter = next((_COUNTERS[model] for model in slot.models if model in _COUNTERS), "件目")
    return f"{slot.title} {number + 1}{counter}"


def name_of(value: Any) -> str:
    """How a part calls itself; "" where it has no name."""
    if not isinstance(value, dict):
        return ""
    return next((value[key] for key in _NAMES if isinstance(value.get(key), str) and value[key].strip()), "")


def short(text: str, length: int = _NAME_LENGTH) -> str:
    """Text in one line of at most `length` characters and an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[:length]}…"


def raw(value: Any, length: int | None = 80) -> str:
    """A value that fits no field, as it stands."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return text if length is None else short(text, length)


def label_of(path: str, data: Any) -> str:
    """A dotted path of a document in words: 「通常枠 › 補助上限 1行目 › 上限額（円）」.

    `data`: the document that the path belongs to; where it lacks the part, the part is counted instead of named.
    """
    return place_of(path, plain(data))


def place_of(path: str, document: Any) -> str:
    """`label_of` for data that is `plain` already."""
    if path in ("", "(document)"):
        return WHOLE
    spot = _Spot((ProgrammeDocument,), document)
    for step in path.split("."):
        spot = spot.step(step)
    return SEPARATOR.join([*spot.words, spot.container] if spot.container else spot.words)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a walk along a path stands. `slot`: the list whose items come next; `container`: a name not said yet."""

    models: tuple[Model, ...]
    value: Any
    words: tuple[str, ...] = ()
    slot: Slot | None = None
    container: str = ""

    def step(self, step: str) -> _Spot:
        if self.slot is not None and step.isascii() and step.isdigit() and len(step) < 10:
            return self._item(self.slot, int(step))
        slot = self._slot(step)
        if slot is None:
            return _Spot((), None, (*self.words, f"「{short(step)}」"))
        value = self.value.get(step) if isinstance(self.value, dict) else None
        here = replace(self, models=slot.models, value=value, slot=slot if slot.is_list else None)
        if step in _CONTAINERS:
            return replace(here, container=slot.title)
        return replace(here, words=(*self.words, slot.title), container="")

    def _slot(self, name: str) -> Slot | None:
        kind = self.value.get("kind") if isinstance(self.value, dict) else None
        models = [*(model for model in self.models if _is_kind(model, kind)), *self.models]
        return next((slots_of(model)[name] for model in models if name in model.model_fields), None)

    def _item(self, slot: Slot, number: int) -> _Spot:
        items = self.value if isinstance(self.value, list) else []
        item = items[number] if number < len(items) else None
        name = short(name_of(item))
        words = f"{slot.title}「{name}」" if name else numbered(slot, number)
        if name and Frame in slot.models:
            words = name
        return _Spot(slot.models, item, (*self.words[:-1], words))


class DocumentWords:
    """What the parts of one document say. `document` is `plain`; its sources and frames are named where cited."""

    def __init__(self, document: Any, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._sources = _by_key(document, "sources", "id")
        self._frames = _by_key(document, "frames", "slug")

    def of(self, slot: Slot, value: Any) -> str:
        """The value of a field, or one item of its list: in one line, "" where there is nothing."""
        if value is None:
            return ""
        if value == "":
            return EMPTY
        if isinstance(value, list):
            return "、".join(self.of(slot, item) for item in value)
        if slot.models and isinstance(value, dict):
            return self._part(slot, value)
        return raw(value) if slot.models else self._plain_value(slot, value)

    def in_detail(self, slot: Slot, value: Any) -> str:
        """The same, field by field: for two criteria of which the sentence says too little to tell them apart."""
        model = slot.model_of(value)
        return self._fields_of(model, value) if model is not None else raw(value)

    def _part(self, slot: Slot, value: dict[str, Any]) -> str:
        model = slot.model_of(value)
        if model is None:
            return raw(value)
        if issubclass(model, BaseCriterion):
            return self._sentence(value) or self._fields_of(model, value)
        return self._cite(value) if model is Cite else self._summary(model, value)

    def _sentence(self, value: dict[str, Any]) -> str:
        try:
            criterion: BaseCriterion = _CRITERION.validate_python(value)
        except ValidationError:
            return ""
        return "" if criterion.faults(self._vocabulary) else criterion.words(self._vocabulary)

    def _fields_of(self, model: Model, value: dict[str, Any]) -> str:
        """A part as the fields of its form, also where it is not finished."""
        said = []
        for name, item in value.items():
            slot = slots_of(model).get(name)
            if slot is None:
                said.append(f"{name} {raw(item)}")
            elif name != "kind" and not (name == "of" and item == []):
                separator = "／" if slot.models else "、"
                items = item if isinstance(item, list) else [item]
                parts = [self._chosen(slot, value, part) or self.of(slot, part) for part in items]
                said.append(f"{slot.title} {separator.join(parts)}")
        missing = "まだ条件がありません" if issubclass(model, Group) else "まだ何も書かれていません"
        return f"{title_of(model)}（{'、'.join(said) or missing}）"

    def _chosen(self, slot: Slot, criterion: dict[str, Any], choice: Any) -> str:
        """A choice of the fact that a criterion names beside it; "" where it is none."""
        key = criterion.get(slot.hints.get("choices_of", ""))
        fact = self._vocabulary.get(key) if isinstance(key, str) else None
        return fact.label_of(choice) if fact is not None and isinstance(choice, str) else ""

    def _cite(self, value: dict[str, Any]) -> str:
        source = self._source(value.get("source"))
        extra = "".join(f" {name} {raw(item)}" for name, item in value.items() if name not in Cite.model_fields)
        return f"{source} {raw(value.get('lines'))}行「{raw(value.get('quote'), length=None)}」{extra}"

    def _source(self, key: Any) -> str:
        source = self._sources.get(key, {}) if isinstance(key, str) else {}
        publisher, title = source.get("publisher"), name_of(source)
        return f"{publisher if isinstance(publisher, str) else ''}「{title}」" if title else f"「{raw(key)}」"

    def _summary(self, model: Model, value: dict[str, Any]) -> str:
        """A whole part in one line: its name, then what its fields say in short."""
        said = []
        for name, slot in slots_of(model).items():
            item = value.get(name)
            if name in _KEYS or Cite in slot.models or item in (None, "", [], {}) or item is False:
                continue
            is_name = name in _NAMES and isinstance(item, str)
            said.append(short(item, _PART_LENGTH) if is_name else self._in_short(slot, item))
        return short("、".join(said), _SUMMARY_LENGTH) or title_of(model)

    def _in_short(self, slot: Slot, value: Any) -> str:
        title = short_title(slot)
        if value is True:
            return title
        if slot.is_list and slot.models and isinstance(value, list):
            figures = "・".join(dict.fromkeys(filter(None, (self._figures(slot, item) for item in value))))
            return f"{title} {figures or f'{len(value)}件'}"
        model = slot.model_of(value)
        if model is None or issubclass(model, BaseCriterion):
            return f"{title} {self.of(slot, value)}"
        if len(slot.models) > 1:
            return f"{title} {labels_of(model, 'kind')[value['kind']]}（{self._summary(model, value)}）"
        name = short(name_of(value))
        return f"{title} {name}" if name else f"{title}（{self._summary(model, value)}）"

    def _figures(self, slot: Slot, item: Any) -> str:
        """The rate or the amount of a row, 「750万円〜1,250万円」; "" for parts that are no rows of figures."""
        model = slot.model_of(item)
        figures = []
        for name in _FIGURES.get(model, ()) if model else ():
            held, value = slots_of(model)[name], item.get(name)
            if held.models and isinstance(value, list):
                figures.append("・".join(self._figures(held, part) for part in value))
            elif value is not None:
                figures.append(self.of(held, value))
        return "〜".join(figures)

    def _plain_value(self, slot: Slot, value: Any) -> str:
        label = labels_of(slot.owner, slot.name).get(str(value))
        if label is not None:
            return label
        if isinstance(value, bool):
            return "はい" if value else "いいえ"
        if isinstance(value, str):
            return f"{value}％" if slot.title.endswith("（％）") else self._text(value, slot.hints)
        return _amount(value, slot.title) if isinstance(value, int | float) else raw(value)

    def _text(self, value: str, hints: Mapping[str, Any]) -> str:
        if hints.get("references") == "frames":
            return name_of(self._frames.get(value)) or value
        if hints.get("references") == "sources":
            return self._source(value)
        if "fact_types" in hints:
            return self._vocabulary.label(value) if value in self._vocabulary else value
        if hints.get("date"):
            return day_words(value)
        fact = self._vocabulary.get("expenses" if hints.get("categories") else hints.get("choices_from", ""))
        return fact.label_of(value) if fact is not None else value


def _by_key(document: Any, collection: str, key: str) -> dict[str, dict[str, Any]]:
    items = document.get(collection) if isinstance(document, dict) else None
    parts = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {part[key]: part for part in parts if isinstance(part.get(key), str)}


def _amount(value: int | float, title: str) -> str:
    if title.endswith("（円）"):
        return yen(value) if isinstance(value, int) and value >= 0 else f"{value:,}円"
    unit = next((unit for unit in "％人" if title.endswith(f"（{unit}）")), "")
    return f"{value:,}{unit}"


def day_words(text: str) -> str:
    """「2023-12-12T17:00」 as 2023年12月12日 17:00, a month as 2023年12月; anything else as it is."""
    match = _DAY.fullmatch(text)
    if match is None:
        return text
    year, month, day, clock = match.groups()
    return f"{int(year)}年{int(month)}月" + (f"{int(day)}日" if day else "") + (f" {clock}" if clock else "")
