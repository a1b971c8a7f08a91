"""The programmes' public pages, and the preview of a draft for whoever has its secret link."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from programs.documents import vocabulary
from programs.drafts import checked
from programs.models import Draft, Version
from programs.pages import now, page_of_revision, programme_page, standing_of
from programs.selectors import previewed_draft, revisions_of, versions_in_force

GONE = 410


@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """Every programme that has a version in force, by name. A plain list: the catalogue has search."""
    versions = groupby(versions_in_force(), key=lambda version: version.programme)
    return render(request, "programs/programmes.html", {"programmes": [programme for programme, _ in versions]})


@require_safe
def programme(request: HttpRequest, program: str, version: str | None = None) -> HttpResponse:
    """The version in force today, or the one that is named."""
    revisions = list(revisions_of(program))
    standing = standing_of(revisions, version, timezone.localdate())
    if standing is not None:
        context = {"page": page_of_revision(standing.revision), "standing": standing}
        return render(request, "programs/programme.html", context)
    withdrawn = Version.objects.filter(programme__slug=program, slug=version).first() if revisions else None
    if withdrawn is None:
        raise Http404
    return render(request, "programs/withdrawn.html", {"version": withdrawn, "others": revisions[::-1]}, status=GONE)


@require_safe
@cache_control(private=True, no_store=True)
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a draft as it would be published. A half-finished draft has none yet, and says so."""
    draft = previewed_draft(token)
    if draft is None:
        raise Http404
    response = _preview(request, draft)
    response["Referrer-Policy"] = "no-referrer"  # the address is the key
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _preview(request: HttpRequest, draft: Draft) -> HttpResponse:
    found = checked(draft, timezone.localdate())
    context = {"draft": draft, "errors": len(found.errors)}
    if found.document is None:
        return render(request, "programs/preview_unready.html", context)
    context["page"] = programme_page(found.document, vocabulary(), now())
    return render(request, "programs/preview.html", context)
