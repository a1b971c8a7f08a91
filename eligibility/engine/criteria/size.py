"""Size of the company: 中小企業者, 中堅企業 and 小規模事業者, each one criterion over all facts it needs.

A size is unknown only when some completion of the absent facts meets it and another does not. That is decided by
trying one representative value on each side of every limit, which is exact because the rules only compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from eligibility.engine.criteria.base import KIND, BaseCriterion, Case, wrong_type, yen
from eligibility.engine.facts import FactType, Vocabulary
from eligibility.engine.labels import ja, named, of_fact
from eligibility.engine.sme import (
    ALL_ROWS,
    COMMERCE_AND_SERVICE,
    LIMITS,
    LODGING_AND_AMUSEMENT,
    ROW_NAMES,
    Row,
    rows_of,
)
from eligibility.engine.truth import Judgement, Truth, known, unknown

MID_SIZE_CAPITAL = 1_000_000_000  # 中堅企業 (事業再構築): not an SME, capital below this; contract README, Meanings
STATUTE_FORMS = frozenset({"company", "cooperative", "sole_proprietor"})
_FORM_SAMPLES = ("company", "cooperative", "sole_proprietor", "other")
_CAPITAL_SAMPLES = (0, *sorted({limit.capital + 1 for limit in LIMITS.values()}), MID_SIZE_CAPITAL)
_EMPLOYEE_SAMPLES = (0, *sorted({limit.employees + 1 for limit in LIMITS.values()}))

SizeClass = Literal["sme", "mid"]
_CLASS_NAMES: dict[str, str] = {"sme": "中小企業者", "mid": "中堅企業"}
_OTHER_FORMS_LABELS = {"open": "資料からは決まらない", "excluded": "当てはまらない"}
OtherForms = Annotated[
    Literal["open", "excluded"],
    ja(
        "会社・組合・個人事業主以外",
        "資料が「等」「団体」を含めているときは「資料からは決まらない」を選びます。",
        labels=_OTHER_FORMS_LABELS,
    ),
]
HeadCount = Annotated[int, Field(strict=True, ge=0)]


class CompanySize(BaseCriterion):
    """企業規模 (中小企業基本法 第2条; 中堅企業): one of the printed size classes.

    `other_forms`: legal forms that the statute does not know are "open" where the printed group ends in 等 or 団体
    (unknown, and no answer settles it), else "excluded". `capital` and `employees` name the facts to read, so that
    a planned size is judged by the same table.
    """

    model_config = named("企業規模", "中小企業者や中堅企業であることが要件のときに、業種ごとの表で判定します。")

    kind: Annotated[Literal["company_size"], KIND] = "company_size"
    classes: Annotated[tuple[SizeClass, ...], ja("規模", "当てはまる規模をすべて選びます。", labels=_CLASS_NAMES)] = (
        Field(min_length=1)
    )
    other_forms: OtherForms
    capital: Annotated[
        str, ja("資本金の項目", "計画の規模で判定するときは、計画の資本金を選びます。", **of_fact([FactType.YEN]))
    ] = "capital"
    employees: Annotated[
        str, ja("従業員数の項目", "計画の規模で判定するときは、計画の従業員数を選びます。", **of_fact([FactType.COUNT]))
    ] = "employees"

    def facts(self) -> tuple[str, ...]:
        return ("legal_form", "industry", self.capital, self.employees)

    def judge(self, case: Case) -> Judgement:
        get = case.profile.get
        form, industry, capital, employees = (get(key) for key in self.facts())
        truth, open_places = _judge_size(self.classes, self.other_forms, form, industry, capital, employees)
        return _named(truth, self.facts(), open_places)

    def words(self, vocabulary: Vocabulary) -> str:
        names = "又は".join(_CLASS_NAMES[c] for c in self.classes)
        planned = "" if self.capital == "capital" else "計画期間終了時に"
        return f"{planned}{names}である（業種ごとの資本金・従業員数による）"

    def words_for(self, case: Case, vocabulary: Vocabulary) -> str:
        industry, form = case.profile.get("industry"), case.profile.get("legal_form")
        rows = rows_of(industry) if industry is not None else frozenset()
        if len(rows) != 1 or form not in STATUTE_FORMS:
            return self.words(vocabulary)
        (row,) = rows
        limit = LIMITS[row]
        sme = f"従業員{limit.employees}人以下"
        if form != "sole_proprietor":
            sme = f"資本金{yen(limit.capital)}以下又は{sme}"
        mid = (
            f"{'これを超える' if self.classes == ('mid',) else 'これを超えても'}資本金{yen(MID_SIZE_CAPITAL)}未満の会社"
        )
        return f"{ROW_NAMES[row]}：{sme}" + (f"、{mid}" if "mid" in self.classes else "")

    def expected(self) -> Any:
        return {"size": list(self.classes)}

    def faults(self, vocabulary: Vocabulary) -> list[str]:
        return super().faults(vocabulary) or wrong_type(vocabulary, self.capital, {FactType.YEN}) + wrong_type(
            vocabulary, self.employees, {FactType.COUNT}
        )


class SmallBusiness(BaseCriterion):
    """小規模事業者: by head count, lower in commerce and services. Numbers as the programme prints them.

    `lodging_and_amusement`: the limit printed for 宿泊業 and 娯楽業; left out where nothing is printed for them,
    and then a head count between the two limits stays unknown, because two statutes differ.
    """

    model_config = named("小規模事業者", "小規模事業者であることが要件のときに、従業員数で判定します。")

    kind: Annotated[Literal["small_business"], KIND] = "small_business"
    limit: Annotated[HeadCount, ja("従業員数の上限（人）", "製造業その他の業種の人数です。例：20")]
    commerce_and_service: Annotated[HeadCount, ja("商業・サービス業の上限（人）", "例：5")]
    lodging_and_amusement: Annotated[
        HeadCount | None, ja("宿泊業・娯楽業の上限（人）", "資料に書かれていなければ空のままにします。例：20")
    ] = None
    other_forms: OtherForms

    @model_validator(mode="after")
    def _limits_are_ordered(self) -> Self:
        if self.commerce_and_service > self.limit:
            raise ValueError("商業・サービス業の人数が、その他の業種の人数を超えています。")
        return self

    def facts(self) -> tuple[str, ...]:
        return ("legal_form", "industry", "employees")

    def judge(self, case: Case) -> Judgement:
        form, industry, employees = (case.profile.get(key) for key in self.facts())
        limits = (self.limit, self.commerce_and_service, self.lodging_and_amusement)
        truth, open_places = _judge_small(limits, self.other_forms, form, industry, employees)
        return _named(truth, self.facts(), open_places)

    def words(self, vocabulary: Vocabulary) -> str:
        commerce = f"卸売業・小売業・サービス業は{self.commerce_and_service}人以下"
        lodging = f"宿泊業・娯楽業は{self.lodging_and_amusement}人以下"
        if self.lodging_and_amusement is None:
            lodging = f"宿泊業・娯楽業の{self.commerce_and_service + 1}〜{self.limit}人は資料から決まりません"
        return f"小規模事業者である（従業員{self.limit}人以下。{commerce}、{lodging}）"

    def expected(self) -> Any:
        return self.model_dump(include={"limit", "commerce_and_service", "lodging_and_amusement"})


def _named(truth: Truth, keys: tuple[str, ...], open_places: tuple[int, ...]) -> Judgement:
    if truth is Truth.UNKNOWN:
        return unknown(*(keys[place] for place in open_places))
    return known(truth is Truth.MET)


def size_class(form: str, row: Row, capital: int, employees: int) -> str | None:
    """ "sme", "mid" or "large" under the statute; None for a legal form it does not know."""
    if form not in STATUTE_FORMS:
        return None
    limit = LIMITS[row]
    if employees <= limit.employees or (form != "sole_proprietor" and capital <= limit.capital):
        return "sme"
    return "mid" if form == "company" and capital < MID_SIZE_CAPITAL else "large"


@lru_cache(maxsize=8192)
def _judge_size(
    classes: tuple[str, ...],
    other_forms: str,
    form: str | None,
    industry: str | None,
    capital: int | None,
    employees: int | None,
) -> tuple[Truth, tuple[int, ...]]:
    other = Truth.UNKNOWN if other_forms == "open" and "sme" in classes else Truth.UNMET

    def outcome(point: tuple[Any, ...]) -> Truth:
        found = size_class(*point)
        if found is None:
            return other
        return Truth.MET if found in classes else Truth.UNMET

    return _over_completions(
        outcome,
        (form,) if form is not None else _FORM_SAMPLES,
        sorted(rows_of(industry)) if industry is not None else sorted(ALL_ROWS),
        (capital,) if capital is not None else _CAPITAL_SAMPLES,
        (employees,) if employees is not None else _EMPLOYEE_SAMPLES,
    )


@lru_cache(maxsize=8192)
def _judge_small(
    limits: tuple[int, int, int | None],
    other_forms: str,
    form: str | None,
    industry: str | None,
    employees: int | None,
) -> tuple[Truth, tuple[int, ...]]:
    limit, commerce, lodging = limits
    other = Truth.UNKNOWN if other_forms == "open" else Truth.UNMET

    def outcome(point: tuple[Any, ...]) -> Truth:
        chosen, trade, heads = point
        if chosen not in STATUTE_FORMS:
            return other
        if trade == "lodging" and lodging is None:
            if commerce < heads <= limit:
                return Truth.UNKNOWN
            return Truth.MET if heads <= commerce else Truth.UNMET
        allowed = {"commerce": commerce, "lodging": lodging, "other": limit}[trade]
        return Truth.MET if allowed is not None and heads <= allowed else Truth.UNMET

    heads = {0, commerce + 1, limit + 1} | ({lodging + 1} if lodging is not None else set())
    return _over_completions(
        outcome,
        (form,) if form is not None else _FORM_SAMPLES,
        sorted(_trades_of(industry)) if industry is not None else ("commerce", "lodging", "other"),
        (employees,) if employees is not None else sorted(heads),
    )


def _trades_of(industry: str) -> set[str]:
    if industry.startswith(LODGING_AND_AMUSEMENT):
        return {"lodging"}
    return {"commerce" if row in COMMERCE_AND_SERVICE else "other" for row in rows_of(industry)}


def _over_completions(outcome: Any, *domains: Iterable[Any]) -> tuple[Truth, tuple[int, ...]]:
    """The common outcome of all points, or unknown with the places whose value alone can move it somewhere."""
    points = list(product(*domains))
    outcomes = {point: outcome(point) for point in points}
    distinct = set(outcomes.values())
    if len(distinct) == 1:
        return distinct.pop(), ()
    return Truth.UNKNOWN, tuple(place for place in range(len(points[0])) if _matters(place, outcomes))


def _matters(place: int, outcomes: dict[tuple[Any, ...], Truth]) -> bool:
    seen: dict[tuple[Any, ...], Truth] = {}
    for point, truth in outcomes.items():
        rest = point[:place] + point[place + 1 :]
        if seen.setdefault(rest, truth) is not truth:
            return True
    return False
