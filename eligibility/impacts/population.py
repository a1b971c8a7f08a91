"""The seeded population: companies that nobody is, for impact previews and benchmarks (架空の会社).

`population` gives the same companies for the same seed on every machine. They stand for companies that come to the
portal with a plan, not for all firms of Japan: most have something in mind that a programme is for, seven of ten a new
field (assumptions), and they are larger than the average firm, because firms of one person seldom ask (assumption; 84.5
% of all firms are 小規模事業者, 令和3年経済センサス). The marginals and where each comes from: population_tables.
Beyond those, all assumption:

- 72 % companies, 24 % sole proprietors, the rest other bodies by their trade;
- sales by trade and heads, log-normal; a third of the companies in deficit, and then without taxable income;
- exempt from consumption tax up to yearly sales of 10 million yen; of those, four in ten have registered for invoices;
- wages mostly 0 to 120 yen an hour above the regional minimum; plans mostly of 3 to 5 years with growth around what
  the calls ask for;
- monthly sales from January 2019 to September 2023 that fit the yearly ones, cut by the waves where COVID-19 hit;
- dates in their order: applied, accepted, certified, acquired, in service;
- an answer is missing in one of ten cases, on the first page (form, place, trade, heads) in one of thirty.

No corporate numbers: a drawn one could be somebody's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any

from eligibility.engine.sme import COMMERCE_AND_SERVICE, LODGING_AND_AMUSEMENT, rows_of
from eligibility.impacts.population_tables import CAPITAL, CHOICES, PREFECTURES, PROJECTS, TRADES, WAVES, YES

Profile = dict[str, Any]
SEED = 20231017
# What "three years ago" and the like are counted from.
TODAY = date(2023, 10, 17)
MAKERS = frozenset("ABCDE")
EXEMPT_SALES = 10_000_000  # yen; 消費税法 第9条
FIRST_PAGE = frozenset({"legal_form", "prefecture", "industry", "employees"})
MISSING_PERCENT, MISSING_ON_FIRST_PAGE_PERCENT = 10, 3


def population(count: int = 1000, seed: int = SEED) -> list[Profile]:
    """`count` companies as raw contract profiles. A smaller count gives the first ones of a larger."""
    return list(islice(companies(seed), count))


def companies(seed: int = SEED) -> Iterator[Profile]:
    """The same companies one by one, without end."""
    random = Random(seed)  # noqa: S311 - the same companies every time are what is wanted
    while True:
        yield _with_gaps(random, _complete(_drawn(random)))


@dataclass(frozen=True, slots=True)
class _Firm:
    """What all answers of one company follow from. `sales`: yen of the year; `depth`: percent lost at worst."""

    random: Random
    form: str
    trade: str
    code: str
    heads: int
    sales: int
    depth: int
    project: str
    established: date

    def chance(self, percent: float) -> bool:
        return self.random.random() * 100 < percent

    @property
    def is_small(self) -> bool:
        if self.code.startswith(LODGING_AND_AMUSEMENT):
            return self.heads <= 20
        return self.heads <= (5 if rows_of(self.code) <= COMMERCE_AND_SERVICE else 20)

    @property
    def is_new(self) -> bool:
        return (TODAY - self.established).days < 3 * 365


def _pick(random: Random, weights: dict[Any, int]) -> Any:
    return random.choices(list(weights), list(weights.values()))[0]


def _around(random: Random, median: float, sigma: float) -> float:
    return median * math.exp(random.gauss(0, sigma))


def _round(yen: float) -> int:
    """To 10,000 yen, as people write plans; at least that."""
    return max(1, round(yen / 10_000)) * 10_000


def _drawn(random: Random) -> _Firm:
    letter = _pick(random, {key: trade.share for key, trade in TRADES.items()})
    trade = TRADES[letter]
    form = _form(random, letter)
    heads = int(_around(random, trade.heads, 1.15))
    heads = min(heads, 8) if form == "sole_proprietor" else min(max(heads, 1), 3000)
    group = "large" if heads > 100 else "makers" if letter in MAKERS else "others"
    return _Firm(
        random,
        form,
        letter,
        _pick(random, trade.codes),
        heads,
        _round(_around(random, trade.sales, 0.5) * (heads + 0.6)),
        round(trade.depth * random.uniform(0.45, 1.1)) if random.random() * 100 < trade.hit else 0,
        _pick(random, CHOICES[group]),
        TODAY - timedelta(days=round(random.triangular(200, 60 * 365, 15 * 365))),
    )


def _form(random: Random, letter: str) -> str:
    if letter == "P" and random.random() < 0.45:
        return str(random.choice(["medical_corporation", "social_welfare_corporation"]))
    if letter == "O" and random.random() < 0.08:
        return "school_corporation"
    others = {"npo": 1, "cooperative": 2, "general_association": 1}
    return str(_pick(random, {"company": 72, "sole_proprietor": 24, **others}))


def _complete(firm: _Firm) -> Profile:
    """Every answer that this company could give."""
    yes = {fact: firm.chance(by.get(firm.project, by[""])) for fact, by in YES.items()}
    profile = _company(firm) | _money(firm) | yes | _plan(firm) | _partners(firm) | _digital(firm)
    profile["expenses"] = _expenses(firm)
    return profile | _certified(firm, profile)


def _company(firm: _Firm) -> Profile:
    profile: Profile = {
        "legal_form": firm.form,
        "established_on": firm.established.isoformat(),
        "prefecture": _pick(firm.random, PREFECTURES),
        "industry": firm.code,
        "employees": firm.heads,
        "annual_sales": firm.sales,
        "monthly_sales": _months(firm),
        "invoice_status": _invoice_status(firm),
        "started_within_3_years": firm.is_new and firm.chance(60),
        "affected_by_emergency": firm.depth >= 30 and firm.chance(80),
    }
    if firm.form in ("company", "cooperative"):
        profile["capital"] = _pick(firm.random, next(table for most, table in CAPITAL if firm.heads <= most))
    return profile


def _invoice_status(firm: _Firm) -> str:
    if firm.sales > EXEMPT_SALES:
        return "registered" if firm.chance(97) else "exempt"
    return "converted_from_exempt" if firm.chance(40) else "exempt"


def _months(firm: _Firm) -> dict[str, int]:
    """Yen by month around a twelfth of the year's, with a season of the trade, cut by the waves."""
    peak = firm.random.randrange(12)
    months: dict[str, int] = {}
    for year, waves in WAVES.items():
        for place, wave in enumerate(waves):
            season = 1 + 0.08 * math.cos((place - peak) * math.pi / 6) + firm.random.uniform(-0.03, 0.03)
            months[f"{year}-{place + 1:02}"] = _round(firm.sales / 12 * season * (1 - firm.depth * wave / 10_000))
    return months


def _money(firm: _Firm) -> Profile:
    """Tax follows income: none in deficit; about 15 % up to 8 million yen and 23 % beyond for the incorporated."""
    in_deficit = firm.chance(42 if firm.depth >= 40 else 28)
    income = 0 if in_deficit else _round(firm.sales * firm.random.uniform(0.005, 0.09))
    profile: Profile = {
        "in_deficit": in_deficit,
        "taxable_income": income,
        "taxable_income_avg_3y": _round(income * firm.random.uniform(0.6, 1.2)) if income else 0,
        "files_blue_return": firm.chance(94),
    }
    if firm.form != "sole_proprietor":
        profile["corporate_tax"] = (min(income, 8_000_000) * 15 + max(income - 8_000_000, 0) * 23) // 100
    return profile


def _percent(firm: _Firm, low: float, mode: float, high: float) -> Decimal:
    """To a tenth, in steps that people plan in."""
    return Decimal(round(firm.random.triangular(low, high, mode) * 10)) / 10


def _plan(firm: _Firm) -> Profile:
    growth = _percent(firm, 2.5, 3.6, 7)
    years = _pick(firm.random, {3: 30, 4: 8, 5: 58, 6: 2, 1: 2})
    planned = firm.heads + (firm.random.randrange(1, 3 + firm.heads // 4) if firm.chance(55) else 0)
    return {
        "undertakes_restructuring": firm.chance(97 if firm.project == "restructuring" else 88 if firm.depth else 25),
        "with_commerce_association": firm.chance((92 if firm.project == "channels" else 55) if firm.is_small else 15),
        "exceeds_small_business_size": firm.is_small and firm.chance(6),
        "graduation_route": _pick(
            firm.random, {"none": 94, "capital_investment": 4, "reorganization": 1, "global_expansion": 1}
        ),
        "planned_employees": planned,
        "plan_years": years,
        "value_added_growth": growth,
        "value_added_per_employee_growth": max(growth - _percent(firm, 0, 0.3, 1), Decimal(0)),
        "ordinary_profit_growth": _percent(firm, 0, 2, 8),
        "labor_productivity_growth": _percent(firm, 1, 3.2, 7),
        "return_on_investment": _percent(firm, 2, 7, 25),
        "payroll_growth": _percent(firm, 0.8, 1.8, 5),
        "continuing_payroll_growth": _percent(firm, -2, 1.8, 6),
        "minimum_wage_margin": 10 * round(firm.random.triangular(-1, 16, 4)),
        "green_stage": _pick(firm.random, {"entry": 6, "standard": 3, "advance": 1}),
        "efficiency_gain_vs_old_model": _percent(firm, 0, 1.6, 6),
        "prior_year_subsidies": 0,
        "project_year": 1,
        "carbon_neutral_credit_used": 0,
    }


def _partners(firm: _Firm) -> Profile:
    """Almost everybody applies alone."""
    members = firm.random.randrange(2, 16) if firm.chance(5) else 1
    return {
        "consortium_members": members,
        "sme_share_of_subsidy": Decimal(100) if members == 1 else _percent(firm, 40, 85, 100),
    }


def _digital(firm: _Firm) -> Profile:
    functions = {"accounting": 55, "payment": 40, "ordering": 35, "ec": 25, "other": 25}
    linked = {"external_data": 75, "new_sensor_data": 60, "inter_company": 35, "inter_site": 25}
    is_dx = firm.project == "dx"
    return {
        "it_functions": [key for key, percent in functions.items() if firm.chance(percent)],
        "data_linkage": [key for key, percent in linked.items() if firm.chance(percent if is_dx else 5)],
        "security_vouched_by": _pick(
            firm.random, {"registered_specialist": 40 if is_dx else 3, "it_coordinator": 20 if is_dx else 4, "none": 40}
        ),
    }


def _expenses(firm: _Firm) -> dict[str, int]:
    """Yen by category; the whole is at most two thirds of a year's sales."""
    project = PROJECTS[firm.project]
    # Larger companies plan larger projects, by the square root.
    median = project.median * math.sqrt((firm.heads + 1) / 8)
    budget = min(max(_around(firm.random, median, 0.7), project.low), project.high, firm.sales * 0.66)
    first = next(iter(project.spent_on))
    parts = {
        category: weight * firm.random.uniform(0.4, 1.6)
        for category, weight in project.spent_on.items()
        if category == first or firm.chance(67)
    }
    return {category: _round(budget * part / sum(parts.values())) for category, part in parts.items()}


def _certified(firm: _Firm, profile: Profile) -> Profile:
    """What presupposes something else: plans behind plans, and dates in their order."""
    holds_plan = any(profile[f"holds_{plan}_plan"] for plan in ("innovation", "advanced_equipment", "management"))
    facts: Profile = {
        "innovation_plan_productivity_3pct": profile["holds_innovation_plan"] and firm.chance(70),
        "holds_industry_certificate": profile["holds_management_plan"] and firm.chance(75),
        "holds_dx_tax_plan": profile["holds_dx_certification"] and firm.chance(90),
    }
    if "capital" in profile:
        facts["planned_capital"] = profile["capital"] * (2 if firm.chance(4) else 1)
    if holds_plan or facts["holds_dx_tax_plan"] or firm.project in ("equipment", "dx"):
        facts |= _dates(firm, holds_plan or facts["holds_dx_tax_plan"])
    if profile["holds_investment_plan_confirmation"] and "acquired_on" in facts:
        facts["confirmation_applied_on"] = facts.get("plan_applied_on", facts["acquired_on"])
    return facts


def _dates(firm: _Firm, has_plan: bool) -> Profile:
    """Between spring 2020 and the end of 2024."""
    day = date(2020, 4, 1) + timedelta(days=firm.random.randrange(1200))
    steps = {"plan_applied_on": 0, "plan_accepted_on": 20, "plan_certified_on": 60} if has_plan else {}
    dates: Profile = {}
    for fact, most in {**steps, "acquired_on": 180, "in_service_on": 90}.items():
        day += timedelta(days=firm.random.randrange(most + 1))
        dates[fact] = day.isoformat()
    return dates


def _with_gaps(random: Random, profile: Profile) -> Profile:
    def is_given(fact: str) -> bool:
        percent = MISSING_ON_FIRST_PAGE_PERCENT if fact in FIRST_PAGE else MISSING_PERCENT
        return random.random() * 100 >= percent

    return {fact: value for fact, value in profile.items() if is_given(fact)}
