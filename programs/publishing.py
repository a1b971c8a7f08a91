"""Publishing documents (公開): the one place where revisions, their time in force and the list columns are written.

Each function is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from eligibility.engine.document import ProgrammeDocument, Round, dump_document
from eligibility.engine.hashing import document_hash, rules_hash
from programs.audit import record
from programs.documents import vocabulary
from programs.models import CallRound, Programme, Publication, Revision, Version
from programs.words.comparison import Difference, differences

if TYPE_CHECKING:
    from portal.accounts.models import User


class OverlappingPublication(Exception):
    """Two revisions of a version would be in force together."""


class NotInForce(Exception):
    """The revision is not what answers for its version any more."""


@transaction.atomic
def publish(document: ProgrammeDocument, *, origin: Revision.Origin, reason: str, user: User | None = None) -> Revision:
    """The next revision of the document's version, in force from now on, its list columns and rounds with it.

    `user`: who publishes, None for the portal itself. Raises OverlappingPublication.
    """
    lock(document.program, document)
    last = last_revision(document.program, document.version)
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
    _put_in_force(revision, timezone.now())
    version.rounds.all().delete()
    CallRound.objects.bulk_create(_round_rows(version, document.time.rounds))
    _record("公開", revision, user, reason, differences(last.document, revision.document, vocabulary()) if last else [])
    return revision


@transaction.atomic
def withdraw(revision: Revision, *, user: User, reason: str) -> None:
    """Nothing answers for the version any more, until a new revision is published. The revision itself stays.

    Raises NotInForce, where another one has taken its place.
    """
    version = revision.version
    lock(version.programme.slug)
    if not version.publications.filter(revision=revision, ends__isnull=True).update(ends=timezone.now()):
        raise NotInForce(f"{revision} is not in force")
    version.rounds.all().delete()
    _record("公開を終了", revision, user, reason)


def lock(program: str, document: ProgrammeDocument | None = None) -> None:
    """Hold the programme until the transaction ends: two publications of it at once wait for each other.

    `document`: of a programme that may be new.
    """
    if document is not None:
        Programme.objects.get_or_create(slug=program, defaults=_names(document))
    Programme.objects.select_for_update(of=("self",)).filter(slug=program).first()


def last_revision(program: str, version: str) -> Revision | None:
    """The newest revision of a version, in force or not."""
    found = Revision.objects.filter(version__programme__slug=program, version__slug=version)
    return found.order_by("-number").first()


def _put_in_force(revision: Revision, moment: datetime) -> None:
    publications = Publication.objects.filter(version=revision.version)
    publications.filter(ends__isnull=True).update(ends=moment)
    # PostgreSQL's exclusion constraint says the same of any writer; SQLite has none.
    if publications.filter(ends__gt=moment).exists():
        raise OverlappingPublication(f"{revision.version} has a publication beyond {moment}")
    Publication.objects.create(version=revision.version, revision=revision, starts=moment)


def _record(
    action: str, revision: Revision, user: User | None, reason: str, changes: Sequence[Difference] = ()
) -> None:
    version = revision.version
    place = f"改訂{revision.number}"
    program = version.programme.slug
    record(action, user=user, program=program, version=version.slug, place=place, reason=reason, changes=changes)


def _names(document: ProgrammeDocument) -> dict[str, str]:
    identity = document.identity
    return {"name_ja": identity.name_ja, "short_name": identity.short_name, "kind": identity.kind}


def _version_row(document: ProgrammeDocument) -> Version:
    """The version's row, and its programme's: that has the names of the version announced last."""
    later = Version.objects.filter(programme__slug=document.program, announced__gt=document.time.announced)
    names = {} if later.filter(publications__ends__isnull=True).exists() else _names(document)
    programme, _ = Programme.objects.update_or_create(slug=document.program, defaults=names)
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
