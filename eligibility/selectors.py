"""Who may read a self-check: whoever has one of its two links, until it expires."""

from __future__ import annotations

import hashlib
import re

from django.db.models import QuerySet
from django.utils import timezone

from eligibility.models import SelfCheck


def token_hash(token: str) -> str:
    """What is stored of an owner's token. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def live_checks() -> QuerySet[SelfCheck]:
    """Those not expired: an expired one is gone for everybody, also before it is purged."""
    return SelfCheck.objects.filter(expires_at__gt=timezone.now())


def check_of_owner(token: str) -> SelfCheck | None:
    return live_checks().filter(owner_hash=token_hash(token)).first()


def check_shared_as(token: str) -> SelfCheck | None:
    return live_checks().filter(share_token=token).first() if _can_be_token(token) else None


def demo_shared_as(token: str) -> SelfCheck | None:
    return demo_checks().filter(share_token=token).first() if _can_be_token(token) else None


def demo_checks() -> QuerySet[SelfCheck]:
    """Demo companies with a result that can be opened, in the order of their names."""
    return live_checks().filter(is_demo=True, share_token__isnull=False).order_by("title", "pk")


def counted_checks() -> QuerySet[SelfCheck]:
    """Those that impact previews may count: their owners agreed, and no demo or preview is among them."""
    return live_checks().filter(agrees_to_counting=True, is_demo=False, preview__isnull=True)


def _can_be_token(text: str) -> bool:
    """Others, such as NUL, which PostgreSQL refuses in any text, do not reach the database."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) is not None
