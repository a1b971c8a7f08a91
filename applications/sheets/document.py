"""The consultation sheet (相談シート) in two steps: a frozen context of plain data, then its HTML.

The third step, HTML to bytes, is portal.common.pdf. Nothing here reads a clock or the rules in force after `freeze`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from applications import matching
from applications.models import Client, Consultation, NextStep, Organisation, Sheet
from applications.papers.content import STYLES, TEMPLATES, design_hash, plain
from applications.sheets.deadlines import deadlines_of
from applications.sheets.layout import layout
from eligibility.asking.questions import questionnaire
from eligibility.engine.availability import Availability
from eligibility.engine.evaluate import RuleSet, Verdict
from eligibility.report import AVAILABILITY_LABELS, answer_text, report_of
from eligibility.report_parts import ProgrammeReport, Report
from eligibility.results import calls_on, programme_names
from portal.common.japanese import write_date, write_date_with_era
from portal.common.prefectures import PREFECTURES
from portal.common.qr import qr_svg

FORMAT = 1
DESIGN = (
    f"{TEMPLATES}/sheet.html",
    f"{TEMPLATES}/sheet_*.html",
    f"{TEMPLATES}/_*.html",
    f"{STYLES}/paper.css",
    f"{STYLES}/sheet.css",
    "static/img/sheet-draft.svg",
)
# Programmes explained in full where the adviser chose none: those that fit best.
EXPLAINED = 3
MAX_ASKS = 20


def freeze(
    *,
    client: Client,
    kind: str,
    as_of: date,
    rules: RuleSet,
    today: date,
    adviser: str,
    consultation: Consultation | None = None,
) -> dict[str, Any]:
    """Everything the sheet says, as JSON-ready data: of a client, and of a consultation where there is one.

    `kind`: of Sheet.Kind. `adviser`: the name printed. `client.organisation` is read.
    """
    evaluation = matching.evaluation_of(client, day=as_of, rules=rules)
    report = report_of(evaluation, rules)
    explained = explained_of(report, consultation.programmes if consultation else ())
    context = plain(
        {
            "format": FORMAT,
            "design": design_hash(*DESIGN),
            "kind": kind,
            "made_on": today,
            "made_on_text": write_date(today),
            "verify_url": settings.PORTAL_BASE_URL.rstrip("/") + reverse("sheets:verify"),
            "organisation": _organisation(client.organisation),
            "client": {key: getattr(client, key) for key in ("name", "name_kana", "corporate_number", "own_key")},
            "adviser": adviser,
            "consultation": _consultation(consultation) if consultation else None,
            "profile": client.profile,
            "unknown": [rules.vocabulary.label(key) for key in rules.vocabulary if key in client.unknown],
            "today": {slug: AVAILABILITY_LABELS[call] for slug, call in calls_on(today, rules).items()},
            "explained": explained,
            "absent": _absent(report, rules, consultation.programmes if consultation else ()),
            **_asks(report, explained),
            "deadlines": [asdict(deadline) for deadline in deadlines_of(evaluation.results, as_of)],
            "report": {**asdict(report), "answers": _answers(evaluation.profile, rules)},
        }
    )
    return _without_quotes(context)


def explained_of(report: Report, chosen: Sequence[str]) -> list[str]:
    """Slugs of the programmes explained in full, best first: the chosen ones in force, else those that may fit and
    can be applied for, else those that may fit."""
    if chosen:
        return [programme.slug for programme in report.programmes if programme.slug in chosen]
    fitting = [programme for programme in report.programmes if programme.best.verdict != Verdict.NOT_ELIGIBLE]
    return [programme.slug for programme in [*filter(_takes_applications, fitting)] or fitting][:EXPLAINED]


def _takes_applications(programme: ProgrammeReport) -> bool:
    """On the day, or later."""
    ahead = (Availability.OPEN, Availability.UPCOMING)
    return any(frame.availability in ahead for frame in programme.frames if frame.verdict != Verdict.NOT_ELIGIBLE)


def sheet_html(context: Mapping[str, Any], *, code: str) -> str:
    """The whole HTML document of a frozen context; the same context always gives the same text."""
    qr = ""
    if context["kind"] == Sheet.Kind.FINAL:
        qr = qr_svg(f"{context['verify_url']}?code={code}", title="照合ページのQRコード")
    return render_to_string("applications/sheet.html", {**context, **layout(context), "code": code, "qr": qr})


def rules_of(context: Mapping[str, Any]) -> list[str]:
    """What a seal says of the rules: "slug@version r1 rules_hash" each."""
    return [f"{p['slug']}@{p['version']} r{p['revision']} {p['rules_hash']}" for p in context["report"]["programmes"]]


def _organisation(organisation: Organisation) -> dict[str, str]:
    return {
        "name": organisation.name,
        "kind": organisation.get_kind_display(),
        "address": PREFECTURES.get(organisation.prefecture, "") + organisation.address,
        "telephone": organisation.telephone,
        "email": organisation.email,
    }


def _consultation(consultation: Consultation) -> dict[str, Any]:
    return {
        "held_on": consultation.held_on,
        "held_on_text": write_date_with_era(consultation.held_on),
        "topics": consultation.topics,
        "notes": consultation.notes,
        "open_questions": consultation.open_questions,
        "chosen": consultation.programmes,
        "steps": [_step(step) for step in NextStep.objects.filter(consultation=consultation)],
    }


def _step(step: NextStep) -> dict[str, Any]:
    return {
        "text": step.text,
        "owner": step.get_owner_display(),
        "owner_name": step.owner_name,
        "due_text": write_date(step.due_on) if step.due_on else "",
        "done_text": write_date(step.done_on) if step.done_on else "",
    }


def _answers(profile: Mapping[str, Any], rules: RuleSet) -> list[tuple[str, str]]:
    """What the client said, by the short names of the facts."""
    facts = rules.vocabulary
    return [(fact.short_label, answer_text(facts, key, profile[key])) for key, fact in facts.items() if key in profile]


def _absent(report: Report, rules: RuleSet, chosen: Sequence[str]) -> list[str]:
    """Names of chosen programmes that no rule speaks for on the day."""
    answered = {programme.slug for programme in report.programmes}
    names = programme_names(rules)
    return [names.get(slug, slug) for slug in chosen if slug not in answered]


def _asks(report: Report, explained: Sequence[str]) -> dict[str, Any]:
    """What to ask the client about the explained programmes, the most useful first, in the self-check's words; and
    how many questions more there are."""
    words = questionnaire().asks()
    programmes: dict[str, list[str]] = {}
    for programme in report.programmes:
        if programme.slug in explained:
            for key in dict.fromkeys(fact.key for frame in programme.frames for fact in frame.missing):
                programmes.setdefault(key, []).append(programme.short_name)
    asks = [
        {"ask": words.get(fact.key, fact.label), "programmes": programmes[fact.key]}
        for fact in report.missing
        if fact.key in programmes
    ]
    return {"asks": asks[:MAX_ASKS], "more_asks": max(0, len(asks) - MAX_ASKS)}


def _without_quotes(content: Any) -> Any:
    """The words of sources stand in the sources; the paper and the proof name the lines."""
    if isinstance(content, dict):
        return {key: _without_quotes(value) for key, value in content.items() if key != "quote"}
    return [_without_quotes(value) for value in content] if isinstance(content, list) else content
