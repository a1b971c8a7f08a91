"""Differences between two documents in officers' words (差分), for whatever state a draft is in.

Lists are matched item by item, so that an inserted row is one addition and not a change of every row below it.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.facts import Vocabulary
from programs.words.document_words import EMPTY, DocumentWords, Model, Slot, label_of, place_of, plain, raw, slots_of
from programs.words.whole import whole

__all__ = ["Difference", "differences", "label_of"]

Kind = Literal["added", "removed", "changed", "moved"]
_KEYS = ("id", "slug", "name")
_ALIKE = 0.5
_COMPARED_LENGTH = 200
_MAX_PAIRS = 400


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `path`: in the new data, of what was removed in the old. A moved item says its positions.

    A part that was added, removed or replaced as a whole says all of it, in lines: the first is a summary.
    """

    path: str
    place: str
    before: str
    after: str
    kind: Kind


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, vocabulary: Vocabulary
) -> list[Difference]:
    """What changed from `before` to `after` (None: there is nothing), in the order of the document.

    Works on drafts in any state. A default that is written out equals one that is left out.
    """
    old, new = (plain(data) if isinstance(data, Mapping) else {} for data in (before, after))
    return list(_Comparison(old, new, vocabulary).whole())


class _Comparison:
    def __init__(self, old: dict[str, Any], new: dict[str, Any], vocabulary: Vocabulary) -> None:
        self._old, self._new = old, new
        self._old_words, self._new_words = DocumentWords(old, vocabulary), DocumentWords(new, vocabulary)

    def whole(self) -> Iterator[Difference]:
        yield from self._model(ProgrammeDocument, ("", self._old), ("", self._new))

    def _model(self, model: Model, old: _At, new: _At) -> Iterator[Difference]:
        slots = slots_of(model)
        for name, slot in slots.items():
            yield from self._field(slot, _child(old, name, slot.default), _child(new, name, slot.default))
        for name in dict.fromkeys([*old[1], *new[1]]):
            if name not in slots:
                yield from self._unknown(_child(old, name, None), _child(new, name, None))

    def _field(self, slot: Slot, old: _At, new: _At) -> Iterator[Difference]:
        before, after = old[1], new[1]
        if before == after:
            return
        if slot.is_list and isinstance(before, list | None) and isinstance(after, list | None):
            yield from self._items(slot, (old[0], before or []), (new[0], after or []))
        else:
            yield from self._part(slot, old, new)

    def _part(self, slot: Slot, old: _At, new: _At) -> Iterator[Difference]:
        """One model field by field where both sides have the same one, else the value as a whole."""
        model = slot.model_of(new[1])
        if model is None or slot.is_unit or slot.model_of(old[1]) is not model:
            yield from self._value(slot, old, new)
        else:
            yield from self._model(model, old, new)

    def _value(self, slot: Slot, old: _At, new: _At) -> Iterator[Difference]:
        if old[1] == new[1]:
            return
        before, after = whole(self._old_words, slot, old[1]), whole(self._new_words, slot, new[1])
        if before == after:
            before, after = self._old_words.in_detail(slot, old[1]), self._new_words.in_detail(slot, new[1])
        if before == after:
            before, after = raw(old[1], length=None), raw(new[1], length=None)
        yield from self._changed(old, new, before, after, slot)

    def _unknown(self, old: _At, new: _At) -> Iterator[Difference]:
        if old[1] != new[1]:
            yield from self._changed(old, new, raw(old[1]), raw(new[1]))

    def _changed(self, old: _At, new: _At, before: str, after: str, slot: Slot | None = None) -> Iterator[Difference]:
        kind = _kind(old[1], new[1])
        if kind == "removed":
            yield self._difference(kind, old, before or EMPTY, "", slot)
        else:
            yield self._difference(kind, new, "" if kind == "added" else before or EMPTY, after or EMPTY, slot)

    def _difference(self, kind: Kind, at: _At, before: str, after: str, slot: Slot | None = None) -> Difference:
        """A plain value in a list has no place of its own: that of the list is said."""
        path, document = at[0], self._old if kind == "removed" else self._new
        parent, _, last = path.rpartition(".")
        is_plain_item = slot is not None and slot.is_list and not slot.models and last != slot.name
        return Difference(path, place_of(parent if is_plain_item else path, document), before, after, kind)

    def _items(self, slot: Slot, old: tuple[str, list[Any]], new: tuple[str, list[Any]]) -> Iterator[Difference]:
        for match in _matches(old[1], new[1]):
            here = (f"{old[0]}.{match.old}", None if match.old is None else old[1][match.old])
            there = (f"{new[0]}.{match.new}", None if match.new is None else new[1][match.new])
            if match.new is None:
                yield self._difference("removed", here, whole(self._old_words, slot, here[1]) or EMPTY, "", slot)
                continue
            if match.old is None:
                yield self._difference("added", there, "", whole(self._new_words, slot, there[1]) or EMPTY, slot)
                continue
            if match.is_moved:
                yield self._moved(slot, there, match.old, match.new)
            yield from self._part(slot, here, there)

    def _moved(self, slot: Slot, item: _At, old: int, new: int) -> Difference:
        place = place_of(item[0], self._new)
        if not slot.models:
            place = f"{place_of(item[0].rpartition('.')[0], self._new)}「{self._new_words.of(slot, item[1])}」"
        return Difference(item[0], place, f"{old + 1}番目", f"{new + 1}番目", "moved")


_At = tuple[str, Any]  # a dotted path and what stands there


def _child(parent: _At, name: str, default: Any) -> _At:
    path, value = parent
    found = value.get(name)
    return f"{path}.{name}" if path else name, default if found is None else found


def _kind(before: Any, after: Any) -> Kind:
    """Of two values that differ: an empty one counts as none, unless the other is empty too."""
    is_empty, is_emptied = (value in (None, "", [], {}) for value in (before, after))
    if is_empty == is_emptied:
        is_empty, is_emptied = before is None, after is None
    return "added" if is_empty else "removed" if is_emptied else "changed"


@dataclass(frozen=True, slots=True)
class _Match:
    """An item's positions in the two lists; None: it is not there."""

    old: int | None
    new: int | None
    is_moved: bool = False


def _matches(old: Sequence[Any], new: Sequence[Any]) -> Iterator[_Match]:
    """The items of both lists in the new order, what was removed where it stood."""
    positions = {token: position for position, token in enumerate(_tokens(old))}
    pairs = [(positions[token], j) for j, token in enumerate(_tokens(new)) if token in positions]
    anchors = _rising(pairs)
    moved = {j: i for i, j in set(pairs) - set(anchors)}
    settled = {**{j: i for i, j in anchors}, **_alike(old, new, pairs, anchors)}
    gone = deque(sorted(set(range(len(old))) - set(settled.values()) - set(moved.values())))
    for j, end in enumerate(_next_settled(settled, len(new), len(old))):
        while gone and gone[0] < end:
            yield _Match(gone.popleft(), None)
        yield _Match(settled.get(j, moved.get(j)), j, j in moved)
    yield from (_Match(i, None) for i in gone)


def _next_settled(settled: Mapping[int, int], length: int, end: int) -> list[int]:
    """For each new position the old one of the next item, itself included, that stayed in order."""
    found: list[int] = []
    for j in reversed(range(length)):
        end = settled.get(j, end)
        found.append(end)
    return found[::-1]


def _tokens(items: Sequence[Any]) -> Iterator[tuple[str, str, int]]:
    """What tells the items of a list apart: their key, else their content; and which of several alike it is."""
    seen: Counter[tuple[str, str]] = Counter()
    for item in items:
        token = _key(item) or ("", json.dumps(item, sort_keys=True))
        yield *token, seen[token]
        seen[token] += 1


def _key(item: Any) -> tuple[str, str] | None:
    if not isinstance(item, dict):
        return None
    return next(((name, item[name]) for name in _KEYS if isinstance(item.get(name), str) and item[name]), None)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `pairs` (sorted by their second) whose first rises too: the fewest items have moved."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int | None] = []
    for number, (i, _) in enumerate(pairs):
        place = bisect_left(tails, i)
        before.append(at[place - 1] if place else None)
        tails[place : place + 1] = [i]
        at[place : place + 1] = [number]
    found = []
    number_or_none = at[-1] if at else None
    while number_or_none is not None:
        found.append(pairs[number_or_none])
        number_or_none = before[number_or_none]
    return found[::-1]


def _alike(
    old: Sequence[Any], new: Sequence[Any], pairs: Sequence[tuple[int, int]], anchors: Sequence[tuple[int, int]]
) -> dict[int, int]:
    """New position -> old position of items that changed where they stood, between what stayed."""
    known_old, known_new = {i for i, _ in pairs}, {j for _, j in pairs}
    found: dict[int, int] = {}
    start = (-1, -1)
    for end in [*anchors, (len(old), len(new))]:
        olds = [i for i in range(start[0] + 1, end[0]) if i not in known_old]
        news = [j for j in range(start[1] + 1, end[1]) if j not in known_new]
        found.update((j, i) for i, j in _paired(old, new, olds, news))
        start = end
    return found


def _paired(old: Sequence[Any], new: Sequence[Any], olds: list[int], news: list[int]) -> Iterator[tuple[int, int]]:
    """As many of both: one by one. Else, in order, those that are alike, the most likeness in all."""
    if len(olds) == len(news) or len(olds) * len(news) > _MAX_PAIRS:
        yield from ((i, j) for i, j in zip(olds, news, strict=False) if _may_be_one(old[i], new[j]))
        return
    likeness = {(i, j): _likeness(old[i], new[j]) for i in olds for j in news if _may_be_one(old[i], new[j])}
    best: dict[int, tuple[float, tuple[tuple[int, int], ...]]] = {-1: (0.0, ())}
    for j in news:
        for i in reversed(olds):
            total, chosen = max(found for end, found in best.items() if end < i)
            if likeness.get((i, j), 0.0) >= _ALIKE:
                best[i] = max(best.get(i, (0.0, ())), (total + likeness[i, j], (*chosen, (i, j))))
    yield from max(best.values())[1]


def _may_be_one(old: Any, new: Any) -> bool:
    """Two keys are two parts, unless only the key was corrected."""
    old_key, new_key = _key(old), _key(new)
    if old_key is None or new_key is None:
        return True
    return old_key[0] == new_key[0] and {**old, old_key[0]: ""} == {**new, new_key[0]: ""}


def _likeness(old: Any, new: Any) -> float:
    """From 0 (nothing in common) to 1, by what the parts say."""
    before, after = ("".join(_leaves(item))[:_COMPARED_LENGTH] for item in (old, new))
    return SequenceMatcher(None, before, after, autojunk=False).ratio()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield str(value)
