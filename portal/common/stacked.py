"""Stacked bars of counts as SVG (積み上げ棒グラフ): how many of each row stand how.

Widths are shares of the whole drawing, so that bars shrink with the page and letters do not. Kinds are told apart by
pattern and order, not by colour alone. Only presentation attributes, for the strict CSP; never alone: the caller puts a
table with the same figures beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.common.charts import FONT, MAYBE, SUB, SURE, TEXT, shorten

LEGEND_LINE = 24
ROW = 56
BAR = 22
LABEL_WIDTH = 46  # half-width characters that fit on the narrowest screen
# A figure needs so much of the width to stand in its bar: the narrowest drawing has some 300 units.
FITS = 0.14


class Fill(StrEnum):
    """From dark to light, also where there is no colour."""

    SOLID = "solid"
    HATCHED = "hatched"
    PALE = "pale"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Kind:
    """What one part of every bar means."""

    label: str
    fill: Fill


@dataclass(frozen=True, slots=True)
class StackedBar:
    """`counts`: one for each kind, in their order. Each bar is as long as any other: it shows shares."""

    label: str
    counts: tuple[int, ...]


def stacked_chart(
    bars: Sequence[StackedBar], kinds: Sequence[Kind], *, title: str, unit: str, ident: str
) -> SafeString:
    """`unit` follows every figure that is read out (社). `ident`: of this drawing, unique on its page."""
    top = len(kinds) * LEGEND_LINE + 8
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="stacked-chart" width="100%" height="{}" role="img"'
        ' font-family="{}" font-size="14"><title>{}</title><desc>{}</desc>{}{}{}</svg>',
        top + len(bars) * ROW,
        FONT,
        title,
        _told(bars, kinds, unit),
        _hatching(ident),
        format_html_join("", "{}", ((_legend(place, kind, ident),) for place, kind in enumerate(kinds))),
        format_html_join(
            "", "{}", ((part,) for place, bar in enumerate(bars) for part in _bar(top + place * ROW, bar, kinds, ident))
        ),
    )


def _told(bars: Sequence[StackedBar], kinds: Sequence[Kind], unit: str) -> str:
    return "。".join(
        f"{bar.label}："
        + "、".join(f"{kind.label} {count:,}{unit}" for kind, count in zip(kinds, bar.counts, strict=True))
        for bar in bars
    )


def _hatching(ident: str) -> SafeString:
    return format_html(
        '<defs><pattern id="{}-hatched" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>'
        '<rect width="3" height="6" fill="{}"/></pattern></defs>',
        ident,
        SURE,
    )


def _paint(fill: Fill, ident: str) -> str:
    return {Fill.SOLID: SURE, Fill.HATCHED: f"url(#{ident}-hatched)", Fill.PALE: MAYBE, Fill.EMPTY: "#ffffff"}[fill]


def _legend(place: int, kind: Kind, ident: str) -> SafeString:
    y = place * LEGEND_LINE
    return format_html(
        '<rect x="1" y="{}" width="28" height="14" fill="{}" stroke="{}"/><text x="38" y="{}" fill="{}">{}</text>',
        y + 3,
        _paint(kind.fill, ident),
        SUB,
        y + 15,
        TEXT,
        kind.label,
    )


def _bar(y: int, bar: StackedBar, kinds: Sequence[Kind], ident: str) -> Iterator[SafeString]:
    whole = sum(bar.counts) or 1
    yield format_html('<text x="0" y="{}" fill="{}">{}</text>', y + 18, TEXT, shorten(bar.label, LABEL_WIDTH))
    left = 0.0
    for kind, count in zip(kinds, bar.counts, strict=True):
        share = count / whole
        if count:
            yield format_html(
                '<rect x="{}%" y="{}" width="{}%" height="{}" fill="{}" stroke="{}"/>',
                round(left * 100, 2),
                y + 24,
                round(share * 100, 2),
                BAR,
                _paint(kind.fill, ident),
                SUB,
            )
        if share >= FITS:
            yield _figure(round((left + share / 2) * 100, 2), y + 40, count, kind.fill)
        left += share


def _figure(x: float, y: int, count: int, fill: Fill) -> SafeString:
    """The count in its part, with a seam of the opposite brightness so that it is read on every pattern."""
    ink, seam = ("#ffffff", SURE) if fill is Fill.SOLID else (TEXT, "#ffffff")
    return format_html(
        '<text x="{}%" y="{}" text-anchor="middle" fill="{}" stroke="{}" stroke-width="4" paint-order="stroke"'
        ' font-weight="bold">{}</text>',
        x,
        y,
        ink,
        seam,
        f"{count:,}",
    )
