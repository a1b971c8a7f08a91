"""The organisation's page: its clients by programme and verdict, deadlines ahead, what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from applications.access import member_page
from applications.clients.listing import ELIGIBLE, MINE, NEEDS_INFO, NOT_ELIGIBLE, REVIEW, VERDICTS
from applications.desk.statuses import UNPROCESSABLE
from applications.models import ClientImport, Membership
from applications.overview.counts import ProgrammeCounts, client_counts, programme_counts
from applications.overview.deadlines import DAYS_AHEAD, Deadline, deadlines_ahead, last_deadline, with_counts
from applications.selectors import desk
from eligibility import pages
from eligibility.asking.forms import AsOfForm
from eligibility.engine.evaluate import RuleSet
from eligibility.evaluations import now
from portal.common.jobs import JobState
from portal.common.stacked import Fill, Kind, StackedBar, stacked_chart
from programs import rulebook

LATEST = 5
STEPS = 10
SOON = timedelta(days=14)
OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)
# Of a deadline: those for whom there is something left to do.
BEFORE_A_DEADLINE = (ELIGIBLE, REVIEW, NEEDS_INFO)
FILLS = {ELIGIBLE: Fill.SOLID, REVIEW: Fill.HATCHED, NEEDS_INFO: Fill.PALE, NOT_ELIGIBLE: Fill.EMPTY}


@dataclass(frozen=True, slots=True)
class Cell:
    """A count with the list of those counted; `url` is empty where there is nobody, or no such list."""

    count: int
    url: str = ""


@member_page
@require_safe
def home(request: HttpRequest, acting: Membership) -> HttpResponse:
    form, rules, today = AsOfForm(request.GET), rulebook.current(), now().day
    chosen = form.cleaned_data["as_of"] if form.is_valid() else None
    numbers = client_counts(acting, rules, today)
    context: dict[str, Any] = {
        "area": "home",
        "today": today,
        "numbers": numbers,
        "is_empty": not (numbers.active or numbers.ended),
        "mine_url": f"{reverse('supporters:clients')}?{urlencode({'assigned': MINE})}",
        **_jobs(acting),
    }
    if not context["is_empty"]:
        counted = programme_counts(acting, rules)
        context |= {
            "as_of_form": form,
            "as_of_text": request.GET.get("as_of", "") if form.errors else "",
            "quick_days": pages.quick_days(chosen),
            **_programmes(counted),
            **_deadlines(acting, rules, today, chosen or today, counted),
            **_work(acting, today),
        }
    return render(request, "supporters/overview/home.html", context, status=UNPROCESSABLE if form.errors else 200)


def _programmes(counted: Sequence[ProgrammeCounts]) -> dict[str, Any]:
    rows = [
        (programme, [_cell(programme.slug, verdict, programme.by_verdict[verdict]) for verdict in VERDICTS])
        for programme in counted
    ]
    return {"verdicts": VERDICTS.values(), "programmes": rows, "chart": _chart(counted)}


def _cell(program: str, verdict: str, count: int) -> Cell:
    if not count:
        return Cell(0)
    return Cell(count, f"{reverse('supporters:clients')}?{urlencode({'program': program, 'verdict': verdict})}")


def _chart(counted: Sequence[ProgrammeCounts]) -> SafeString:
    return stacked_chart(
        [
            StackedBar(programme.name, tuple(programme.by_verdict[verdict] for verdict in VERDICTS))
            for programme in counted
        ],
        [Kind(label, FILLS[verdict]) for verdict, label in VERDICTS.items()],
        title="制度ごとの判定の割合を示す積み上げ棒グラフ。社数は次の表にあります。",
        unit="社",
        ident="programmes",
    )


def _deadlines(
    acting: Membership, rules: RuleSet, today: date, day: date, counted: Sequence[ProgrammeCounts]
) -> dict[str, Any]:
    found = with_counts(acting, deadlines_ahead(rules, day), rules, today, counted)
    return {
        "deadline_verdicts": [VERDICTS[verdict] for verdict in BEFORE_A_DEADLINE],
        "deadlines": [(deadline, _deadline_cells(deadline)) for deadline in found],
        "day": day,
        "days_ahead": DAYS_AHEAD,
        "last_deadline": last_deadline(rules, day),
    }


def _deadline_cells(deadline: Deadline) -> list[Cell]:
    """Eligible, to be checked, undecided: for a whole programme with the list of them. Empty where nobody can tell."""
    counts = deadline.by_verdict
    if counts is None:
        return []
    if deadline.frames:
        return [Cell(counts[verdict]) for verdict in BEFORE_A_DEADLINE]
    return [_cell(deadline.program, verdict, counts[verdict]) for verdict in BEFORE_A_DEADLINE]


def _work(acting: Membership, today: date) -> dict[str, Any]:
    steps = desk.open_steps(acting).filter(consultation__client__is_archived=False)
    mine = desk.clients(acting).filter(assigned_to=acting.user_id, is_archived=False)
    return {
        "steps": steps.filter(due_on__lte=today + SOON).select_related("consultation__adviser")[:STEPS],
        "step_counts": steps.aggregate(
            every=Count("pk"),
            overdue=Count("pk", filter=Q(due_on__lt=today)),
            soon=Count("pk", filter=Q(due_on__gte=today, due_on__lte=today + SOON)),
        ),
        "mine": mine.order_by("-updated_at", "pk").values("pk", "name", "updated_at")[:LATEST],
        "consultations": desk.consultations(acting)[:LATEST],
    }


def _jobs(acting: Membership) -> dict[str, Any]:
    """What is at work now, and lists that wait for somebody's word."""
    waiting = Q(state__in=OPEN_STATES) | Q(stage=ClientImport.Stage.WAITING)
    unsettled = Q(sheet_count__gt=F("made_count") + F("failed_count")) | Q(delivery_state__in=OPEN_STATES)
    return {
        "imports": desk.imports(acting).filter(waiting)[:LATEST],
        "batches": desk.batches_with_counts(acting).filter(unsettled)[:LATEST],
    }
