"""A desk's telephone number is printed in the words that the desk cites (電話番号と引用の照合).

Whoever calls a number with a digit wrong reaches a stranger. How its digits are set apart says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from eligibility.engine.document import Desk, ProgrammeDocument
from eligibility.engine.errors import Finding

_HYPHENS = "\\-‐‒–—―−ー"
_APART = f"[{_HYPHENS}()\\s]*"
_NUMBER = re.compile(f"[0-9](?:{_APART}[0-9])*")
_NO_DIGIT = re.compile(r"[^0-9]+")
# Two numbers side by side at most; a longer row of digits is none, and would be a huge pattern.
_MAX_DIGITS = 30


def telephone_findings(document: ProgrammeDocument) -> Iterator[Finding]:
    for number, desk in enumerate(document.identity.desks):
        if not _is_printed(desk):
            words = f"電話番号（{desk.telephone}）が、引用した言葉の中にありません。引用か電話番号を直してください。"
            yield Finding(f"identity.desks.{number}.telephone", words)


def _is_printed(desk: Desk) -> bool:
    """Every number in the field, an extension as well, in one of the quotes."""
    quotes = [unicodedata.normalize("NFKC", cite.quote) for cite in desk.cites]
    numbers = _NUMBER.findall(unicodedata.normalize("NFKC", desk.telephone))
    return all(any(_has(quote, _NO_DIGIT.sub("", number)) for quote in quotes) for number in numbers)


def _has(quote: str, digits: str) -> bool:
    """Whether the whole number is there, not only a part of a longer one."""
    if len(digits) > _MAX_DIGITS:
        return False
    pattern = f"(?<![0-9])(?<![0-9][{_HYPHENS}]){_APART.join(digits)}(?![{_HYPHENS}]?[0-9])"
    return re.search(pattern, quote) is not None
