"""Stacked bars: shares to scale, told apart without colour, no inline style."""

from xml.etree import ElementTree

import pytest

from portal.common.charts import range_text
from portal.common.stacked import FITS, Fill, Kind, StackedBar, stacked_chart

SVG = "{http://www.w3.org/2000/svg}"
KINDS = (
    Kind("満たす", Fill.SOLID),
    Kind("要確認", Fill.HATCHED),
    Kind("不足", Fill.PALE),
    Kind("満たさない", Fill.EMPTY),
)


def draw(*bars: StackedBar) -> ElementTree.Element:
    drawn = stacked_chart(bars, KINDS, title="題", unit="社", ident="here")
    return ElementTree.fromstring(drawn)  # noqa: S314 - our own markup


def parts(chart: ElementTree.Element) -> list[tuple[float, float]]:
    """Left and width of each part, in percent; the legend's and the pattern's rectangles are not in percent."""
    found = [rect.attrib for rect in chart.iter(f"{SVG}rect") if rect.attrib["width"].endswith("%")]
    return [(float(rect["x"].rstrip("%")), float(rect["width"].rstrip("%"))) for rect in found]


def figures(chart: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in chart.iter(f"{SVG}text") if text.attrib.get("text-anchor") == "middle"]


def test_parts_are_shares_side_by_side() -> None:
    assert parts(draw(StackedBar("制度", (1, 2, 3, 4)))) == [(0, 10), (10, 20), (30, 30), (60, 40)]


def test_nobody_draws_no_part() -> None:
    assert parts(draw(StackedBar("制度", (0, 5, 0, 0)))) == [(0, 100)]
    assert parts(draw(StackedBar("制度", (0, 0, 0, 0)))) == []


def test_a_figure_stands_where_it_fits() -> None:
    small, large = 10_000 * FITS - 1, 10_000 * FITS
    assert figures(draw(StackedBar("制度", (int(small), 0, 0, 10_000 - int(small))))) == ["8,601"]
    assert figures(draw(StackedBar("制度", (int(large), 0, 0, 10_000 - int(large))))) == ["1,400", "8,600"]


def test_all_is_told_in_words() -> None:
    chart = draw(StackedBar("制度<b>", (1_000, 0, 0, 2)))
    assert chart.findtext(f"{SVG}title") == "題"
    assert chart.findtext(f"{SVG}desc") == "制度<b>：満たす 1,000社、要確認 0社、不足 0社、満たさない 2社"
    legend = [text.text for text in chart.iter(f"{SVG}text")][: len(KINDS)]
    assert legend == [kind.label for kind in KINDS]


def test_each_kind_has_a_paint_of_its_own() -> None:
    chart = draw(StackedBar("制度", (1, 1, 1, 1)))
    paints = [rect.attrib["fill"] for rect in chart.iter(f"{SVG}rect") if rect.attrib["width"].endswith("%")]
    assert len(set(paints)) == len(KINDS)
    assert "url(#here-hatched)" in paints
    assert [pattern.attrib["id"] for pattern in chart.iter(f"{SVG}pattern")] == ["here-hatched"]


def test_nothing_that_the_policy_forbids() -> None:
    chart = draw(StackedBar("長" * 100, (1, 1, 1, 1)))
    assert not [e for e in chart.iter() if "style" in e.attrib or e.tag in (f"{SVG}style", f"{SVG}script")]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (500_000, 500_000, "50万円"),
        (500_000, 675_000, "50万円〜675,000円"),
        (10_000_000, None, "1,000万円〜"),
        (1_500_000_000, 1_500_000_000, "15億円"),
        (120_000_000, 250_005_000, "1億2,000万円〜250,005,000円"),
        (0, 0, "0円"),
    ],
)
def test_the_words_beside_a_bar(low: int, high: int | None, words: str) -> None:
    assert range_text(low, high) == words
