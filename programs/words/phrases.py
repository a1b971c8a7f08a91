"""Words that every view of a document shares: criteria as sentences, places in sources, names of facts.

Drafts are shown too: a name that leads nowhere is shown as it is written, and the linter says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eligibility.engine import citations
from eligibility.engine.citations import Cite
from eligibility.engine.criteria import BaseCriterion
from eligibility.engine.facts import Vocabulary


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a source document, and the words that stand there."""

    document: str
    title: str
    lines: str
    quote: str


class Wording:
    """For one document: its sources by their ids, and the vocabulary of its criteria."""

    def __init__(self, sources: Iterable[citations.Source], vocabulary: Vocabulary) -> None:
        self._sources = {source.id: source for source in sources}
        self._vocabulary = vocabulary

    def sources(self, cites: Iterable[Cite]) -> tuple[Source, ...]:
        return tuple(self._source(cite) for cite in cites)

    def words(self, criterion: BaseCriterion | None) -> str:
        """The criterion as a phrase, "" for none."""
        if criterion is None:
            return ""
        unknown = [fact for fact in criterion.facts() if fact not in self._vocabulary]
        return f"（「{unknown[0]}」は語彙にありません）" if unknown else criterion.words(self._vocabulary)

    def label(self, fact: str) -> str:
        return self._vocabulary.label(fact) if fact in self._vocabulary else fact

    def categories(self, keys: Iterable[str]) -> str:
        """Categories of expenses by their names."""
        fact = self._vocabulary["expenses"]
        return "、".join(fact.label_of(key) for key in keys)

    def _source(self, cite: Cite) -> Source:
        found = self._sources.get(cite.source)
        document, title = (found.document, found.title) if found else (cite.source, cite.source)
        return Source(document, title, cite.lines, cite.quote)
