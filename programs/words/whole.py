"""A part of a document in full (全文): what an added or removed part says, line by line.

For whoever compares a new frame with its source before publishing it: a summary in one line hides the texts, the
criteria, the amounts and the citations that must be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from programs.words.document_words import DocumentWords, Model, Slot, numbered, raw, short_title, slots_of

MAX_LINES = 400
_INDENT = "\u3000"
_Line = tuple[int, str]  # how deep it is nested, and its words


def whole(words: DocumentWords, slot: Slot, value: Any) -> str:
    """The value of a field, or one item of its list. A part: its summary, then a line for each of its fields.

    `words`: of the document that holds the (`plain`) value. "" where there is nothing. At most `MAX_LINES` lines,
    and one that counts those left out.
    """
    summary = words.of(slot, value)
    model = slot.model_of(value)
    if model is None or slot.is_unit:
        return summary
    said = (f"{_INDENT * depth}{text}" for depth, text in _fields(words, model, value, 0))
    shown = list(islice(said, MAX_LINES - 1))
    rest = sum(1 for _ in said)
    if not rest and len(shown) == 1 and shown[0].endswith(f"：{summary}"):
        return summary
    return "\n".join([summary, *shown, *([f"…ほか{rest}項目"] if rest else [])])


def _fields(words: DocumentWords, model: Model, value: dict[str, Any], depth: int) -> Iterator[_Line]:
    """Every field with something in it, a default as well; then what the schema does not know."""
    slots = slots_of(model)
    for name, slot in slots.items():
        written = value.get(name)
        item = slot.default if written is None else written
        if item not in (None, "", [], {}) and not (item is False and not slot.default):
            yield from _field(words, slot, item, depth)
    for name in value:
        if name not in slots:
            yield from _texts(f"「{name}」", raw(value[name], length=None), depth)


def _field(words: DocumentWords, slot: Slot, value: Any, depth: int) -> Iterator[_Line]:
    if not slot.models or not isinstance(value, dict | list):
        yield from _texts(short_title(slot), words.of(slot, value), depth)
    elif isinstance(value, dict):
        yield from _part(words, slot, short_title(slot), value, depth)
    else:
        for number, item in enumerate(value):
            title = slot.title if slot.is_unit else numbered(slot, number)
            yield from _part(words, slot, title, item, depth)


def _part(words: DocumentWords, slot: Slot, title: str, value: Any, depth: int) -> Iterator[_Line]:
    model = slot.model_of(value)
    if model is None:
        yield from _texts(title, raw(value, length=None), depth)
    elif slot.is_unit:
        yield from _texts(title, words.of(slot, value), depth)
    else:
        yield depth, title
        yield from _fields(words, model, value, depth + 1)


def _texts(title: str, text: str, depth: int) -> Iterator[_Line]:
    """Words of several lines stay so, behind their title."""
    first, *others = text.splitlines() or [""]
    yield depth, f"{title}：{first}"
    yield from ((depth + 1, line) for line in others)
