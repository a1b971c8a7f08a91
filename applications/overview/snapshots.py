"""What the rules said of a client at one moment, small enough to be kept with a visit (確認の記録)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from applications.matching import match_values
from eligibility.engine.availability import Availability
from eligibility.engine.benefit_terms import TAX_LABELS
from eligibility.engine.evaluate import FrameResult, Verdict
from eligibility.engine.interval import Interval, interval_text
from eligibility.report import AVAILABILITY_LABELS, verdict_label


@dataclass(frozen=True, slots=True)
class FrameState:
    """One frame's answer, with the names of that time: a version that is withdrawn later can still be named.

    `low`, `high` in yen, both None where nothing is calculated, `high` alone where no upper end is printed.
    """

    programme: str
    name: str
    version: str
    rules_hash: str
    verdict: str
    open_review: int
    availability: str
    kind: str
    low: int | None
    high: int | None

    @classmethod
    def of(cls, result: FrameResult) -> FrameState:
        values = match_values(result)
        return cls(
            programme=result.rules.document.identity.short_name,
            name=result.frame.document.name_ja,
            version=values["version"],
            rules_hash=result.rules.rules_hash,
            verdict=values["verdict"],
            open_review=values["open_review"],
            availability=result.availability.value,
            kind=values["kind"],
            low=values["amount_low"],
            high=values["amount_high"],
        )

    @property
    def rules(self) -> tuple[str, str]:
        return self.version, self.rules_hash

    @property
    def verdict_text(self) -> str:
        return verdict_label(Verdict(self.verdict), self.open_review)

    @property
    def amount_text(self) -> str:
        if self.verdict == Verdict.NOT_ELIGIBLE:
            return "計算していません"
        if self.low is None:
            return "資料からは額が決まりません"
        name = f"{TAX_LABELS[self.kind]} " if self.kind in TAX_LABELS else ""
        return name + interval_text(Interval(self.low, self.high))

    @property
    def availability_text(self) -> str:
        return AVAILABILITY_LABELS[Availability(self.availability)]


# By "program/frame".
Snapshot = Mapping[str, FrameState]

_NAMES = frozenset(field.name for field in fields(FrameState))


def snapshot_of(results: Iterable[FrameResult]) -> Snapshot:
    return {f"{r.rules.document.program}/{r.frame.document.slug}": FrameState.of(r) for r in results}


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    return {key: asdict(state) for key, state in snapshot.items()}


def from_json(stored: Mapping[str, Any]) -> Snapshot:
    """What `as_json` made. A state of another shape, kept by another release, is left out."""
    return {key: FrameState(**state) for key, state in stored.items() if state.keys() == _NAMES}
