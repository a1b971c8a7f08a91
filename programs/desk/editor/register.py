"""What a draft says of its sources (出典), taken from the register where it is left blank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from programs.upkeep.sources import SourceEntry

_NEEDED = ("title", "publisher", "date")


def with_register(sources: Any, registered: Sequence[SourceEntry]) -> Any:
    """`sources` of a document with what the register knows of those that lack any of what they need.

    A shipped text that no document in force names is not known: its first words are no title.
    """
    known = {entry.name: entry for entry in registered if entry.added is not None or entry.programs}
    return [_completed(source, known.get(source.get("document"))) for source in sources]


def _completed(source: dict[str, Any], entry: SourceEntry | None) -> dict[str, Any]:
    if entry is None or all(source.get(name) for name in _NEEDED):
        return source
    day = entry.date.isoformat() if entry.date is not None else ""
    found = {"title": entry.title, "publisher": entry.publisher, "date": day, "url": entry.url}
    return {**{name: value for name, value in found.items() if value}, **source}
