"""Writes: publishing documents. Each function is one transaction; what it did is returned, not printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.db import transaction

from eligibility.engine.document import ProgrammeDocument, Round, dump_document
from eligibility.engine.hashing import document_hash, rules_hash
from programs.documents import read_documents
from programs.models import CallRound, Programme, Revision, Version


class Change(StrEnum):
    """What loading did to one document."""

    ADDED = "added"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # what officers published wins over the file


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
    """As load_fixtures, for documents that were read and checked before."""
    with transaction.atomic():
        return [_load(document) for document in documents]


def publish(document: ProgrammeDocument, *, origin: Revision.Origin, reason: str) -> Revision:
    """The next revision of the document's version, its list columns and rounds rebuilt with it."""
    with transaction.atomic():
        _lock(document)
        return _publish(document, origin, reason)


def _load(document: ProgrammeDocument) -> Loaded:
    _lock(document)
    last = _last(document)
    if last is None:
        revision = _publish(document, Revision.Origin.FIXTURE, "同梱データの読み込み")
        return Loaded(document, Change.ADDED, revision.number)
    if last.document_hash == document_hash(document):
        return Loaded(document, Change.UNCHANGED, last.number)
    if last.origin == Revision.Origin.DESK:
        return Loaded(document, Change.KEPT, last.number)
    revision = _publish(document, Revision.Origin.FIXTURE, "同梱データの更新")
    return Loaded(document, Change.REVISED, revision.number)


def _lock(document: ProgrammeDocument) -> None:
    """Hold the programme until the transaction ends: two publications of it at once wait for each other."""
    identity = document.identity
    names = {"name_ja": identity.name_ja, "short_name": identity.short_name, "kind": identity.kind}
    Programme.objects.get_or_create(slug=document.program, defaults=names)
    Programme.objects.select_for_update(of=("self",)).get(slug=document.program)


def _last(document: ProgrammeDocument) -> Revision | None:
    found = Revision.objects.filter(version__programme__slug=document.program, version__slug=document.version)
    return found.order_by("-number").first()


def _publish(document: ProgrammeDocument, origin: Revision.Origin, reason: str) -> Revision:
    last = _last(document)
    version = _version_row(document)
    revision = Revision.objects.create(
        version=version,
        number=last.number + 1 if last else 1,
        document=dump_document(document),
        rules_hash=rules_hash(document),
        document_hash=document_hash(document),
        origin=origin,
        reason=reason,
    )
    version.rounds.all().delete()
    CallRound.objects.bulk_create(_round_rows(version, document.time.rounds))
    return revision


def _version_row(document: ProgrammeDocument) -> Version:
    identity = document.identity
    programme, _ = Programme.objects.update_or_create(
        slug=document.program,
        defaults={"name_ja": identity.name_ja, "short_name": identity.short_name, "kind": identity.kind},
    )
    version, _ = Version.objects.update_or_create(
        programme=programme,
        slug=document.version,
        defaults={
            "stage": document.time.stage,
            "announced": document.time.announced,
            "frame_count": len(document.frames),
        },
    )
    return version


def _round_rows(version: Version, rounds: Iterable[Round]) -> Iterable[CallRound]:
    for round_ in rounds:
        for frame in round_.frames or ("",):
            yield CallRound(
                version=version, frame=frame, name=round_.name, opens=round_.opens or "", closes=round_.closes or ""
            )
