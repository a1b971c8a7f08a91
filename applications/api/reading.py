"""What a tool sends, read strictly: bodies and parameters as shapes, every problem of them named at once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, TypeVar

from django.http import QueryDict
from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails
from rest_framework import status

from applications.consultations.consultations import FIRST_DAY, LAST_DAY
from eligibility.engine.calendar import parse_instant
from eligibility.engine.errors import QuestionRefused
from eligibility.engine.messages import message_of, place_of
from eligibility.engine.profile import parse_profile
from portal.common.api import Refused
from portal.common.openapi import Body, Reply
from programs.documents import vocabulary

B = TypeVar("B", bound=Body)

# As applications.clients.clients takes them: no control characters, of a text all but tabs and line breaks.
LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
LINE_WITH_SOMETHING = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
DAYS_BETWEEN = f"{FIRST_DAY}から{LAST_DAY}まで"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_fact",
    "literal_error": "unknown_value",
    "enum": "unknown_value",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_many",
    "too_short": "too_few",
    "string_pattern_mismatch": "bad_text",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
}


def _day(value: object) -> object:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError("日付は 2023-10-17 の形で書いてください。")


def _id(value: object) -> object:
    if isinstance(value, str) and _ID.fullmatch(value):
        return uuid.UUID(value)
    raise ValueError("番号（id）は UUID の形の文字列で書いてください。")


def whole(value: object) -> object:
    """3.0 is a whole number too."""
    is_whole = isinstance(value, Decimal) and value.is_finite() and value.adjusted() < 18 and value == int(value)
    return int(value) if isinstance(value, Decimal) and is_whole else value


def _flag(value: object) -> object:
    if value not in ("true", "false"):
        raise ValueError("true か false で書いてください。")
    return value == "true"


def _number(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    raise ValueError("整数で書いてください。")


def _instant(value: object) -> object:
    """In UTC."""
    try:
        return parse_instant(str(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("日時は 2023-10-17T09:00:00+09:00 の形で書いてください。") from None


def _working_day(value: object) -> object:
    day = _day(value)
    if isinstance(day, date) and FIRST_DAY <= day <= LAST_DAY:
        return day
    raise ValueError(f"{DAYS_BETWEEN}の日付で書いてください。")


Day = Annotated[date, BeforeValidator(_day)]
# Of consultations and what follows from them.
WorkingDay = Annotated[date, BeforeValidator(_working_day)]
Id = Annotated[uuid.UUID, BeforeValidator(_id)]
Line = Annotated[str, StringConstraints(pattern=LINE)]
Filled = Annotated[str, StringConstraints(pattern=LINE_WITH_SOMETHING)]
Text = Annotated[str, StringConstraints(pattern=TEXT)]
# A person of the organisation by user name.
Member = Annotated[str, StringConstraints(pattern=LINE), WithJsonSchema({"type": "string", "format": "member"})]
# Of a client or a consultation: how often it has been saved.
_SAVES = Field(ge=1, le=2**31 - 1)
Stamp = Annotated[int, _SAVES, BeforeValidator(whole)]
# Of parameters, which are always text.
Flag = Annotated[bool, BeforeValidator(_flag)]
StampText = Annotated[int, _SAVES, BeforeValidator(_number)]
Limit = Annotated[int, Field(ge=1, le=200), BeforeValidator(_number)]
Instant = Annotated[datetime, BeforeValidator(_instant)]


class Page(Body):
    """Which part of a list."""

    cursor: Line = Field(default="", max_length=100, description="続きの位置。前の回答の next にあるもの")
    limit: Limit = Field(default=50, description="1回に返す件数")


class PartReply(Reply):
    """Part of a list; the rows are `results`."""

    next: str | None = Field(description="続きのアドレス。最後なら null")


def read_body(shape: type[B], data: object) -> B:
    """The body as a shape. A profile in it is checked as the contract does. Raises Refused."""
    problems: list[dict[str, str]] = []
    body: B | None = None
    try:
        body = shape.model_validate(data)
    except ValidationError as error:
        problems += [_problem(found, data) for found in error.errors()]
    problems += _problems_of_profile(data)
    if body is None or problems:
        raise Refused(status.HTTP_400_BAD_REQUEST, problems)
    return body


def read_query(shape: type[B], parameters: QueryDict) -> B:
    """The parameters of an address, each at most once. Raises Refused."""
    twice = [name for name, values in parameters.lists() if len(values) > 1]
    if twice:
        message = "同じ名前は一度だけ書いてください。"
        raise Refused(status.HTTP_400_BAD_REQUEST, [_refusal(name, "repeated", message) for name in twice])
    return read_body(shape, parameters.dict())


def _problems_of_profile(data: object) -> list[dict[str, str]]:
    if not isinstance(data, Mapping) or not isinstance(data.get("profile"), Mapping):
        return []
    try:
        parse_profile(data["profile"], vocabulary())
    except QuestionRefused as refused:
        return [problem.as_dict() for problem in refused.problems]
    return []


def _problem(found: ErrorDetails, data: object) -> dict[str, str]:
    kind = found["type"]
    code = _CODES.get(kind) or ("wrong_type" if kind.endswith("_type") else "bad_value")
    message = "使えない文字（改行や制御文字）があるか、空です。" if code == "bad_text" else message_of(found)
    place = place_of(found, data) if found["loc"] else ""
    return _refusal(place, code, message)


def _refusal(fact: str, code: str, message: str) -> dict[str, str]:
    return {"fact": fact, "code": code, "message": message}
