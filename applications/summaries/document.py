"""The PDF summary in two steps: a frozen context of plain data, then its HTML (診断結果のまとめ).

The third step, HTML to bytes, is portal.common.pdf. Nothing here reads a clock or the rules in force after `freeze`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.template.loader import render_to_string

from applications.papers.content import STYLES, TEMPLATES, design_hash, plain
from applications.papers.programmes import number_sources, show_programme
from eligibility.engine.calendar import AsOf
from eligibility.engine.evaluate import RuleSet
from eligibility.models import SelfCheck
from eligibility.report import AVAILABILITY_LABELS, build_report
from eligibility.results import calls_on, readable_profile
from portal.common.charts import Bar, largest, range_chart
from portal.common.japanese import write_date
from portal.common.qr import qr_svg

FORMAT = 2
BARS_PER_CHART = 10
DESIGN = (f"{TEMPLATES}/summary.html", f"{TEMPLATES}/_*.html", f"{STYLES}/paper.css", f"{STYLES}/summary.css")


def freeze(check: SelfCheck, *, rules: RuleSet, today: date, share_url: str) -> dict[str, Any]:
    """Everything the PDF says, as JSON-ready data. `share_url` is the read-only link, or "" while nothing is shared."""
    profile = readable_profile(check.profile, rules.vocabulary)
    report = build_report(profile, AsOf(check.as_of or today), rules)
    content = {
        "format": FORMAT,
        "made_on": today,
        "made_on_text": write_date(today),
        "title": check.title,
        "share_url": share_url,
        "profile": check.profile,
        "design": design_hash(*DESIGN),
        "today": {slug: AVAILABILITY_LABELS[call] for slug, call in calls_on(today, rules).items()},
        "unknown": [rules.vocabulary.label(key) for key in rules.vocabulary if key in check.unknown],
        "report": asdict(report),
    }
    return plain(content)


def summary_html(context: Mapping[str, Any], *, code: str) -> str:
    """The whole HTML document of a frozen context; the same context always gives the same text."""
    report = context["report"]
    sources = number_sources(report["programmes"])
    programmes = [
        {**show_programme(programme, sources), "today": context["today"][programme["slug"]]}
        for programme in report["programmes"]
    ]
    bars = [bar for programme in programmes for bar in programme["bars"]]
    return render_to_string(
        "applications/summary.html",
        {
            **context,
            "code": code,
            "programmes": programmes,
            "charts": _charts(bars),
            "sources": list(sources.values()),
            "qr": qr_svg(context["share_url"], title="閲覧専用ページのQRコード") if context["share_url"] else "",
        },
    )


def _charts(bars: Sequence[Bar]) -> list[str]:
    """As many charts on one scale as it takes for each to fit on a page."""
    top, size = largest(bars), _even_size(len(bars))
    parts = [bars[place : place + size] for place in range(0, len(bars), size)]
    return [
        range_chart(
            part,
            title="制度・枠ごとの試算額の棒グラフ。数値は次の表にあります。",
            desc="。".join(f"{bar.label} {bar.text}" for bar in part),
            top=top,
        )
        for part in parts
    ]


def _even_size(bars: int) -> int:
    """Of parts with at most BARS_PER_CHART bars, as equal as they can be: 18 are two times 9."""
    parts = max(1, -(-bars // BARS_PER_CHART))
    return max(1, -(-bars // parts))
