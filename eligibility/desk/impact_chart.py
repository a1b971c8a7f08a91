"""The bars beside a table of effects (影響の図): counts of companies as SVG, in the manner of portal.common.charts.

Only presentation attributes, for the strict CSP; texts take the colour of the page, for its dark theme. Never alone:
the table with the same figures stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.common.charts import FONT, LABEL_WIDTH, PLOT, ROW, WIDTH, shorten


@dataclass(frozen=True, slots=True)
class CountBar:
    """`count` None: hidden, so that no bar is drawn. `fill`: a colour that is told from its neighbour by its label."""

    label: str
    count: int | None
    text: str
    fill: str


def count_chart(bars: Sequence[CountBar], *, title: str, desc: str) -> SafeString:
    """A horizontal bar for each count, all on one scale from 0 to the largest."""
    top = max((bar.count or 0 for bar in bars), default=0) or 1
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="impact-chart" viewBox="0 0 {} {}" role="img"'
        ' font-family="{}" font-size="13"><title>{}</title><desc>{}</desc>{}</svg>',
        WIDTH,
        len(bars) * ROW,
        FONT,
        title,
        desc,
        format_html_join("", "{}", ((_bar(place, bar, top),) for place, bar in enumerate(bars))),
    )


def _bar(place: int, bar: CountBar, top: int) -> SafeString:
    width = round((bar.count or 0) / top * PLOT, 1)
    y = place * ROW + 21
    return format_html(
        '<text x="0" y="{}" fill="currentColor">{}</text><rect x="0" y="{}" width="{}" height="14" fill="{}"/>'
        '<text x="{}" y="{}" font-size="12" fill="currentColor">{}</text>',
        y - 6,
        shorten(bar.label, LABEL_WIDTH),
        y,
        width,
        bar.fill,
        round(width + 8, 1),
        y + 11,
        bar.text,
    )
