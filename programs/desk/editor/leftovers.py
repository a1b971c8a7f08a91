"""What a new version took over from the version before and still cites only its sources (写しのままの引用)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from programs.desk.editor.base import url_of
from programs.desk.editor.sections import nearest_page
from programs.models import Draft
from programs.words.comparison import label_of

_CITES = ("cites", "base_cap_cites")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A part with citations of old sources only, and the page where it is edited."""

    place: str
    url: str


def leftovers_of(draft: Draft) -> list[Leftover]:
    """Those of a copy that became a new version and names a new source; none of a correction."""
    if draft.base is not None or draft.copied_from is None:
        return []
    before = set(_files(draft.copied_from.document).values())
    files = _files(draft.document)
    old = {source for source, file in files.items() if file in before}
    if len(old) == len(files):  # before the first new source everything would be listed
        return []
    return [
        Leftover(label_of(path, draft.document), url_of(draft, nearest_page(draft.document, path)))
        for path in _citing_only(old, draft.document, "")
    ]


def _files(document: Any) -> dict[str, str]:
    """The text behind each source of a document, whatever state it is in."""
    sources = _list(document.get("sources")) if isinstance(document, dict) else []
    return {str(source.get("id")): str(source.get("document")) for source in sources if isinstance(source, dict)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _citing_only(sources: set[str], data: Any, path: str) -> Iterator[str]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if isinstance(data, dict):
        cites = [cite for name in _CITES for cite in _list(data.get(name)) if isinstance(cite, dict)]
        if cites and all(str(cite.get("source")) in sources for cite in cites):
            yield path
    for key, value in items:
        if key not in _CITES:
            yield from _citing_only(sources, value, f"{path}.{key}" if path else str(key))
