"""The owner's pages 「この判定はおかしい？」: send a doubt about one answer, read what was answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from eligibility import pages, tickets
from eligibility.results import result_of_check
from eligibility.tickets import Doubted
from eligibility.views import UNPROCESSABLE, owned, private
from portal.common.throttling import limited


class DoubtForm(forms.Form):
    """What is doubted of one frame's answer."""

    requirement = forms.ChoiceField(label="どの要件についてですか", required=False)
    message = forms.CharField(
        label="おかしいと思う点",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="例：従業員は5人なのに、6人以上と判定されています。会社名や個人の名前は書かないでください。",
        error_messages={"required": "おかしいと思う点を書いてください。"},
    )

    def __init__(self, doubted: Doubted, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(row.id, f"{row.mark} {row.text}") for row in doubted.frame.rows]
        self.fields["requirement"].choices = [("", "判定の全体・金額・わからない"), *rows]  # type: ignore[attr-defined]


@private
@require_safe
def doubts(request: HttpRequest, owner_token: str) -> HttpResponse:
    """What was asked and answered, and every frame that can be asked about."""
    check = owned(owner_token)
    result = result_of_check(check)
    context = {
        "owner_token": owner_token,
        "tickets": check.tickets.order_by("-created_at"),
        "doubtable": tickets.doubtable(result.report),
        "trial_notice": pages.trial_notice(result.trial, result.day),
        "is_sent": "sent" in request.GET,
    }
    return render(request, "eligibility/doubts.html", context)


@limited("checks")
@private
@require_http_methods(["GET", "HEAD", "POST"])
def doubt(request: HttpRequest, owner_token: str, program: str, frame: str) -> HttpResponse:
    """Asks about one frame; back to the list where the result does not have it (any more)."""
    check = owned(owner_token)
    result = result_of_check(check)
    report = result.report
    doubted = next((each for each in tickets.doubtable(report) if each.key == f"{program}/{frame}"), None)
    if doubted is None:
        return redirect("eligibility:doubts", owner_token)
    form = DoubtForm(doubted, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tickets.open_ticket(check=check, report=report, key=doubted.key, **form.cleaned_data)
            return redirect(reverse("eligibility:doubts", args=[owner_token]) + "?sent=1")
        except tickets.TicketRefused as refused:
            form.add_error(None, str(refused))
    context = {
        "owner_token": owner_token,
        "doubted": doubted,
        "form": form,
        "error_links": _error_links(form),
        "trial_notice": pages.trial_notice(result.trial, result.day),
    }
    return render(request, "eligibility/doubt.html", context, status=UNPROCESSABLE if form.errors else 200)


def _error_links(form: DoubtForm) -> list[dict[str, str]]:
    return [
        {"target": "doubt-form" if name == "__all__" else f"id_{name}", "message": str(message)}
        for name, found in form.errors.items()
        for message in found
    ]
