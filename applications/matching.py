"""What the programmes in force say of each client, stored (適格の一覧), so that thousands can be counted and listed.

The client's own page and every sheet evaluate anew; the stored rows serve lists and counts only. They are made when a
client is saved, and by a beat task where the day or the rules in force have changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Q

from applications.models import Client, Match
from eligibility.engine.answer import benefit_answer
from eligibility.engine.calendar import AsOf
from eligibility.engine.evaluate import FrameResult, RuleSet
from eligibility.evaluations import Evaluation, evaluate_profile, now
from eligibility.results import readable_profile
from portal.common.locks import only_one
from programs import rulebook

# Clients whose matches are replaced in one transaction. Measured: 0.25 s of evaluating before it, and at most 0.12 s in
# which SQLite lets nobody else write.
AT_ONCE = 50
_waiting: ContextVar[list[Client] | None] = ContextVar("clients whose matches wait", default=None)
# Clients of one run of the beat task, some 4 s: between two runs, other jobs of the worker have their turn.
AT_A_RUN = 1000


def evaluation_of(client: Client, *, day: date | None = None, rules: RuleSet | None = None) -> Evaluation:
    """The answer for a client as it is now, on a day (today in Japan where none is given). An answer that today's
    vocabulary cannot read counts as unknown."""
    return evaluation_of_profile(client.profile, day=day, rules=rules)


def evaluation_of_profile(
    raw: Mapping[str, Any], *, day: date | None = None, rules: RuleSet | None = None
) -> Evaluation:
    """The same for raw answers: a client's of another time."""
    rules = rules or rulebook.current()
    return evaluate_profile(readable_profile(raw, rules.vocabulary), AsOf(day or now().day), rules)


def refresh(client: Client) -> None:
    """Replace one client's matches, in the caller's transaction: now, or at the end of `together`."""
    waiting = _waiting.get()
    if waiting is None:
        store_many([client])
    else:
        waiting.append(client)


@contextmanager
def together() -> Iterator[None]:
    """Whatever is refreshed within is refreshed at its end, all at once: for many saves in one transaction."""
    waiting: list[Client] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    store_many(waiting)


def store_many(clients: Sequence[Client]) -> None:
    """Replace the matches of several clients, in the caller's transaction."""
    rules, day = rulebook.current(), now().day
    _replace(clients, _matches(clients, rules, day), key_of(day, rules))


def refresh_stale() -> bool:
    """Replace the matches of clients that were matched on another day or by other rules; whether there are more.

    Stopped at any moment it leaves whole clients behind, and the next run goes on. False while another run is at it.
    """
    with only_one("refresh-matches") as is_only:
        if not is_only:
            return False
        rules, day = rulebook.current(), now().day
        stale = Client.objects.filter(is_stale(day, rules)).order_by("pk")
        found = list(stale.values_list("pk", flat=True)[: AT_A_RUN + 1])
        keys = found[:AT_A_RUN]
        for start in range(0, len(keys), AT_ONCE):
            _refresh_some(keys[start : start + AT_ONCE], rules, day)
        return len(found) > len(keys)


def is_stale(day: date, rules: RuleSet) -> Q:
    """Clients whose stored matches are of another day or other rules."""
    return ~Q(matched_key=key_of(day, rules))


def key_of(day: date, rules: RuleSet) -> str:
    """What a client's matches were made from, beside its answers: the day and the rules in force."""
    return f"{day} {_fingerprint(rules)}"


@lru_cache(maxsize=2)
def _fingerprint(rules: RuleSet) -> str:
    known = sorted(f"{key} {version.rules_hash}" for key, version in rules.versions.items())
    return hashlib.sha256("\n".join(known).encode()).hexdigest()


def _refresh_some(keys: Sequence[Any], rules: RuleSet, day: date) -> None:
    """Evaluated before anything is locked. A client that was saved meanwhile has its matches from that save."""
    evaluated = list(Client.objects.filter(pk__in=keys))
    matches = _matches(evaluated, rules, day)
    with transaction.atomic():
        held = Client.objects.select_for_update().filter(pk__in=keys)
        stamps = dict(held.order_by("pk").values_list("pk", "stamp"))
        unchanged = [client for client in evaluated if stamps.get(client.pk) == client.stamp]
        kept = {client.pk for client in unchanged}
        _replace(unchanged, [match for match in matches if match.client_id in kept], key_of(day, rules))


def _replace(clients: Sequence[Client], matches: Iterable[Match], key: str) -> None:
    """Only the rows that say something else are written: on most days, few do."""
    wanted = {_values(match): match for match in matches}
    stored = Match.objects.filter(client__in=[client.pk for client in clients])
    found = {values: pk for pk, *row in stored.values_list("pk", *_COLUMNS) if (values := tuple(row))}
    Match.objects.filter(pk__in=[pk for values, pk in found.items() if values not in wanted]).delete()
    Match.objects.bulk_create([match for values, match in wanted.items() if values not in found], batch_size=500)
    Client.objects.filter(pk__in=[client.pk for client in clients]).update(matched_key=key)
    for client in clients:
        client.matched_key = key


_COLUMNS = tuple(field.attname for field in Match._meta.concrete_fields if not field.primary_key)


def _values(match: Match) -> tuple[Any, ...]:
    return tuple(getattr(match, column) for column in _COLUMNS)


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
