"""The answer as people read it (診断結果): frozen values for templates, the same for the page and the PDF.

Built from an Evaluation; it decides nothing. Every text an owner sees about a result is made here or in a template.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from eligibility.engine.availability import Availability
from eligibility.engine.benefit import COVERED
from eligibility.engine.benefit_terms import TAX_LABELS, OpenBenefit, TaxBenefit
from eligibility.engine.calendar import AsOf
from eligibility.engine.citations import Cite, Statement
from eligibility.engine.criteria import show
from eligibility.engine.document import ProgrammeDocument, Step
from eligibility.engine.evaluate import CompiledVersion, FrameResult, Proof, RuleSet, Status, Verdict
from eligibility.engine.facts import FactType, Vocabulary
from eligibility.engine.interval import interval_text
from eligibility.engine.steps import steps_of
from eligibility.evaluations import Evaluation, evaluate_profile
from eligibility.industries import industry_label
from eligibility.report_parts import (
    AbsentProgramme,
    AmountReport,
    DeskNote,
    FrameReport,
    MissingFact,
    Note,
    ProgrammeReport,
    Report,
    RequirementRow,
    RoundReport,
    SourceRef,
    StepNote,
)
from portal.common.japanese import write_date, write_moment
from portal.common.prefectures import PREFECTURES

MARKS = {Status.MET: "✓", Status.UNMET: "✗", Status.UNKNOWN: "–", Status.REVIEW: "審査"}
AVAILABILITY_LABELS = {
    Availability.OPEN: "受付中",
    Availability.UPCOMING: "受付前",
    Availability.CLOSED: "受付終了",
    Availability.NOT_OFFERED: "公募されていません",
    Availability.UNKNOWN: "受付状況は資料では確認できません",
}


def build_report(profile: dict[str, Any], as_of: AsOf, rules: RuleSet) -> Report:
    """The report for a parsed profile over every programme in force on the day."""
    return report_of(evaluate_profile(profile, as_of, rules), rules)


def report_of(evaluation: Evaluation, rules: RuleSet) -> Report:
    by_version: dict[str, list[FrameResult]] = {}
    for result in evaluation.results:
        by_version.setdefault(result.rules.document.key, []).append(result)
    writer = _Writer(rules.vocabulary, evaluation.as_of)
    programmes = [writer.programme(results[0].rules, results) for results in by_version.values()]
    return Report(
        str(evaluation.as_of),
        write_date(evaluation.as_of.day),
        tuple(sorted(programmes, key=lambda programme: programme.best.rank)),
        tuple(_absent(slug, rules) for slug in evaluation.not_in_force),
        writer.missing(_most_wanted(evaluation.results)),
        tuple(
            (fact.ja, answer_text(rules.vocabulary, key, evaluation.profile[key]))
            for key, fact in rules.vocabulary.items()
            if key in evaluation.profile
        ),
    )


def _most_wanted(results: Iterable[FrameResult]) -> list[str]:
    """Facts by how many frames wait for them, frames that can be applied for on the day before all others."""
    waiting: dict[str, tuple[int, int]] = {}
    for result in results:
        is_open = result.availability is Availability.OPEN
        for fact in result.missing:
            opened, every = waiting.get(fact, (0, 0))
            waiting[fact] = (opened + is_open, every + 1)
    return sorted(waiting, key=waiting.__getitem__, reverse=True)


def _absent(slug: str, rules: RuleSet) -> AbsentProgramme:
    versions = [v.document for v in rules.versions.values() if v.document.program == slug]
    first = min(versions, key=lambda document: document.time.announced)
    return AbsentProgramme(slug, first.identity.name_ja, first.time.announced)


class _Writer:
    """Turns engine results into words, for one vocabulary and one day."""

    def __init__(self, vocabulary: Vocabulary, as_of: AsOf) -> None:
        self._vocabulary = vocabulary
        self._as_of = as_of

    def programme(self, rules: CompiledVersion, results: list[FrameResult]) -> ProgrammeReport:
        document = rules.document
        frames = [self._frame(result, document) for result in results]
        practice = document.practice
        return ProgrammeReport(
            slug=document.program,
            version=document.version,
            revision=rules.revision,
            rules_hash=rules.rules_hash,
            name=document.identity.name_ja,
            short_name=document.identity.short_name,
            summary=document.identity.summary,
            target=document.identity.target,
            kind=document.identity.kind,
            frames=tuple(sorted(frames, key=_frame_order)),
            desks=tuple(DeskNote(d.name, d.telephone, d.url, d.note) for d in document.identity.desks),
            documents=_step_notes(practice.documents, document),
            steps=_step_notes(practice.steps, document),
            exclusions=_notes(practice.exclusions, document),
            not_required=_notes(practice.not_required, document),
            open_points=_notes(practice.open_points, document),
            time_notes=_notes(document.time.notes, document),
            source_titles=tuple(f"{s.title}（{s.publisher}、{write_date(s.date)}）" for s in document.sources),
        )

    def _frame(self, result: FrameResult, document: ProgrammeDocument) -> FrameReport:
        open_review = len(result.open_review)
        return FrameReport(
            slug=result.frame.document.slug,
            name=result.frame.document.name_ja,
            verdict=result.verdict.value,
            verdict_label=verdict_label(result.verdict, open_review),
            open_review=open_review,
            availability=result.availability.value,
            availability_label=AVAILABILITY_LABELS[result.availability],
            rounds=self._rounds(result),
            rows=tuple(self._row(proof, document) for proof in result.proofs),
            amount=self._amount(result),
            missing=self.missing(result.missing),
        )

    def missing(self, keys: Iterable[str]) -> tuple[MissingFact, ...]:
        return tuple(MissingFact(key, self._vocabulary.label(key)) for key in keys)

    def _rounds(self, result: FrameResult) -> tuple[RoundReport, ...]:
        return tuple(
            RoundReport(
                state.round.name,
                moment_text(state.round.opens),
                moment_text(state.round.closes),
                AVAILABILITY_LABELS[state.availability],
                state.round.tentative,
            )
            for state in result.frame.clock.rounds(self._as_of)
        )

    def _row(self, proof: Proof, document: ProgrammeDocument) -> RequirementRow:
        return RequirementRow(
            proof.id,
            proof.text,
            proof.status.value,
            MARKS[proof.status],
            self._actual(proof),
            self._expected(proof),
            _sources(proof.cites, document),
        )

    def _expected(self, proof: Proof) -> str:
        if proof.bound is not None:
            return "対象になる経費がある" if proof.id == COVERED else proof.text
        criterion = proof.criterion
        if criterion is None:
            return "審査・公募要領で確認します"
        return criterion.words_for(proof.case, self._vocabulary)

    def _actual(self, proof: Proof) -> str:
        if proof.bound is not None:
            return "未回答" if proof.bound.value is None else interval_text(proof.bound.value)
        actual = proof.actual
        if isinstance(actual, dict) and "drop_percent" in actual:
            months = "・".join(moment_text(month) for month in actual["months"])
            return (
                f"{months}の合計 {actual['sales']:,}円（比べる月 {actual['base']:,}円、{actual['drop_percent']}％減）"
            )
        if proof.facts == ("monthly_sales",) and isinstance(actual, dict):
            known = (f"{moment_text(month)} {drop}％減" for month, drop in actual.items() if drop is not None)
            return "、".join(known) or "比べられる月がまだありません"
        profile = proof.case.profile
        if len(proof.facts) == 1:
            return answer_text(self._vocabulary, proof.facts[0], profile.get(proof.facts[0]))
        return "／".join(
            f"{self._vocabulary.short_label(key)}：{answer_text(self._vocabulary, key, profile.get(key))}"
            for key in proof.facts
        )

    def _amount(self, result: FrameResult) -> AmountReport | None:
        pays, document = result.pays, result.frame.document.benefit
        if pays is None:
            return None
        amount = pays.amount
        if isinstance(document, OpenBenefit) or amount is None:
            text = "資料からは額が決まりません"
        else:
            text = interval_text(amount)
        label, is_deduction = "補助額（試算）", False
        if isinstance(document, TaxBenefit):
            is_deduction = document.kind != "credit"
            name = TAX_LABELS[document.kind]
            label = (
                f"{name}の額（損金に算入できる額。減る税額ではありません）" if is_deduction else f"{name}の額（試算）"
            )
        return AmountReport(
            label,
            text,
            amount.low if amount else None,
            amount.high if amount else None,
            amount.is_point if amount else False,
            pays.rate or "",
            tuple(steps_of(result)),
            is_deduction,
            self._unlisted(result),
        )

    def _unlisted(self, result: FrameResult) -> tuple[str, ...]:
        expenses = result.frame.benefit.expenses
        spent = result.expenses or {}
        fact = self._vocabulary["expenses"]
        return tuple(fact.label_of(c) for c, paid in spent.items() if paid and expenses.is_open_to_question(c))


def _frame_order(frame: FrameReport) -> tuple[int, int]:
    """Best first; among equals the larger subsidy. A deduction is no money, so it is never ranked by its size."""
    amount = frame.amount
    size = 0 if amount is None or amount.is_deduction or amount.high is None else amount.high
    return frame.rank, -size


def verdict_label(verdict: Verdict, open_review: int) -> str:
    if verdict is Verdict.NOT_ELIGIBLE:
        return "満たしていない要件があります"
    if verdict is Verdict.NEEDS_INFO:
        return "まだ判定できません（確認が必要な項目があります）"
    if open_review:
        return f"回答いただいた要件は満たしています（要確認 {open_review}件）"
    return "要件を満たしています"


def answer_text(vocabulary: Vocabulary, key: str, value: Any) -> str:
    """One parsed answer in words."""
    fact = vocabulary[key]
    if value is not None and key == "industry":
        return industry_label(value)
    if value is not None and key == "prefecture":
        return PREFECTURES.get(value, value)
    if value is not None and fact.type is FactType.YEN_BY_CATEGORY:
        parts = (f"{fact.label_of(category)} {amount:,}円" for category, amount in value.items() if amount)
        return "、".join(parts) or "0円"
    return show(fact, value)


def moment_text(printed: str | None) -> str:
    """A month, day or hour of a document in words; 「記載なし」 where nothing is printed."""
    return "記載なし" if printed is None else write_moment(printed)


def _sources(cites: Iterable[Cite], document: ProgrammeDocument) -> tuple[SourceRef, ...]:
    named = ((cite, document.source(cite.source)) for cite in cites)
    return tuple(SourceRef(source.document, source.title, cite.lines, cite.quote) for cite, source in named)


def _notes(statements: Iterable[Statement], document: ProgrammeDocument) -> tuple[Note, ...]:
    return tuple(Note(statement.text, _sources(statement.cites, document)) for statement in statements)


def _step_notes(steps: Iterable[Step], document: ProgrammeDocument) -> tuple[StepNote, ...]:
    return tuple(StepNote(s.title, s.text, s.lead_time, _sources(s.cites, document)) for s in steps)
