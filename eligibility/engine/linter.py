"""What must hold before a document loads (文書の検査). Each finding names the path, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from eligibility.engine.bands import table_faults
from eligibility.engine.benefit import COVERED
from eligibility.engine.benefit_terms import Bound, OpenBenefit, ShareOf, SubsidyBenefit, TaxBenefit, TaxCap
from eligibility.engine.citations import Cite, without_space
from eligibility.engine.criteria import BaseCriterion, Group
from eligibility.engine.criteria.size import CompanySize
from eligibility.engine.document import Frame, ProgrammeDocument, Requirement
from eligibility.engine.errors import Finding
from eligibility.engine.facts import FactType, Vocabulary

MAX_DEPTH = 3  # group > group > leaf


def lint(
    document: ProgrammeDocument, vocabulary: Vocabulary, texts: Mapping[str, Sequence[str]] | None = None
) -> list[Finding]:
    """Every finding. `texts`: the lines of each source file, to compare quotes with; None leaves that out."""
    findings = [
        *_identities(document),
        *_criteria(document, vocabulary),
        *_facts_of_money(document, vocabulary),
        *_tables(document, vocabulary),
    ]
    if texts is not None:
        findings += _quotes(document, texts)
    return findings


def walk(part: Any, path: str = "") -> Iterator[tuple[str, BaseModel]]:
    """Every model of a document with its dotted path, outermost first."""
    if isinstance(part, BaseModel):
        yield path, part
        for name in type(part).model_fields:
            yield from walk(getattr(part, name), f"{path}.{name}" if path else name)
    elif isinstance(part, tuple):
        for number, item in enumerate(part):
            yield from walk(item, f"{path}.{number}")


def _identities(document: ProgrammeDocument) -> Iterator[Finding]:
    yield from _repeated("sources", [source.id for source in document.sources])
    yield from _repeated("frames", [frame.slug for frame in document.frames])
    yield from _repeated("time.rounds", [round_.id for round_ in document.time.rounds])
    yield from _kinds(document)
    shared = [COVERED, *(requirement.id for requirement in document.requirements)]
    for number, frame in enumerate(document.frames):
        own = [requirement.id for requirement in frame.requirements]
        bounds: tuple[Bound, ...] = () if isinstance(frame.benefit, OpenBenefit) else frame.benefit.bounds
        yield from _repeated(f"frames.{number}.requirements", [*shared, *own, *(bound.id for bound in bounds)])
    frames = {frame.slug for frame in document.frames}
    for number, round_ in enumerate(document.time.rounds):
        for slug in round_.frames:
            if slug not in frames:
                yield Finding(f"time.rounds.{number}.frames", f"「{slug}」という枠はこの文書にありません。")
    sources = {source.id for source in document.sources}
    for path, part in walk(document):
        if isinstance(part, Cite) and part.source not in sources:
            yield Finding(f"{path}.source", f"「{part.source}」という出典は sources にありません。")


def _kinds(document: ProgrammeDocument) -> Iterator[Finding]:
    for number, frame in enumerate(document.frames):
        if isinstance(frame.benefit, TaxBenefit) != (document.identity.kind == "tax"):
            yield Finding(f"frames.{number}.benefit.kind", "制度の種別（identity.kind）と枠の支援の種類が合いません。")


def _repeated(path: str, ids: Sequence[str]) -> Iterator[Finding]:
    for repeated in sorted({name for name in ids if ids.count(name) > 1}):
        yield Finding(path, f"「{repeated}」が二度使われています。別の名前にしてください。")


def _criteria(document: ProgrammeDocument, vocabulary: Vocabulary) -> Iterator[Finding]:
    for path, part in walk(document):
        if isinstance(part, BaseCriterion) and not isinstance(part, Group):
            yield from (Finding(path, fault) for fault in part.faults(vocabulary))
        if isinstance(part, BaseCriterion) and _depth(part) > MAX_DEPTH:
            yield Finding(path, "条件の入れ子は、グループ・グループ・条件の三段までです。")
        if isinstance(part, Requirement) and part.criterion is not None:
            yield from _added_facts_stand_alone(path, part.criterion, vocabulary)


def _depth(criterion: BaseCriterion) -> int:
    return 1 + max((_depth(child) for child in criterion.children), default=0)


def _added_facts_stand_alone(path: str, criterion: BaseCriterion, vocabulary: Vocabulary) -> Iterator[Finding]:
    known = [fact for fact in criterion.facts() if fact in vocabulary]
    if len({vocabulary[fact].added for fact in known}) > 1:
        yield Finding(path, "この資料に固有の項目（added）は、契約の項目と一つの要件に混ぜず、別の要件にしてください。")


def _facts_of_money(document: ProgrammeDocument, vocabulary: Vocabulary) -> Iterator[Finding]:
    categories = {choice.key for choice in vocabulary["expenses"].categories}
    for path, part in walk(document):
        yen_facts: Iterable[str] = ()
        if isinstance(part, ShareOf):
            yen_facts = (part.fact,)
        elif isinstance(part, TaxCap):
            yen_facts = (part.of, *part.shared_with)
        for fact in yen_facts:
            if fact not in vocabulary or vocabulary[fact].type is not FactType.YEN:
                yield Finding(path, f"「{fact}」は円の項目ではありません。")
        for field in ("listed", "excluded", "categories"):
            for category in getattr(part, field, ()):
                if category not in categories:
                    yield Finding(f"{path}.{field}", f"「{category}」という経費の区分は語彙にありません。")


def _tables(document: ProgrammeDocument, vocabulary: Vocabulary) -> Iterator[Finding]:
    for number, frame in enumerate(document.frames):
        sizes = _required_sizes([*document.requirements, *frame.requirements])
        for path, part in walk(frame.benefit, f"frames.{number}.benefit"):
            for field in ("rates", "caps"):
                rows = getattr(part, field, ())
                if rows:
                    faults = table_faults([row.when for row in rows], vocabulary, sizes)
                    yield from (Finding(f"{path}.{field}.{row}", fault) for row, fault in faults)
        yield from _parts(number, frame)


def _required_sizes(requirements: Sequence[Requirement]) -> frozenset[str]:
    sizes = [set[str](r.criterion.classes) for r in requirements if isinstance(r.criterion, CompanySize)]
    return frozenset(set.intersection(*sizes)) if sizes else frozenset()


def _parts(number: int, frame: Frame) -> Iterator[Finding]:
    """Every covered category is paid by exactly one part."""
    if not isinstance(frame.benefit, SubsidyBenefit):
        return
    path, parts = f"frames.{number}.benefit.parts", frame.benefit.parts
    yield from _repeated(path, [part.id for part in parts])
    categories = [category for part in parts for category in part.categories]
    if not categories and len(parts) == 1:
        return  # one part takes everything
    if len(categories) != len(set(categories)) or not all(part.categories for part in parts):
        yield Finding(path, "経費の区分が二つの部分に入っているか、区分のない部分があります。")
    if frame.expenses.basis != "complete":
        yield Finding(path, "区分ごとの補助は、経費の一覧が示されている枠（basis: complete）でだけ使えます。")
    covered = {*frame.expenses.listed, *(c for part in frame.expenses.conditional for c in part.categories)}
    for category in sorted(set(categories) - covered):
        yield Finding(path, f"「{category}」は対象経費（expenses.listed）にありません。")
    for category in sorted(covered - set(categories)):
        yield Finding(path, f"対象経費の「{category}」が、どの部分にも入っていません。")


def _quotes(document: ProgrammeDocument, texts: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    files = {source.id: source.document for source in document.sources}
    for path, part in walk(document):
        if not isinstance(part, Cite) or part.source not in files:
            continue
        lines = texts.get(files[part.source])
        if lines is None:
            yield Finding(f"{path}.source", f"出典のファイル {files[part.source]} が fixtures/sources/ にありません。")
        elif part.last > len(lines):
            yield Finding(f"{path}.lines", f"{files[part.source]} は {len(lines)} 行までです。")
        elif without_space(part.quote) not in without_space("".join(lines[part.first - 1 : part.last])):
            yield Finding(f"{path}.quote", f"引用した言葉が {files[part.source]} の {part.lines} 行にありません。")
