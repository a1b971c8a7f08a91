"""The rules in force, compiled once per process and again when something was published (規則集)."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.evaluate import RuleSet
from programs.documents import document_of, fixtures_root, read_documents, vocabulary
from programs.selectors import Mark, publication_mark, revisions_in_force


@dataclass(frozen=True, slots=True)
class _Compiled:
    mark: Mark
    rules: RuleSet


class Rulebook:
    """Holds the compiled rules. Asking costs one small query; the swap is one assignment, so readers never wait."""

    def __init__(self) -> None:
        self._compiled: _Compiled | None = None
        self._lock = Lock()

    def current(self) -> RuleSet:
        mark = publication_mark()
        compiled = self._compiled
        if compiled is None or compiled.mark != mark:
            with self._lock:
                compiled = self._compiled
                if compiled is None or compiled.mark != mark:
                    compiled = _Compiled(mark, self._compile())
                    self._compiled = compiled
        return compiled.rules

    def _compile(self) -> RuleSet:
        revisions = revisions_in_force()
        return RuleSet(((document_of(revision), revision.number) for revision in revisions), vocabulary())


def shipped() -> RuleSet:
    """The rules of the documents that come with the code, as a new installation would publish them."""
    return RuleSet(((document, 1) for document in read_documents(fixtures_root())), vocabulary())


_rulebook = Rulebook()


def with_document(document: ProgrammeDocument, revision: int) -> RuleSet:
    """The rules in force with one version replaced, or added: what they would be were `document` published now."""
    published = ((document_of(row), row.number) for row in revisions_in_force())
    others = [(other, number) for other, number in published if other.key != document.key]
    return RuleSet([*others, (document, revision)], vocabulary())


def current() -> RuleSet:
    """The rules in force now. Versions of every time are in it; the question's date chooses among them."""
    return _rulebook.current()
