"""Saving a page of the editor: only what the page shows is compared and replaced, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from programs import drafts, paths
from programs.desk.editor.sections import Place, PlaceGone, neighbourhood, place_at
from programs.models import Draft

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Stamps:
    """What an officer saw: `own` the content of the page, `around` the rows that it belongs to."""

    own: str
    around: str


def stamps_of(document: Any, place: Place) -> Stamps:
    """Fields with pages of their own do not count, so that work there is no conflict here."""
    return Stamps(paths.stamp(_own(place)), paths.stamp(neighbourhood(document, place)))


def _own(place: Place) -> Any:
    if place.kept and isinstance(place.stored, dict):
        return {key: value for key, value in place.stored.items() if key not in place.kept}
    return place.stored


def put(place: Place, data: Any) -> Any:
    """What is stored when the page says `data` (None: nothing): with the fields that the page does not show."""
    if place.kept and isinstance(place.stored, dict):
        return {**data, **{key: value for key, value in place.stored.items() if key in place.kept}}
    if not data and not place.is_item:
        return None
    return data


@transaction.atomic
def save(*, draft: Draft, place: Place, data: Any, seen: Stamps, user: User) -> Place:
    """Save the page as it was sent; the place where it went.

    Raises StaleSection (somebody saved it meanwhile; nothing is written), PlaceGone (its row is gone or another one),
    DraftRefused (the draft is not open for editing any more).
    """
    row = drafts.locked(draft)
    now = place_at(row.document, place.path)
    stamps = stamps_of(row.document, now)
    if stamps.around != seen.around:
        raise PlaceGone(place.path)
    if stamps.own != seen.own:
        raise drafts.StaleSection(stored=now.stored, stamp=stamps.own, by=str(row.updated_by), at=row.updated_at)
    path, stored, wanted = now.store, now.stored, put(now, data)
    if now.is_new:
        path = path.rpartition(".")[0]
        stored = paths.read(row.document, path)
        wanted = [*(stored or []), wanted]
    drafts.save_section(draft=row, path=path, data=wanted, stamp=paths.stamp(stored), user=user, place=place.title)
    return now
