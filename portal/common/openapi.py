"""Shapes of the API: pydantic models that read bodies and describe what goes in and out, once for both."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema

REF = "#/components/schemas/{model}"


class Body(BaseModel):
    """What is given: every key named, no other one, types as they are (`"4"` is no number)."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Reply(BaseModel):
    """What is answered; for the description only, answers are plain data. Other keys may come to it."""


class Error(Reply):
    fact: str = Field(description="項目。要求全体の誤りでは空")
    code: str
    message: str
    part: str = Field(default="", description="項目の中の月や区分")

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)


class Errors(Reply):
    errors: list[Error]


_REFUSALS = {
    400: "要求の誤り（すべて挙げます）",
    401: "キーがない、又は使えないキー",
    403: "このキーではできない操作",
    404: "ない、又は自分の機関のものではない",
    405: "この方法（メソッド）では使えない",
    409: "ほかの変更とぶつかった",
    411: "本文の長さがない",
    413: "本文が1MBを超える",
    415: "JSONではない",
    429: "回数の上限。Retry-After 秒あとに",
}


def refusals(*codes: int) -> dict[int, OpenApiResponse]:
    """What an operation may refuse, for its description."""
    return {code: OpenApiResponse(Errors, _REFUSALS[code]) for code in codes}


class Described(AutoSchema):
    """Every operation that may be told to wait says for how long."""

    def get_override_parameters(self) -> list[Any]:
        return [OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, description="秒", response=[429])]


class _WithoutTitles(GenerateJsonSchema):
    """pydantic would give each field its name once more, in English words."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class _Shapes(OpenApiSerializerExtension):
    """drf-spectacular's own takes what is given for what is answered, where no key with a default can be left out."""

    target_class = "pydantic.BaseModel"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: AutoSchema | None = None, direction: Direction | None = None) -> str:
        return str(self.target.__name__)

    def get_identity(self, auto_schema: AutoSchema, direction: Direction) -> str:
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        mode = "serialization" if direction == "response" else "validation"
        schema: dict[str, Any] = self.target.model_json_schema(
            ref_template=REF, mode=mode, schema_generator=_WithoutTitles
        )
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part)
            auto_schema.registry.register_on_missing(component)
        return schema


def query_parameters(shape: type[Body]) -> list[OpenApiParameter]:
    """A shape of plain values as the parameters of an address; what may be absent is never sent as null."""
    schema = shape.model_json_schema(ref_template=REF, schema_generator=_WithoutTitles)
    required = schema.get("required", ())
    return [
        OpenApiParameter(name, _present(part), description=part.get("description", ""), required=name in required)
        for name, part in schema["properties"].items()
    ]


def _present(part: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in part.get("anyOf", ()) if kind != {"type": "null"}]
    kept = {key: value for key, value in part.items() if key != "description" and value is not None}
    if len(kinds) != 1:
        return kept
    kept.pop("anyOf")
    return kept | kinds[0]
