"""Reads: which revisions are published."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from programs.models import Revision


def latest_revisions() -> QuerySet[Revision]:
    """The revision in force of every version, in order of programme and announcement."""
    latest = Revision.objects.filter(version=OuterRef("version")).order_by("-number").values("pk")[:1]
    return (
        Revision.objects.filter(pk=Subquery(latest))
        .select_related("version__programme")
        .order_by("version__programme__slug", "version__announced")
    )


def publication_mark() -> tuple[int, str]:
    """Changes with every publication: revisions are only ever added."""
    return Revision.objects.order_by("-pk").values_list("pk", "document_hash").first() or (0, "")
