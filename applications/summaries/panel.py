"""What the PDF panel shows: on the results page, and alone when htmx asks how far the job is."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from applications.models import Summary
from applications.selectors.summaries import latest_summary
from eligibility.models import SelfCheck
from programs.selectors import published_since

PANEL = "applications/summary_panel.html"


def panel_context(check: SelfCheck, owner_token: str) -> dict[str, Any]:
    latest = latest_summary(check)
    return {
        "owner_token": owner_token,
        "summary": latest,
        "is_trial": check.preview_id is not None,
        "is_outdated": latest is not None and _is_outdated(latest, check),
    }


def _is_outdated(summary: Summary, check: SelfCheck) -> bool:
    """The answers, the day or the rules are no longer those that it was made from."""
    made = timezone.localtime(summary.created_at)
    was_another_day = check.as_of is None and made.date() != timezone.localdate()
    return check.updated_at > made or was_another_day or published_since(made)
