"""Reads: which revisions are in force."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet
from django.utils.timezone import localtime

from programs.models import Draft, Publication, Revision, SourceCheck, SourceText, Version
from programs.models.drafts import OPEN_STATES


class Mark(NamedTuple):
    """Differs after every publication and withdrawal.

    Not the highest key alone: a lower one may be committed after a higher one.
    """

    rows: int
    in_force: int
    last: int | None
    at: datetime | None
    ended: datetime | None


def revisions_in_force() -> QuerySet[Revision]:
    """The revision in force of every version that is not withdrawn, in order of programme and announcement."""
    return (
        Revision.objects.filter(publication__ends__isnull=True)
        .select_related("version__programme")
        .order_by("version__programme__slug", "version__announced")
    )


def revisions_of(program: str) -> QuerySet[Revision]:
    """Those in force of one programme's versions, the version announced first before the others."""
    return revisions_in_force().filter(version__programme__slug=program)


def versions_in_force() -> QuerySet[Version]:
    """Every version that is not withdrawn, by its list columns, in order of programme and announcement."""
    return (
        Version.objects.filter(publications__ends__isnull=True)
        .select_related("programme")
        .order_by("programme__short_name", "programme__slug", "announced")
    )


def publication_mark() -> Mark:
    found = Publication.objects.aggregate(
        rows=Count("pk"),
        in_force=Count("pk", filter=Q(ends__isnull=True)),
        last=Max("pk"),
        at=Max("starts"),
        ended=Max("ends"),
    )
    return Mark(**found)


def is_seeded() -> bool:
    """Whether anything was ever published here. False before the first migration; a database that is down raises."""
    return Revision._meta.db_table in connection.introspection.table_names() and Revision.objects.exists()


def published_since(moment: datetime) -> bool:
    """Whether any rule was published or withdrawn after `moment`."""
    return Publication.objects.filter(Q(starts__gt=moment) | Q(ends__gt=moment)).exists()


def versions_published_since(moment: datetime) -> frozenset[str]:
    """Keys ("slug@version") of the versions of which a revision was published after `moment`."""
    rows = Publication.objects.filter(starts__gt=moment).values_list("version__programme__slug", "version__slug")
    return frozenset(f"{program}@{version}" for program, version in rows)


def checked_days() -> dict[str, date]:
    """When an officer last looked at each source document, by its name: checked it, or added it."""
    added = {name: localtime(at).date() for name, at in SourceText.objects.values_list("name", "added_at")}
    rows = SourceCheck.objects.values("document").annotate(last=Max("checked_on"))
    return added | {row["document"]: row["last"] for row in rows}


def previewed_draft(token: str) -> Draft | None:
    """The open draft whose preview link has this token."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", token) is None:  # NUL and the like do not reach the database
        return None
    return Draft.objects.filter(preview_token=token, state__in=OPEN_STATES).first()
