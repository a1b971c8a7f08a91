"""The PDF summary below the owner's link. The read-only link opens none of this."""

from __future__ import annotations

import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Summary
from applications.selectors.summaries import summary_of
from applications.summaries import jobs as summaries
from applications.summaries.panel import PANEL, panel_context
from eligibility.models import SelfCheck
from eligibility.selectors import check_of_owner
from portal.common.htmx import is_htmx
from portal.common.throttling import limited

private = cache_control(private=True, no_store=True)


@limited("summaries")
@private
@require_http_methods(["GET", "POST"])
def summary(request: HttpRequest, owner_token: str) -> HttpResponse:
    """POST asks for the PDF; GET tells how far it is."""
    check = _check(owner_token)
    if request.method == "POST":
        summaries.request_summary(check=check, share_url=_share_url(request, check))
    return _panel(request, check, owner_token)


@limited("summaries")
@private
@require_POST
def retry(request: HttpRequest, owner_token: str, pk: uuid.UUID) -> HttpResponse:
    check = _check(owner_token)
    summaries.retry(summary=_summary(check, pk))
    return _panel(request, check, owner_token)


@private
@require_safe
def download(request: HttpRequest, owner_token: str, pk: uuid.UUID) -> FileResponse:
    found = _summary(_check(owner_token), pk)
    if not found.has_file:
        raise Http404
    response = FileResponse(
        found.file.open(),
        as_attachment=True,
        filename=f"しるべ_診断結果_{found.code}.pdf",
        content_type="application/pdf",
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def _check(owner_token: str) -> SelfCheck:
    check = check_of_owner(owner_token)
    if check is None:
        raise Http404
    return check


def _summary(check: SelfCheck, pk: uuid.UUID) -> Summary:
    found = summary_of(check, pk)
    if found is None:
        raise Http404
    return found


def _panel(request: HttpRequest, check: SelfCheck, owner_token: str) -> HttpResponse:
    """The panel alone for htmx; without JavaScript, back to the results page that holds it."""
    if not is_htmx(request):
        return redirect(reverse("eligibility:results", args=[owner_token]) + "#summary")
    return render(request, PANEL, panel_context(check, owner_token))


def _share_url(request: HttpRequest, check: SelfCheck) -> str:
    """The read-only address for the QR code, never the owner's."""
    if check.share_token is None:
        return ""
    return request.build_absolute_uri(reverse("eligibility:shared", args=[check.share_token]))
