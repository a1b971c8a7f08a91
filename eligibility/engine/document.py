"""One programme version (制度の版) as one document: the schema that the fixture file, the database row, the
officers' editor and the engine share.

Strict: unknown keys are refused. Every requirement and every figure cites lines of a source with a quote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationError, model_validator

from eligibility.engine.benefit_terms import Benefit, Expenses
from eligibility.engine.citations import (
    Cites,
    Day,
    Flag,
    OptionalCites,
    Part,
    Slug,
    Source,
    Statement,
    Text,
    Url,
    has_control_characters,
    identifier,
)
from eligibility.engine.criteria import Criterion
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.facts import findings_of
from eligibility.engine.labels import DATES, ja, named, one_of, references

SCHEMA_VERSION: Literal[1] = 1
# Far beyond any programme; the linter compares every requirement with every other, while an officer waits.
MAX_REQUIREMENTS, MAX_FRAMES = 60, 30
# 「2023-09-20」, 「2021-03」 (a month), and for the end of a round also 「2021-03-31T17:00」
Opening = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]
Closing = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9])?$")]


KIND_LABELS = {"subsidy": "補助金", "tax": "税制"}
STAGE_LABELS = {"call": "公募", "request": "概算要求（公募ではない）", "law": "税制"}
REVIEW_LABELS = {
    "advice": "勧められていること",
    "quota": "社数の限り",
    "examination": "審査",
    "change": "変更の可能性",
    "detail": "公募要領で確認",
}
DECIDED = one_of("どちらか一つ")


class Desk(Part):
    """問い合わせ窓口."""

    model_config = named("問い合わせ窓口", "利用者が電話やウェブで尋ねる先です。")

    name: Annotated[Text, ja("窓口の名前", "例：ものづくり補助金事務局サポートセンター")]
    telephone: Annotated[str, ja("電話番号", "資料にあるとおりに書きます。なければ空のままにします。")] = ""
    url: Annotated[Url, ja("URL", "https:// から書きます。なければ空のままにします。")] = ""
    note: Annotated[str, ja("補足", "受付時間など。例：平日10時～17時")] = ""
    cites: Cites


class Vocabulary491(Part):
    """GIF 491-1 サービスカタログ（法人向け）: stage, action, need and kind of service."""

    model_config = named("分類（GIF 491-1）", "法人向けサービスカタログの言葉による分類です。一覧と検索に使います。")

    stages: Annotated[tuple[Text, ...], ja("成長の段階", "例：創業期、成長期・成熟期")]
    actions: Annotated[tuple[Text, ...], ja("取組", "例：設備投資、研究開発")]
    needs: Annotated[tuple[Text, ...], ja("必要とするもの", "例：設備投資、販路開拓")]
    services: Annotated[tuple[Text, ...], ja("支援の種類", "例：補助金、税制")]


class Identity(Part):
    """制度の名前と所管 (GIF DS-451-4 行政サービス・制度)."""

    model_config = named("制度の名前と所管", "制度の名前、概要、対象者、所管と窓口です。")

    name_ja: Annotated[Text, ja("制度名", "正式な名前です。")]
    short_name: Annotated[str, StringConstraints(max_length=40), ja("略称", "40字まで。例：ものづくり補助金")]
    aliases: Annotated[tuple[Text, ...], ja("別の呼び方", "検索で見つかるように、ほかの呼び方を書きます。")] = ()
    predecessors: Annotated[
        tuple[Slug, ...],
        ja("前身の制度", "この制度が引き継いだ制度の記号です。例：monozukuri"),
    ] = ()
    kind: Annotated[Literal["subsidy", "tax"], ja("制度の種別", labels=KIND_LABELS)]
    summary: Annotated[
        str, StringConstraints(min_length=1, max_length=100), ja("概要", "何を支援する制度かを100字までで書きます。")
    ]
    target: Annotated[Text, ja("対象者", "例：中小企業等")]
    issuer: Annotated[Statement, ja("所管", "担当する府省・局・課です。")]
    law: Annotated[Statement | None, ja("根拠", "根拠とする法律などです。資料になければ書きません。")] = None
    budget: Annotated[Statement | None, ja("予算", "例：令和4年度補正予算 2,000億円")] = None
    desks: Annotated[tuple[Desk, ...], ja("問い合わせ窓口")] = ()
    catalogue: Annotated[Vocabulary491, ja("分類（GIF 491-1）")]
    keywords: Annotated[tuple[Text, ...], ja("検索のことば", "例：設備投資、賃上げ、海外")] = ()


class Round(Part):
    """公募回. An opening printed as a month is written as a month; what is not printed is left out.

    `frames`: the frames it is for, where the source prints rounds per frame. `tentative`: printed as 予定.
    """

    model_config = named("公募回", "一回の公募の、受付開始と締切です。")

    id: Annotated[Slug, identifier("r16", "新しい回には、新しい記号を付けます。")]
    name: Annotated[Text, ja("回の名前", "例：第16次")]
    frames: Annotated[
        tuple[Slug, ...],
        ja("対象の枠", "一部の枠だけの回なら、その枠を選びます。空ならすべての枠です。", **references("frames")),
    ] = ()
    opens: Annotated[Opening | None, ja("受付開始", "日又は月で書きます。例：2023-08-18、2021-03", **DATES)] = None
    closes: Annotated[Closing | None, ja("締切", "日で書き、資料に時刻があれば続けます。", **DATES)] = None
    tentative: Annotated[Flag, ja("予定", "資料に「予定」と書かれているときに印を付けます。")] = False
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

    model_config = named("適用期間", "税制がいつからいつまで使えるかです。始まりの日も終わりの日も含みます。")

    first: Annotated[Day | None, ja("始まりの日", "例：2021-08-02。資料になければ書きません。", **DATES)] = None
    last: Annotated[Day | None, ja("終わりの日", "例：2023-03-31。資料になければ書きません。", **DATES)] = None
    described_as_in_force: Annotated[
        Flag, ja("実施中と書かれている", "日付がなくても、資料が使える制度として説明しているときに印を付けます。")
    ] = False
    cites: Cites

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError("適用期間の終わりが始まりより前です。")
        return self


class Time(Part):
    """いつの制度か: when it was announced, at which stage it stands, and its rounds or legal period."""

    model_config = named("時期", "公表日、段階、公募回又は適用期間です。")

    announced: Annotated[Day, ja("公表日", "例：2023-07-28", **DATES)]
    stage: Annotated[Literal["call", "request", "law"], ja("段階", labels=STAGE_LABELS)]
    rounds: Annotated[tuple[Round, ...], ja("公募回", "段階が公募のときに書きます。")] = ()
    period: Annotated[LawPeriod | None, ja("適用期間", "段階が税制のときに書きます。")] = None
    notes: Annotated[tuple[Statement, ...], ja("時期の注意", "例：締切は変わることがあります。")] = ()

    @model_validator(mode="after")
    def _fits_its_stage(self) -> Self:
        if self.stage != "call" and self.rounds:
            raise ValueError("公募回は、段階が公募のときにだけ書きます。")
        if (self.stage == "law") != (self.period is not None):
            raise ValueError("適用期間は、段階が税制のときに必ず書き、ほかのときには書きません。")
        return self


class Requirement(Part):
    """要件: the words of the source, the place, and a criterion, or `review` for what no profile decides.

    review: advice (取得をお勧め), quota (400社限定), examination (審査), change (今後変更), detail (詳細は公募要領).
    """

    model_config = named("要件", "資料の言葉と箇所に、判定条件か、審査・注意事項のどちらか一つを付けます。")

    id: Annotated[Slug, identifier("gbizid-held")]
    text: Annotated[Text, ja("要件の文", "資料の言葉で、一つの要件を一つの文で書きます。")]
    cites: Cites
    criterion: Annotated[Criterion | None, ja("判定条件", "申込者の答えから判定できる要件に付けます。", **DECIDED)] = (
        None
    )
    review: Annotated[
        Literal["advice", "quota", "examination", "change", "detail"] | None,
        ja(
            "審査・注意事項",
            "申込者の答えからは判定できない要件に付けます。例：審査",
            labels=REVIEW_LABELS,
            **DECIDED,
        ),
    ] = None

    @model_validator(mode="after")
    def _is_decided_or_reviewed(self) -> Self:
        if (self.criterion is None) == (self.review is None):
            raise ValueError("要件には、判定条件か、審査・注意事項のどちらか一つだけを付けてください。")
        return self


class Frame(Part):
    """枠・類型."""

    model_config = named("枠", "枠・類型です。要件、対象経費、支援の内容が違えば、枠を分けます。")

    slug: Annotated[
        Slug,
        ja(
            "記号",
            "この制度の中で一つだけの短い名前です。英小文字・数字・ハイフンで書き、同じ枠である限り変えません。例：tsujo",
        ),
    ]
    name_ja: Annotated[Text, ja("枠の名前", "例：通常枠")]
    summary: Annotated[str, ja("概要", "枠の狙いを一文で書きます。")] = ""
    requirements: Annotated[tuple[Requirement, ...], ja("枠の要件", "この枠だけの要件です。")] = Field(
        default=(), max_length=MAX_REQUIREMENTS
    )
    expenses: Annotated[Expenses, ja("対象経費")]
    benefit: Annotated[Benefit, ja("支援の内容", "補助金、税制、又は額が資料から決まらない、のどれかです。")]


class Step(Part):
    """準備・手続きの一歩, with its lead time where printed (GビズIDプライムの発行に2～3週間)."""

    model_config = named("準備・手続きの一歩", "用意する書類、又は申請までの手続き一つです。")

    title: Annotated[Text, ja("見出し", "例：GビズIDプライムの取得")]
    text: Annotated[str, ja("説明", "することを短く書きます。")] = ""
    lead_time: Annotated[str, ja("かかる期間", "資料にあるとおりに書きます。例：2～3週間")] = ""
    cites: OptionalCites = ()


class Reading(Part):
    """読み: how an unclear passage was read, and why."""

    model_config = named("読み", "資料のはっきりしない箇所を、どう読んだかの記録です。")

    id: Annotated[Slug, identifier("floor-of-the-subsidy")]
    text: Annotated[Text, ja("どう読んだか", "例：補助下限は100万円とする。")]
    reason: Annotated[Text, ja("理由", "そう読んだ理由を、資料の行を挙げて書きます。")]
    cites: Cites


class Practice(Part):
    """実務: what to prepare, in which order, what is NOT required, and what the source leaves open."""

    model_config = named("書類と手続き", "用意する書類、手続きの順、要件ではないこと、資料に書かれていないことです。")

    documents: Annotated[tuple[Step, ...], ja("用意するもの", "例：事業計画書")] = ()
    steps: Annotated[tuple[Step, ...], ja("手続き", "申請までの手続きを、する順に書きます。")] = ()
    exclusions: Annotated[tuple[Statement, ...], ja("ほかの制度との関係", "併せて使えない制度などを書きます。")] = ()
    not_required: Annotated[
        tuple[Statement, ...], ja("要件ではないこと", "要件と間違えられやすいことを書きます。")
    ] = ()
    open_points: Annotated[
        tuple[Statement, ...], ja("資料に書かれていないこと", "資料からは決まらないことを書きます。")
    ] = ()


class ProgrammeDocument(Part):
    """The whole version. `requirements` apply to every frame."""

    model_config = named("制度の文書", "一つの制度の一つの版の、すべてです。")

    schema_version: Annotated[Literal[1], ja("書式の版", labels={"1": "第1版"})] = SCHEMA_VERSION
    program: Annotated[Slug, ja("制度の記号", "英小文字・数字・ハイフンで書き、あとから変えません。例：monozukuri")]
    version: Annotated[Slug, ja("版の記号", "年度・予算など、版を見分ける名前です。例：r4-hosei2")]
    identity: Annotated[Identity, ja("制度の名前と所管")]
    time: Annotated[Time, ja("時期")]
    sources: Annotated[tuple[Source, ...], ja("出典", "根拠にした資料の一覧です。")] = Field(min_length=1)
    requirements: Annotated[tuple[Requirement, ...], ja("共通の要件", "すべての枠に共通する要件です。")] = Field(
        default=(), max_length=MAX_REQUIREMENTS
    )
    frames: Annotated[tuple[Frame, ...], ja("枠", "枠のない制度にも、枠を一つ書きます。")] = Field(
        min_length=1, max_length=MAX_FRAMES
    )
    practice: Annotated[Practice, ja("書類と手続き")] = Practice()
    readings: Annotated[tuple[Reading, ...], ja("読み", "資料をどう読んだかの記録です。")] = ()

    @property
    def key(self) -> str:
        return f"{self.program}@{self.version}"

    def source(self, source_id: str) -> Source:
        return next(source for source in self.sources if source.id == source_id)


def read_document(data: Any, file: str = "") -> ProgrammeDocument:
    """The document of plain data. Raises DocumentRefused naming file, path and what is wrong, all at once."""
    try:
        return _read(data, file)
    except RecursionError as error:
        raise DocumentRefused([Finding("(document)", "入れ子が深すぎます。", file)]) from error


def _read(data: Any, file: str) -> ProgrammeDocument:
    unprintable = [
        Finding(path, "文字ではない制御文字が入っています。", file) for path in _control_characters(data, "")
    ]
    if unprintable:
        raise DocumentRefused(unprintable)
    try:
        return ProgrammeDocument.model_validate(data)
    except ValidationError as error:
        raise DocumentRefused(findings_of(error, file, data)) from error


def _control_characters(data: Any, path: str) -> Iterator[str]:
    """Where text has control characters."""
    if isinstance(data, str) and has_control_characters(data):
        yield path
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        parts = data.items()
    elif isinstance(data, list):
        parts = enumerate(data)
    for key, value in parts:
        yield from _control_characters(value, f"{path}.{key}" if path else str(key))


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
