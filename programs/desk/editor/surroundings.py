"""What a form of one part must know of the rest: the vocabulary, the draft's sources and frames, the texts cited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eligibility.engine.facts import Vocabulary
from programs.documents import all_source_lines, vocabulary
from programs.upkeep.sources import SourceEntry, registry

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`sources` and `frames`: what citations and rounds may name, with its label. `files`: the text of each source.

    `registered`: the texts that a source may name, where the page asks for one.
    """

    vocabulary: Vocabulary
    sources: tuple[Choice, ...]
    files: Mapping[str, str]
    frames: tuple[Choice, ...]
    texts: Mapping[str, Sequence[str]]
    registered: tuple[SourceEntry, ...] = ()


def surroundings_of(document: Any, *, with_register: bool = False) -> Surroundings:
    """Those of a draft's document, whatever state it is in."""
    sources = [item for item in _items(document, "sources") if isinstance(item.get("id"), str)]
    frames = [item for item in _items(document, "frames") if isinstance(item.get("slug"), str)]
    return Surroundings(
        vocabulary=vocabulary(),
        sources=tuple((source["id"], f"{source.get('title', '')}（{source['id']}）") for source in sources),
        files={source["id"]: str(source.get("document", "")) for source in sources},
        frames=tuple((frame["slug"], str(frame.get("name_ja", frame["slug"]))) for frame in frames),
        texts=all_source_lines(),
        registered=tuple(registry()) if with_register else (),
    )


def _items(document: Any, name: str) -> list[dict[str, Any]]:
    items = document.get(name) if isinstance(document, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
