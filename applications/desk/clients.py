"""The list of client companies: search, filters, order; and changes to several of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from applications.access import member_page
from applications.clients import listing, many
from applications.clients.clients import ClientRefused
from applications.desk.client_forms import NOTHING_TICKED, FilterForm, ManyForm
from applications.desk.finding import sent_ids
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Client, Membership

PER_PAGE = 50
# Columns that no row of the list shows.
_UNSEEN = ("profile", "unknown", "notes", "search_text", "matched_key")


def filtered(acting: Membership, params: QueryDict) -> QuerySet[Client]:
    """The clients that the list shows for the parameters of its address, in its order."""
    return listing.found(acting, FilterForm(acting, params).wanted())


@member_page
@require_safe
def clients(request: HttpRequest, acting: Membership) -> HttpResponse:
    return _list(request, acting, request.GET, ManyForm(acting))


@member_page
@require_POST
def change_many(request: HttpRequest, acting: Membership) -> HttpResponse:
    """A change to the rows whose boxes were ticked; back to the list as it was asked for (`list`)."""
    params = QueryDict(request.POST.get("list", ""))
    form, chosen = ManyForm(acting, request.POST), sent_ids(request.POST, "client")
    if not chosen:
        form.add_error(None, NOTHING_TICKED)
    if form.is_valid():
        try:
            changed = _change(acting, form, chosen)
        except (ClientRefused, many.TooManyClients) as refused:
            form.add_error(None, _why(refused))
        else:
            messages.success(request, f"{changed}社を変更しました。" if changed else "変更はありませんでした。")
            return redirect(f"{reverse('supporters:clients')}?{params.urlencode()}")
    return _list(request, acting, params, form, {str(pk) for pk in chosen}, UNPROCESSABLE)


def _change(acting: Membership, form: ManyForm, chosen: list[Any]) -> int:
    cleaned, action = form.cleaned_data, ManyForm.Action
    match cleaned["action"]:
        case action.TAG:
            return many.add_tags(acting=acting, chosen=chosen, tags=cleaned["tags"])
        case action.UNTAG:
            return many.remove_tags(acting=acting, chosen=chosen, tags=cleaned["tags"])
        case action.ASSIGN:
            return many.assign(acting=acting, chosen=chosen, person=cleaned["assigned_to"])
        case _:
            is_ended = cleaned["action"] == action.END
            return many.set_archived(acting=acting, chosen=chosen, is_archived=is_ended)


def _why(refused: ClientRefused | many.TooManyClients) -> str:
    if isinstance(refused, many.TooManyClients):
        return f"一度に変更できるのは{many.MOST}社までです。"
    return "変更していません。" + "".join(refused.problems.values())


def _list(
    request: HttpRequest,
    acting: Membership,
    params: QueryDict,
    form: ManyForm,
    chosen: set[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    filters = FilterForm(acting, params)
    wanted = filters.wanted()
    rows = listing.found(acting, wanted).defer(*_UNSEEN)
    page = Paginator(rows, PER_PAGE).get_page(params.get("p"))
    verdicts = listing.best_verdicts(page.object_list)
    asked = params.copy()
    asked.pop("chosen", None)
    if params.get("chosen") == "page":
        chosen = {str(client.pk) for client in page}
    context = {
        "area": "clients",
        "filters": filters,
        "is_filtered": wanted != listing.Wanted(order=wanted.order),
        "rows": [(client, _counted(verdicts.get(str(client.pk), {}))) for client in page],
        "page": page,
        "params": asked.urlencode(),
        "form": form,
        "chosen": chosen or set(),
    }
    return render(request, "supporters/clients/list.html", context, status=status)


def _counted(verdicts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Verdicts that programmes give: each with its name and by how many."""
    return [(verdict, listing.VERDICTS[verdict], number) for verdict, number in verdicts.items() if number]
