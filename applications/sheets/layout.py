"""How a frozen context is laid out on paper: what is explained in full, what in a line, what stands on each page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from applications.papers.programmes import amount_parts, number_sources, show_programme
from eligibility.engine.availability import Availability
from eligibility.engine.evaluate import Verdict
from eligibility.report import AVAILABILITY_LABELS

NOT_ELIGIBLE = Verdict.NOT_ELIGIBLE.value
CLOSED = AVAILABILITY_LABELS[Availability.CLOSED]
# Of the words of a requirement in a line, of a company's name in the head of each page.
REASON_LENGTH, NAME_LENGTH = 70, 24
# Versions named in the foot of each page; more are told by their number and one hash over all of them.
FOOT_VERSIONS = 6
# A question and its answer that share their line with another pair: characters of each.
SHORT_LABEL, SHORT_ANSWER = 22, 16
# Notes of a programme that the sheet leaves to the summary and the programme's page.
LEFT_OUT = ("not_required", "open_points", "time_notes")

Part = Mapping[str, Any]


def layout(context: Part) -> dict[str, Any]:
    """What templates/applications/sheet.html shows beside the context itself."""
    programmes = context["report"]["programmes"]
    explained = [_reduced(programme) for programme in programmes if programme["slug"] in context["explained"]]
    sources = number_sources(explained)
    return {
        "honorific": "様" if context["profile"].get("legal_form") == "sole_proprietor" else "御中",
        "short_name": clip(context["client"]["name"], NAME_LENGTH),
        "verdicts": [_verdict_lines(programme, context["today"]) for programme in programmes],
        "programmes": [_explained(programme, sources) for programme in explained],
        "sources": list(sources.values()),
        "answer_rows": answer_rows(context["report"]["answers"]),
        **_foot(programmes, context["explained"]),
    }


def clip(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def answer_rows(answers: Iterable[Sequence[str]]) -> list[list[Sequence[str]]]:
    """Rows of one pair, or of two short ones that follow each other."""
    rows: list[list[Sequence[str]]] = []
    waiting = False
    for label, answer in answers:
        is_short = len(label) <= SHORT_LABEL and len(answer) <= SHORT_ANSWER
        if is_short and waiting:
            rows[-1].append((label, answer))
        else:
            rows.append([(label, answer)])
        waiting = is_short and not waiting
    return rows


def _verdict_lines(programme: Part, calls: Mapping[str, str]) -> dict[str, Any]:
    """Frames that are open to the client line by line, the others together with their first reason. `calls`: by
    programme, on the day the sheet was made."""
    return {
        "name": programme["name"],
        "slug": programme["slug"],
        "today": calls.get(programme["slug"], ""),
        "frames": [
            {**frame, "amount_parts": amount_parts(frame["amount"]) if frame["amount"] else []}
            for frame in programme["frames"]
            if frame["verdict"] != NOT_ELIGIBLE
        ],
        "failed": [_failed(frame) for frame in programme["frames"] if frame["verdict"] == NOT_ELIGIBLE],
    }


def _failed(frame: Part) -> dict[str, Any]:
    reasons = [row["text"] for row in frame["rows"] if row["status"] == "unmet"]
    return {"name": frame["name"], "reason": clip(reasons[0], REASON_LENGTH), "more": len(reasons) - 1}


def _reduced(programme: Part) -> dict[str, Any]:
    """Without what the sheet does not print, so that no source is listed for it: rounds that are over, and of frames
    the client fails all requirements but those."""
    left_out = dict.fromkeys(LEFT_OUT, ())
    return {**programme, **left_out, "frames": [_frame(frame) for frame in programme["frames"]]}


def _frame(frame: Part) -> dict[str, Any]:
    rows = frame["rows"]
    if frame["verdict"] == NOT_ELIGIBLE:
        rows = [row for row in rows if row["status"] == "unmet"]
    return {**frame, "rows": rows, "rounds": [r for r in frame["rounds"] if r["state_label"] != CLOSED]}


def _explained(programme: Part, sources: Mapping[str, Part]) -> dict[str, Any]:
    """`frames`: those open to the client. `failed`: the others, each with the requirements that it alone names."""
    fitting = [frame for frame in programme["frames"] if frame["verdict"] != NOT_ELIGIBLE]
    failed = [frame for frame in programme["frames"] if frame["verdict"] == NOT_ELIGIBLE]
    shown = show_programme({**programme, "frames": fitting or failed}, sources)
    if not fitting:
        return {**shown, "frames": [], "failed": shown["frames"]}
    others = show_programme({**programme, "frames": failed}, sources)["frames"] if failed else []
    return {**shown, "failed": [{**frame, "own_rows": frame["rows"]} for frame in others]}


def _foot(programmes: Sequence[Part], explained: Sequence[str]) -> dict[str, Any]:
    """The rules behind every page: the explained ones first, all of them by one hash where they are too many."""
    ordered = sorted(programmes, key=lambda programme: programme["slug"] not in explained)
    versions = [f"{programme['slug']}@{programme['version']}" for programme in ordered]
    hashes = sorted(programme["rules_hash"] for programme in programmes)
    return {
        "versions": versions[:FOOT_VERSIONS],
        "more_versions": max(0, len(versions) - FOOT_VERSIONS),
        "rules_fingerprint": hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:16],
    }
