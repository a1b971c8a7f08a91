"""An organisation's own data (支援機関の情報), which its managers keep; name and kind are the officers'."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from django.db import transaction

from applications.models import Event, Membership, Organisation

FIELDS = ("prefecture", "address", "telephone", "email")


class StaleOrganisation(Exception):
    """Another manager saved since the form was opened. `current` is what it is now."""

    def __init__(self, current: Organisation) -> None:
        self.current = current
        super().__init__(str(current.pk))


@transaction.atomic
def save(*, acting: Membership, seen: str, values: Mapping[str, str]) -> Organisation:
    """Set FIELDS. `seen`: the state_of what the form was made from. Raises StaleOrganisation."""
    row = Organisation.objects.select_for_update(no_key=True).get(pk=acting.organisation_id)
    if state_of(row) != seen:
        raise StaleOrganisation(row)
    changed = [field for field in FIELDS if getattr(row, field) != values[field]]
    if changed:
        for field in changed:
            setattr(row, field, values[field])
        row.save(update_fields=changed)
        labels = [str(Organisation._meta.get_field(field).verbose_name) for field in changed]  # type: ignore[union-attr]
        Event.record(acting, "支援機関の情報の変更", "、".join(labels))
    return row


def state_of(organisation: Organisation) -> str:
    """A short word for what the fields hold; another word means that they hold something else."""
    values = [getattr(organisation, field) for field in FIELDS]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
