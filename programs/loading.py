"""Loading documents from files (読み込み): the shipped fixtures seed an installation; what officers published wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.db import transaction

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.hashing import document_hash
from programs import publishing
from programs.documents import read_documents
from programs.models import Revision, Version


class Change(StrEnum):
    """What loading did, or would do, to one document."""

    ADDED = "added"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # what officers published, or withdrew, wins over the file


@dataclass(frozen=True, slots=True)
class Loaded:
    document: ProgrammeDocument
    change: Change
    revision: int


def load_fixtures(root: Path) -> list[Loaded]:
    """Publish the documents below `root` that are new or changed: all of them or, on any error, none.

    Can run any number of times. A version that officers have revised is left as they published it.
    Raises DocumentRefused with every finding of every file.
    """
    return load_documents(read_documents(root))


def load_documents(documents: Iterable[ProgrammeDocument]) -> list[Loaded]:
    """As load_fixtures, for documents that were read and checked before.

    Raises DocumentRefused where officers have published another version of the same day.
    """
    with transaction.atomic():
        return [_load(document) for document in documents]


def planned_change(document: ProgrammeDocument) -> Change:
    """What loading the document would do now. Writes nothing. Raises DocumentRefused, as loading would."""
    change = _change(document, publishing.last_revision(document.program, document.version))
    _refuse_a_taken_day(document, change)
    return change


def _change(document: ProgrammeDocument, last: Revision | None) -> Change:
    if last is None:
        return Change.ADDED
    if last.document_hash == document_hash(document):
        return Change.UNCHANGED
    is_withdrawn = last.publication.ends is not None
    return Change.KEPT if last.origin == Revision.Origin.DESK or is_withdrawn else Change.REVISED


def _refuse_a_taken_day(document: ProgrammeDocument, change: Change) -> None:
    """The day of announcement decides which version answers: of one day there is one, withdrawn ones among them."""
    same_day = Version.objects.filter(programme__slug=document.program, announced=document.time.announced)
    other = same_day.exclude(slug=document.version).first()
    if other is not None and change in _REASONS:
        message = f"同じ日に公表された版「{other.slug}」が、もう公開されています。公表日を確かめてください。"
        raise DocumentRefused([Finding("time.announced", message, document.key)])


_REASONS = {Change.ADDED: "同梱データの読み込み", Change.REVISED: "同梱データの更新"}


def _load(document: ProgrammeDocument) -> Loaded:
    publishing.lock(document.program, document)
    last = publishing.last_revision(document.program, document.version)
    change = _change(document, last)
    _refuse_a_taken_day(document, change)
    if last is None or change is Change.REVISED:
        last = publishing.publish(document, origin=Revision.Origin.FIXTURE, reason=_REASONS[change])
    return Loaded(document, change, last.number)
