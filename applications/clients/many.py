"""What is done to several clients at once (まとめて変更): each of them one change of its own history, all or none."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils.text import Truncator

from applications.clients.clients import saved, set_values, state_of
from applications.clients.words import clean_tags
from applications.models import Client, Event, Membership
from portal.accounts.models import User
from portal.common.japanese import fold

# Rows held in one transaction; a page of the list has no more.
MOST = 100
# Of a record: clients named in it, and characters of each name.
NAMED, MOST_OF_A_NAME = 3, 80


class TooManyClients(ValueError):
    """More than MOST were chosen."""


def add_tags(*, acting: Membership, chosen: Iterable[uuid.UUID], tags: str) -> int:
    """How many changed. Raises ClientRefused where a client would have too many. `chosen`: ids of clients; those of
    other organisations do not exist."""

    def tagged(row: Client) -> None:
        set_values(row, {"tags": [*row.tags, *clean_tags(tags)]})

    return len(_each(acting, chosen, "タグをまとめて追加", tagged))


def remove_tags(*, acting: Membership, chosen: Iterable[uuid.UUID], tags: str) -> int:
    gone = {fold(tag) for tag in clean_tags(tags)}

    def without(row: Client) -> None:
        row.tags = [tag for tag in row.tags if fold(tag) not in gone]

    return len(_each(acting, chosen, "タグをまとめて削除", without))


def assign(*, acting: Membership, chosen: Iterable[uuid.UUID], person: User | None) -> int:
    """Raises ClientRefused for a person who is not in the organisation."""
    return len(_each(acting, chosen, "担当者の変更", lambda row: set_values(row, {"assigned_to": person})))


@transaction.atomic
def set_archived(*, acting: Membership, chosen: Iterable[uuid.UUID], is_archived: bool) -> int:
    """End the support of clients (支援終了), or take it up again: nothing is lost either way."""
    reason = "支援終了" if is_archived else "支援再開"
    changed = _each(acting, chosen, reason, lambda row: set_values(row, {"is_archived": is_archived}))
    if changed:
        Event.record(acting, reason, _named(changed))
    return len(changed)


def _named(changed: list[Client]) -> str:
    """「甲」, 「甲、乙、丙 ほか（10社）」: of several, names are shortened, so that the count is never cut off."""
    names = sorted(row.name for row in changed)
    if len(names) == 1:
        return names[0]
    shown = "、".join(Truncator(name).chars(MOST_OF_A_NAME) for name in names[:NAMED])
    return shown + (" ほか" if len(names) > NAMED else "") + f"（{len(names)}社）"


@transaction.atomic
def _each(
    acting: Membership, chosen: Iterable[uuid.UUID], reason: str, change: Callable[[Client], None]
) -> list[Client]:
    """Those that changed. In the order of their keys, so that two who choose the same clients wait for each other and
    never cross."""
    keys = set(chosen)
    if len(keys) > MOST:
        raise TooManyClients(f"{len(keys)} > {MOST}")
    rows = Client.objects.select_for_update(of=("self",)).filter(organisation_id=acting.organisation_id, pk__in=keys)
    changed = []
    for row in rows.order_by("pk"):
        before, stamp = state_of(row), row.stamp
        change(row)
        if saved(acting, row, reason, before).stamp != stamp:
            changed.append(row)
    return changed
