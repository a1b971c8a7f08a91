"""Every figure of a document is printed in the words that it cites (数字と引用の照合).

A figure counts as printed where a quote of the same part prints it: of the requirement, row, add-on, bound or round
that holds it. There is one other way: a reading (読み) whose own words state the figure and that cites one of the
lines that the part cites. So whoever takes a figure from elsewhere (a statute, another table) says so, with a reason,
where everybody can read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from eligibility.engine.citations import Cite
from eligibility.engine.document import ProgrammeDocument, Reading
from eligibility.engine.errors import Finding
from eligibility.engine.facts import Vocabulary
from eligibility.engine.figures import SEPARATOR, figures_in
from eligibility.engine.linter.claims import Claim, Holder, Print, holder_of
from eligibility.engine.linter.walking import walk


def printed_findings(document: ProgrammeDocument, vocabulary: Vocabulary) -> Iterator[Finding]:
    for path, part in walk(document):
        holder = holder_of(path, part, vocabulary)
        if holder is not None and holder.claims:
            near = _near(document, holder.cites)
            yield from _missing(document, holder, near)
            yield from _outdated(holder, near)


def _missing(document: ProgrammeDocument, holder: Holder, near: tuple[date, ...]) -> Iterator[Finding]:
    quoted = _print([cite.quote for cite in holder.cites], near)
    absent = [claim for claim in holder.claims if not claim.is_printed(quoted)]
    if not absent:
        return
    explained = _print([reading.text for reading in _readings(document, holder.cites)], quoted.near)
    yield from (Finding(claim.path, _words(claim, quoted)) for claim in absent if not claim.is_printed(explained))


def _outdated(holder: Holder, near: tuple[date, ...]) -> Iterator[Finding]:
    """Quotes that print other figures in the place of those that the rest of the quotes print."""
    quotes = [_print([cite.quote], near) for cite in holder.cites]
    for cite, quoted in zip(holder.cites, quotes, strict=True):
        own = {claim.kind for claim in holder.claims if claim.is_printed(quoted)}
        for claim in holder.claims:
            is_known = any(claim.is_printed(other) for other in quotes)
            if is_known and claim.kind not in own and _prints_another(claim, quoted):
                yield Finding(claim.path, _warning(claim, cite), level="warning")
                break


def _prints_another(claim: Claim, quoted: Print) -> bool:
    """Whether there is a figure of the claim's kind. Days of publication stand beside all others."""
    if claim.kind == "day":
        known = [day for day in quoted.near if any(found.may_be(day, {day.year}) for found in quoted.figures.days)]
        return len(quoted.figures.days) > len(known)
    return claim.kind != "" and any(quoted.of(claim.kind))


def _warning(claim: Claim, cite: Cite) -> str:
    return (
        f"{claim.what}のこの数字（{claim.shown}）ではない数字が、引用の一つ（{cite.source}の{cite.lines}行）にあります。"
        "古い引用が残っているなら、消してください。"
    )


def _print(texts: Sequence[str], near: tuple[date, ...]) -> Print:
    text = SEPARATOR.join(texts)
    return Print(text, figures_in(text), near)


def _near(document: ProgrammeDocument, cites: Sequence[Cite]) -> tuple[date, ...]:
    """When the cited sources, and the call, were published."""
    cited = {cite.source for cite in cites}
    return (document.time.announced, *(source.date for source in document.sources if source.id in cited))


def _readings(document: ProgrammeDocument, cites: Sequence[Cite]) -> Iterator[Reading]:
    for reading in document.readings:
        if any(_overlap(one, other) for one in reading.cites for other in cites):
            yield reading


def _overlap(one: Cite, other: Cite) -> bool:
    return one.source == other.source and one.first <= other.last and other.first <= one.last


def _words(claim: Claim, quoted: Print) -> str:
    hint = claim.hint(quoted)
    instead = f"（引用は「{hint}」）" if hint else ""
    return (
        f"{claim.what}のこの数字（{claim.shown}）が、引用した言葉の中にありません{instead}。"
        "引用か数字を直すか、同じ行を引用する「読み」で説明してください。"
    )
