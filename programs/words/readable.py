"""A programme document as people read it (読みやすい文書): section by section, each line with its sources.

What a frame pays stands in programs.words.printed; this lists the same figures one below another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eligibility.engine import citations
from eligibility.engine.citations import Statement
from eligibility.engine.document import (
    KIND_LABELS,
    REVIEW_LABELS,
    STAGE_LABELS,
    Desk,
    Frame,
    LawPeriod,
    ProgrammeDocument,
    Requirement,
    Round,
    Step,
)
from eligibility.engine.facts import Vocabulary
from portal.common.japanese import write_date, write_moment
from programs.words.phrases import Source, Wording
from programs.words.printed import REST, Entry, PrintedFrame, figures, printed


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a section: what it is called, what it says, where it stands. `url`: where to go for it."""

    name: str
    text: str
    sources: tuple[Source, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class StepLine:
    """Something to prepare or to do, and how long it takes where that is printed."""

    name: str
    text: str
    lead_time: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ReadableFrame:
    slug: str
    name: str
    summary: str
    requirements: tuple[Line, ...]
    expenses: tuple[Line, ...]
    benefit: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Readable:
    """Sections in reading order."""

    title: str
    summary: str
    target: str
    identity: tuple[Line, ...]
    desks: tuple[Line, ...]
    time: tuple[Line, ...]
    rounds: tuple[Line, ...]
    time_notes: tuple[Line, ...]
    requirements: tuple[Line, ...]
    frames: tuple[ReadableFrame, ...]
    documents: tuple[StepLine, ...]
    steps: tuple[StepLine, ...]
    exclusions: tuple[Line, ...]
    not_required: tuple[Line, ...]
    open_points: tuple[Line, ...]
    readings: tuple[Line, ...]
    sources: tuple[Line, ...]


def readable(document: ProgrammeDocument, vocabulary: Vocabulary) -> Readable:
    return _Reader(document, vocabulary).read()


class _Reader:
    def __init__(self, document: ProgrammeDocument, vocabulary: Vocabulary) -> None:
        self._document = document
        self._wording = Wording(document.sources, vocabulary)
        self._printed = {frame.slug: frame for frame in printed(document, vocabulary).frames}

    def read(self) -> Readable:
        document, practice, sources = self._document, self._document.practice, self._wording.sources
        return Readable(
            title=document.identity.name_ja,
            summary=document.identity.summary,
            target=document.identity.target,
            identity=tuple(self._identity()),
            desks=tuple(self._desk(desk) for desk in document.identity.desks),
            time=tuple(self._time()),
            rounds=tuple(self._round(round_) for round_ in document.time.rounds),
            time_notes=self._statements("注記", document.time.notes),
            requirements=tuple(self._requirement(r) for r in document.requirements),
            frames=tuple(self._frame(frame) for frame in document.frames),
            documents=tuple(self._step(step) for step in practice.documents),
            steps=tuple(self._step(step) for step in practice.steps),
            exclusions=self._statements("ほかの制度との関係", practice.exclusions),
            not_required=self._statements("要件ではないこと", practice.not_required),
            open_points=self._statements("資料に書かれていないこと", practice.open_points),
            readings=tuple(Line(r.text, f"理由：{r.reason}", sources(r.cites)) for r in document.readings),
            sources=tuple(_source(source) for source in document.sources),
        )

    def _identity(self) -> Iterable[Line]:
        identity = self._document.identity
        yield Line("種別", KIND_LABELS[identity.kind])
        yield Line("別の呼び方", "、".join(identity.aliases) or "なし")
        if identity.predecessors:
            yield Line("前身", "、".join(identity.predecessors))
        for name, statement in (("所管", identity.issuer), ("根拠", identity.law), ("予算", identity.budget)):
            if statement is not None:
                yield self._statement(name, statement)

    def _desk(self, desk: Desk) -> Line:
        contact = "　".join(part for part in (desk.telephone, desk.note) if part)
        text = contact or ("" if desk.url else "連絡先の記載なし")
        return Line(desk.name, text, self._wording.sources(desk.cites), desk.url)

    def _time(self) -> Iterable[Line]:
        time = self._document.time
        yield Line("公表日", write_date(time.announced))
        yield Line("段階", STAGE_LABELS[time.stage])
        if time.period is not None:
            yield self._period(time.period)

    def _period(self, period: LawPeriod) -> Line:
        first = write_date(period.first) if period.first else "開始の記載なし"
        last = write_date(period.last) if period.last else "終わりの記載なし"
        return Line("適用期間", f"{first}〜{last}", self._wording.sources(period.cites))

    def _round(self, round_: Round) -> Line:
        names = {frame.slug: frame.name_ja for frame in self._document.frames}
        frames = "、".join(names.get(slug, slug) for slug in round_.frames) or "すべての枠"
        opens = write_moment(round_.opens) if round_.opens else "開始の記載なし"
        closes = write_moment(round_.closes) if round_.closes else "締切の記載なし"
        text = f"{opens}〜{closes}{'（予定）' if round_.tentative else ''}、{frames}"
        return Line(round_.name, text, self._wording.sources(round_.cites))

    def _requirement(self, requirement: Requirement) -> Line:
        rule = REVIEW_LABELS[requirement.review] if requirement.review else self._wording.words(requirement.criterion)
        if rule == requirement.text:
            rule = "「はい」か「いいえ」で答えていただきます"
        return Line(requirement.text, f"判定：{rule}", self._wording.sources(requirement.cites))

    def _frame(self, frame: Frame) -> ReadableFrame:
        return ReadableFrame(
            frame.slug,
            frame.name_ja,
            frame.summary,
            tuple(self._requirement(requirement) for requirement in frame.requirements),
            tuple(_expenses(self._printed[frame.slug])),
            tuple(self._benefit(frame)),
        )

    def _benefit(self, frame: Frame) -> Iterable[Line]:
        found = figures(frame.benefit, self._wording)
        yield from (_figure(found.rate_name, entry) for entry in found.rates)
        yield from (_figure("上限", entry) for entry in found.caps)
        yield from (_figure("下限・帯", entry) for entry in found.floors)

    def _step(self, step: Step) -> StepLine:
        return StepLine(step.title, step.text, step.lead_time, self._wording.sources(step.cites))

    def _statements(self, name: str, statements: Iterable[Statement]) -> tuple[Line, ...]:
        return tuple(self._statement(name, statement) for statement in statements)

    def _statement(self, name: str, statement: Statement) -> Line:
        return Line(name, statement.text, self._wording.sources(statement.cites))


def _source(source: citations.Source) -> Line:
    return Line(source.title, f"{source.publisher}、{write_date(source.date)}、{source.document}", url=source.url)


def _expenses(frame: PrintedFrame) -> Iterable[Line]:
    for entry in frame.expenses.entries:
        condition = f"（{entry.condition}）" if entry.condition else ""
        yield Line(entry.label or entry.note, entry.text + condition, entry.sources)


def _figure(name: str, entry: Entry) -> Line:
    """「補助率（PC・タブレット等）」「直近期が赤字である のとき：3/4」."""
    when = f"{entry.condition}{'' if entry.condition == REST else ' のとき'}：" if entry.condition else ""
    note = f"（{entry.note}）" if entry.note else ""
    return Line(f"{name}（{entry.label}）" if entry.label else name, f"{when}{entry.text}{note}", entry.sources)
