"""What a document names (参照): ids that are unique, names that exist, sources that are used and fresh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from eligibility.engine.benefit import COVERED
from eligibility.engine.benefit_terms import Bound, OpenBenefit, SubsidyBenefit, TaxBenefit
from eligibility.engine.citations import Cite
from eligibility.engine.document import Frame, ProgrammeDocument
from eligibility.engine.errors import Finding
from eligibility.engine.linter.walking import walk

FRESH_FOR_YEARS = 1


def reference_findings(document: ProgrammeDocument) -> Iterator[Finding]:
    yield from _identities(document)
    yield from _kinds(document)
    yield from _rounds(document)
    yield from _citations(document)
    for number, frame in enumerate(document.frames):
        yield from _parts(number, frame)


def freshness_findings(document: ProgrammeDocument, checked: Mapping[str, date], today: date) -> Iterator[Finding]:
    """Sources that nobody checked for a year before `today`; one that never was counts from its own date."""
    limit = _a_year_before(today)
    for number, source in enumerate(document.sources):
        last = checked.get(source.document)
        if (last or source.date) < limit:
            since = f"{last.isoformat()}の確認から" if last else f"発行日（{source.date.isoformat()}）から"
            message = f"「{source.title}」は、{since}12か月以上確かめられていません。今も同じ内容か確かめてください。"
            yield Finding(f"sources.{number}", message, level="warning")


def _a_year_before(day: date) -> date:
    year = day.year - FRESH_FOR_YEARS
    if year < date.min.year:
        return date.min
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=year, day=28) if is_leap_day else day.replace(year=year)


def _identities(document: ProgrammeDocument) -> Iterator[Finding]:
    yield from repeated("sources", [source.id for source in document.sources])
    yield from repeated("frames", [frame.slug for frame in document.frames])
    yield from repeated("readings", [reading.id for reading in document.readings])
    yield from repeated("identity.predecessors", list(document.identity.predecessors))
    shared = [COVERED, *(requirement.id for requirement in document.requirements)]
    for number, frame in enumerate(document.frames):
        own = [requirement.id for requirement in frame.requirements]
        benefit = frame.benefit
        bounds: tuple[Bound, ...] = () if isinstance(benefit, OpenBenefit) else benefit.bounds
        yield from repeated(f"frames.{number}.requirements", [*shared, *own, *(bound.id for bound in bounds)])
        if isinstance(benefit, SubsidyBenefit):
            yield from repeated(f"frames.{number}.benefit.parts", [part.id for part in benefit.parts])
            yield from repeated(f"frames.{number}.benefit.add_ons", [add_on.id for add_on in benefit.add_ons])


def repeated(path: str, ids: Sequence[str]) -> Iterator[Finding]:
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield Finding(path, f"「{name}」が二度使われています。別の名前にしてください。")


def _kinds(document: ProgrammeDocument) -> Iterator[Finding]:
    for number, frame in enumerate(document.frames):
        if isinstance(frame.benefit, TaxBenefit) != (document.identity.kind == "tax"):
            yield Finding(f"frames.{number}.benefit.kind", "「制度の基本」の制度の種別と、枠の支援の種類が合いません。")


def _rounds(document: ProgrammeDocument) -> Iterator[Finding]:
    rounds = document.time.rounds
    yield from repeated("time.rounds", [round_.id for round_ in rounds])
    slugs = {frame.slug for frame in document.frames}
    for number, round_ in enumerate(rounds):
        path = f"time.rounds.{number}.frames"
        yield from repeated(path, round_.frames)
        for slug in round_.frames:
            if slug not in slugs:
                yield Finding(path, f"「{slug}」という枠はこの文書にありません。")
    named = {slug for round_ in rounds for slug in round_.frames}
    if rounds and all(round_.frames for round_ in rounds):
        for number, frame in enumerate(document.frames):
            if frame.slug not in named:
                yield Finding(f"frames.{number}", "この枠を対象とする公募回がありません。", level="warning")


def _citations(document: ProgrammeDocument) -> Iterator[Finding]:
    sources = {source.id for source in document.sources}
    used: set[str] = set()
    for path, part in walk(document):
        if isinstance(part, Cite):
            used.add(part.source)
            if part.source not in sources:
                yield Finding(f"{path}.source", f"「{part.source}」という出典は、この制度の「出典」にありません。")
        cites = getattr(part, "cites", ())
        if len(set(cites)) < len(cites):
            yield Finding(f"{path}.cites", "同じ引用が二度書かれています。一つを消してください。", level="warning")
    for number, source in enumerate(document.sources):
        if source.id not in used:
            message = "どこからも引用されていない出典です。引用するか、消してください。"
            yield Finding(f"sources.{number}", message, level="warning")


def _parts(number: int, frame: Frame) -> Iterator[Finding]:
    """Every covered category is paid by exactly one part."""
    if not isinstance(frame.benefit, SubsidyBenefit):
        return
    path, parts = f"frames.{number}.benefit.parts", frame.benefit.parts
    categories = [category for part in parts for category in part.categories]
    if not categories and len(parts) == 1:
        return  # one part takes everything
    if len(categories) != len(set(categories)) or not all(part.categories for part in parts):
        yield Finding(path, "経費の区分が二つの部分に入っているか、区分のない部分があります。")
    if frame.expenses.basis != "complete":
        yield Finding(path, "区分ごとの補助は、対象経費の一覧の示し方が「一覧のとおり」の枠でだけ使えます。")
    covered = {*frame.expenses.listed, *(c for part in frame.expenses.conditional for c in part.categories)}
    for category in sorted(set(categories) - covered):
        yield Finding(path, f"「{category}」は対象経費の「対象になる区分」にありません。")
    for category in sorted(covered - set(categories)):
        yield Finding(path, f"対象経費の「{category}」が、どの部分にも入っていません。")
