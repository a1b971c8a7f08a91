"""Consultations (相談): the organisation's list, a client's, one of them, and the form that records it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.access import member_page
from applications.clients.words import found_by
from applications.consultations import consultations as services
from applications.consultations.choices import Offer, offer_for, offer_of_sheet
from applications.consultations.consultations import ClosedConsultation, ConsultationRefused, StaleConsultation, Step
from applications.consultations.differences import Conflict, conflicts
from applications.consultations.words import clean_lines
from applications.desk.client_conflicts import chosen_theirs, unanswered
from applications.desk.consultation_forms import (
    ConsultationForm,
    FilterForm,
    StepForm,
    sent_rows,
    step_rows,
)
from applications.desk.finding import client_or_404, consultation_or_404, found_or_404, sent_stamp
from applications.desk.form_parts import error_links
from applications.desk.sheets import panel_of
from applications.desk.statuses import CONFLICT, UNPROCESSABLE
from applications.models import Client, Consultation, Membership
from applications.selectors import desk
from eligibility.asking.forms import AsOfForm, ErrorLink
from portal.common.japanese import write_date

PER_PAGE = 50
# So many questions of the chosen programmes at a time; asked for again, the next ones.
QUESTIONS_AT_ONCE = 8
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
        "offer": _offer_of(acting, client, found),
        "today": timezone.localdate(),
        **panel_of(acting, found),
    }
    return render(request, "supporters/consultations/page.html", context)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    """The form carries the id that the consultation will have: sent twice, it makes one. GET takes a day (`as_of`)."""
    client = client_or_404(acting, client_pk)
    if request.method != "POST":
        looked_at = AsOfForm(request.GET)
        day = looked_at.cleaned_data["as_of"] if looked_at.is_valid() else None
        form = ConsultationForm(acting, as_of=write_date(day) if day else "")
        return _form_page(request, acting, client, form, step_rows(None), looked_at=day)
    form, rows = ConsultationForm(acting, data=request.POST), _rows(request)
    if _is_only_redrawn(request):
        return _redrawn(request, acting, client, rows)
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
        return _redrawn(request, acting, client, rows, consultation=found, stamp=stamp)
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
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    """Shows what goes; POST removes it, unless somebody saved meanwhile or its final sheet was asked for."""
    found, is_stale = consultation_or_404(acting, pk), False
    if request.method == "POST":
        try:
            services.delete(acting=acting, consultation=found, stamp=sent_stamp(request.POST))
        except StaleConsultation:
            is_stale, found = True, consultation_or_404(acting, pk)
        except ClosedConsultation:
            return _closed(request, found, "削除できません")
        else:
            messages.success(request, f"{write_date(found.held_on)}の相談を削除しました。")
            return redirect("supporters:client_consultations", found.client_id)
    elif found.is_closed:
        return _closed(request, found, "削除できません")
    context = {
        "area": "clients",
        "client": client_or_404(acting, found.client_id),
        "consultation": found,
        "sheets": desk.sheets_of(acting, found).count(),
        "is_stale": is_stale,
    }
    return render(request, "supporters/consultations/delete.html", context, status=CONFLICT if is_stale else 200)


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
    rows: Sequence[StepForm],
    *,
    consultation: Consultation | None = None,
    stamp: int = 0,
) -> HttpResponse:
    data: QueryDict = request.POST
    asked = None
    if data.get("go") == "ask":
        data, asked = _with_questions(acting, client, data)
    form = ConsultationForm(acting, consultation, data)
    for shown in (form, *rows):
        shown.is_quiet = True
    return _form_page(request, acting, client, form, rows, consultation=consultation, stamp=stamp, asked=asked)


def _with_questions(acting: Membership, client: Client, data: QueryDict) -> tuple[QueryDict, int]:
    """What was typed, with the next open questions of the chosen programmes after it, and how many those are."""
    form = ConsultationForm(acting, data=data)
    typed = clean_lines(data.get("open_questions", "").split("\n"))
    offered = offer_for(client, form.day(), form.chosen()).questions
    new = [question for question in offered if question not in typed][:QUESTIONS_AT_ONCE]
    more = data.copy()
    more["open_questions"] = "\n".join([*typed, *new])
    return more, len(new)


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
    looked_at: date | None = None,
    asked: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """`looked_at`: the day of the page that led here. `asked`: questions that were put in just now, if any were asked
    for."""
    context = {
        "area": "clients",
        "client": client,
        "consultation": consultation,
        "form": form,
        "rows": rows,
        "stamp": stamp,
        "errors": [*error_links(form, elsewhere="consultation-form"), *_errors_of_rows(rows)],
        "offer": offer_for(client, form.day(), form.chosen()),
        "conflicts": conflicts,
        "is_unanswered": is_unanswered,
        "looked_at": looked_at,
        "asked": asked,
    }
    return render(request, "supporters/consultations/form.html", context, status=status)


def _errors_of_rows(rows: Sequence[StepForm]) -> list[ErrorLink]:
    """Each with the place of its row, as the form counts them."""
    return [
        ErrorLink(link.target, f"次の行動の{place}つめ、{link.message}")
        for place, row in enumerate(rows, 1)
        for link in error_links(row)
    ]


def _offer_of(acting: Membership, client: Client, found: Consultation) -> Offer:
    """The chosen programmes by today's answers; of a closed consultation as its sheet says them."""
    day = found.as_of or found.held_on
    frozen = desk.final_content(acting, found) if found.is_closed else None
    return offer_of_sheet(frozen, day, found.programmes) if frozen else offer_for(client, day, found.programmes)


def _closed(request: HttpRequest, found: Consultation, refused: str = "書き換えられません") -> HttpResponse:
    messages.warning(request, f"この相談は確定版の相談シートを作ったため、{refused}。")
    return redirect("supporters:consultation", found.pk)
