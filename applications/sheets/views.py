"""The public page that verifies a code on paper (照合). It tells nothing of the client."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications.sheets.seals import CodeNotReadable
from applications.sheets.seals import verify as verified
from portal.common.throttling import limited

MAX_TYPED = 60
UNPROCESSABLE = 422


@limited("verifications")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """GET shows the form, with the code of a QR code typed in; POST looks it up, so that guessing is counted."""
    sent = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {"typed": sent.get("code", "")[:MAX_TYPED], "error": "", "is_asked": False, "found": None}
    if request.method == "POST":
        try:
            context |= {"is_asked": True, "found": verified(context["typed"])}
        except CodeNotReadable as error:
            context |= {"error": str(error), "is_asked": False}
    response = render(request, "applications/verify.html", context, status=UNPROCESSABLE if context["error"] else 200)
    response["X-Robots-Tag"] = "noindex"
    return response
