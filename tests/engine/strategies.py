"""Random small programmes and profiles: every criterion kind, rate tables, caps, add-ons, bounds, lists of expenses.

The vocabulary is the shipped one; documents use a few of its facts, with thresholds close to the values that
profiles draw, so that answers fall on both sides of every edge and on the edge itself.
"""

from decimal import Decimal
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from eligibility.engine.benefit_terms import ShareOf, TaxCap
from eligibility.engine.criteria import BaseCriterion
from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.errors import errors_of
from eligibility.engine.facts import Fact, FactType, read_vocabulary
from eligibility.engine.linter import lint, walk

CITES = [{"source": "notice", "lines": "1", "quote": "要件"}]
CATEGORIES = ("machinery", "software", "training")
MONTHS = ("2019-11", "2019-12", "2020-01", "2019-01", "2020-11", "2020-12", "2021-01")
AS_OF = "2021-02-10"
VALUES: dict[str, list[Any]] = {
    "in_deficit": [True, False],
    "uses_cloud": [True, False],
    "extra_promise": [True, False],
    "employees": [0, 4, 5, 6, 20, 21, 50, 51, 300, 301],
    "planned_employees": [0, 5, 6, 301],
    "plan_years": [2, 3, 4, 5, 6],
    "capital": [0, 50_000_000, 50_000_001, 300_000_000, 300_000_001, 10**9],
    "planned_capital": [0, 300_000_001, 10**9],
    "annual_sales": [0, 900_000_000, 10**9, 1_000_000_001],
    "corporate_tax": [0, 99, 1_000_000, 10**9],
    "carbon_neutral_credit_used": [0, 10, 10**9],
    "value_added_growth": [Decimal("2.999999999"), Decimal(3), Decimal("3.1")],
    "legal_form": ["company", "sole_proprietor", "cooperative", "npo"],
    "industry": ["24", "58", "75", "411", "79"],
    "invoice_status": ["exempt", "registered", "converted_from_exempt"],
    "it_functions": [frozenset(), frozenset({"ec"}), frozenset({"other", "payment"})],
    "acquired_on": ["2021-03-31", "2021-04-01", "2023-03-31", "2023-04-01"],
}
NUMBERS = ("employees", "plan_years", "capital", "value_added_growth")
BOOLS = ("in_deficit", "uses_cloud")

# A vocabulary of just these facts; `extra_promise` is one that the project added.
_FACTS: list[dict[str, Any]] = [
    {"key": key, "type": "bool", "ja": key, "added": key == "extra_promise"} for key in (*BOOLS, "extra_promise")
]
_FACTS += [{"key": key, "type": "count", "ja": key} for key in ("employees", "planned_employees", "plan_years")]
_FACTS += [
    {"key": key, "type": "yen", "ja": key}
    for key in ("capital", "planned_capital", "annual_sales", "corporate_tax", "carbon_neutral_credit_used")
]
_FACTS += [
    {"key": "value_added_growth", "type": "percent", "ja": "value_added_growth"},
    {"key": "industry", "type": "code", "ja": "industry"},
    {"key": "acquired_on", "type": "date", "ja": "acquired_on"},
    {"key": "monthly_sales", "type": "yen_by_month", "ja": "monthly_sales"},
]
_FACTS += [
    {"key": key, "type": "enum", "ja": key, "values": [{"key": value, "ja": value} for value in VALUES[key]]}
    for key in ("legal_form", "invoice_status")
]
_FACTS += [
    {
        "key": "it_functions",
        "type": "set",
        "ja": "it_functions",
        "values": [{"key": key, "ja": key} for key in ("ec", "payment", "other")],
    },
    {
        "key": "expenses",
        "type": "yen_by_category",
        "ja": "expenses",
        "categories": [{"key": key, "ja": key} for key in CATEGORIES],
    },
]
VOCABULARY = read_vocabulary({"groups": [{"key": "all", "ja": "all", "facts": _FACTS}]})


def value_of(fact: Fact) -> st.SearchStrategy[Any]:
    """A value as JSON says it."""
    if fact.type is FactType.YEN_BY_MONTH:
        return st.dictionaries(st.sampled_from(MONTHS), st.sampled_from([0, 69, 70, 90, 91, 100]))
    if fact.type is FactType.YEN_BY_CATEGORY:
        rest = st.dictionaries(st.sampled_from(CATEGORIES), amounts, max_size=2)
        return st.one_of(rest, *[st.builds(lambda more, cost: {"machinery": cost, **more}, rest, costs)] * 5)
    return st.sampled_from(plain_values(fact.key))


def plain_values(fact: str) -> list[Any]:
    """The values of a fact that has few, as JSON says them."""
    return [sorted(value) if isinstance(value, frozenset) else value for value in VALUES.get(fact, ())]


amounts = st.one_of(st.sampled_from([0, 1, 149, 150, 151, 299_999, 300_000, 10**6, 10**8]), st.integers(0, 10**7))
costs = st.sampled_from([151, 300_000, 10**6, 10**7, 10**8])
full_profiles = st.fixed_dictionaries({fact.key: value_of(fact) for fact in VOCABULARY.values()})


def facts_of(document: ProgrammeDocument) -> list[str]:
    """The facts that can move an answer of this document."""
    read = {"expenses"}
    for _, part in walk(document):
        if isinstance(part, BaseCriterion):
            read.update(part.facts())
        if isinstance(part, ShareOf):
            read.add(part.fact)
        if isinstance(part, TaxCap):
            read.update(("legal_form", part.of, *part.shared_with))
    return sorted(read)


@st.composite
def left_out(draw: st.DrawFn, facts: list[str]) -> frozenset[str]:
    """Mostly one or two of the facts, so that single facts decide; at times many."""
    few = st.sets(st.sampled_from(facts), min_size=1, max_size=2)
    return frozenset(draw(st.one_of(few, few, st.sets(st.sampled_from(facts)))))


def _numbers(draw: st.DrawFn) -> dict[str, Any]:
    fact = draw(st.sampled_from(NUMBERS))
    edge = str(draw(st.sampled_from(VALUES[fact])))
    bound = draw(st.sampled_from(["at_least", "more_than", "at_most", "less_than"]))
    return {"kind": "number", "fact": fact, bound: edge}


def _sizes(draw: st.DrawFn) -> dict[str, Any]:
    planned = draw(st.booleans())
    facts = {"capital": "planned_capital", "employees": "planned_employees"} if planned else {}
    return {
        "kind": "company_size",
        "classes": draw(st.sampled_from([["sme"], ["mid"], ["sme", "mid"]])),
        "other_forms": draw(st.sampled_from(["open", "excluded"])),
        **facts,
    }


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(range(9)))
    if kind == 0:
        return {"kind": "declared", "fact": draw(st.sampled_from(BOOLS)), "answer": draw(st.booleans())}
    if kind == 1:
        return _numbers(draw)
    if kind == 2:
        fact = draw(st.sampled_from(["legal_form", "invoice_status"]))
        values = draw(st.lists(st.sampled_from(VALUES[fact]), min_size=1, max_size=2, unique=True))
        return {"kind": "one_of", "fact": fact, "values": values}
    if kind == 3:
        wanted = draw(st.lists(st.sampled_from(["ec", "payment", "other"]), min_size=1, max_size=2, unique=True))
        return {"kind": "includes", "fact": "it_functions", "any_of": wanted}
    if kind == 4:
        return {"kind": "date_within", "fact": "acquired_on", "last": "2023-03-31"}
    if kind == 5:
        return {"kind": "exceeds", "fact": "planned_employees", "other": "employees"}
    if kind == 6:
        return _sizes(draw)
    if kind == 7:
        lodging = draw(st.sampled_from([{}, {"lodging_and_amusement": 20}]))
        return {"kind": "small_business", "limit": 20, "commerce_and_service": 5, "other_forms": "open", **lodging}
    return draw(
        st.sampled_from(
            [
                {
                    "kind": "sales_drop",
                    "percent": "10",
                    "window": 3,
                    "months": 2,
                    "base_first": "2019-01",
                    "base_last": "2020-03",
                },
                {"kind": "monthly_drop", "percent": "30", "in_months": ["2021-01"], "years_back": [1, 2]},
            ]
        )
    )


@st.composite
def groups(draw: st.DrawFn, parts: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["all", "any", "at_least", "not"]))
    if kind == "not":
        return {"kind": "not", "of": draw(parts)}
    of = draw(st.lists(parts, min_size=1, max_size=3))
    count = {"count": draw(st.integers(1, len(of)))} if kind == "at_least" else {}
    return {"kind": kind, "of": of, **count}


criteria = st.one_of(leaves(), leaves(), groups(leaves()), groups(st.one_of(leaves(), groups(leaves()))))
conditions = st.one_of(leaves(), groups(leaves()))


@st.composite
def requirements(draw: st.DrawFn, prefix: str, most: int) -> list[dict[str, Any]]:
    """Few, since one that is unmet hides what the rest of the answer does."""
    found: list[dict[str, Any]] = [{"criterion": criterion} for criterion in draw(st.lists(criteria, max_size=most))]
    if draw(st.integers(0, 3)) == 0:
        found.append({"criterion": {"kind": "declared", "fact": "extra_promise"}})
    if draw(st.integers(0, 3)) == 0:
        found.append({"review": "advice"})
    return [{"id": f"{prefix}{n}", "text": "要件", "cites": CITES, **part} for n, part in enumerate(found)]


@st.composite
def tables(draw: st.DrawFn, row: st.SearchStrategy[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with conditions, the last without."""
    when = draw(st.lists(conditions, max_size=2, unique_by=str))
    rows = [{"when": condition, **draw(row), "cites": CITES} for condition in when]
    return [*rows, {**draw(row), "cites": CITES}]


RISING = [("1/3", "1/2"), ("1/2", "2/3"), ("2/3", "3/4")]


@st.composite
def rate_rows(draw: st.DrawFn) -> dict[str, Any]:
    edge = draw(st.sampled_from(["subsidy", "cost"]))
    edges = sorted(draw(st.sets(st.sampled_from([100, 5_000, 200_000]), max_size=2)))
    tiers: list[dict[str, Any]] = [{"up_to": up_to, "edge": edge} for up_to in edges] + [{}]
    for tier in tiers:
        low, high = draw(st.sampled_from(RISING))
        tier.update({"rate": low, "rate_high": high} if draw(st.booleans()) else {"rate": low})
    return {"tiers": tiers}


@st.composite
def tax_rate_rows(draw: st.DrawFn) -> dict[str, Any]:
    return {"tiers": [{"rate": draw(st.sampled_from(["3/100", "5/100", "3/10"]))}]}


@st.composite
def cap_rows(draw: st.DrawFn) -> dict[str, Any]:
    amount = draw(st.sampled_from([100, 10_000, 500_000]))
    return {"amount": amount, **draw(st.sampled_from([{}, {"amount_high": amount * 3}]))}


@st.composite
def expenses(draw: st.DrawFn) -> dict[str, Any]:
    basis = draw(st.sampled_from(["complete", "examples", "none"]))
    words = {"text": "経費", "cites": CITES, "basis": basis}
    if basis == "none":
        return words | draw(st.sampled_from([{}, {"excluded": ["training"]}]))
    if draw(st.booleans()):
        conditional = [{"categories": ["software"], "when": draw(conditions), "cites": CITES}]
        return words | {"listed": ["machinery"], "conditional": conditional}
    return words | draw(
        st.sampled_from([{"listed": ["machinery", "software"]}, {"listed": ["machinery"], "excluded": ["training"]}])
    )


@st.composite
def bounds(draw: st.DrawFn, on: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
        kind = draw(st.sampled_from(["at_least", "more_than", "less_than"]))
        value = draw(st.sampled_from([50, 90] if kind != "less_than" else [100_000, 200_000]))
        found.append(
            {"id": f"bound{number}", "text": "下限", "on": draw(st.sampled_from(on)), kind: value, "cites": CITES}
        )
    if "cost" in on and draw(st.integers(0, 3)) == 0:
        share = {"fact": "annual_sales", "percent": "0.1"}
        found.append({"id": "share", "text": "割合", "on": "cost", "at_least_share": share, "cites": CITES})
    return found


@st.composite
def subsidies(draw: st.DrawFn, listed: list[str], basis: str) -> dict[str, Any]:
    whole = {"id": "all", "name": "経費", "rates": draw(tables(rate_rows()))}
    parts = [whole]
    if basis == "complete" and len(listed) == 2 and draw(st.booleans()):
        parts = [
            {"id": name, "name": name, "categories": [name], "rates": draw(tables(rate_rows()))} for name in listed
        ]
    if draw(st.booleans()):
        parts[0]["caps"] = draw(tables(cap_rows()))
    total: dict[str, Any] = {}
    if draw(st.booleans()):
        total["caps"] = draw(tables(cap_rows()))
        if draw(st.booleans()):
            total["add_ons"] = [
                {"id": "more", "name": "上乗せ", "when": draw(conditions), **draw(cap_rows()), "cites": CITES}
            ]
    unit = draw(st.sampled_from([1, 1_000, 10_000]))
    return {
        "kind": "subsidy",
        "rounding_unit": unit,
        "parts": parts,
        "bounds": draw(bounds(["subsidy", "cost"])),
        **total,
    }


@st.composite
def tax_measures(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["credit", "special_depreciation", "immediate_depreciation"]))
    found: dict[str, Any] = {"kind": kind, "rates": draw(tables(tax_rate_rows())), "bounds": draw(bounds(["cost"]))}
    if draw(st.booleans()):
        found |= {"base_cap": 1_000_000, "base_cap_cites": CITES}
    if kind == "credit" and draw(st.booleans()):
        shared = draw(st.sampled_from([[], ["carbon_neutral_credit_used"]]))
        found["tax_cap"] = {"percent": "20", "shared_with": shared, "cites": CITES}
    return found


@st.composite
def frames(draw: st.DrawFn, number: int, kind: str) -> dict[str, Any]:
    covered = draw(expenses())
    benefit = draw(tax_measures()) if kind == "tax" else draw(subsidies(covered.get("listed", []), covered["basis"]))
    if kind == "subsidy" and draw(st.integers(0, 9)) == 0:
        benefit = {"kind": "open", "reason": "内訳がない", "cites": CITES}
    return {
        "slug": f"frame-{number}",
        "name_ja": f"枠{number}",
        "requirements": draw(requirements("own", 1)),
        "expenses": covered,
        "benefit": benefit,
    }


@st.composite
def document_data(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["subsidy", "subsidy", "tax"]))
    period = {"stage": "law", "period": {"last": "2023-03-31", "cites": CITES}}
    return {
        "schema_version": 1,
        "program": "random",
        "version": "r1",
        "identity": {
            "name_ja": "制度",
            "short_name": "制度",
            "kind": kind,
            "summary": "要約",
            "target": "中小企業",
            "issuer": {"text": "経済産業省"},
            "catalogue": {"stages": [], "actions": [], "needs": [], "services": []},
        },
        "time": {"announced": "2021-01-01", **(period if kind == "tax" else {"stage": "call"})},
        "sources": [
            {"id": "notice", "document": "notice.txt", "title": "公募", "publisher": "局", "date": "2021-01-01"}
        ],
        "requirements": draw(requirements("shared", 1)),
        "frames": [draw(frames(number, kind)) for number in range(draw(st.integers(1, 2)))],
    }


@st.composite
def documents(draw: st.DrawFn) -> ProgrammeDocument:
    """Documents that load: about one in twenty contradicts itself and is thrown away."""
    document = read_document(draw(document_data()))
    assume(not errors_of(lint(document, VOCABULARY)))
    return document
