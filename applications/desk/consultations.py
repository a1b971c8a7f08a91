"""Consultations (相談): the organisation's list, a client's, one of them, and the form that records it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.access import member_page
from applications.clients.words import found_by
from applications.consultations import consultations as services
from applications.consultations.choices import offer_for
from applications.consultations.consultations import ClosedConsultation, ConsultationRefused, StaleConsultation, Step
from applications.consultations.differences import Conflict, conflicts
from applications.desk.client_conflicts import chosen_theirs, unanswered
from applications.desk.consultation_forms import (
    ConsultationForm,
    FilterForm,
    StepForm,
    error_links,
    sent_rows,
    step_rows,
)
from applications.desk.finding import client_or_404, consultation_or_404, found_or_404, sent_stamp
from applications.desk.sheets import panel_of
from applications.desk.statuses import CONFLICT, UNPROCESSABLE
from applications.models import Client, Consultation, Membership
from applications.selectors import desk

PER_PAGE = 50
# What no row of a list shows.
_UNSEEN = ("notes", "open_questions", "client__profile", "client__notes", "client__search_text", "client__unknown")


@member_page
@require_safe
def consultations(request: HttpRequest, acting: Membership) -> HttpResponse:
    filters = FilterForm(request.GET)
    wanted = filters.wanted()
    found = _filtered(acting, wanted).defer(*_UNSEEN)
    context = {
        "area": "consultations",
        "filters": filters,
        "is_filtered": any(wanted.values()),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("p")),
        "today": timezone.localdate(),
    }
    return render(request, "supporters/consultations/list.html", context)


@member_page
@require_safe
def of_client(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(acting, client_pk)
    found = desk.consultations_with_steps(acting).filter(client=client).defer(*_UNSEEN)
    context = {
        "area": "clients",
        "client": client,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("p")),
        "today": timezone.localdate(),
    }
    return render(request, "supporters/consultations/of_client.html", context)


@member_page
@require_safe
def consultation(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    found = consultation_or_404(acting, pk)
    client = client_or_404(acting, found.client_id)
    context = {
        "area": "clients",
        "client": client,
        "consultation": found,
        "offer": offer_for(client, found.as_of or found.held_on, found.programmes),
        "today": timezone.localdate(),
        **panel_of(acting, found),
    }
    return render(request, "supporters/consultations/page.html", context)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    """The form carries the id that the consultation will have: sent twice, it makes one."""
    client = client_or_404(acting, client_pk)
    if request.method != "POST":
        offer = offer_for(client, timezone.localdate())
        form = ConsultationForm(acting, open_questions="\n".join(offer.questions))
        return _form_page(request, acting, client, form, step_rows(None))
    form, rows = ConsultationForm(acting, data=request.POST), _rows(request)
    if _is_only_redrawn(request):
        return _redrawn(request, acting, client, form, rows)
    if _are_valid(form, rows):
        try:
            made = services.create(
                acting=acting, client=client, values=form.values(), steps=_steps(rows), key=form.cleaned_data["key"]
            )
        except ConsultationRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "相談を記録しました。")
            return redirect("supporters:consultation", made.pk)
    return _form_page(request, acting, client, form, rows, status=UNPROCESSABLE)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    found = consultation_or_404(acting, pk)
    client = client_or_404(acting, found.client_id)
    if found.is_closed and request.method != "POST":
        return _closed(request, found)
    if request.method != "POST":
        form = ConsultationForm(acting, found)
        return _form_page(request, acting, client, form, step_rows(found), consultation=found, stamp=found.stamp)
    form, rows = ConsultationForm(acting, found, request.POST), _rows(request)
    stamp = sent_stamp(request.POST)
    if _is_only_redrawn(request):
        return _redrawn(request, acting, client, form, rows, consultation=found, stamp=stamp)
    if _are_valid(form, rows):
        values, steps = _without_theirs(request, form, rows)
        if unanswered(request.POST):
            return _conflict(request, acting, client, form, rows, found, conflicts(found, values, steps))
        try:
            services.save(acting=acting, consultation=found, stamp=stamp, values=values, steps=steps)
        except StaleConsultation as stale:
            found = stale.current
            return _conflict(request, acting, client, form, rows, found, conflicts(found, values, steps))
        except ClosedConsultation:
            return _closed(request, found)
        except ConsultationRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "保存しました。")
            return redirect("supporters:consultation", found.pk)
    return _form_page(request, acting, client, form, rows, consultation=found, stamp=stamp, status=UNPROCESSABLE)


@member_page
@require_POST
def step_done(request: HttpRequest, acting: Membership, pk: uuid.UUID, step: int) -> HttpResponse:
    """Note an agreed step as done today, or (`undo`) as not done."""
    found = consultation_or_404(acting, pk)
    row = found_or_404(desk.step(acting, found.pk, step))
    done_on = None if "undo" in request.POST else timezone.localdate()
    services.set_done(acting=acting, step=row, done_on=done_on)
    messages.success(request, "済みにしました。" if done_on else "済みを取り消しました。")
    return redirect("supporters:consultation", found.pk)


def _filtered(acting: Membership, wanted: dict[str, str]) -> QuerySet[Any]:
    found = desk.consultations_with_steps(acting)
    if wanted["q"].strip():
        found = found.filter(client__in=desk.clients(acting).filter(found_by(wanted["q"])))
    if wanted["who"]:
        found = found.filter(adviser_id=acting.user_id)
    if wanted["state"]:
        found = found.filter(closed_at__isnull=wanted["state"] == "open")
    if wanted["steps"] == "overdue":
        found = found.filter(due_first__lt=timezone.localdate())
    elif wanted["steps"]:
        found = found.filter(open_count__gt=0)
    return found


def _rows(request: HttpRequest) -> list[StepForm]:
    return sent_rows(request.POST, request.POST.get("go", ""))


def _is_only_redrawn(request: HttpRequest) -> bool:
    """A row more or less, or the programmes of another day: nothing is saved yet."""
    return request.POST.get("go", "") not in ("", "save")


def _are_valid(form: ConsultationForm, rows: Sequence[StepForm]) -> bool:
    return all([form.is_valid(), *[row.is_valid() for row in rows if row.is_bound]])


def _steps(rows: Sequence[StepForm]) -> list[Step]:
    given = [row.given for row in rows if row.is_bound]
    return [step for step in given if step is not None]


def _without_theirs(
    request: HttpRequest, form: ConsultationForm, rows: Sequence[StepForm]
) -> tuple[dict[str, Any], list[Step] | None]:
    """What is to be saved, without the fields of which what is stored was chosen after a comparison."""
    theirs = chosen_theirs(request.POST)
    values = {name: value for name, value in form.values().items() if name not in theirs}
    return values, None if "steps" in theirs else _steps(rows)


def _redrawn(
    request: HttpRequest,
    acting: Membership,
    client: Client,
    form: ConsultationForm,
    rows: Sequence[StepForm],
    **more: Any,
) -> HttpResponse:
    for shown in (form, *rows):
        shown.is_quiet = True
    return _form_page(request, acting, client, form, rows, **more)


def _conflict(
    request: HttpRequest,
    acting: Membership,
    client: Client,
    form: ConsultationForm,
    rows: Sequence[StepForm],
    found: Consultation,
    differing: list[Conflict],
) -> HttpResponse:
    """What is stored now beside what was typed: a choice for each, and the form as it was typed below."""
    is_unanswered = bool(unanswered(request.POST))
    return _form_page(
        request,
        acting,
        client,
        form,
        rows,
        consultation=found,
        stamp=found.stamp,
        conflicts=differing,
        is_unanswered=is_unanswered,
        status=UNPROCESSABLE if is_unanswered else CONFLICT,
    )


def _form_page(
    request: HttpRequest,
    acting: Membership,
    client: Client,
    form: ConsultationForm,
    rows: Sequence[StepForm],
    *,
    consultation: Consultation | None = None,
    stamp: int = 0,
    conflicts: Sequence[Conflict] = (),
    is_unanswered: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "area": "clients",
        "client": client,
        "consultation": consultation,
        "form": form,
        "rows": rows,
        "stamp": stamp,
        "errors": error_links(form, rows),
        "offer": offer_for(client, form.day(), form.chosen()),
        "conflicts": conflicts,
        "is_unanswered": is_unanswered,
    }
    return render(request, "supporters/consultations/form.html", context, status=status)


def _closed(request: HttpRequest, found: Consultation) -> HttpResponse:
    messages.warning(request, "この相談は確定版の相談シートを作ったため、書き換えられません。")
    return redirect("supporters:consultation", found.pk)
