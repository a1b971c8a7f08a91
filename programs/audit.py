"""Writing the audit trail (変更の記録). Called inside the transaction of what it records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from programs.models import AuditEntry, Draft
from programs.words.comparison import Difference

if TYPE_CHECKING:
    from portal.accounts.models import User


def record(
    action: str,
    *,
    user: User | None,
    draft: Draft | None = None,
    program: str = "",
    version: str = "",
    place: str = "",
    reason: str = "",
    changes: Sequence[Difference] = (),
) -> AuditEntry:
    """Who (None: the portal itself) did what, where and why, field by field."""
    return AuditEntry.objects.create(
        action=action,
        user=user,
        draft=draft,
        program=draft.program if draft else program,
        version=draft.version if draft else version,
        place=place[:200],
        reason=reason,
        changes=[asdict(change) for change in changes],
    )
