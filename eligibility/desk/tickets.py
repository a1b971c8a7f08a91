"""The officers' side of 「この判定はおかしい？」: the doubts, each with its proof, and the answer."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from eligibility import tickets as service
from eligibility.models import Ticket
from programs.desk.access import WRITE, desk_page, officer
from programs.desk.pages import UNPROCESSABLE, desk_render
from programs.models import Revision
from programs.paths import stamp

PER_PAGE = 50


class AnswerForm(forms.Form):
    """The officer's words. `seen`: the stamp of the answer that the page showed."""

    answer = forms.CharField(label="回答", max_length=4000, widget=forms.Textarea(attrs={"rows": 8}))
    seen = forms.CharField(widget=forms.HiddenInput)


@desk_page(WRITE)
@require_safe
def tickets(request: HttpRequest) -> HttpResponse:
    """Unanswered ones first; `?state=open` leaves the others out."""
    rows = Ticket.objects.select_related("answered_by").order_by("-state", "-created_at")
    only_open = request.GET.get("state") == Ticket.State.OPEN
    if only_open:
        rows = rows.filter(state=Ticket.State.OPEN)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    return desk_render(request, "desk/tickets/list.html", "判定への質問", {"page": page, "only_open": only_open})


@desk_page(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, ticket_pk: int) -> HttpResponse:
    found = get_object_or_404(Ticket.objects.select_related("answered_by"), pk=ticket_pk)
    form = AnswerForm(request.POST) if request.method == "POST" else AnswerForm(initial={"answer": found.answer})
    if request.method == "POST" and form.is_valid():
        try:
            service.answer_ticket(ticket=found, user=officer(request), **form.cleaned_data)
            messages.success(request, "回答しました。質問した会社の診断のページに載っています。")
            return redirect("desk_checks:ticket", found.pk)
        except service.TicketRefused as refused:
            form.add_error(None, str(refused))
            found.refresh_from_db()
    context = {"ticket": found, "form": form, "revision": _revision(found), "stamp": stamp(found.answer)}
    status = UNPROCESSABLE if form.errors else 200
    return desk_render(request, "desk/tickets/ticket.html", f"判定への質問 {found.pk}", context, status=status)


def _revision(found: Ticket) -> Revision | None:
    """The very rules that gave the answer, if they were ever published (a trial of a draft's were not)."""
    rows = Revision.objects.filter(version__programme__slug=found.program, version__slug=found.version)
    return rows.filter(rules_hash=found.rules_hash).order_by("-number").first()
