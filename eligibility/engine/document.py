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
from eligibility.engine.citations import Cite, Cites, Day, Flag, Part, Slug, Source, Statement, Text
from eligibility.engine.criteria import Criterion
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.facts import findings_of

SCHEMA_VERSION: Literal[1] = 1
# 「2023-09-20」, 「2021-03」 (a month), and for the end of a round also 「2021-03-31T17:00」
Opening = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]
Closing = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9])?$")]


Url = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s]+)?$")]


class Desk(Part):
    """問い合わせ窓口."""

    name: Text
    telephone: str = ""
    url: Url = ""
    note: str = ""
    cites: Cites


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
    unprintable = [
        Finding(path, "文字ではない制御文字が入っています。", file) for path in _control_characters(data, "")
    ]
    if unprintable:
        raise DocumentRefused(unprintable)
    try:
        return ProgrammeDocument.model_validate(data)
    except ValidationError as error:
        raise DocumentRefused(findings_of(error, file)) from error


def _control_characters(data: Any, path: str) -> Iterator[str]:
    """Where text has a control character: PostgreSQL cannot store NUL, and nobody can read the others."""
    if isinstance(data, str) and any(ord(character) < 32 and character not in "\t\n" for character in data):
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
