"""What the programmes in force say of each client, stored (適格の一覧), so that thousands can be counted and listed.

The client's own page and every sheet evaluate anew; the stored rows serve lists and counts only. They are made when a
client is saved, and by a beat task where the day or the rules in force have changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import transaction

from applications.models import Client, Match
from eligibility.engine.answer import benefit_answer
from eligibility.engine.calendar import AsOf
from eligibility.engine.evaluate import FrameResult, RuleSet
from eligibility.evaluations import Evaluation, evaluate_profile, now
from eligibility.results import readable_profile
from programs import rulebook

# Clients whose matches are replaced in one transaction: SQLite lets nobody else write meanwhile.
AT_ONCE = 50


def evaluation_of(client: Client, *, day: date | None = None, rules: RuleSet | None = None) -> Evaluation:
    """The answer for a client as it is now, on a day (today in Japan where none is given). An answer that today's
    vocabulary cannot read counts as unknown."""
    rules = rules or rulebook.current()
    profile = readable_profile(client.profile, rules.vocabulary)
    return evaluate_profile(profile, AsOf(day or now().day), rules)


def refresh(client: Client) -> None:
    """Replace one client's matches, in the caller's transaction."""
    _store([client], rulebook.current(), now().day)


def refresh_stale(*, limit: int = 2000) -> int:
    """Replace the matches of clients that were matched on another day or by other rules; how many those were."""
    rules, day = rulebook.current(), now().day
    stale = Client.objects.exclude(matched_key=key_of(day, rules)).order_by("pk").values_list("pk", flat=True)
    keys = list(stale[:limit])
    for start in range(0, len(keys), AT_ONCE):
        with transaction.atomic():
            some = Client.objects.select_for_update(of=("self",)).filter(pk__in=keys[start : start + AT_ONCE])
            _store(list(some), rules, day)
    return len(keys)


def store_many(clients: Sequence[Client]) -> None:
    """Replace the matches of several clients, in the caller's transaction."""
    _store(clients, rulebook.current(), now().day)


def key_of(day: date, rules: RuleSet) -> str:
    """What a client's matches were made from, beside its answers: the day and the rules in force."""
    return f"{day} {_fingerprint(rules)}"


@lru_cache(maxsize=2)
def _fingerprint(rules: RuleSet) -> str:
    known = sorted(f"{key} {version.rules_hash}" for key, version in rules.versions.items())
    return hashlib.sha256("\n".join(known).encode()).hexdigest()


def _store(clients: Sequence[Client], rules: RuleSet, day: date) -> None:
    Match.objects.filter(client__in=[client.pk for client in clients]).delete()
    Match.objects.bulk_create(_matches(clients, rules, day), batch_size=500)
    key = key_of(day, rules)
    Client.objects.filter(pk__in=[client.pk for client in clients]).update(matched_key=key)
    for client in clients:
        client.matched_key = key


def _matches(clients: Iterable[Client], rules: RuleSet, day: date) -> list[Match]:
    return [
        Match(client_id=client.pk, **match_values(result))
        for client in clients
        for result in evaluation_of(client, day=day, rules=rules).results
    ]


def match_values(result: FrameResult) -> dict[str, Any]:
    """The columns of a Match from one frame's result."""
    document = result.rules.document
    benefit = benefit_answer(result)
    return {
        "program": document.program,
        "version": document.version,
        "frame": result.frame.document.slug,
        "verdict": result.verdict.value,
        "open_review": len(result.open_review),
        "missing": len(result.missing),
        "kind": benefit["kind"],
        "amount_low": benefit["amount_low"],
        "amount_high": benefit["amount_high"],
    }
