"""Texts of sources as plain values: read from bytes, checked, searched, cited by their lines."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from eligibility.engine.citations import MAX_CITED_LINES
from portal.common.characters import NO_CHARACTER
from portal.common.japanese import normalise

MAX_BYTES = 1024 * 1024
MAX_HITS = 200
MAX_NAMED_FAULTS = 5
# Windows saves "Unicode" text like this, and Shift_JIS would read it as rubbish instead of refusing it.
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LINE_RANGE = re.compile(r"([1-9]\d{0,6})(?:[-~](\d{1,7}))?(?:行目?)?")


class UnreadableText(ValueError):
    """A text that cannot be taken. The message, in Japanese, says what to do."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """`encoding`: how the bytes were read, in words for the officer."""

    text: str
    encoding: str


@dataclass(frozen=True, slots=True)
class LineRange:
    """Lines of a text, counted from 1, both inclusive."""

    first: int
    last: int

    def __str__(self) -> str:
        """As a citation names them: 943 or 943-945."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def can_be_cited(self) -> bool:
        return self.last - self.first < MAX_CITED_LINES


@dataclass(frozen=True, slots=True)
class Hit:
    lines: LineRange
    text: str


@dataclass(frozen=True, slots=True)
class Hits:
    """`found`: the first MAX_HITS places; `has_more`: whether there are others."""

    found: tuple[Hit, ...]
    has_more: bool


def decoded(raw: bytes) -> Decoded:
    """A text file of UTF-8 (with or without BOM) or Shift_JIS. Raises UnreadableText."""
    if not raw.startswith(_UTF_16_MARKS):
        for codec, words in (("utf-8-sig", "UTF-8"), ("cp932", "Shift_JIS")):
            try:
                return Decoded(raw.decode(codec), words)
            except UnicodeDecodeError:
                continue
    raise UnreadableText("文字コードが分かりません。UTF-8 か Shift_JIS のテキスト形式（.txt）で保存し直してください。")


def cleaned(text: str) -> str:
    """The text with Windows line ends made plain, otherwise exactly as it is. Raises UnreadableText."""
    plain = text.replace("\r\n", "\n")
    if not plain.strip():
        raise UnreadableText("本文がありません。")
    if len(plain.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise UnreadableText("本文が1MBを超えています。章ごとに分けて登録してください。")
    faults = [(number, fault) for number, line in enumerate(plain.split("\n"), 1) if (fault := _control(line))]
    if faults:
        named = "、".join(f"{number}行目（{fault}）" for number, fault in faults[:MAX_NAMED_FAULTS])
        others = f"ほか{len(faults) - MAX_NAMED_FAULTS}行に" if len(faults) > MAX_NAMED_FAULTS else "に"
        raise UnreadableText(f"{named}{others}、文字ではない制御文字があります。取り除いてから登録してください。")
    return plain


def _control(line: str) -> str:
    """What the first character of the line is that is none; empty if there is none such."""
    match = NO_CHARACTER.search(line)
    if match is None:
        return ""
    return "改ページ" if match[0] == "\f" else f"U+{ord(match[0]):04X}"


def read_lines(typed: str, count: int) -> LineRange:
    """「943」, 「943-945」, 「９４３～９４５行」 of a text of `count` lines. Raises UnreadableText."""
    match = _LINE_RANGE.fullmatch(normalise(typed).replace("〜", "~"))
    if match is None:
        raise UnreadableText("行は「943」か「943-945」のように書いてください。")
    first = int(match[1])
    last = int(match[2] or first)
    if not first <= last <= count:
        raise UnreadableText(f"行は1から{count}までを、始めから終わりの順に書いてください。")
    return LineRange(first, last)


def quoted(lines: Sequence[str], wanted: LineRange) -> str:
    """The words of these lines, to be cut down to those that a citation needs."""
    return "\n".join(line.strip() for line in lines[wanted.first - 1 : wanted.last]).strip()


def folded(text: str) -> str:
    """As texts are compared in a search: full and half width, small and large letters alike, white space aside."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def search(lines: Sequence[str], words: str) -> Hits:
    """Where `words` stand, also across the ends of lines, which scans break anywhere."""
    wanted = folded(words)
    if not wanted:
        return Hits((), False)
    parts = [folded(line) for line in lines]
    ends = list(accumulate(map(len, parts)))
    ranges = list(dict.fromkeys(_ranges("".join(parts), wanted, ends)))
    shown = tuple(Hit(found, quoted(lines, found)) for found in ranges[:MAX_HITS])
    return Hits(shown, len(ranges) > MAX_HITS)


def _ranges(text: str, wanted: str, ends: Sequence[int]) -> Iterator[LineRange]:
    """The lines of every occurrence; `ends`: where each line ends in `text`."""
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        yield LineRange(bisect_right(ends, start) + 1, bisect_right(ends, end - 1) + 1)
        start = text.find(wanted, end)
