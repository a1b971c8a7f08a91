"""A client's page: what it qualifies for on a day, what changed since the last visit, and what to do next."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from applications import matching
from applications.access import member_page
from applications.clients.listing import NEEDS_INFO, VERDICTS
from applications.desk.finding import client_or_404
from applications.desk.profiles import question_url
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Client, Membership
from applications.overview.asking import open_questions
from applications.overview.visits import since_visit
from applications.selectors import desk
from eligibility import pages
from eligibility.asking.forms import AsOfForm
from eligibility.engine.evaluate import Verdict
from eligibility.evaluations import now
from eligibility.report_parts import FrameReport, ProgrammeReport, Report
from eligibility.results import result_of
from portal.common.charts import Bar, range_chart, range_text
from programs import rulebook

QUESTIONS = 5  # shown at once; the rest is folded away
BARS = 10
LATEST = 5


@member_page
@require_safe
def client(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    found, form = client_or_404(acting, client_pk), AsOfForm(request.GET)
    chosen = form.cleaned_data["as_of"] if form.is_valid() else None
    context = {
        "area": "clients",
        "client": found,
        "as_of_form": form,
        "as_of_text": request.GET.get("as_of", "") if form.errors else "",
        "quick_days": pages.quick_days(chosen),
        **_results(acting, found, chosen or now().day),
        **_activities(acting, found),
    }
    return render(request, "supporters/results/page.html", context, status=UNPROCESSABLE if form.errors else 200)


def _results(acting: Membership, client: Client, day: date) -> dict[str, Any]:
    """What the rules say, and what they said when the acting person was here last."""
    rules = rulebook.current()
    evaluation = matching.evaluation_of(client, day=day, rules=rules)
    result = result_of(evaluation, rules)
    questions = [(question, question_url(client, question.fact)) for question in open_questions(client, result.report)]
    amounts = _amounts(result.report)
    return {
        "result": result,
        "notice": pages.moment_notice(result),
        "desk": pages.desk_of(client.profile, names_supporters=False),
        "questions": questions[:QUESTIONS],
        "more_questions": questions[QUESTIONS:],
        "amounts": amounts,
        "chart": _chart(amounts),
        "since": since_visit(acting, client, evaluation, rules),
        "rules_key": matching.key_of(day, rules),
    }


def _activities(acting: Membership, client: Client) -> dict[str, Any]:
    consultations = desk.consultations(acting).filter(client=client)
    sheets = desk.sheets(acting).filter(client=client).select_related("consultation")
    return {
        "steps": desk.open_steps(acting).filter(consultation__client=client),
        "consultations": consultations[:LATEST],
        "sheets": sheets[:LATEST],
        "today": now().day,
    }


def _amounts(report: Report) -> list[tuple[ProgrammeReport, FrameReport]]:
    """Frames whose amount is calculated, the best first as the report has them."""
    return [(programme, frame) for programme in report.programmes for frame in programme.frames if frame.amount]


def _chart(amounts: Sequence[tuple[ProgrammeReport, FrameReport]]) -> SafeString | None:
    """The first few of the table below it. A deduction is no money received: it has no bar."""
    bars = [bar for programme, frame in amounts if (bar := _bar(programme, frame)) is not None][:BARS]
    if not bars:
        return None
    told = "。".join(f"{bar.label} {bar.text}" for bar in bars)
    return range_chart(bars, title="枠ごとの試算額の棒グラフ。数値は次の表にあります。", desc=told)


def _bar(programme: ProgrammeReport, frame: FrameReport) -> Bar | None:
    amount = frame.amount
    if amount is None or amount.low is None or amount.is_deduction or amount.high == 0:
        return None
    label = f"{programme.short_name}　{frame.name}"
    if frame.verdict == Verdict.NEEDS_INFO:
        label += f"（{VERDICTS[NEEDS_INFO]}）"
    return Bar(label, amount.low, amount.high, range_text(amount.low, amount.high))
