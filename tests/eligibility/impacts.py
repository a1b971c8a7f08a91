"""Drafts with an effect, and profiles that it meets, for tests of the impact preview."""

from typing import Any

from eligibility.impacts import previews as impact
from eligibility.models import Impact, SelfCheck
from portal.accounts.models import User
from programs.models import Draft
from tests.factories import SelfCheckFactory
from tests.programs.officers import correction_of

# Eligible for 持続化補助金 (通常枠 by 500,000 yen); the other frames ask for something that is denied here.
SHOP: dict[str, Any] = {
    "legal_form": "company",
    "prefecture": "36",
    "industry": "57",
    "employees": 3,
    "capital": 3_000_000,
    "writes_own_business_plan": True,
    "with_commerce_association": True,
    "opens_sales_channels": True,
    "minimum_wage_margin": 0,
    "exceeds_small_business_size": False,
    "has_eligible_successor_award": False,
    "used_specified_startup_support": False,
    "started_within_3_years": False,
    "invoice_status": "registered",
    "adopted_in_invoice_frame": False,
    "in_deficit": False,
    "expenses": {"store_renovation": 1_500_000, "advertising": 300_000},
}


def agreed(count: int, **facts: Any) -> list[SelfCheck]:
    """Saved checks of shops that agreed to be counted. A fact that is None was not answered."""
    profile = {key: value for key, value in (SHOP | facts).items() if value is not None}
    return SelfCheckFactory.create_batch(count, profile=profile, agrees_to_counting=True)


def draft_without(program: str, user: User, *, requirement: str = "", frame: str = "") -> Draft:
    """A correction that drops a requirement of every frame, or a frame."""
    draft = correction_of(program, user)
    document = dict(draft.document)
    document["requirements"] = [row for row in document["requirements"] if row["id"] != requirement]
    document["frames"] = [row for row in document["frames"] if row["slug"] != frame]
    draft.document = document
    draft.save()
    return draft


def previewed(draft: Draft, user: User, *, again: bool = False) -> Impact:
    """Asked for and counted, without a worker."""
    asked = impact.request_impact(draft=draft, user=user, again=again)
    impact.preview_impact(str(asked.pk))
    asked.refresh_from_db()
    assert asked.is_done, asked.error_detail or asked.error
    return asked
