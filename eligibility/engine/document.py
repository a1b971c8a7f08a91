"""One programme version (制度の版) as one document: the schema that the fixture file, the database row, the
officers' editor and the engine share.

Strict: unknown keys are refused. Every requirement and every figure cites lines of a source with a quote.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from eligibility.engine.criteria import Criterion
from eligibility.engine.errors import DocumentRefused
from eligibility.engine.facts import findings_of
from eligibility.engine.money import Rate, parse_rate

SCHEMA_VERSION: Literal[1] = 1

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Lines = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(-[1-9][0-9]*)?$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Yen = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Flag = Annotated[bool, Field(strict=True)]
Day = Annotated[date, BeforeValidator(lambda day: day if isinstance(day, str | date) else str(day))]
# 「2023-09-20」, 「2021-03」 (a month), and for the end of a round also 「2021-03-31T17:00」
Opening = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]
Closing = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9])?$")]

MAX_CITED_LINES = 12


class Part(BaseModel):
    """A part of a document: frozen, nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cite(Part):
    """出典の箇所: lines of a source (1-based, inclusive) and the words found there."""

    source: Slug
    lines: Lines
    quote: Text

    @property
    def first(self) -> int:
        return int(self.lines.split("-")[0])

    @property
    def last(self) -> int:
        return int(self.lines.split("-")[-1])

    @model_validator(mode="after")
    def _is_narrow(self) -> Self:
        if not self.first <= self.last < self.first + MAX_CITED_LINES:
            raise ValueError(f"引用は{MAX_CITED_LINES}行以内で、始めから終わりの順に書いてください。")
        return self


Cites = Annotated[tuple[Cite, ...], Field(min_length=1)]


class Source(Part):
    """出典の文書. `document` is the file in fixtures/sources/."""

    id: Slug
    document: Text
    title: Text
    publisher: Text
    date: Day
    url: str = ""


class Desk(Part):
    """問い合わせ窓口."""

    name: Text
    telephone: str = ""
    url: str = ""
    note: str = ""
    cites: Cites


class Statement(Part):
    """Words that are shown, with their source where they come from one."""

    text: Text
    cites: tuple[Cite, ...] = ()


class Vocabulary491(Part):
    """GIF 491-1 サービスカタログ（法人向け）: stage, action, need and kind of service."""

    stages: tuple[Text, ...]
    actions: tuple[Text, ...]
    needs: tuple[Text, ...]
    services: tuple[Text, ...]


class Identity(Part):
    """制度の名前と所管 (GIF DS-451-4 行政サービス・制度)."""

    name_ja: Text
    short_name: Annotated[str, StringConstraints(max_length=40)]
    aliases: tuple[Text, ...] = ()
    kind: Literal["subsidy", "tax"]
    summary: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    target: Text
    issuer: Statement
    law: Statement | None = None
    budget: Statement | None = None
    desks: tuple[Desk, ...] = ()
    catalogue: Vocabulary491
    keywords: tuple[Text, ...] = ()


class Round(Part):
    """公募回. An opening printed as a month is written as a month; what is not printed is left out.

    `frames`: the frames it is for, where the source prints rounds per frame. `tentative`: printed as 予定.
    """

    id: Slug
    name: Text
    frames: tuple[Slug, ...] = ()
    opens: Opening | None = None
    closes: Closing | None = None
    tentative: Flag = False
    cites: Cites

    @model_validator(mode="after")
    def _dates_exist_in_order(self) -> Self:
        if self.opens is not None:
            date.fromisoformat(self.opens if len(self.opens) == 10 else f"{self.opens}-01")
        if self.closes is not None:
            date.fromisoformat(self.closes[:10])
            if self.opens is not None and self.opens > self.closes[: len(self.opens)]:
                raise ValueError("締切が受付開始より前です。")
        return self


class LawPeriod(Part):
    """適用期間 of a tax measure, both days inclusive. `described_as_in_force`: the source speaks of it as valid."""

    first: Day | None = None
    last: Day | None = None
    described_as_in_force: Flag = False
    cites: Cites

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError("適用期間の終わりが始まりより前です。")
        return self


class Time(Part):
    """いつの制度か: when it was announced, at which stage it stands, and its rounds or legal period."""

    announced: Day
    stage: Literal["call", "request", "law"]
    rounds: tuple[Round, ...] = ()
    period: LawPeriod | None = None
    notes: tuple[Statement, ...] = ()

    @model_validator(mode="after")
    def _fits_its_stage(self) -> Self:
        if self.stage != "call" and self.rounds:
            raise ValueError("公募回があるのは公募（call）だけです。")
        if (self.stage == "law") != (self.period is not None):
            raise ValueError("適用期間（period）は税制（law）に必ず書き、それ以外には書きません。")
        return self


class Requirement(Part):
    """要件: the words of the source, the place, and a criterion, or `review` for what no profile decides.

    review: advice (取得をお勧め), quota (400社限定), examination (審査), change (今後変更), detail (詳細は公募要領).
    """

    id: Slug
    text: Text
    cites: Cites
    criterion: Criterion | None = None
    review: Literal["advice", "quota", "examination", "change", "detail"] | None = None

    @model_validator(mode="after")
    def _is_decided_or_reviewed(self) -> Self:
        if (self.criterion is None) == (self.review is None):
            raise ValueError("要件には判定条件（criterion）か、審査・注意事項（review）のどちらか一つが要ります。")
        return self


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


class CapRow(Part):
    """上限の行. `amount_high` where the source prints a range without saying who gets which."""

    when: Criterion | None = None
    amount: Yen
    amount_high: Yen | None = None
    cites: Cites

    @model_validator(mode="after")
    def _range_rises(self) -> Self:
        if self.amount_high is not None and self.amount_high <= self.amount:
            raise ValueError("上限の幅は、小さい額から大きい額の順に書いてください。")
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
        if self.amount_high is not None and self.amount_high <= self.amount:
            raise ValueError("上乗せの幅は、小さい額から大きい額の順に書いてください。")
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


class Frame(Part):
    """枠・類型."""

    slug: Slug
    name_ja: Text
    summary: str = ""
    requirements: tuple[Requirement, ...] = ()
    expenses: Expenses
    benefit: Benefit


class Step(Part):
    """準備・手続きの一歩, with its lead time where printed (GビズIDプライムの発行に2～3週間)."""

    title: Text
    text: str = ""
    lead_time: str = ""
    cites: tuple[Cite, ...] = ()


class Reading(Part):
    """読み: how an unclear passage was read, and why."""

    id: Slug
    text: Text
    reason: Text
    cites: Cites


class Practice(Part):
    """実務: what to prepare, in which order, what is NOT required, and what the source leaves open."""

    documents: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()
    exclusions: tuple[Statement, ...] = ()
    not_required: tuple[Statement, ...] = ()
    open_points: tuple[Statement, ...] = ()


class ProgrammeDocument(Part):
    """The whole version. `requirements` apply to every frame."""

    schema_version: Literal[1] = SCHEMA_VERSION
    program: Slug
    version: Slug
    identity: Identity
    time: Time
    sources: tuple[Source, ...] = Field(min_length=1)
    requirements: tuple[Requirement, ...] = ()
    frames: tuple[Frame, ...] = Field(min_length=1)
    practice: Practice = Practice()
    readings: tuple[Reading, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.program}@{self.version}"

    def source(self, source_id: str) -> Source:
        return next(source for source in self.sources if source.id == source_id)


def read_document(data: Any, file: str = "") -> ProgrammeDocument:
    """The document of plain data. Raises DocumentRefused naming file, path and what is wrong, all at once."""
    try:
        return ProgrammeDocument.model_validate(data)
    except ValidationError as error:
        raise DocumentRefused(findings_of(error, file)) from error


def dump_document(document: ProgrammeDocument) -> dict[str, Any]:
    """The document as plain JSON-ready data in the schema's order, without what is left at its default."""
    data = document.model_dump(mode="json", exclude_defaults=True)
    restored: dict[str, Any] = _with_kinds(document, {"schema_version": SCHEMA_VERSION, **data})
    return restored


def _with_kinds(model: Any, data: Any) -> Any:
    """`exclude_defaults` drops the `kind` that tells the parts of a union apart; put each back in front."""
    if isinstance(model, BaseModel):
        restored = {key: _with_kinds(getattr(model, key), value) for key, value in data.items() if key != "kind"}
        kind = getattr(model, "kind", None)
        return restored if kind is None else {"kind": kind, **restored}
    if isinstance(model, tuple):
        return [_with_kinds(item, value) for item, value in zip(model, data, strict=True)]
    return data


def json_schema() -> dict[str, Any]:
    """JSON Schema of the document, for editors and other tools."""
    return ProgrammeDocument.model_json_schema()


_WHITE_SPACE = re.compile(r"\s+")


def without_space(text: str) -> str:
    """Text as quotes are compared: scans break lines and pad cells anywhere."""
    return _WHITE_SPACE.sub("", text)
