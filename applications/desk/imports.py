"""A list of clients from a file: sent, looked through row by row, confirmed or given up (一覧の取り込み)."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from applications.access import member_page
from applications.clients import imports as services
from applications.clients.imports import GOOD, TO_MEND, ImportRefused, Stage, State
from applications.clients.tables import MAX_ROWS, UPLOADS
from applications.desk.finding import found_or_404
from applications.desk.statuses import UNPROCESSABLE
from applications.models import ClientImport, Membership
from applications.selectors import desk
from portal.common.htmx import is_htmx
from portal.common.uploads import MEGABYTE, sent, takes_files

PANEL = "supporters/imports/_panel.html"
ROWS_PER_PAGE, IMPORTS_PER_PAGE = 50, 20
TOO_LARGE = 413
_ROW_NUMBER = re.compile(r"[0-9]{1,7}")


@member_page
def _far_too_large(request: HttpRequest, acting: Membership) -> HttpResponse:
    return _index(request, acting, UPLOADS.too_large, TOO_LARGE)


@takes_files(UPLOADS, refusing=_far_too_large)
@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest, acting: Membership) -> HttpResponse:
    if request.method != "POST":
        return _index(request, acting)
    files = sent(request, "file")
    refusal = next((file.refusal for file in files if file.refusal), "")
    if not files:
        refusal = "ファイルを選んでください。"
    if refusal:
        return _index(request, acting, refusal, UNPROCESSABLE)
    try:
        made = services.request_import(acting=acting, name=files[0].name, content=files[0].content)
    except ImportRefused as refused:
        return _index(request, acting, str(refused), UNPROCESSABLE)
    return redirect("supporters:import", made.pk)


@member_page
@require_safe
def imported(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """How far it is; then every row, those of one state where one is chosen."""
    found = _import_or_404(acting, pk)
    context: dict[str, Any] = {"area": "clients", **_panel_context(found)}
    if not found.is_open and found.stage != Stage.READING:
        state = request.GET.get("state", "")
        rows = found.rows.select_related("client").order_by("number")
        if state in State.values:
            rows = rows.filter(state=state)
        counts = context["counts"]
        context |= {
            "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("p")),
            "state": state if state in State.values else "",
            "tabs": [(value, label, counts[value]) for value, label in State.choices if counts[value]],
            "all_rows": sum(counts.values()),
            "params": _where(request),
            "waits": found.stage == Stage.WAITING,
            "read_columns": [column for column in found.columns if column["key"]],
            "left_out": [column for column in found.columns if not column["key"]],
        }
    return render(request, "supporters/imports/import.html", context)


@member_page
@require_safe
def progress(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """The panel alone, for htmx; the whole page once there is something new to show."""
    found = _import_or_404(acting, pk)
    if not is_htmx(request):
        return redirect("supporters:import", pk)
    if not found.is_open:
        return HttpResponseClientRefresh()
    return render(request, PANEL, _panel_context(found))


@member_page
@require_POST
def confirm(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    found = _import_or_404(acting, pk)
    if not services.confirm(acting=acting, imported=found):
        messages.warning(request, "登録できる行がないか、すでに登録か取りやめをした一覧です。")
    return redirect("supporters:import", pk)


@member_page
@require_POST
def choose(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """A row is left out of what will be stored, or taken back; then the same page of rows again."""
    found = _import_or_404(acting, pk)
    is_left_out = "leave_out" in request.POST
    number = request.POST.get("leave_out" if is_left_out else "take_back", "")
    if not _ROW_NUMBER.fullmatch(number):
        raise Http404
    if not services.choose(acting=acting, imported=found, number=int(number), is_left_out=is_left_out):
        messages.warning(request, "登録か取りやめをした一覧なので、登録する行は変えられません。")
    address = reverse("supporters:import", args=[pk])
    return redirect(f"{address}?{_where(request)}#row-{number}")


@member_page
@require_POST
def dismiss(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    found = _import_or_404(acting, pk)
    if services.dismiss(acting=acting, imported=found):
        messages.success(request, f"「{found.file_name}」の取り込みをやめました。受け取ったファイルは削除しました。")
        return redirect("supporters:imports")
    messages.warning(request, "処理の途中か、すでに終わった一覧なので、取りやめられません。")
    return redirect("supporters:import", pk)


@member_page
@require_POST
def retry(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    found = _import_or_404(acting, pk)
    if not services.retry(acting=acting, imported=found):
        messages.warning(request, "失敗していないか、同じファイルではやり直せない一覧です。")
    return redirect("supporters:import", pk)


def _where(request: HttpRequest) -> str:
    """Which of the rows are shown, as parameters of an address."""
    return urlencode({key: request.GET[key] for key in ("state", "p") if key in request.GET})


def _import_or_404(acting: Membership, pk: uuid.UUID) -> ClientImport:
    return found_or_404(desk.imports(acting).filter(pk=pk).first())


def _panel_context(found: ClientImport) -> dict[str, Any]:
    counts = services.counts_of(found)
    return {
        "imported": found,
        "counts": counts,
        "good": sum(counts[state] for state in GOOD),
        "to_mend": sum(counts[state] for state in TO_MEND),
        "can_retry": services.can_retry(found),
        "doubtful": [column for column in found.columns if column.get("warning")],
    }


def _index(request: HttpRequest, acting: Membership, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "area": "clients",
        "error": error,
        "errors": [{"target": "file", "message": error}] if error else [],
        "page": Paginator(desk.imports(acting), IMPORTS_PER_PAGE).get_page(request.GET.get("p")),
        "megabytes": UPLOADS.each // MEGABYTE,
        "most": MAX_ROWS,
    }
    return render(request, "supporters/imports/index.html", context, status=status)
