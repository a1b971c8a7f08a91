"""Two people saved one client (競合): what one saw, what the other stored and what is to be stored, side by side."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from applications.clients.clients import Difference, differences, set_answers, set_values, text_of
from applications.models import Client
from applications.selectors import desk
from eligibility.checks import Answer
from portal.accounts.people import name_of


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field or fact that both changed, each otherwise, in words ("" where it is not there)."""

    key: str
    label: str
    seen: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a person must choose between, and what stands without asking. `by`, `at`: the latest change.

    `mine`: what I alone changed, beside what is stored now. `theirs`: what was changed meanwhile and stays, beside what
    I saw.
    """

    conflicts: tuple[Conflict, ...]
    mine: tuple[Difference, ...]
    theirs: tuple[Difference, ...]
    by: str
    at: datetime


def compare(current: Client, stamp: int, values: Mapping[str, Any], answers: Mapping[str, Answer]) -> Comparison:
    """`current` beside what is to be stored, which was typed over the state with `stamp`.

    Without that state nobody knows who changed what: then everything that differs is a conflict.
    """
    history = desk.revisions(current)
    seen, last = history.filter(stamp=stamp).first(), history.first()
    differing = differences(current, _with(current, values, answers))
    changed_by_them = {found.key: found for found in differences(seen, current)} if seen else {}
    changed_by_me = {found.key for found in differences(seen, _with(seen, values, answers))} if seen else set()
    by_both = changed_by_them.keys() & changed_by_me
    conflicts = tuple(
        Conflict(found.key, found.label, text_of(seen, found.key) if seen else "", found.before, found.after)
        for found in differing
        if seen is None or found.key in by_both
    )
    asked = {conflict.key for conflict in conflicts}
    mine = tuple(found for found in differing if found.key in changed_by_me - asked)
    theirs = tuple(found for key, found in changed_by_them.items() if key not in asked)
    by = name_of(last.history_user) if last and last.history_user else ""
    return Comparison(conflicts, mine, theirs, by, current.updated_at)


def _with(state: Any, values: Mapping[str, Any], answers: Mapping[str, Answer]) -> Any:
    """A copy of a client or of a row of its history, with the values put in."""
    changed = copy.copy(state)
    set_values(changed, values)
    set_answers(changed, answers)
    return changed
