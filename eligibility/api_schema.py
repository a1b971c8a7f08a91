"""What goes in and out of the evaluation API, for its description: the contract's keys, types and bounds.

Nothing is parsed or written with these; eligibility.evaluations reads questions and eligibility.engine.answer writes
answers. Formats of our own (`corporate-number`, `programme`, `programme-version`) name what no pattern can say.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, RootModel, WithJsonSchema
from pydantic_core import CoreSchema

from eligibility.engine.availability import Availability
from eligibility.engine.evaluate import Status, Verdict
from eligibility.engine.facts import Fact, FactType
from eligibility.engine.profile import MAX_COUNT, MAX_PERCENT, MAX_PERCENT_DECIMALS, MAX_YEN, PREFECTURES
from portal.common.openapi import Body, Reply
from programs.documents import vocabulary

_YEN = {"type": "integer", "minimum": 0, "maximum": MAX_YEN}
_MONTH = "^([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])$"
_DATE = {"type": "string", "format": "date"}
_MOMENT: dict[str, Any] = {"anyOf": [_DATE, {"type": "string", "format": "date-time"}]}
_PERCENT = f"％。3 は 3％。小数点以下は{MAX_PERCENT_DECIMALS}桁まで"
_PLAIN: dict[FactType, dict[str, Any]] = {
    FactType.BOOL: {"type": "boolean"},
    FactType.COUNT: {"type": "integer", "minimum": 0, "maximum": MAX_COUNT},
    FactType.YEN: _YEN,
    FactType.YEN_PER_HOUR: {"type": "integer", "minimum": -MAX_YEN, "maximum": MAX_YEN},
    FactType.PERCENT: {"type": "number", "minimum": -MAX_PERCENT, "maximum": MAX_PERCENT},
    FactType.DATE: _DATE,
    FactType.DATETIME: _MOMENT,
    FactType.YEN_BY_MONTH: {"type": "object", "patternProperties": {_MONTH: _YEN}, "additionalProperties": False},
}
_CODES: dict[str, dict[str, Any]] = {
    "prefecture": {"type": "string", "enum": sorted(PREFECTURES)},
    "industry": {"type": "string", "pattern": "^(0[1-9]|[1-9][0-9])[0-9]{0,2}$"},
    "corporate_number": {"type": "string", "format": "corporate-number"},
}


def fact_schema(fact: Fact) -> dict[str, Any]:
    """JSON Schema of one fact's value as the contract takes it."""
    unit = _PERCENT if fact.type is FactType.PERCENT else fact.unit_ja
    return {**_value_schema(fact), "description": f"{fact.ja}（{unit}）" if unit else fact.ja}


def _value_schema(fact: Fact) -> dict[str, Any]:
    choices = [choice.key for choice in fact.choices]
    if fact.type is FactType.CODE:
        return _CODES[fact.key]
    if fact.type is FactType.ENUM:
        return {"type": "string", "enum": choices}
    if fact.type is FactType.SET:
        return {"type": "array", "items": {"type": "string", "enum": choices}}
    if fact.type is FactType.YEN_BY_CATEGORY:
        return {"type": "object", "properties": dict.fromkeys(choices, _YEN), "additionalProperties": False}
    return _PLAIN[fact.type]


class Profile(RootModel[dict[str, Any]]):
    """企業の項目と値。わからない項目は省きます（null ではありません）。"""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        description = schema.get("description", "")
        schema.clear()
        schema |= {
            "type": "object",
            "description": description,
            "properties": {key: fact_schema(fact) for key, fact in vocabulary().items()},
            "additionalProperties": False,
        }
        return reference


Moment = Annotated[
    str | None,
    WithJsonSchema({"anyOf": [*_MOMENT["anyOf"], {"type": "null"}]}),
    Field(description="基準日（2023-10-17）又は日時。既定は今"),
]
Programs = Annotated[
    list[Annotated[str, WithJsonSchema({"type": "string", "format": "programme"})]],
    Field(description="制度のスラッグ。既定はすべての制度"),
]
Versions = Annotated[
    list[Annotated[str, WithJsonSchema({"type": "string", "format": "programme-version"})]],
    Field(description="制度@版。日付にかかわらず、その版で判定する"),
]


class Question(Body):
    profile: Profile
    as_of: Moment = None
    programs: Programs = []
    versions: Versions = []


class Source(Reply):
    document: str
    lines: str


class QuotedSource(Source):
    quote: str = Field(description="資料の言葉")


class Requirement(Reply):
    id: str
    text: str = Field(description="資料の言葉")
    status: str = Field(json_schema_extra={"enum": [status.value for status in Status]})
    facts: list[str]
    actual: Any = Field(description="企業の値")
    expected: Any = Field(description="基準")
    margin: Any = Field(description="基準との差")
    source: Source
    sources: list[QuotedSource] = Field(description="根拠のすべて")


class Benefit(Reply):
    """どの制度でも同じ項目と、補助金・税制それぞれの項目。"""

    kind: str = Field(
        json_schema_extra={"enum": ["subsidy", "credit", "special_depreciation", "immediate_depreciation"]}
    )
    amount: int | None = Field(description="円。一つに決まらないときは null")
    amount_low: int | None
    amount_high: int | None
    rate: str | None = Field(description="印刷されたとおりの率")
    steps: list[str] = Field(description="計算の過程")
    eligible_cost: int | None = Field(default=None, description="補助金：対象経費（円）")
    cap: int | None = Field(default=None, description="補助金：上限（円）")
    floor: int | None = Field(default=None, description="補助金：下限（円）")
    base: int | None = Field(default=None, description="税制：計算の基礎（円）")
    capped_by: str | None = Field(default=None, description="税制：上限で切られたとき corporate_tax")

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)


class Result(Reply):
    program: str
    version: str
    revision: int
    rules_hash: str
    frame: str
    availability: str = Field(json_schema_extra={"enum": [status.value for status in Availability]})
    verdict: str = Field(json_schema_extra={"enum": [verdict.value for verdict in Verdict]})
    open_review: list[str] = Field(description="人の判断に残る要件。空でなければ、満たしていても確定ではない")
    requirements: list[Requirement]
    missing: list[str] = Field(description="答えると判定か金額が動きうる項目（役立つ順）")
    benefit: Benefit


class Answer(Reply):
    as_of: str
    not_in_force: list[str] = Field(description="その日に有効な版がない制度")
    results: list[Result]
