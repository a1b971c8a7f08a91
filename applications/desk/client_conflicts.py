"""The page that shows two saves of one client side by side (競合), and what is sent back from it.

It posts to the page that it stands for: the form as it was typed, the stamp of the client as compared, and for each
conflict the choice of a person (`take-<key>`: mine or theirs). What only the other changed is sent as theirs, unasked.
Nothing is kept on the server, so nothing is lost but by a choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from applications.clients.conflicts import compare
from applications.desk.finding import sent_stamp
from applications.desk.statuses import CONFLICT, UNPROCESSABLE
from applications.models import Client
from eligibility.checks import Answer

_OWN = ("csrfmiddlewaretoken", "stamp", "seen", "compared")
_TAKE = "take-"


def chosen_theirs(data: QueryDict) -> set[str]:
    """Fields and facts of which what is stored was chosen."""
    return {name.removeprefix(_TAKE) for name in data if name.startswith(_TAKE) and data[name] == "theirs"}


def unanswered(data: QueryDict) -> set[str]:
    """Conflicts that were shown and sent back without a choice."""
    return {key for key in data.getlist("compared") if data.get(_TAKE + key) not in ("mine", "theirs")}


def conflict_page(
    request: HttpRequest, current: Client, values: Mapping[str, Any], answers: Mapping[str, Answer], *, tab: str
) -> HttpResponse:
    """`values`, `answers`: what was to be stored, without what was given up by an earlier choice."""
    missing = unanswered(request.POST)
    # Sent back without a choice, it is compared again with what was seen first.
    seen = sent_stamp(request.POST, "seen" if missing else "stamp")
    comparison = compare(current, seen, values, answers)
    asked, kept = ({found.key for found in part} for part in (comparison.conflicts, comparison.theirs))
    sent_anew = {_TAKE + key for key in missing | asked | kept}
    context = {
        "area": "clients",
        "tab": tab,
        "client": current,
        "comparison": comparison,
        "seen": seen,
        "sent": [
            (name, value)
            for name, sent in request.POST.lists()
            if name not in _OWN and name not in sent_anew
            for value in sent
        ],
        "is_unanswered": bool(missing),
    }
    status = UNPROCESSABLE if missing else CONFLICT
    return render(request, "supporters/clients/conflict.html", context, status=status)
