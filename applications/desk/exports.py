"""Lists of clients to files: what the list shows, the rows to be mended, and an empty list to fill in."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from applications.access import member_page
from applications.clients import exports as files
from applications.clients.exports import TYPES, Form
from applications.desk.clients import filtered
from applications.desk.finding import found_or_404
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Membership
from applications.selectors import desk


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest, acting: Membership) -> HttpResponse:
    """GET says what would be written; POST writes it. The address has the list's own parameters."""
    found = filtered(acting, request.GET)
    count = found.count()
    form: Form | None = next((form for form in TYPES if form == request.POST.get("form")), None)
    if form is not None and count:
        content = files.export(acting=acting, clients=found, form=form)
        return _file(content, f"支援先一覧_{timezone.localdate():%Y%m%d}.{form}", form)
    params = request.GET.copy()
    params.pop("p", None)
    context = {
        "area": "clients",
        "count": count,
        "params": params.urlencode(),
        "errors": [{"target": "form-xlsx", "message": "ファイルの形を選んでください。"}]
        if request.method == "POST" and count
        else [],
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "supporters/imports/export.html", context, status=status)


@member_page
@require_safe
def to_mend(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    found = found_or_404(desk.imports(acting).filter(pk=pk).first())
    stem = found.file_name.rpartition(".")[0] or found.file_name
    return _file(files.to_mend(found), f"{stem}_要修正.csv", "csv")


@member_page
@require_safe
def template(request: HttpRequest, acting: Membership) -> HttpResponse:
    return _file(files.template(), "支援先一覧のひな形.xlsx", "xlsx")


def _file(content: bytes, name: str, form: Form) -> HttpResponse:
    response = HttpResponse(content, content_type=TYPES[form])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response
