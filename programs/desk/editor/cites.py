"""Citations in the editor (出典の箇所): the words of the cited lines, and where to read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from eligibility.engine.citations import MAX_CITED_LINES, without_space
from programs.desk.editor.surroundings import Surroundings

_LINES = re.compile(r"([1-9][0-9]{0,6})(?:-([1-9][0-9]{0,6}))?")
_MARKUP = re.compile(r"^(?:#{1,6}\s+|[-*>]\s+)|</?(?:ul|ol|li|table|tr|td|th|br)[^>]*>|\*\*")


def with_quotes(data: Any, around: Surroundings) -> Any:
    """`data` with the words of the cited lines where a citation has none."""
    if isinstance(data, list):
        return [with_quotes(item, around) for item in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {"source", "lines"}:
        words = words_of(around, data["source"], data["lines"])
        return {**data, "quote": words} if words else data
    return {key: with_quotes(value, around) for key, value in data.items()}


def words_of(around: Surroundings, source: str, lines: str) -> str:
    """The words of those lines of a source, without the marks of headings, lists and tables where that is still a
    quotation; "" for lines that are none."""
    cited = _cited(around, source, lines)
    plain = " ".join(without_markup for line in cited if (without_markup := " ".join(_MARKUP.sub("", line).split())))
    if without_space(plain) in without_space("".join(cited)):
        return plain
    return " ".join(" ".join(cited).split())


def _cited(around: Surroundings, source: str, lines: str) -> Sequence[str]:
    found = _LINES.fullmatch(lines)
    text = around.texts.get(around.files.get(source, ""), ())
    if found is None:
        return ()
    first, last = int(found[1]), int(found[2] or found[1])
    return text[first - 1 : last] if first <= last < first + MAX_CITED_LINES else ()


def place_of(around: Surroundings, source: str, lines: str) -> str:
    """The address of the source's page at these lines; "" where the draft has no such source."""
    name = around.files.get(source, "")
    if name not in around.texts:
        return ""
    found = _LINES.match(lines)
    return reverse("desk:source", args=[name]) + (f"#L{found[1]}" if found else "")
