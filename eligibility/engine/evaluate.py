"""Documents + profile + date -> verdicts with proofs (判定). Compiled once, asked many times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from eligibility.engine.availability import Availability, CallClock
from eligibility.engine.benefit import Assessed, BoundResult, BoundRule, CompiledBenefit, OpenAmount
from eligibility.engine.benefit_terms import OpenBenefit, SubsidyBenefit
from eligibility.engine.calendar import AsOf
from eligibility.engine.citations import Cites
from eligibility.engine.compile import Interner, Node
from eligibility.engine.criteria import BaseCriterion, Case
from eligibility.engine.document import Frame, ProgrammeDocument, Requirement
from eligibility.engine.expenses import EXPENSES
from eligibility.engine.facts import Vocabulary
from eligibility.engine.hashing import rules_hash
from eligibility.engine.subsidy import CompiledSubsidy
from eligibility.engine.tax import CompiledTax
from eligibility.engine.truth import Truth, distinct


class Status(StrEnum):
    """Of one requirement. `REVIEW`: shown, never part of the verdict."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    REVIEW = "review"


class Verdict(StrEnum):
    """Of the company and its project, apart from the call."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    NEEDS_INFO = "needs_info"


class Proof(NamedTuple):
    """One requirement as it stands for one company. `expected`, `actual` and `margin` are JSON-ready."""

    subject: CompiledRequirement | BoundResult
    status: Status
    missing: tuple[str, ...]
    case: Case

    @property
    def id(self) -> str:
        return self._words.id

    @property
    def text(self) -> str:
        """The words of the source."""
        return self._words.text

    @property
    def cites(self) -> Cites:
        return self._words.cites

    @property
    def facts(self) -> tuple[str, ...]:
        return self.subject.facts if isinstance(self.subject, CompiledRequirement) else self.subject.rule.facts

    @property
    def bound(self) -> BoundResult | None:
        return self.subject if isinstance(self.subject, BoundResult) else None

    @property
    def criterion(self) -> BaseCriterion | None:
        """None for a bound of the amount and for what only a review decides."""
        return self.subject.requirement.criterion if isinstance(self.subject, CompiledRequirement) else None

    @property
    def is_open_review(self) -> bool:
        """Written on a fact that the project adds and that is not given yet."""
        return self.status is Status.REVIEW and bool(self.missing)

    @property
    def expected(self) -> Any:
        if isinstance(self.subject, BoundResult):
            return self.subject.rule.expected
        return None if self.criterion is None else self.criterion.expected()

    @property
    def actual(self) -> Any:
        if isinstance(self.subject, BoundResult):
            value = self.subject.value
            return None if value is None else value.low if value.is_point else {"low": value.low, "high": value.high}
        return None if self.criterion is None else self.criterion.actual(self.case)

    @property
    def margin(self) -> Any:
        return None if self.criterion is None else self.criterion.margin(self.case)

    @property
    def _words(self) -> Requirement | BoundRule:
        return self.subject.requirement if isinstance(self.subject, CompiledRequirement) else self.subject.rule


class FrameResult(NamedTuple):
    """One frame's answer. `missing`: absent facts that can still move verdict or amount, most useful first."""

    rules: CompiledVersion
    frame: CompiledFrame
    availability: Availability
    verdict: Verdict
    proofs: tuple[Proof, ...]
    missing: tuple[str, ...]
    benefit: Assessed
    case: Case

    @property
    def expenses(self) -> Mapping[str, int] | None:
        """What the profile says of the project's expenses."""
        return self.case.profile.get(EXPENSES)

    @property
    def open_review(self) -> tuple[str, ...]:
        return tuple(proof.id for proof in self.proofs if proof.is_open_review)

    @property
    def pays(self) -> Assessed | None:
        """The benefit, unless the company is not eligible: then no amount is shown."""
        return None if self.verdict is Verdict.NOT_ELIGIBLE else self.benefit


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRequirement:
    """A requirement with its place among the distinct ones: frames that share it share its proof."""

    index: int
    requirement: Requirement
    node: Node | None
    facts: tuple[str, ...]
    added: tuple[str, ...]  # those of them that are the project's own


@dataclass(frozen=True, slots=True, eq=False)
class CompiledFrame:
    document: Frame
    requirements: tuple[CompiledRequirement, ...]
    benefit: CompiledBenefit
    clock: CallClock


@dataclass(frozen=True, slots=True, eq=False)
class CompiledVersion:
    """One programme version, ready to be asked. `revision` counts what was published of it, from 1."""

    document: ProgrammeDocument
    revision: int
    rules_hash: str
    requirements: tuple[CompiledRequirement, ...]
    frames: tuple[CompiledFrame, ...]


class RuleSet:
    """All versions compiled together, so that equal criteria are judged once a question. Immutable, thread-safe."""

    def __init__(self, documents: Iterable[tuple[ProgrammeDocument, int]], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._interner = Interner()
        self._requirements: dict[Requirement, CompiledRequirement] = {}
        versions = [self._compile(document, revision) for document, revision in documents]
        self.versions: Mapping[str, CompiledVersion] = {version.document.key: version for version in versions}

    def __len__(self) -> int:
        return sum(len(version.frames) for version in self.versions.values())

    def programmes(self) -> tuple[str, ...]:
        return distinct(version.document.program for version in self.versions.values())

    def in_force(self, program: str, as_of: AsOf) -> CompiledVersion | None:
        """The version announced last on or before the day; none before the first announcement."""
        announced = [
            version
            for version in self.versions.values()
            if version.document.program == program and version.document.time.announced <= as_of.day
        ]
        return max(announced, key=lambda version: version.document.time.announced, default=None)

    def evaluate(
        self, profile: Mapping[str, Any], as_of: AsOf, versions: Sequence[CompiledVersion]
    ) -> tuple[FrameResult, ...]:
        """Every frame of `versions` for a parsed profile, in document order."""
        case = Case(profile, as_of, len(self._interner))
        proofs: list[Proof | None] = [None] * len(self._requirements)
        return tuple([result for version in versions for result in _evaluate_version(version, case, proofs)])

    def _compile(self, document: ProgrammeDocument, revision: int) -> CompiledVersion:
        return CompiledVersion(
            document,
            revision,
            rules_hash(document),
            tuple(self._requirement(requirement) for requirement in document.requirements),
            tuple(self._frame(frame, document) for frame in document.frames),
        )

    def _requirement(self, requirement: Requirement) -> CompiledRequirement:
        found = self._requirements.get(requirement)
        if found is None:
            criterion = requirement.criterion
            facts = () if criterion is None else criterion.facts()
            node = None if criterion is None else self._interner.node(criterion)
            added = tuple(fact for fact in facts if self.vocabulary[fact].added)
            found = CompiledRequirement(len(self._requirements), requirement, node, facts, added)
            self._requirements[requirement] = found
        return found

    def _frame(self, frame: Frame, document: ProgrammeDocument) -> CompiledFrame:
        benefit = frame.benefit
        compiled: CompiledBenefit
        if isinstance(benefit, SubsidyBenefit):
            compiled = CompiledSubsidy(benefit, frame.expenses, self._interner)
        elif isinstance(benefit, OpenBenefit):
            compiled = OpenAmount(frame.expenses, (), self._interner)
        else:
            compiled = CompiledTax(benefit, frame.expenses, self._interner)
        requirements = tuple(self._requirement(r) for r in frame.requirements)
        return CompiledFrame(frame, requirements, compiled, CallClock(document.time, frame.slug))


def _evaluate_version(version: CompiledVersion, case: Case, proofs: list[Proof | None]) -> Iterable[FrameResult]:
    shared = [_proof(requirement, case, proofs) for requirement in version.requirements]
    for frame in version.frames:
        benefit = frame.benefit.assess(case)
        own = [_proof(requirement, case, proofs) for requirement in frame.requirements]
        judged = (
            *shared,
            *own,
            *[Proof(bound, _status(bound.judgement.truth), bound.judgement.missing, case) for bound in benefit.bounds],
        )
        verdict = _verdict(judged)
        missing = _missing(verdict, judged, benefit)
        yield FrameResult(version, frame, frame.clock.at(case.as_of), verdict, judged, missing, benefit, case)


def _proof(compiled: CompiledRequirement, case: Case, proofs: list[Proof | None]) -> Proof:
    """The proof of a requirement, made once a question however many frames share it."""
    found = proofs[compiled.index]
    if found is None:
        found = proofs[compiled.index] = _prove(compiled, case)
    return found


def _prove(compiled: CompiledRequirement, case: Case) -> Proof:
    if compiled.node is None:
        return Proof(compiled, Status.REVIEW, (), case)
    truth, missing = compiled.node.judge(case)
    status = _status(truth)
    if compiled.added and status is Status.UNKNOWN:
        # The contract's profiles cannot say it: shown for review and asked, but never against the company.
        status, missing = Status.REVIEW, tuple(fact for fact in missing if fact in compiled.added)
    return Proof(compiled, status, missing, case)


def _status(truth: Truth) -> Status:
    # Not a dict: hashing an enum member runs Python code, and this runs for every requirement.
    if truth is Truth.MET:
        return Status.MET
    return Status.UNMET if truth is Truth.UNMET else Status.UNKNOWN


def _verdict(proofs: Sequence[Proof]) -> Verdict:
    verdict = Verdict.ELIGIBLE
    for proof in proofs:
        if proof.status is Status.UNMET:
            return Verdict.NOT_ELIGIBLE
        if proof.status is Status.UNKNOWN:
            verdict = Verdict.NEEDS_INFO
    return verdict


def _missing(verdict: Verdict, proofs: Sequence[Proof], benefit: Assessed) -> tuple[str, ...]:
    """What can still move verdict or amount: first what most requirements wait for, then amounts, then reviews."""
    if verdict is Verdict.NOT_ELIGIBLE:
        return ()
    waiting: dict[str, int] = {}
    for proof in proofs:
        if proof.status is Status.UNKNOWN:
            for fact in proof.missing:
                waiting[fact] = waiting.get(fact, 0) + 1
    ranked = sorted(waiting, key=lambda fact: -waiting[fact])
    review = (fact for proof in proofs if proof.is_open_review for fact in proof.missing)
    return distinct([*ranked, *benefit.missing, *review])
