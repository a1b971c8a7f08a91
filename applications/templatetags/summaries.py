"""`{% summary_panel check owner_token %}`: the PDF panel on a page of eligibility, which may not import this app."""

from typing import Any

from django import template

from applications.summaries.panel import PANEL, panel_context
from eligibility.models import SelfCheck

register = template.Library()


@register.inclusion_tag(PANEL)
def summary_panel(check: SelfCheck, owner_token: str) -> dict[str, Any]:
    return panel_context(check, owner_token)
