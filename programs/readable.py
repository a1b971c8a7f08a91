"""A programme document as an officer reads it (読みやすい文書): words from the criteria, tables from the figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eligibility.engine.benefit_terms import AddOn, Bound, CapRow, OpenBenefit, RateRow, SubsidyBenefit, TaxBenefit
from eligibility.engine.citations import Cite, Statement
from eligibility.engine.criteria import BaseCriterion, yen
from eligibility.engine.document import Frame, ProgrammeDocument, Requirement, Step
from eligibility.engine.facts import Vocabulary
from eligibility.engine.steps import DEPRECIATION, tiers_text

REVIEW_LABELS = {
    "advice": "勧められていること",
    "quota": "社数の限り",
    "examination": "審査",
    "change": "変更の可能性",
    "detail": "公募要領で確認",
}
BASIS_LABELS = {"complete": "一覧のとおり", "examples": "例示（例にない経費は要確認）", "none": "一覧の記載なし"}


@dataclass(frozen=True, slots=True)
class Source:
    document: str
    lines: str
    quote: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a section: what it is called, what it says, where it stands."""

    name: str
    text: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadableFrame:
    slug: str
    name: str
    requirements: tuple[Line, ...]
    expenses: tuple[Line, ...]
    benefit: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Readable:
    """Sections in reading order."""

    title: str
    identity: tuple[Line, ...]
    time: tuple[Line, ...]
    requirements: tuple[Line, ...]
    frames: tuple[ReadableFrame, ...]
    practice: tuple[Line, ...]
    readings: tuple[Line, ...]
    sources: tuple[Line, ...]


def readable(document: ProgrammeDocument, vocabulary: Vocabulary) -> Readable:
    return _Reader(document, vocabulary).read()


class _Reader:
    def __init__(self, document: ProgrammeDocument, vocabulary: Vocabulary) -> None:
        self._document = document
        self._vocabulary = vocabulary

    def read(self) -> Readable:
        document = self._document
        return Readable(
            document.identity.name_ja,
            tuple(self._identity()),
            tuple(self._time()),
            tuple(self._requirement(r) for r in document.requirements),
            tuple(self._frame(frame) for frame in document.frames),
            tuple(self._practice()),
            tuple(Line(r.text, f"理由：{r.reason}", self._sources(r.cites)) for r in document.readings),
            tuple(Line(s.title, f"{s.publisher}、{s.date}、{s.document}") for s in document.sources),
        )

    def _identity(self) -> Iterable[Line]:
        identity = self._document.identity
        yield Line("別の呼び方", "、".join(identity.aliases) or "なし")
        yield Line("概要", identity.summary)
        yield Line("対象者", identity.target)
        for name, statement in (("所管", identity.issuer), ("根拠", identity.law), ("予算", identity.budget)):
            if statement is not None:
                yield self._statement(name, statement)
        for desk in identity.desks:
            contact = "　".join(part for part in (desk.telephone, desk.url, desk.note) if part)
            yield Line(f"窓口：{desk.name}", contact or "連絡先の記載なし", self._sources(desk.cites))

    def _time(self) -> Iterable[Line]:
        time = self._document.time
        yield Line("公表日", f"{time.announced}")
        yield Line("段階", {"call": "公募", "request": "概算要求（公募ではない）", "law": "税制"}[time.stage])
        names = {frame.slug: frame.name_ja for frame in self._document.frames}
        for round_ in time.rounds:
            frames = "、".join(names[slug] for slug in round_.frames) or "すべての枠"
            dates = f"{round_.opens or '開始の記載なし'}〜{round_.closes or '締切の記載なし'}"
            text = f"{dates}（{frames}）{'・予定' if round_.tentative else ''}"
            yield Line(round_.name, text, self._sources(round_.cites))
        if time.period is not None:
            first, last = time.period.first or "開始の記載なし", time.period.last or "終わりの記載なし"
            yield Line("適用期間", f"{first}〜{last}", self._sources(time.period.cites))
        for note in time.notes:
            yield self._statement("注記", note)

    def _requirement(self, requirement: Requirement) -> Line:
        rule = REVIEW_LABELS[requirement.review] if requirement.review else self._words(requirement.criterion)
        return Line(requirement.text, f"判定：{rule}", self._sources(requirement.cites))

    def _frame(self, frame: Frame) -> ReadableFrame:
        return ReadableFrame(
            frame.slug,
            frame.name_ja,
            tuple(self._requirement(requirement) for requirement in frame.requirements),
            tuple(self._expenses(frame)),
            tuple(self._benefit(frame)),
        )

    def _expenses(self, frame: Frame) -> Iterable[Line]:
        expenses, fact = frame.expenses, self._vocabulary["expenses"]
        yield Line(BASIS_LABELS[expenses.basis], expenses.text, self._sources(expenses.cites))
        for name, categories in (("数える区分", expenses.listed), ("除く区分", expenses.excluded)):
            if categories:
                yield Line(name, "、".join(fact.label_of(category) for category in categories))
        for part in expenses.conditional:
            labels = "、".join(fact.label_of(category) for category in part.categories)
            yield Line(f"条件つき：{labels}", self._words(part.when), self._sources(part.cites))

    def _benefit(self, frame: Frame) -> Iterable[Line]:
        benefit = frame.benefit
        if isinstance(benefit, OpenBenefit):
            yield Line("額", benefit.reason, self._sources(benefit.cites))
        elif isinstance(benefit, SubsidyBenefit):
            for part in benefit.parts:
                yield from (self._rate(f"補助率（{part.name}）", row) for row in part.rates)
                yield from (self._cap(f"上限（{part.name}）", cap) for cap in part.caps)
            yield from (self._cap("上限", cap) for cap in benefit.caps)
            yield from (self._cap(f"上乗せ（{add_on.name}）", add_on) for add_on in benefit.add_ons)
            yield from (self._bound(bound) for bound in benefit.bounds)
        else:
            yield from self._tax(benefit)

    def _tax(self, benefit: TaxBenefit) -> Iterable[Line]:
        name = DEPRECIATION.get(benefit.kind, "税額控除")
        yield from (self._rate(name, row) for row in benefit.rates)
        if benefit.base_cap is not None:
            yield Line("投資額の上限", yen(benefit.base_cap), self._sources(benefit.base_cap_cites))
        if benefit.tax_cap is not None:
            shared = "、".join(self._vocabulary.label(fact) for fact in benefit.tax_cap.shared_with)
            text = f"{self._vocabulary.label(benefit.tax_cap.of)}の{benefit.tax_cap.percent}％"
            text += f"（{shared}と合わせて）" if shared else ""
            yield Line("控除の上限", text, self._sources(benefit.tax_cap.cites))
        yield from (self._bound(bound) for bound in benefit.bounds)

    def _rate(self, name: str, row: RateRow) -> Line:
        return Line(name, f"{self._condition(row.when)}{tiers_text(row)}", self._sources(row.cites))

    def _cap(self, name: str, row: CapRow | AddOn) -> Line:
        high = f"〜{yen(row.amount_high)}（どこに当たるかは資料から決まりません）" if row.amount_high else ""
        return Line(name, f"{self._condition(row.when)}{yen(row.amount)}{high}", self._sources(row.cites))

    def _bound(self, bound: Bound) -> Line:
        return Line("下限・帯", bound.text, self._sources(bound.cites))

    def _practice(self) -> Iterable[Line]:
        practice = self._document.practice
        for name, steps in (("用意するもの", practice.documents), ("手続き", practice.steps)):
            yield from (self._step(name, step) for step in steps)
        statements = (
            ("ほかの制度との関係", practice.exclusions),
            ("要件ではないこと", practice.not_required),
            ("資料に書かれていないこと", practice.open_points),
        )
        for name, notes in statements:
            yield from (self._statement(name, note) for note in notes)

    def _step(self, name: str, step: Step) -> Line:
        lead_time = f"（かかる期間：{step.lead_time}）" if step.lead_time else ""
        return Line(name, f"{step.title}　{step.text}{lead_time}", self._sources(step.cites))

    def _statement(self, name: str, statement: Statement) -> Line:
        return Line(name, statement.text, self._sources(statement.cites))

    def _condition(self, criterion: BaseCriterion | None) -> str:
        return f"{self._words(criterion)} のとき：" if criterion is not None else ""

    def _words(self, criterion: BaseCriterion | None) -> str:
        return criterion.words(self._vocabulary) if criterion is not None else ""

    def _sources(self, cites: Iterable[Cite]) -> tuple[Source, ...]:
        return tuple(Source(self._document.source(c.source).document, c.lines, c.quote) for c in cites)
