"""Reads of the desk. Whoever has a check's own link sees its summaries; nobody else does."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from applications.models import Summary
from eligibility.models import SelfCheck


def summaries_of(check: SelfCheck) -> QuerySet[Summary]:
    return Summary.objects.filter(self_check=check).defer("context").order_by("-created_at", "-pk")


def latest_summary(check: SelfCheck) -> Summary | None:
    return summaries_of(check).first()


def summary_of(check: SelfCheck, pk: uuid.UUID) -> Summary | None:
    """One of the check's own summaries; None for anybody else's."""
    return summaries_of(check).filter(pk=pk).first()
