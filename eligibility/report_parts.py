"""What a report is made of (診断結果の部品): frozen values, every text ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from eligibility.engine.availability import Availability
from eligibility.engine.evaluate import Verdict

_VERDICT_ORDER = (Verdict.ELIGIBLE, Verdict.NEEDS_INFO, Verdict.NOT_ELIGIBLE)


@dataclass(frozen=True, slots=True)
class SourceRef:
    document: str
    title: str
    lines: str
    quote: str


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence with its sources."""

    text: str
    sources: tuple[SourceRef, ...]


@dataclass(frozen=True, slots=True)
class StepNote:
    title: str
    text: str
    lead_time: str
    sources: tuple[SourceRef, ...]


@dataclass(frozen=True, slots=True)
class DeskNote:
    name: str
    telephone: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class MissingFact:
    """An unanswered fact that can still move something."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class RequirementRow:
    id: str
    text: str
    status: str
    mark: str
    actual: str
    expected: str
    sources: tuple[SourceRef, ...]


@dataclass(frozen=True, slots=True)
class AmountReport:
    """`low`/`high` in yen, `high` None without a printed ceiling; both None where nothing is calculated."""

    label: str
    text: str
    low: int | None
    high: int | None
    is_point: bool
    rate: str
    steps: tuple[str, ...]
    is_deduction: bool
    unlisted: tuple[str, ...]  # expenses that the printed examples neither name nor exclude (要確認)


@dataclass(frozen=True, slots=True)
class RoundReport:
    name: str
    opens_text: str
    closes_text: str
    state_label: str
    tentative: bool


@dataclass(frozen=True, slots=True)
class FrameReport:
    slug: str
    name: str
    verdict: str
    verdict_label: str
    open_review: int
    availability: str
    availability_label: str
    rounds: tuple[RoundReport, ...]
    rows: tuple[RequirementRow, ...]
    amount: AmountReport | None
    missing: tuple[MissingFact, ...]

    @property
    def rank(self) -> int:
        """Eligible outright, eligible as far as answered, needing answers, not eligible."""
        return 2 * [v.value for v in _VERDICT_ORDER].index(self.verdict) + (self.open_review > 0)

    @property
    def unmet(self) -> tuple[RequirementRow, ...]:
        return tuple(row for row in self.rows if row.status == "unmet")


@dataclass(frozen=True, slots=True)
class ProgrammeReport:
    slug: str
    version: str
    revision: int
    rules_hash: str
    name: str
    short_name: str
    summary: str
    target: str
    kind: str
    frames: tuple[FrameReport, ...]  # best first
    desks: tuple[DeskNote, ...]
    documents: tuple[StepNote, ...]
    steps: tuple[StepNote, ...]
    exclusions: tuple[Note, ...]
    not_required: tuple[Note, ...]
    open_points: tuple[Note, ...]
    time_notes: tuple[Note, ...]
    source_titles: tuple[str, ...]

    @property
    def best(self) -> FrameReport:
        return self.frames[0]


@dataclass(frozen=True, slots=True)
class AbsentProgramme:
    """A programme without a rule in force on the day: `announced` is the first day that one is."""

    slug: str
    name: str
    announced: date


@dataclass(frozen=True, slots=True)
class Report:
    as_of: str
    as_of_text: str
    programmes: tuple[ProgrammeReport, ...]  # best first
    not_in_force: tuple[AbsentProgramme, ...]
    missing: tuple[MissingFact, ...]  # most useful first, over all programmes
    answers: tuple[tuple[str, str], ...]  # what the company said: label and value

    @property
    def has_open_call(self) -> bool:
        return any(frame.availability == Availability.OPEN for p in self.programmes for frame in p.frames)
