"""The editor's pages (編集): the list of sections, each section's page, and the whole draft to read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from eligibility.engine.errors import Finding
from programs import drafts, paths
from programs.desk.access import READ, WRITE, desk_page, officer
from programs.desk.editor.base import gone, is_editable, url_of
from programs.desk.editor.findings import Count, by_page, counted
from programs.desk.editor.form_page import FormPage, NewItemPage
from programs.desk.editor.kind_pages import benefit_page, criterion_page
from programs.desk.editor.leftovers import leftovers_of
from programs.desk.editor.list_page import list_page
from programs.desk.editor.sections import (
    NoSuchPlace,
    Place,
    PlaceGone,
    Style,
    nearest_page,
    place_at,
    section_paths,
)
from programs.desk.editor.summaries import summary_of
from programs.desk.pages import draft_or_404, draft_render
from programs.models import Draft
from programs.yaml import write_document


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the list of sections. `is_frame`: the first of a frame's; `is_part`: one of the others."""

    title: str
    url: str
    summary: str
    count: Count
    is_frame: bool
    is_part: bool


@desk_page(READ)
@require_safe
def sections(request: HttpRequest, pk: int) -> HttpResponse:
    """All sections with a line about each and how many findings it has."""
    draft = draft_or_404(pk)
    checked = drafts.checked(draft, timezone.localdate())
    listed = section_paths(draft.document)
    found = by_page(checked.findings, listed)
    context = {
        "sections": [_section(draft, path, found[path]) for path in listed],
        "findings": found[""],
        "total": counted(checked.findings),
        "is_editable": is_editable(request, draft),
        "leftovers": leftovers_of(draft),
    }
    return draft_render(request, "desk/editor/sections.html", draft, "edit", context)


def _section(draft: Draft, path: str, findings: list[Finding]) -> Section:
    steps = path.split(".")
    is_frame = len(steps) == 2
    place = place_at(draft.document, path)
    return Section(
        title=place.short_title,
        url=url_of(draft, path),
        summary=summary_of("frame" if is_frame else steps[-1], paths.read(draft.document, path)),
        count=counted(findings),
        is_frame=is_frame,
        is_part=len(steps) > 2,
    )


@desk_page(READ)
@require_safe
def raw(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole draft as its file would say it: YAML where the document is sound, JSON while it is not."""
    draft = draft_or_404(pk)
    document = drafts.checked(draft, timezone.localdate()).document
    text = write_document(document) if document is not None else _json(draft.document)
    context = {"text": text, "is_sound": document is not None}
    return draft_render(request, "desk/editor/raw.html", draft, "edit", context, section="全文")


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


@desk_page(READ)
@require_safe
def at(request: HttpRequest, pk: int) -> HttpResponse:
    """On to the page nearest to `?path=`, a place as findings name it: any text, where keys are unknown ones."""
    draft = draft_or_404(pk)
    return redirect(url_of(draft, nearest_page(draft.document, request.GET.get("path", ""))))


@desk_page(READ)
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, pk: int, path: str) -> HttpResponse:
    """One page of the editor, by what its place holds."""
    if request.method == "POST" and not officer(request).has_perm(WRITE):
        raise PermissionDenied
    draft = draft_or_404(pk)
    try:
        return _page(request, draft, place_at(draft.document, path))
    except (NoSuchPlace, PlaceGone) as error:
        if request.method == "POST":
            return gone(request, draft)
        raise Http404 from error


def _page(request: HttpRequest, draft: Draft, place: Place) -> HttpResponse:
    if place.style is Style.LIST:
        return list_page(request, draft, place)
    if place.style is Style.CRITERION:
        return criterion_page(request, draft, place)
    if place.style is Style.BENEFIT:
        return benefit_page(request, draft, place)
    page = (NewItemPage if place.is_new else FormPage)(request, draft, place, place.root)
    return page.post() if request.method == "POST" else page.show(place.stored)
