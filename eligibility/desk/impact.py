"""The page 「影響」 of a draft: ask for the preview, watch it, read what would change for companies."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from eligibility.desk.impact_words import COLUMNS, HIDDEN, HIDDEN_YEN, sections
from eligibility.impacts import previews as service
from eligibility.models import Impact
from portal.common.htmx import is_htmx
from programs.desk.access import READ, WRITE, desk_page, officer
from programs.desk.pages import draft_or_404, draft_render
from programs.drafts import DraftRefused
from programs.models import Draft, Revision

TAB = "impact"
PANEL = "desk/impact/panel.html"


@desk_page(READ)
@require_safe
def impact(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; for htmx, which asks while the job is at work, its panel alone."""
    draft = draft_or_404(pk)
    context = _context(request, draft)
    if is_htmx(request):
        return render(request, PANEL, {"draft": draft, **context})
    return draft_render(request, "desk/impact/page.html", draft, TAB, context)


@desk_page(WRITE)
@require_POST
def request_impact(request: HttpRequest, pk: int) -> HttpResponse:
    draft = draft_or_404(pk)
    try:
        service.request_impact(draft=draft, user=officer(request), again=request.POST.get("again") == "1")
    except DraftRefused as refused:
        messages.error(request, str(refused))
    return redirect("desk_checks:impact", pk)


def _context(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    latest, finished = service.latest_impact(draft), service.finished_impact(draft)
    is_open = latest is not None and latest.is_open
    return {
        "latest": latest,
        "finished": finished,
        "is_outdated": finished is not None and service.is_outdated(finished, draft),
        "warning": service.warning_of(draft),
        "refusal": None if is_open else service.refusal_of(draft),
        "may_write": request.user.has_perm(WRITE),
        "before": _before(finished),
        "sections": sections(finished.result) if finished and finished.result else [],
        "columns": COLUMNS,
        "hidden": HIDDEN,
        "hidden_yen": HIDDEN_YEN,
        "companies": settings.IMPACT_COMPANIES,
    }


def _before(finished: Impact | None) -> Revision | None:
    """What the draft was compared with, to be opened beside it."""
    stored = finished.result["before"] if finished and finished.result else None
    if stored is None:
        return None
    program, _, version = stored["key"].partition("@")
    found = Revision.objects.filter(version__programme__slug=program, version__slug=version, number=stored["revision"])
    return found.select_related("version__programme").first()
