"""What the companies of the seeded population are drawn from: the marginals, each with its source or as an assumption.

Shares are weights; they need not add up to anything.
"""

from __future__ import annotations

from typing import NamedTuple

# Private establishments of 2021 in thousands, as a stand-in for firms. 令和3年経済センサス‐活動調査 (e-Stat table
# 0004005647) for 01-07 and 13; the others are rounded estimates, close enough for a sample of a few thousand.
PREFECTURES: dict[str, int] = {
    **{"01": 216, "02": 55, "03": 55, "04": 95, "05": 45, "06": 52, "07": 82, "08": 109, "09": 81, "10": 84},
    **{"11": 230, "12": 179, "13": 628, "14": 285, "15": 104, "16": 48, "17": 55, "18": 39, "19": 40, "20": 100},
    **{"21": 92, "22": 161, "23": 296, "24": 72, "25": 53, "26": 110, "27": 383, "28": 203, "29": 45, "30": 45},
    **{"31": 24, "32": 33, "33": 77, "34": 121, "35": 57, "36": 34, "37": 45, "38": 60, "39": 33},
    **{"40": 203, "41": 35, "42": 58, "43": 71, "44": 50, "45": 49, "46": 72, "47": 63},
}


class Trade(NamedTuple):
    """A division of JSIC (大分類).

    `share`: per mille of establishments, 平成21年経済センサス‐基礎調査 (those of 1 to 15 that its summary does not
    print: assumption). The rest is assumption: groups within the division, the median head count of a company that
    asks for support, yearly sales a head in yen, and of every hundred companies how many lost sales by COVID-19 and
    how deep at worst.
    """

    share: int
    codes: dict[str, int]
    heads: int
    sales: int
    hit: int
    depth: int


TRADES: dict[str, Trade] = {
    "A": Trade(5, {"01": 85, "02": 15}, 6, 9_000_000, 50, 40),
    "B": Trade(1, {"03": 70, "04": 30}, 6, 12_000_000, 60, 45),
    "C": Trade(1, {"05": 1}, 10, 25_000_000, 50, 30),
    "D": Trade(97, {"06": 45, "07": 30, "08": 25}, 6, 20_000_000, 75, 45),
    "E": Trade(
        89,
        {"09": 13, "11": 10, "12": 5, "13": 5, "15": 9, "18": 9, "21": 5, "24": 20, "26": 12, "29": 6, "31": 6},
        10,
        17_000_000,
        85,
        50,
    ),
    "F": Trade(1, {"33": 1}, 8, 60_000_000, 30, 20),
    "G": Trade(13, {"39": 70, "40": 15, "413": 10, "41": 5}, 7, 14_000_000, 50, 30),
    "H": Trade(25, {"44": 70, "43": 18, "48": 12}, 14, 14_000_000, 80, 55),
    "I": Trade(
        257,
        {"51": 4, "52": 8, "53": 6, "54": 7, "55": 5, "56": 1, "57": 14, "58": 26, "59": 11, "60": 26, "61": 3},
        4,
        24_000_000,
        88,
        50,
    ),
    "J": Trade(15, {"67": 80, "65": 20}, 3, 14_000_000, 35, 20),
    "K": Trade(68, {"68": 60, "70": 20, "691": 12, "693": 8}, 3, 22_000_000, 65, 35),
    "L": Trade(40, {"72": 50, "74": 40, "73": 10}, 4, 11_000_000, 75, 40),
    "M": Trade(129, {"76": 70, "761": 10, "75": 10, "77": 10}, 4, 7_000_000, 96, 80),
    "N": Trade(85, {"78": 70, "80": 15, "796": 10, "791": 5}, 3, 8_000_000, 94, 75),
    "O": Trade(37, {"82": 90, "81": 10}, 4, 6_000_000, 85, 55),
    "P": Trade(62, {"83": 60, "85": 40}, 9, 8_000_000, 75, 40),
    "R": Trade(62, {"92": 40, "89": 25, "90": 17, "88": 10, "91": 8}, 5, 9_000_000, 75, 45),
}

# Capital in yen by the largest head count it is for. Assumption in its steps; over all, 80 % of the incorporated have
# 10 million or less, as 中小企業実態基本調査 (平成16年) counts them.
CAPITAL: tuple[tuple[int, dict[int, int]], ...] = (
    (5, {1_000_000: 15, 3_000_000: 45, 5_000_000: 15, 10_000_000: 22, 20_000_000: 3}),
    (20, {3_000_000: 28, 5_000_000: 12, 10_000_000: 45, 20_000_000: 9, 30_000_000: 5, 50_000_000: 1}),
    (100, {10_000_000: 45, 20_000_000: 20, 30_000_000: 16, 50_000_000: 12, 80_000_000: 5, 99_000_000: 2}),
    (300, {30_000_000: 25, 50_000_000: 28, 80_000_000: 17, 100_000_000: 22, 300_000_000: 8}),
    (10**9, {100_000_000: 40, 300_000_000: 20, 500_000_000: 25, 1_500_000_000: 15}),
)

# The depth of the epidemic's waves on sales by month, 100 at its worst (assumption, after the four emergencies).
WAVES: dict[str, tuple[int, ...]] = {
    "2019": (0,) * 12,
    "2020": (0, 5, 40, 100, 100, 60, 50, 60, 48, 42, 46, 56),
    "2021": (92, 86, 72, 74, 78, 66, 62, 76, 70, 42, 32, 34),
    "2022": (44, 46, 38, 28, 24, 22, 28, 32, 24, 18, 18, 18),
    "2023": (16, 14, 12, 8, 4, 3, 2, 2, 2),
}


class Project(NamedTuple):
    """What a company plans (assumption): its budget in yen (log-normal around the median, cut at both ends), and the
    categories it is spent on with the weight of each; a category is left out of every third plan, the first never.
    """

    median: int
    low: int
    high: int
    spent_on: dict[str, int]


PROJECTS: dict[str, Project] = {
    "channels": Project(
        1_600_000, 200_000, 6_000_000, {"advertising": 4, "store_renovation": 6, "exhibition": 3, "outsourcing": 2}
    ),
    "it": Project(
        1_500_000,
        150_000,
        9_000_000,
        {"software": 6, "cloud_service": 3, "it_implementation": 2, "pc_tablet": 2, "security_service": 1},
    ),
    "equipment": Project(
        12_000_000,
        1_500_000,
        120_000_000,
        {"machinery": 14, "system_purchase": 2, "software": 2, "technology_license": 1, "expert": 1, "prototype": 1},
    ),
    "restructuring": Project(
        18_000_000,
        2_000_000,
        150_000_000,
        {
            "building_renovation": 7,
            "machinery": 7,
            "building_equipment": 2,
            "system_purchase": 2,
            "advertising": 1,
            "training": 1,
        },
    ),
    "dx": Project(
        40_000_000, 6_000_000, 500_000_000, {"software": 12, "deferred_assets": 3, "machinery": 4, "cloud_service": 1}
    ),
}

# Which project comes first (assumption), by who asks: beyond 100 heads, goods makers, and everybody else.
CHOICES: dict[str, dict[str, int]] = {
    "large": {"equipment": 40, "restructuring": 25, "dx": 30, "it": 5},
    "makers": {"equipment": 46, "restructuring": 28, "it": 12, "channels": 9, "dx": 5},
    "others": {"channels": 29, "it": 22, "restructuring": 34, "equipment": 12, "dx": 3},
}

# How many of a hundred companies answer yes (assumption): by the project that comes first, "" for the others.
YES: dict[str, dict[str, int]] = {
    "holds_gbizid_prime": {"equipment": 82, "it": 85, "dx": 90, "": 60},
    "holds_security_action": {"it": 88, "equipment": 55, "dx": 85, "": 35},
    "is_regional_future_leader": {"": 2},
    "holds_regional_leading_plan": {"equipment": 4, "": 1},
    "holds_monozukuri_act_plan": {"equipment": 3, "": 0},
    "holds_new_collaboration_plan": {"": 1},
    "joined_ai_talent_program": {"": 1},
    "holds_innovation_plan": {"equipment": 15, "restructuring": 10, "": 4},
    "holds_advanced_equipment_plan": {"equipment": 25, "": 3},
    "holds_management_plan": {"equipment": 30, "": 6},
    "holds_investment_plan_confirmation": {"equipment": 6, "": 1},
    "holds_data_use_plan": {"dx": 6, "": 0},
    "holds_dx_certification": {"dx": 94, "": 1},
    "plan_with_support_institution": {"restructuring": 97, "": 94},
    "plan_with_financial_institution": {"restructuring": 40, "": 15},
    "follows_restructuring_guideline": {"restructuring": 98, "": 94},
    "global_expansion": {"": 4},
    "major_wage_raise": {"equipment": 18, "": 8},
    "carbon_reduction_project": {"equipment": 15, "": 4},
    "dx_project": {"dx": 100, "equipment": 30, "it": 35, "": 10},
    "innovative_development": {"equipment": 94, "restructuring": 70, "dx": 80, "": 25},
    "overseas_business_expansion": {"equipment": 8, "": 3},
    "opens_sales_channels": {"channels": 98, "restructuring": 65, "": 35},
    "has_capital_investment": {"equipment": 98, "restructuring": 92, "dx": 95, "": 40},
    "writes_own_business_plan": {"channels": 94, "": 55},
    "expands_wages_and_jobs": {"equipment": 55, "": 30},
    "shares_data_between_companies": {"dx": 40, "": 4},
    "led_by_lead_company": {"": 3},
    "local_government_supports": {"": 3},
    "with_university_or_public_lab": {"equipment": 6, "": 2},
    "with_it_company": {"it": 40, "dx": 60, "": 8},
    "uses_advanced_technology": {"dx": 50, "equipment": 12, "": 4},
    "uses_registered_expert": {"it": 15, "": 5},
    "investor_funding_secured": {"": 1},
    "it_tool_registered": {"it": 88, "": 30},
    "with_registered_it_vendor": {"it": 90, "": 30},
    "is_ordering_party": {"": 5},
    "invoice_ready_ordering_software": {"it": 30, "": 8},
    "suppliers_use_software_free": {"it": 10, "": 4},
    "security_service_listed": {"it": 35, "": 8},
    "links_data_outside_group": {"dx": 55, "": 4},
    "uses_cloud": {"dx": 95, "it": 70, "": 35},
    "company_wide_decision": {"dx": 95, "": 20},
    "expects_productivity_gain": {"dx": 97, "equipment": 80, "": 45},
    "model_within_sale_period": {"equipment": 85, "": 40},
    "equipment_linked_to_software": {"dx": 85, "equipment": 25, "": 8},
    "has_eligible_successor_award": {"": 1},
    "used_specified_startup_support": {"": 6},
    "is_deemed_large": {"": 2},
    "is_revitalizing": {"": 2},
    "adopted_in_invoice_frame": {"": 1},
}
