"""Reads: which revisions are published."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from programs.models import Revision


def latest_revisions() -> QuerySet[Revision]:
    """The revision in force of every version, in order of programme and announcement."""
    latest = Revision.objects.filter(version=OuterRef("version")).order_by("-number").values("pk")[:1]
    return (
        Revision.objects.filter(pk=Subquery(latest))
        .select_related("version__programme")
        .order_by("version__programme__slug", "version__announced")
    )


def publication_mark() -> tuple[int, int, datetime | None]:
    """Changes with every publication. Not the highest key alone: a lower one may be committed after a higher one."""
    found = Revision.objects.aggregate(count=Count("pk"), last=Max("pk"), at=Max("published_at"))
    return found["count"], found["last"] or 0, found["at"]


def is_seeded() -> bool:
    """Whether anything was ever published here. False before the first migration; a database that is down raises."""
    return Revision._meta.db_table in connection.introspection.table_names() and Revision.objects.exists()


def published_since(moment: datetime) -> bool:
    """Whether any rule was published after `moment`."""
    return Revision.objects.filter(published_at__gt=moment).exists()
