"""What only several documents show together (制度どうしの参照): predecessors that exist, without cycles; one a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import Finding

_PREDECESSORS = "identity.predecessors"


def lint_together(documents: Sequence[ProgrammeDocument]) -> list[Finding]:
    """Findings of documents beside each other; `file` is the key of the document that each is about."""
    before: defaultdict[str, set[str]] = defaultdict(set)
    for document in documents:
        before[document.program].update(document.identity.predecessors)
    return [
        *(finding for document in documents for finding in _predecessors(document, before)),
        *_twice(documents),
    ]


def _predecessors(document: ProgrammeDocument, before: Mapping[str, set[str]]) -> Iterator[Finding]:
    for number, slug in enumerate(document.identity.predecessors):
        path = f"{_PREDECESSORS}.{number}"
        if slug == document.program:
            yield Finding(path, "前身の制度に、この制度自身が書かれています。", document.key)
        elif slug not in before:
            yield Finding(path, f"「{slug}」という制度はありません。", document.key)
        else:
            chain = _way(slug, document.program, before)
            if chain is not None:
                way = "→".join([document.program, *chain])
                yield Finding(path, f"前身の制度をたどると、この制度に戻ります（{way}）。", document.key)


def _way(start: str, end: str, before: Mapping[str, set[str]]) -> list[str] | None:
    """The shortest way from `start` over predecessors to `end`, both included; None where there is none."""
    came_from: dict[str, str] = {start: start}
    waiting = [start]
    for slug in waiting:
        if slug == end:
            way = [slug]
            while way[-1] != start:
                way.append(came_from[way[-1]])
            return way[::-1]
        for earlier in sorted(before.get(slug, ())):
            if earlier not in came_from:
                came_from[earlier] = slug
                waiting.append(earlier)
    return None


def _twice(documents: Sequence[ProgrammeDocument]) -> Iterator[Finding]:
    keys: set[str] = set()
    days: dict[tuple[str, object], str] = {}
    for document in documents:
        if document.key in keys:
            yield Finding("version", "同じ制度の同じ版が二つあります。", document.key)
            continue
        keys.add(document.key)
        first = days.setdefault((document.program, document.time.announced), document.version)
        if first != document.version:
            message = f"同じ日に公表された版「{first}」があります。どちらが新しいか、公表日から決まりません。"
            yield Finding("time.announced", message, document.key)
