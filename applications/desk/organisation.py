"""Pages of managers: the organisation's own data, and the record of what was done."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications.access import manager_page
from applications.desk.organisation_forms import DetailsForm
from applications.desk.statuses import CONFLICT, UNPROCESSABLE
from applications.models import Membership, Organisation
from applications.organisations import details as service
from applications.organisations.details import StaleOrganisation
from applications.selectors import desk

EVENTS_PER_PAGE = 50


@manager_page
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, acting: Membership) -> HttpResponse:
    if request.method != "POST":
        return _render_details(request, DetailsForm.of(acting.organisation))
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _render_details(request, form, status=UNPROCESSABLE)
    values = {field: form.cleaned_data[field] for field in service.FIELDS}
    try:
        service.save(acting=acting, seen=form.cleaned_data["seen"], values=values)
    except StaleOrganisation as stale:
        again = DetailsForm.of(stale.current, data={**values, "seen": service.state_of(stale.current)})
        return _render_details(request, again, other=stale.current, status=CONFLICT)
    messages.success(request, "支援機関の情報を保存しました。")
    return redirect("supporters:members")


@manager_page
@require_safe
def record(request: HttpRequest, acting: Membership) -> HttpResponse:
    page = Paginator(desk.events(acting), EVENTS_PER_PAGE).get_page(request.GET.get("p"))
    return render(request, "supporters/organisation/record.html", {"area": "members", "page": page})


def _render_details(
    request: HttpRequest, form: DetailsForm, *, other: Organisation | None = None, status: int = 200
) -> HttpResponse:
    """`other`: what another manager saved meanwhile, to be compared with what was typed."""
    context = {"area": "members", "form": form, "other": other}
    return render(request, "supporters/organisation/details.html", context, status=status)
