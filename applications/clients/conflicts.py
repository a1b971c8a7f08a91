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
    """One field or fact that would be stored otherwise than it is now, in words ("" where it is not there).

    `take`: what is proposed, "mine" or "theirs" where only one of the two changed it, "" where a person must choose.
    """

    key: str
    label: str
    seen: str
    theirs: str
    mine: str
    take: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`others`: what else was changed meanwhile; it stays as it is now. `by`, `at`: the latest change."""

    conflicts: tuple[Conflict, ...]
    others: tuple[Difference, ...]
    by: str
    at: datetime


def compare(current: Client, stamp: int, values: Mapping[str, Any], answers: Mapping[str, Answer]) -> Comparison:
    """`current` beside what is to be stored, which was typed over the state with `stamp`."""
    history = desk.revisions(current)
    seen, last = history.filter(stamp=stamp).first(), history.first()
    mine = _with(current, values, answers)
    changed_by_them = {found.key: found for found in differences(seen, current)} if seen else {}
    changed_by_me = {found.key for found in differences(seen, _with(seen, values, answers))} if seen else set()

    def proposed(key: str) -> str:
        if seen is None or (key in changed_by_them and key in changed_by_me):
            return ""
        return "mine" if key in changed_by_me else "theirs"

    conflicts = tuple(
        Conflict(found.key, found.label, text_of(seen, found.key) if seen else "", found.before, found.after, take)
        for found in differences(current, mine)
        for take in [proposed(found.key)]
    )
    shown = {conflict.key for conflict in conflicts}
    others = tuple(found for key, found in changed_by_them.items() if key not in shown)
    by = name_of(last.history_user) if last and last.history_user else ""
    return Comparison(conflicts, others, by, current.updated_at)


def _with(state: Any, values: Mapping[str, Any], answers: Mapping[str, Answer]) -> Any:
    """A copy of a client or of a row of its history, with the values put in."""
    changed = copy.copy(state)
    set_values(changed, values)
    set_answers(changed, answers)
    return changed
