"""What a frame covers and pays (対象経費・補助・税制), as a document writes it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from eligibility.engine.citations import Cites, OptionalCites, Part, Percent, Slug, Text, Yen, identifier
from eligibility.engine.criteria import Criterion
from eligibility.engine.facts import FactType
from eligibility.engine.labels import CATEGORIES, choices_from, ja, named, of_fact, one_of
from eligibility.engine.money import Rate, parse_rate

BASIS_LABELS = {"complete": "一覧のとおり", "examples": "例示（例にない経費は要確認）", "none": "一覧の記載なし"}
MONEY_LABELS = {"subsidy": "補助額", "cost": "経費・投資額"}
ROUNDING_LABELS = {"1": "1円未満", "1000": "1,000円未満", "10000": "1万円未満"}
TAX_LABELS = {
    "credit": "税額控除",
    "special_depreciation": "特別償却",
    "immediate_depreciation": "即時償却",
}
When = Annotated[Criterion | None, ja("条件", "この行が当てはまる場合です。空なら「それ以外」の行です。")]
HighYen = Annotated[
    Yen | None, ja("幅の上の額（円）", "資料が「750万円～1,250万円」のように幅だけを示すとき、大きい方を書きます。")
]


ONE_OF_FOUR = one_of("四つのうち一つ")


class ConditionalExpenses(Part):
    """Categories that count only when something else holds (器具備品: ソフトウェアと連携して使用するものに限る)."""

    model_config = named("条件つきの対象経費", "ほかの条件を満たすときだけ対象になる経費です。")

    categories: Annotated[tuple[str, ...], ja("経費の区分", **CATEGORIES)] = Field(min_length=1)
    when: Annotated[Criterion, ja("対象になる条件", "例：ソフトウェアと連携して使用する")]
    cites: Cites


class Expenses(Part):
    """対象経費. basis: complete (no more than listed), examples (例・等・など: the rest is open), none (no list)."""

    model_config = named("対象経費", "補助や控除の対象になる経費・投資です。")

    basis: Annotated[
        Literal["complete", "examples", "none"],
        ja("一覧の示し方", "資料に「等」「など」とあれば、例示です。", labels=BASIS_LABELS),
    ]
    listed: Annotated[tuple[str, ...], ja("対象になる区分", **CATEGORIES)] = ()
    excluded: Annotated[
        tuple[str, ...], ja("対象にならない区分", "資料が対象外と書いている区分です。", **CATEGORIES)
    ] = ()
    conditional: Annotated[tuple[ConditionalExpenses, ...], ja("条件つきで対象になる区分")] = ()
    text: Annotated[Text, ja("対象経費の文", "資料の言葉で、対象になる経費を書きます。")]
    cites: Cites

    @model_validator(mode="after")
    def _lists_fit_the_basis(self) -> Self:
        listed = bool(self.listed or self.conditional)
        if (self.basis == "none") == listed:
            raise ValueError("対象になる区分は、資料に一覧か例がある場合だけ、必ず書きます。")
        conditional = [category for part in self.conditional for category in part.categories]
        everything = [*self.listed, *self.excluded, *conditional]
        if len(everything) != len(set(everything)):
            raise ValueError("同じ経費の区分が二度書かれています。")
        return self


class Tier(Part):
    """率の段. `rate_high` where the source leaves open which of two rates applies; the last tier has no edge."""

    model_config = named("率の段", "額によって率が変わるときの、一つの段です。率が一つなら段も一つです。")

    rate: Annotated[Rate, ja("率", "分数で書きます。例：2/3、3/100")]
    rate_high: Annotated[
        Rate | None, ja("幅の上の率", "どちらの率になるか資料から決まらないとき、高い方を書きます。例：3/4")
    ] = None
    up_to: Annotated[Yen | None, ja("この段の上の端（円）", "この額まで、この率です。最後の段には書きません。")] = None
    edge: Annotated[
        Literal["subsidy", "cost"],
        ja("端の数え方", "上の端が、補助額か経費のどちらの額かを選びます。", labels=MONEY_LABELS),
    ] = "subsidy"

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        if self.rate_high is not None and parse_rate(self.rate_high) <= parse_rate(self.rate):
            raise ValueError("率の幅は、低い率から高い率の順に書いてください。")
        return self


class RateRow(Part):
    """補助率の行: the first row whose condition holds applies; a row without condition is 「それ以外」."""

    model_config = named("率の行", "上から順に見て、条件に当てはまる最初の行の率になります。")

    when: When = None
    tiers: Annotated[tuple[Tier, ...], ja("率の段", "額の小さい段から順に書きます。")] = Field(min_length=1)
    cites: Cites

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        if any(tier.up_to is None for tier in self.tiers[:-1]) or self.tiers[-1].up_to is not None:
            raise ValueError("段の上の端は、最後の段を除くすべての段に書きます。")
        edges = [tier.up_to or 0 for tier in self.tiers[:-1]]
        if edges != sorted(set(edges)) or len({tier.edge for tier in self.tiers[:-1]}) > 1:
            raise ValueError("段は小さい順に、補助額か経費のどちらか一つで区切ってください。")
        return self


def _refuse_falling(name: str, low: int, high: int | None) -> None:
    if high is not None and high <= low:
        raise ValueError(f"{name}の幅は、小さい額から大きい額の順に書いてください。")


class CapRow(Part):
    """上限の行. `amount_high` where the source prints a range without saying who gets which."""

    model_config = named("上限の行", "上から順に見て、条件に当てはまる最初の行の上限になります。")

    when: When = None
    amount: Annotated[Yen, ja("上限額（円）", "例：7500000")]
    amount_high: HighYen = None
    cites: Cites

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        _refuse_falling("上限", self.amount, self.amount_high)
        return self


class AddOn(Part):
    """上限の上乗せ: raises the cap while its condition holds; a printed range where `amount_high` is given."""

    model_config = named("上乗せ", "条件を満たすときに、上限額に足す額です。")

    id: Annotated[Slug, identifier("wage-raise")]
    name: Annotated[Text, ja("上乗せの名前", "例：大幅な賃上げ")]
    when: Annotated[Criterion, ja("上乗せの条件")]
    amount: Annotated[Yen, ja("上乗せ額（円）", "例：1000000")]
    amount_high: HighYen = None
    cites: Cites

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        _refuse_falling("上乗せ", self.amount, self.amount_high)
        return self


class BenefitPart(Part):
    """経費の区分ごとの補助: its own rates and caps; without `categories` it takes every covered category."""

    model_config = named("経費ごとの補助", "経費の区分によって率や上限が違うときに分けます。違わなければ一つです。")

    id: Annotated[Slug, identifier("machinery")]
    name: Annotated[Text, ja("名前", "例：補助対象経費")]
    categories: Annotated[tuple[str, ...], ja("経費の区分", "空なら、対象になるすべての経費です。", **CATEGORIES)] = ()
    rates: Annotated[tuple[RateRow, ...], ja("補助率")] = Field(min_length=1)
    caps: Annotated[tuple[CapRow, ...], ja("この経費の上限", "この経費だけの上限がないときは書きません。")] = ()


class ShareOf(Part):
    """「売上高比0.1%以上」: at least `percent` of a yen fact."""

    model_config = named("割合", "「売上高の0.1％以上」のように、別の額に対する割合です。")

    fact: Annotated[str, ja("元になる額", "例：直近事業年度の売上高", **of_fact([FactType.YEN]))]
    percent: Annotated[Percent, ja("割合（％）", "例：0.1")] = Field(gt=0)


class Bound(Part):
    """補助額・投資額の下限と帯: 以上 at_least, 超 more_than, 未満 less_than (the band ends there)."""

    model_config = named("下限・帯", "補助額や投資額の下限、又は枠が受け持つ額の帯の終わりです。")

    id: Annotated[Slug, identifier("floor-1m")]
    text: Annotated[Text, ja("文", "例：補助額が100万円以上になる")]
    on: Annotated[Literal["subsidy", "cost"], ja("何の額か", labels=MONEY_LABELS)]
    at_least: Annotated[Yen | None, ja("以上（円）", "この額を含みます。", **ONE_OF_FOUR)] = None
    more_than: Annotated[Yen | None, ja("超（円）", "この額を含みません。", **ONE_OF_FOUR)] = None
    less_than: Annotated[Yen | None, ja("未満（円）", "この額を含みません。", **ONE_OF_FOUR)] = None
    at_least_share: Annotated[ShareOf | None, ja("割合以上", "別の額に対する割合です。", **ONE_OF_FOUR)] = None
    cites: Cites

    @model_validator(mode="after")
    def _is_one_bound(self) -> Self:
        given = [b for b in (self.at_least, self.more_than, self.less_than, self.at_least_share) if b is not None]
        if len(given) != 1:
            raise ValueError("一つの下限・帯には、以上・超・未満・割合のどれか一つを書きます。")
        if self.at_least_share is not None and self.on != "cost":
            raise ValueError("割合の下限は、経費・投資額にだけ書けます。")
        return self


class SubsidyBenefit(Part):
    """補助金: parts are added, rounded down to `rounding_unit`, compared with the bounds, then cut to the cap."""

    model_config = named("補助金", "補助率と上限から補助額を計算する枠です。")

    kind: Annotated[Literal["subsidy"], ja("支援の種類")] = "subsidy"
    rounding_unit: Annotated[
        Literal[1, 1_000, 10_000], ja("切捨て", "補助額の端数を切り捨てる単位です。", labels=ROUNDING_LABELS)
    ] = 1
    parts: Annotated[tuple[BenefitPart, ...], ja("経費ごとの補助")] = Field(min_length=1)
    caps: Annotated[tuple[CapRow, ...], ja("補助上限", "枠全体の上限です。")] = ()
    add_ons: Annotated[tuple[AddOn, ...], ja("上限の上乗せ")] = ()
    bounds: Annotated[tuple[Bound, ...], ja("下限・帯")] = ()

    @model_validator(mode="after")
    def _figures_fit_together(self) -> Self:
        if self.add_ons and not self.caps:
            raise ValueError("上乗せは上限を引き上げるものです。上限を書いてください。")
        on_subsidy = [bound for bound in self.bounds if bound.on == "subsidy"]
        floor = max((max(b.at_least or 0, (b.more_than or -1) + 1) for b in on_subsidy), default=0)
        raised = sum(add_on.amount_high or add_on.amount for add_on in self.add_ons)
        edges = [bound.less_than - 1 for bound in on_subsidy if bound.less_than is not None]
        if any(top < floor for top in (*edges, *((cap.amount_high or cap.amount) + raised for cap in self.caps))):
            raise ValueError("補助額の下限が、上限又は帯の端を超えています。")
        return self


class TaxCap(Part):
    """税額控除の上限: `percent` of a tax fact, less what other measures use of it; open for `open_for` legal forms."""

    model_config = named("控除の上限", "税額に対する割合で決まる、控除額の上限です。")

    percent: Annotated[Percent, ja("割合（％）", "例：20")] = Field(gt=0, le=100)
    of: Annotated[
        Literal["corporate_tax"], ja("元になる税額", labels={"corporate_tax": "法人税額"}, **of_fact([FactType.YEN]))
    ] = "corporate_tax"
    shared_with: Annotated[
        tuple[str, ...], ja("上限を共にする控除", "この上限を一緒に使うほかの控除額です。", **of_fact([FactType.YEN]))
    ] = ()
    open_for: Annotated[
        tuple[str, ...],
        ja(
            "上限が決まらない法人の形態",
            "法人税を納めないため、この割合では上限が決まらない者です。",
            **choices_from("legal_form"),
        ),
    ] = ("sole_proprietor",)
    cites: Cites


class TaxBenefit(Part):
    """税制: a credit, or a depreciation whose amount is the deduction."""

    model_config = named("税制", "税額控除、特別償却又は即時償却を計算する枠です。")

    kind: Annotated[
        Literal["credit", "special_depreciation", "immediate_depreciation"], ja("支援の種類", labels=TAX_LABELS)
    ]
    rates: Annotated[tuple[RateRow, ...], ja("控除率・償却率")] = Field(min_length=1)
    base_cap: Annotated[Yen | None, ja("投資額の上限（円）", "率をかける投資額に上限があるときに書きます。")] = None
    base_cap_cites: Annotated[OptionalCites, ja("投資額の上限の出典", "投資額の上限を書いたときは必ず示します。")] = ()
    tax_cap: Annotated[TaxCap | None, ja("控除の上限", "税額控除のときだけ書きます。")] = None
    bounds: Annotated[tuple[Bound, ...], ja("下限・帯")] = ()

    @model_validator(mode="after")
    def _caps_are_sound(self) -> Self:
        if any(len(row.tiers) > 1 for row in self.rates):
            raise ValueError("税制の率に段はありません。行ごとに率を一つ書いてください。")
        if self.tax_cap is not None and self.kind != "credit":
            raise ValueError("税額の上限は税額控除にだけあります。")
        if (self.base_cap is None) == bool(self.base_cap_cites):
            raise ValueError("投資額の上限には出典が要ります。")
        if any(bound.on == "subsidy" for bound in self.bounds):
            raise ValueError("税制の下限は、経費・投資額に書きます。")
        return self


class OpenBenefit(Part):
    """額が資料から決まらない枠: no amount is calculated, and the page says why."""

    model_config = named("額が資料から決まらない", "資料から額を計算できない枠です。額の代わりに理由を見せます。")

    kind: Annotated[Literal["open"], ja("支援の種類")] = "open"
    reason: Annotated[Text, ja("額が決まらない理由", "利用者にそのまま見せる文を書きます。")]
    cites: Cites


Benefit = Annotated[SubsidyBenefit | TaxBenefit | OpenBenefit, Field(discriminator="kind")]
