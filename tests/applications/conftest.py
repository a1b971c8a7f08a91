"""A check with answers, and a report's worth of rules without a database."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from eligibility import checks
from eligibility.checks import NewCheck
from eligibility.engine.evaluate import RuleSet
from programs.documents import read_documents, vocabulary

PROFILE: dict[str, Any] = {
    "legal_form": "company",
    "prefecture": "36",
    "industry": "24",
    "capital": 20_000_000,
    "employees": 18,
    "monthly_sales": {f"2023-{month:02}": 24_000_000 for month in range(1, 10)},
    "is_deemed_large": False,
    "holds_gbizid_prime": True,
    "innovative_development": True,
    "plan_years": 5,
    "value_added_growth": Decimal("3.5"),
    "payroll_growth": Decimal("1.5"),
    "minimum_wage_margin": 30,
    "expenses": {"machinery": 15_000_000, "software": 3_000_000},
}
AS_OF = date(2023, 10, 17)


@pytest.fixture(scope="session")
def shipped_rules() -> RuleSet:
    documents = read_documents(Path(settings.FIXTURES_ROOT))
    return RuleSet(((document, 1) for document in documents), vocabulary())


@pytest.fixture
def new_check(db: None) -> NewCheck:
    return checks.create(title="株式会社𠮷野製作所　髙﨑①㈱工場", profile=PROFILE, as_of=AS_OF)
