"""What the PDF panel shows: on the results page, and alone when htmx asks how far the job is."""

from __future__ import annotations

from typing import Any

from applications.selectors import latest_summary
from eligibility.models import SelfCheck

PANEL = "applications/summary_panel.html"


def panel_context(check: SelfCheck, owner_token: str) -> dict[str, Any]:
    latest = latest_summary(check)
    return {
        "owner_token": owner_token,
        "summary": latest,
        "is_outdated": latest is not None and check.updated_at > latest.created_at,
    }
