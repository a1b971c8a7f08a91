"""A client's history (履歴): every change with who, when, why and what; an earlier state taken up again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from applications.access import member_page
from applications.clients import clients
from applications.clients.clients import ClientRefused, Difference, StaleClient, differences
from applications.desk.finding import client_or_404, found_or_404, sent_stamp
from applications.desk.statuses import CONFLICT, UNPROCESSABLE
from applications.models import Client, Membership
from applications.selectors import desk

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the history with what it changed. `is_first`: the client was made by it; `is_latest`: it is now."""

    revision: Any
    differences: tuple[Difference, ...]
    is_first: bool
    is_latest: bool


@member_page
@require_safe
def history(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(acting, client_pk)
    page = Paginator(desk.revisions(client), PER_PAGE).get_page(request.GET.get("p"))
    context = {"area": "clients", "client": client, "page": page, "changes": _changes(client, page)}
    return render(request, "supporters/clients/history.html", context)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, acting: Membership, client_pk: uuid.UUID, revision: int) -> HttpResponse:
    """Shows what would change, and does it as a new change where it is sent."""
    client = client_or_404(acting, client_pk)
    then = found_or_404(desk.revisions(client).filter(history_id=revision).first())
    status, problems, is_stale = 200, [], False
    if request.method == "POST":
        stamp, reason = sent_stamp(request.POST), f"{_moment(then.history_date)}の内容に戻す"
        try:
            clients.restore(acting=acting, client=client, stamp=stamp, then=then, reason=reason)
        except StaleClient as stale:
            client, status, is_stale = stale.current, CONFLICT, True
        except ClientRefused as refused:
            problems, status = list(refused.problems.values()), UNPROCESSABLE
        else:
            messages.success(request, f"{_moment(then.history_date)}の内容に戻しました。")
            return redirect("supporters:history", client.pk)
    context = {
        "area": "clients",
        "client": client,
        "then": then,
        "changes": differences(client, then),
        "problems": problems,
        "is_stale": is_stale,
    }
    return render(request, "supporters/clients/restore.html", context, status=status)


def _changes(client: Client, page: Any) -> list[Change]:
    """Each row of the page beside the one before it, which for the last row is on the next page."""
    start, stop = (page.number - 1) * PER_PAGE, page.number * PER_PAGE + 1
    rows = list(desk.revisions(client)[start:stop])
    before = [*rows[1:], None]
    pairs = list(zip(rows, before, strict=True))[:PER_PAGE]
    return [
        Change(row, tuple(differences(old or Client(), row)), old is None, page.number == 1 and place == 0)
        for place, (row, old) in enumerate(pairs)
    ]


def _moment(when: Any) -> str:
    return f"{timezone.localtime(when):%Y年%-m月%-d日 %H:%M}"
