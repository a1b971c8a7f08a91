"""Bars on paper and in pages: same markup, no inline style, true to scale."""

import re
from xml.etree import ElementTree

import pytest

from portal.common.charts import PLOT, Bar, range_chart, short_yen, shorten

SVG = "{http://www.w3.org/2000/svg}"


def draw(*bars: Bar, top: int | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(range_chart(bars, title="題", desc="説明", top=top))  # noqa: S314 - our own markup


def widths(chart: ElementTree.Element) -> list[float]:
    return [float(rect.attrib["width"]) for rect in chart.iter(f"{SVG}rect")]


def test_it_has_title_and_description_and_no_inline_style() -> None:
    chart = draw(Bar("枠", 0, 10_000, "〜1万円"))
    assert [chart[0].tag, chart[1].tag] == [f"{SVG}title", f"{SVG}desc"]
    assert not [e for e in chart.iter() if "style" in e.attrib or e.tag in (f"{SVG}style", f"{SVG}script")]


def test_lengths_are_to_scale() -> None:
    assert widths(draw(Bar("枠", 5_000_000, 10_000_000, ""))) == [PLOT / 2, PLOT / 2]


def test_several_charts_share_one_scale() -> None:
    assert widths(draw(Bar("枠", 5_000_000, 5_000_000, ""), top=10_000_000)) == [PLOT / 2]


def test_without_ceiling_the_bar_runs_to_the_end() -> None:
    assert sum(widths(draw(Bar("枠", 5_000_000, None, "")))) == PLOT


def test_nothing_certain_draws_no_dark_bar() -> None:
    assert len(widths(draw(Bar("枠", 0, 1_000_000, "")))) == 1


def test_no_bars_is_an_empty_chart() -> None:
    assert widths(draw()) == []


def test_labels_are_escaped_and_shortened() -> None:
    chart = range_chart([Bar("<b>" + "長" * 200, 1, 1, "<i>")], title="<t>", desc="&")
    assert "<b>" not in chart and "<i>" not in chart
    assert re.search("長…", chart)


@pytest.mark.parametrize(
    ("yen", "words"),
    [(0, "0"), (5_000_000, "500万円"), (100_000_000, "1億円"), (150_000_000, "1億5,000万円")],
)
def test_axis_words(yen: int, words: str) -> None:
    assert short_yen(yen) == words


@pytest.mark.parametrize(("text", "short"), [("あいう", "あいう"), ("あいうえ", "あい…"), ("abcdef", "abcdef")])
def test_shorten_counts_full_width_twice(text: str, short: str) -> None:
    assert shorten(text, 6) == short
