"""Sheets for many clients at once (一括作成): whom for, how far it is, what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from applications.access import member_page
from applications.batches import batches as service
from applications.batches.batches import MOST_CLIENTS, BatchRefused
from applications.batches.progress import progress_of
from applications.desk.batch_forms import BatchForm
from applications.desk.client_forms import NOTHING_TICKED, FilterForm
from applications.desk.clients import filtered
from applications.desk.finding import found_or_404, sent_ids
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Batch, Client, Delivery, Membership, Sheet
from applications.papers.files import safe_name
from applications.selectors import desk
from eligibility.asking.forms import AsOfForm
from portal.common.htmx import is_htmx
from portal.common.jobs import JobState

PER_PAGE, SHEETS_PER_PAGE = 20, 50
PANEL = "supporters/batches/panel.html"
# Which sheets of a batch are listed (`show`): by state, with what the choice is called.
SHOWN: dict[str, tuple[str, tuple[JobState, ...]]] = {
    "": ("すべて", tuple(JobState)),
    "done": ("できたもの", (JobState.DONE,)),
    "failed": ("作れなかったもの", (JobState.FAILED,)),
    "open": ("これから作るもの", (JobState.QUEUED, JobState.RUNNING)),
}


@member_page
@require_safe
def batches(request: HttpRequest, acting: Membership) -> HttpResponse:
    page = Paginator(desk.batches_with_counts(acting), PER_PAGE).get_page(request.GET.get("p"))
    return render(request, "supporters/batches/list.html", {"area": "batches", "page": page})


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, acting: Membership) -> HttpResponse:
    """Whom for: ids of clients (`client`), or all that a list's parameters find (`all`, and `list` where they were
    sent by a form). Without any: the question. Nothing is written; a POST carries more ids than an address can."""
    data = request.POST if request.method == "POST" else request.GET
    if "all" in data:
        found = filtered(acting, QueryDict(data["list"]) if "list" in data else data)
    elif "client" in data:
        found = _of_ids(acting, sent_ids(data, "client"))
    elif request.method == "POST":
        # The form of the list, sent without a single tick: back to the list as it was.
        messages.error(request, NOTHING_TICKED)
        return redirect(f"{reverse('supporters:clients')}?{QueryDict(data.get('list', '')).urlencode()}")
    else:
        context = {"area": "batches", "filters": FilterForm(acting, request.GET)}
        return render(request, "supporters/batches/choose.html", context)
    looked_at = AsOfForm(data)
    day = looked_at.cleaned_data["as_of"] if looked_at.is_valid() else None
    return _confirm(request, found, BatchForm.blank(day), looked_at=day)


@member_page
@require_POST
def create(request: HttpRequest, acting: Membership) -> HttpResponse:
    form = BatchForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            batch = service.create(
                acting=acting,
                key=values["key"],
                clients=form.clients(),
                as_of=values["as_of"],
                title=values["title"],
                kind=values["kind"],
            )
        except BatchRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("supporters:batch", batch.pk)
    return _confirm(request, _of_ids(acting, form.clients()), form, UNPROCESSABLE)


@member_page
@require_safe
def batch(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """The page; for htmx the panel alone."""
    context = _panel_context(request, acting, found_or_404(desk.batch(acting, pk)))
    return render(request, PANEL if is_htmx(request) else "supporters/batches/batch.html", context)


@member_page
@require_POST
def retry(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """Begin anew the sheets named by `sheet`, all failed ones where none is."""
    found = found_or_404(desk.batch(acting, pk))
    named = sent_ids(request.POST, "sheet") if "sheet" in request.POST else None
    service.retry(acting=acting, batch=found, sheets=named)
    return redirect("supporters:batch", pk)


@member_page
@require_POST
def deliver(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """Make the ZIP and the joined PDF anew."""
    service.deliver_again(acting=acting, batch=found_or_404(desk.batch(acting, pk)))
    return redirect("supporters:batch", pk)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    found = found_or_404(desk.batch(acting, pk))
    if not service.may_delete(acting, found):
        raise PermissionDenied
    if request.method != "POST":
        context = {"area": "batches", "batch": found, "progress": progress_of(found)}
        return render(request, "supporters/batches/delete.html", context)
    service.delete(acting=acting, batch=found)
    messages.success(request, f"一括作成「{found}」を削除しました。")
    return redirect("supporters:batches")


@member_page
@require_GET
def archive(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> FileResponse | HttpResponse:
    found, delivery = _delivered_or_404(acting, pk)
    return _file(delivery.archive, found, "zip", "application/zip")


@member_page
@require_GET
def joined(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> FileResponse | HttpResponse:
    found, delivery = _delivered_or_404(acting, pk)
    return _file(delivery.joined, found, "pdf", "application/pdf")


def _confirm(
    request: HttpRequest, found: QuerySet[Client], form: BatchForm, status: int = 200, looked_at: date | None = None
) -> HttpResponse:
    """Whom it will be for, by name, each with a box to leave it out. Too many are not listed but refused."""
    count = found.count()
    is_too_many = count > MOST_CLIENTS
    clients = [] if is_too_many else list(found.select_related(None).only("name", "own_key", "is_archived", "profile"))
    context = {
        "area": "batches",
        "form": form,
        "looked_at": looked_at,
        "count": count,
        "most": MOST_CLIENTS,
        "is_too_many": is_too_many,
        "clients": clients,
        "unanswered": sum(not client.profile for client in clients),
    }
    return render(request, "supporters/batches/confirm.html", context, status=UNPROCESSABLE if is_too_many else status)


def _of_ids(acting: Membership, ids: Iterable[uuid.UUID]) -> QuerySet[Client]:
    """Those that the organisation has. Of absurdly many, enough to be too many."""
    some = list(dict.fromkeys(ids))[: MOST_CLIENTS + 1]
    return desk.clients(acting).filter(pk__in=some).order_by("name", "pk")


def _panel_context(request: HttpRequest, acting: Membership, found: Batch) -> dict[str, Any]:
    progress, delivery = progress_of(found), desk.delivery_of(found)
    show = request.GET.get("show", "")
    show = show if show in SHOWN else ""
    sheets = desk.batch_sheets(acting, found).filter(state__in=SHOWN[show][1])
    page = Paginator(sheets, SHEETS_PER_PAGE).get_page(request.GET.get("p"))
    is_delivering = delivery is not None and delivery.is_open
    return {
        "area": "batches",
        "batch": found,
        "progress": progress,
        "delivery": delivery,
        "has_files": delivery is not None and service.has_files(delivery),
        # A delivery that is still to be asked for is a moment away.
        "is_moving": progress.is_open or is_delivering or (delivery is None and progress.done > 0),
        "rows": [_row(sheet) for sheet in page],
        "page": page,
        "show": show,
        "shown": [(key, label) for key, (label, _) in SHOWN.items()],
        "may_delete": service.may_delete(acting, found),
    }


def _row(sheet: Sheet) -> dict[str, Any]:
    return {"sheet": sheet, "has_file": sheet.has_file, "kilobytes": max(1, round(sheet.size / 1024))}


def _delivered_or_404(acting: Membership, pk: uuid.UUID) -> tuple[Batch, Delivery]:
    found = found_or_404(desk.batch(acting, pk))
    delivery = desk.delivery_of(found)
    if delivery is None or not service.has_files(delivery):
        raise Http404
    return found, delivery


def _file(file: FieldFile, found: Batch, ending: str, content_type: str) -> FileResponse:
    name = found.title or f"{timezone.localtime(found.created_at):%Y%m%d}"
    return FileResponse(
        file.open(), as_attachment=True, filename=f"相談シート_{safe_name(name)}.{ending}", content_type=content_type
    )
