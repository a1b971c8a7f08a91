"""The organisation in figures (全体の数字): its clients by programme and standing, from the stored matches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from applications import matching
from applications.clients.listing import ELIGIBLE, NEEDS_INFO, NOT_ELIGIBLE, REVIEW
from applications.models import Membership
from applications.selectors import desk
from eligibility.engine.evaluate import RuleSet, Verdict
from eligibility.results import programme_names


@dataclass(frozen=True, slots=True)
class Clients:
    """`stale`: their stored matches are of another day or other rules, and are being made anew."""

    active: int
    mine: int
    unassigned: int
    ended: int
    stale: int


@dataclass(frozen=True, slots=True)
class ProgrammeCounts:
    """How many clients a programme says what of; each counts once, by its best frame.

    `by_verdict`: by those of applications.clients.listing.VERDICTS, in that order.
    """

    slug: str
    name: str
    by_verdict: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_verdict.values())


def client_counts(acting: Membership, rules: RuleSet, today: date) -> Clients:
    is_active = Q(is_archived=False)
    found = desk.clients(acting).aggregate(
        active=Count("pk", filter=is_active),
        mine=Count("pk", filter=is_active & Q(assigned_to=acting.user_id)),
        unassigned=Count("pk", filter=is_active & Q(assigned_to=None)),
        ended=Count("pk", filter=~is_active),
        stale=Count("pk", filter=is_active & matching.is_stale(today, rules)),
    )
    return Clients(**found)


def programme_counts(acting: Membership, rules: RuleSet) -> list[ProgrammeCounts]:
    """Programmes that any client was matched with, in the order of the rules."""
    columns = {**clients_by_verdict(), "matched": Count("client", distinct=True)}
    rows: Iterable[Any] = desk.matches(acting).values("program").annotate(**columns).order_by("program")
    counted = {row["program"]: each_once(row) | {NOT_ELIGIBLE: row["matched"] - row["possible"]} for row in rows}
    names = programme_names(rules)
    known = [slug for slug in rules.programmes() if slug in counted]
    return [ProgrammeCounts(slug, names[slug], counted[slug]) for slug in known]


def clients_by_verdict(of: Q | None = None, prefix: str = "") -> dict[str, Count]:
    """Aggregates over matches: clients that any frame carries so far or further. `of`: the matches that count."""
    eligible = Q(verdict=Verdict.ELIGIBLE)
    steps = {
        "outright": eligible & Q(open_review=0),
        "answered": eligible,
        "possible": eligible | Q(verdict=Verdict.NEEDS_INFO),
    }
    counted = {name: step if of is None else of & step for name, step in steps.items()}
    return {f"{prefix}{name}": Count("client", distinct=True, filter=q) for name, q in counted.items()}


def each_once(row: Mapping[str, int], prefix: str = "") -> dict[str, int]:
    """What `clients_by_verdict` counted, each client once: by its best frame. Without those that are not eligible."""
    outright, answered, possible = (row[f"{prefix}{name}"] for name in ("outright", "answered", "possible"))
    return {ELIGIBLE: outright, REVIEW: answered - outright, NEEDS_INFO: possible - answered}
