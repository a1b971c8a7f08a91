"""What is typed into a consultation: topics offered, text and lines as they are stored, a state in words."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Offered for choosing; an adviser may write others.
TOPICS = (
    "補助金・助成金",
    "税制",
    "設備投資",
    "販路開拓",
    "IT・デジタル化",
    "新商品・新事業",
    "資金繰り・融資",
    "賃上げ・雇用",
    "事業承継",
    "創業",
)
# A tab is one space and a break is "\n"; of all others of C0 and C1 nothing can be read or printed.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def clean_text(typed: str) -> str:
    """Text of several lines: breaks as "\\n", no control characters, no white space around it."""
    breaks = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROL.sub("", breaks).strip()


def clean_line(typed: str) -> str:
    """Text of one line."""
    return " ".join(clean_text(typed).split("\n"))


def clean_lines(typed: Iterable[str]) -> list[str]:
    """Lines without empty ones, each once, in order."""
    return list(dict.fromkeys(line for line in map(clean_line, typed) if line))
