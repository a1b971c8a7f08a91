"""Keys for an organisation's own tools (APIキー): made by a manager, shown once, revoked by any manager.

A key acts as the member who made it, and dies with their membership.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from applications.models import ApiToken, Event, Membership, Organisation
from applications.selectors import desk

PREFIX = "shirube_"
RANDOM_BYTES = 32  # 43 characters
SHOWN = 12  # characters of a key that stay readable, so that people can tell keys apart
MOST = 20  # keys in use, of one organisation
USE_WRITTEN_EVERY = timedelta(minutes=1)


class TooManyTokens(Exception):
    """The organisation has as many keys in use as it may have."""


@transaction.atomic
def create(*, acting: Membership, name: str, can_write: bool) -> tuple[ApiToken, str]:
    """A new key and its secret, which is kept nowhere. Raises TooManyTokens."""
    # Two at once would both see room for one.
    Organisation.objects.select_for_update(no_key=True).get(pk=acting.organisation_id)
    if desk.tokens_in_use(acting).count() >= MOST:
        raise TooManyTokens
    secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    token = ApiToken.objects.create(
        membership=acting, name=name, prefix=secret[:SHOWN], token_hash=digest_of(secret), can_write=can_write
    )
    Event.record(acting, "APIキーを作成", f"{token}{'（書き込みあり）' if can_write else ''}")
    return token, secret


@transaction.atomic
def revoke(*, acting: Membership, token: ApiToken) -> None:
    """At once and for good. Twice is once."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        Event.record(acting, "APIキーを停止", str(token))


def note_use(token: ApiToken) -> None:
    """Remember that a key was used, at most once a minute: a tool in a loop is no reason to write all the time."""
    now = timezone.now()
    due = now - USE_WRITTEN_EVERY
    if token.last_used_at is not None and token.last_used_at > due:
        return
    rows = ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=due), pk=token.pk)
    rows.update(last_used_at=now)


def digest_of(secret: str) -> str:
    """SHA-256 alone: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
