"""The sheets of a consultation: the panel that follows a job, the final sheet's confirmation, downloads."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.access import member_page
from applications.clients.clients import StaleClient
from applications.consultations.choices import offer_for
from applications.consultations.consultations import ClosedConsultation, StaleConsultation
from applications.desk.finding import client_or_404, consultation_or_404, found_or_404, sent_stamp
from applications.desk.statuses import CONFLICT
from applications.models import Consultation, Membership, Sheet
from applications.papers.files import safe_name
from applications.selectors import desk
from applications.sheets import jobs as sheets
from portal.common.htmx import is_htmx
from programs.selectors import published_since

PANEL = "supporters/consultations/sheet_panel.html"


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """POST asks for a draft; GET tells how far the newest sheet is."""
    found = consultation_or_404(acting, pk)
    if request.method == "POST":
        try:
            sheets.request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.DRAFT)
        except ClosedConsultation:
            messages.warning(request, "この相談は確定しているため、下書きは作れません。")
    return _panel(request, acting, found)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def final(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """GET shows what will be fixed; POST fixes it, unless somebody saved meanwhile."""
    found = consultation_or_404(acting, pk)
    is_stale = False
    if request.method == "POST":
        stamps = {name: sent_stamp(request.POST, name) for name in ("stamp", "client_stamp")}
        try:
            sheets.request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.FINAL, **stamps)
        except (StaleConsultation, StaleClient):
            is_stale, found = True, consultation_or_404(acting, pk)
        else:
            messages.success(request, "確定版の相談シートを作っています。この相談は、もう書き換えられません。")
            return _to_panel(found)
    elif found.is_closed:
        return _to_panel(found)
    client = client_or_404(acting, found.client_id)
    context = {
        "area": "clients",
        "client": client,
        "consultation": found,
        "offer": offer_for(client, found.as_of or found.held_on, found.programmes),
        "is_stale": is_stale,
    }
    return render(request, "supporters/consultations/final.html", context, status=CONFLICT if is_stale else 200)


@member_page
@require_POST
def retry(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    found, consultation = _sheet_of_consultation(acting, pk)
    sheets.retry(acting=acting, sheet=found)
    return _panel(request, acting, consultation)


@member_page
@require_POST
def withdraw(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """Take back a final sheet that could not be made, so that the consultation can be mended."""
    found, consultation = _sheet_of_consultation(acting, pk)
    if sheets.withdraw(acting=acting, sheet=found):
        messages.success(request, "確定を取り消しました。内容を直してから、もう一度確定してください。")
    else:
        messages.warning(request, "この相談シートの確定は取り消せません。")
    return _to_panel(consultation)


@member_page
@require_safe
def download(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> FileResponse | HttpResponse:
    found = found_or_404(desk.sheet(acting, pk))
    if not found.has_file:
        if found.consultation_id is None:
            raise Http404
        return _to_panel(consultation_or_404(acting, found.consultation_id))
    sheets.sealed(found)
    kind = "" if found.is_final else "_下書き"
    return FileResponse(
        found.file.open(),
        as_attachment=True,
        filename=f"相談シート{kind}_{safe_name(found.client.name)}_{found.code}.pdf",
        content_type="application/pdf",
    )


def panel_of(acting: Membership, consultation: Consultation) -> dict[str, Any]:
    """What the panel shows: the newest sheet, and those before it that can still be had."""
    found = list(desk.sheets_of(acting, consultation))
    newest = next((sheet for sheet in found if sheet.is_final), found[0] if found else None)
    return {
        "consultation": consultation,
        "sheet": newest,
        "earlier": [sheet for sheet in found if sheet is not newest and sheet.has_file],
        "is_lost": newest is not None and newest.is_done and not newest.has_file,
        "can_withdraw": newest is not None and sheets.can_withdraw(newest),
        "is_outdated": newest is not None and not newest.is_final and _is_outdated(newest, consultation),
    }


def _is_outdated(sheet: Sheet, consultation: Consultation) -> bool:
    """The record, the client's answers, the day printed or the rules are no longer those it was made from."""
    made = sheet.created_at
    saved = max(consultation.updated_at, consultation.client.updated_at)
    return saved > made or timezone.localdate(made) != timezone.localdate() or published_since(made)


def _panel(request: HttpRequest, acting: Membership, consultation: Consultation) -> HttpResponse:
    """The panel alone for htmx; without JavaScript, back to the page that holds it."""
    if not is_htmx(request):
        return _to_panel(consultation)
    return render(request, PANEL, panel_of(acting, consultation))


def _to_panel(consultation: Consultation) -> HttpResponse:
    return redirect(reverse("supporters:consultation", args=[consultation.pk]) + "#sheet")


def _sheet_of_consultation(acting: Membership, pk: uuid.UUID) -> tuple[Sheet, Consultation]:
    """Those of a batch are asked for again on its own page."""
    sheet = found_or_404(desk.sheet(acting, pk))
    return sheet, consultation_or_404(acting, found_or_404(sheet.consultation_id))
