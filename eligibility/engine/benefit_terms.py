"""What a frame covers and pays (対象経費・補助・税制), as a document writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from eligibility.engine.citations import Cite, Cites, Part, Slug, Text, Yen
from eligibility.engine.criteria import Criterion
from eligibility.engine.money import Rate, parse_rate


class ConditionalExpenses(Part):
    """Categories that count only when something else holds (器具備品: ソフトウェアと連携して使用するものに限る)."""

    categories: tuple[str, ...] = Field(min_length=1)
    when: Criterion
    cites: Cites


class Expenses(Part):
    """対象経費. basis: complete (no more than listed), examples (例・等・など: the rest is open), none (no list)."""

    basis: Literal["complete", "examples", "none"]
    listed: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    conditional: tuple[ConditionalExpenses, ...] = ()
    text: Text
    cites: Cites

    @model_validator(mode="after")
    def _lists_fit_the_basis(self) -> Self:
        listed = bool(self.listed or self.conditional)
        if (self.basis == "none") == listed:
            raise ValueError("経費の一覧（listed）は、資料に一覧か例がある場合だけ、必ず書きます。")
        conditional = [category for part in self.conditional for category in part.categories]
        everything = [*self.listed, *self.excluded, *conditional]
        if len(everything) != len(set(everything)):
            raise ValueError("同じ経費の区分が二度書かれています。")
        return self


class Tier(Part):
    """率の段. `rate_high` where the source leaves open which of two rates applies; the last tier has no edge."""

    rate: Rate
    rate_high: Rate | None = None
    up_to: Yen | None = None
    edge: Literal["subsidy", "cost"] = "subsidy"

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        if self.rate_high is not None and parse_rate(self.rate_high) <= parse_rate(self.rate):
            raise ValueError("率の幅は、低い率から高い率の順に書いてください。")
        return self


class RateRow(Part):
    """補助率の行: the first row whose condition holds applies; a row without condition is 「それ以外」."""

    when: Criterion | None = None
    tiers: tuple[Tier, ...] = Field(min_length=1)
    cites: Cites

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        if any(tier.up_to is None for tier in self.tiers[:-1]) or self.tiers[-1].up_to is not None:
            raise ValueError("段の上の端（up_to）は、最後の段を除くすべての段に書きます。")
        edges = [tier.up_to or 0 for tier in self.tiers[:-1]]
        if edges != sorted(set(edges)) or len({tier.edge for tier in self.tiers[:-1]}) > 1:
            raise ValueError("段は小さい順に、補助額か経費のどちらか一つで区切ってください。")
        return self


def _refuse_falling(name: str, low: int, high: int | None) -> None:
    if high is not None and high <= low:
        raise ValueError(f"{name}の幅は、小さい額から大きい額の順に書いてください。")


class CapRow(Part):
    """上限の行. `amount_high` where the source prints a range without saying who gets which."""

    when: Criterion | None = None
    amount: Yen
    amount_high: Yen | None = None
    cites: Cites

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        _refuse_falling("上限", self.amount, self.amount_high)
        return self


class AddOn(Part):
    """上限の上乗せ: raises the cap while its condition holds; a printed range where `amount_high` is given."""

    id: Slug
    name: Text
    when: Criterion
    amount: Yen
    amount_high: Yen | None = None
    cites: Cites

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        _refuse_falling("上乗せ", self.amount, self.amount_high)
        return self


class BenefitPart(Part):
    """経費の区分ごとの補助: its own rates and caps; without `categories` it takes every covered category."""

    id: Slug
    name: Text
    categories: tuple[str, ...] = ()
    rates: tuple[RateRow, ...] = Field(min_length=1)
    caps: tuple[CapRow, ...] = ()


class ShareOf(Part):
    """「売上高比0.1%以上」: at least `percent` of a yen fact."""

    fact: str
    percent: Decimal = Field(gt=0)


class Bound(Part):
    """補助額・投資額の下限と帯: 以上 at_least, 超 more_than, 未満 less_than (the band ends there)."""

    id: Slug
    text: Text
    on: Literal["subsidy", "cost"]
    at_least: Yen | None = None
    more_than: Yen | None = None
    less_than: Yen | None = None
    at_least_share: ShareOf | None = None
    cites: Cites

    @model_validator(mode="after")
    def _is_one_bound(self) -> Self:
        given = [b for b in (self.at_least, self.more_than, self.less_than, self.at_least_share) if b is not None]
        if len(given) != 1:
            raise ValueError("一つの下限・帯には、以上・超・未満・割合のどれか一つを書きます。")
        if self.at_least_share is not None and self.on != "cost":
            raise ValueError("割合の下限は投資額（cost）に書きます。")
        return self


class SubsidyBenefit(Part):
    """補助金: parts are added, rounded down to `rounding_unit`, compared with the bounds, then cut to the cap."""

    kind: Literal["subsidy"] = "subsidy"
    rounding_unit: Literal[1, 1_000, 10_000] = 1
    parts: tuple[BenefitPart, ...] = Field(min_length=1)
    caps: tuple[CapRow, ...] = ()
    add_ons: tuple[AddOn, ...] = ()
    bounds: tuple[Bound, ...] = ()

    @model_validator(mode="after")
    def _figures_fit_together(self) -> Self:
        if self.add_ons and not self.caps:
            raise ValueError("上乗せ（add_ons）は上限（caps）を引き上げるものです。上限を書いてください。")
        on_subsidy = [bound for bound in self.bounds if bound.on == "subsidy"]
        floor = max((max(b.at_least or 0, (b.more_than or -1) + 1) for b in on_subsidy), default=0)
        raised = sum(add_on.amount_high or add_on.amount for add_on in self.add_ons)
        edges = [bound.less_than - 1 for bound in on_subsidy if bound.less_than is not None]
        if any(top < floor for top in (*edges, *((cap.amount_high or cap.amount) + raised for cap in self.caps))):
            raise ValueError("補助額の下限が、上限又は帯の端を超えています。")
        return self


class TaxCap(Part):
    """税額控除の上限: `percent` of a tax fact, less what other measures use of it; open for `open_for` legal forms."""

    percent: Decimal = Field(gt=0, le=100)
    of: Literal["corporate_tax"] = "corporate_tax"
    shared_with: tuple[str, ...] = ()
    open_for: tuple[str, ...] = ("sole_proprietor",)
    cites: Cites


class TaxBenefit(Part):
    """税制: a credit, or a depreciation whose amount is the deduction."""

    kind: Literal["credit", "special_depreciation", "immediate_depreciation"]
    rates: tuple[RateRow, ...] = Field(min_length=1)
    base_cap: Yen | None = None
    base_cap_cites: tuple[Cite, ...] = ()
    tax_cap: TaxCap | None = None
    bounds: tuple[Bound, ...] = ()

    @model_validator(mode="after")
    def _caps_are_sound(self) -> Self:
        if any(len(row.tiers) > 1 for row in self.rates):
            raise ValueError("税制の率に段はありません。行ごとに率を一つ書いてください。")
        if self.tax_cap is not None and self.kind != "credit":
            raise ValueError("税額の上限は税額控除にだけあります。")
        if (self.base_cap is None) == bool(self.base_cap_cites):
            raise ValueError("投資額の上限には出典が要ります。")
        if any(bound.on == "subsidy" for bound in self.bounds):
            raise ValueError("税制の下限は投資額（cost）に書きます。")
        return self


class OpenBenefit(Part):
    """額が資料から決まらない枠: no amount is calculated, and the page says why."""

    kind: Literal["open"] = "open"
    reason: Text
    cites: Cites


Benefit = Annotated[SubsidyBenefit | TaxBenefit | OpenBenefit, Field(discriminator="kind")]
