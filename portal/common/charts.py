"""Bar charts of amounts as SVG (金額の幅の図): the same markup in a page and in a PDF.

Only presentation attributes and classes, no inline style and no script, so that it stands under the strict CSP.
A chart is never alone: the caller puts a table with the same figures beside it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

MAN = 10_000  # 万円
FONT = "BIZ UDPGothic, BIZ UDGothic, Noto Sans CJK JP, sans-serif"

# Everything in units of the view box.
WIDTH = 680
PLOT = 520  # what is right of it belongs to the figures
ROW = 46
BAR = 14
AXIS = 26
LABEL_WIDTH = 96  # half-width characters that fit above a bar

SURE = "#0017c1"  # up to the lower end
MAYBE = "#9db7f9"  # from there to the upper end
GRID = "#d0d0d0"
TEXT = "#1a1a1a"
SUB = "#4d4d4d"


@dataclass(frozen=True, slots=True)
class Bar:
    """One range in yen. `high` None: no upper end is printed. `text` is the range in words, drawn beside the bar."""

    label: str
    low: int
    high: int | None
    text: str


def largest(bars: Sequence[Bar]) -> int:
    """The largest figure in yen: `top` for several charts on one scale."""
    return max((bar.low if bar.high is None else bar.high for bar in bars), default=0)


def range_chart(bars: Sequence[Bar], *, title: str, desc: str, top: int | None = None) -> SafeString:
    """A horizontal bar per range: dark up to the lower end, light from there to the upper end."""
    scale = _Scale.up_to(largest(bars) if top is None else top)
    height = len(bars) * ROW + AXIS
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="range-chart" viewBox="0 0 {} {}" role="img"'
        ' font-family="{}" font-size="13">'
        "<title>{}</title><desc>{}</desc>{}{}</svg>",
        WIDTH,
        height,
        FONT,
        title,
        desc,
        format_html_join("", "{}", ((tick,) for tick in _ticks(scale, height))),
        format_html_join("", "{}", ((_bar(place, bar, scale),) for place, bar in enumerate(bars))),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Yen to units, from 0 to a round number. A bar without upper end runs to the end of the plot."""

    top: int
    step: int

    @classmethod
    def up_to(cls, top: int) -> _Scale:
        top = max(top, MAN)
        step = _round_step(top / 4)
        return cls(-(-top // step) * step, step)

    def x(self, yen: int) -> float:
        return round(min(yen, self.top) / self.top * PLOT, 1)


def _round_step(yen: float) -> int:
    """The smallest of 1, 2, 5 times a power of ten that is not below `yen`, and not below 1万円."""
    power = MAN
    while True:
        for factor in (1, 2, 5):
            if factor * power >= yen:
                return factor * power
        power *= 10


def _ticks(scale: _Scale, height: int) -> Iterator[SafeString]:
    bottom = height - AXIS
    for yen in range(0, scale.top + 1, scale.step):
        x = scale.x(yen)
        anchor = "start" if yen == 0 else "middle"
        yield format_html('<path d="M{} 0V{}" stroke="{}" stroke-width="1" fill="none"/>', x, bottom + 4, GRID)
        yield format_html(
            '<text x="{}" y="{}" text-anchor="{}" font-size="11" fill="{}">{}</text>',
            x,
            bottom + 18,
            anchor,
            SUB,
            short_yen(yen),
        )


def _bar(place: int, bar: Bar, scale: _Scale) -> SafeString:
    top = place * ROW
    low = scale.x(bar.low)
    high = PLOT if bar.high is None else scale.x(bar.high)
    y = top + 21
    return format_html(
        '<text x="0" y="{}" fill="{}">{}</text>{}{}<text x="{}" y="{}" font-size="12" fill="{}">{}</text>',
        top + 15,
        TEXT,
        shorten(bar.label, LABEL_WIDTH),
        _rect(low, high, y, MAYBE) if high > low else "",
        _rect(0, max(low, 2), y, SURE) if bar.low else "",
        round(max(high, 2) + 8, 1),
        y + 11,
        TEXT,
        bar.text,
    )


def _rect(left: float, right: float, y: int, fill: str) -> SafeString:
    width = round(right - left, 1)
    return format_html('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>', left, y, width, BAR, fill)


def range_text(low: int, high: int | None) -> str:
    """For the end of a bar: full 万円 short as on the axis, anything else to the yen."""
    if high is None:
        return f"{_figure(low)}〜"
    return _figure(low) if low == high else f"{_figure(low)}〜{_figure(high)}"


def _figure(yen: int) -> str:
    return short_yen(yen) if yen and yen % MAN == 0 else f"{yen:,}円"


def short_yen(yen: int) -> str:
    """For an axis: "0", "500万円", "1億5,000万円". Only full 万円."""
    oku, man = divmod(yen // MAN, MAN)
    words = (f"{oku:,}億" if oku else "") + (f"{man:,}万" if man else "")
    return f"{words}円" if words else "0"


def shorten(text: str, width: int) -> str:
    """At most `width` half-width characters; a full-width one takes two."""
    used = 0
    for place, character in enumerate(text):
        used += 2 if unicodedata.east_asian_width(character) in "FWA" else 1
        if used > width:
            return text[: max(place - 1, 0)] + "…"
    return text
