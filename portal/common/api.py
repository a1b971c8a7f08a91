"""What every JSON API of the portal shares: strict parsing, a size limit, one shape of errors."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import IO, Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, Throttled
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from portal.common.json import BadJSON, loads

MAX_BODY = 1024 * 1024  # bytes


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "本文は1MBまでです。"
    default_code = "too_large"


class LengthRequired(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "本文の長さ（Content-Length）を付けて送ってください。"
    default_code = "length_required"


def refuse_chunked(request: Request) -> None:
    """Django reads as much as Content-Length says; a chunked body would be taken for an empty one."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise LengthRequired


class StrictJSONParser(BaseParser):
    """JSON with decimals kept exact. A body over 1 MB is refused without being read to its end."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise BodyTooLarge
        try:
            return loads(body)
        except BadJSON as error:
            raise ParseError(f"JSONとして読めません: {error}", code="bad_json") from error


def errors_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal as {"errors": [{"fact", "code", "message"}]}."""
    if not isinstance(error, APIException):
        return None  # a defect: Django answers 500 and logs it
    detail = error.detail if isinstance(error.detail, str) else str(error.detail)
    code = getattr(error.detail, "code", error.default_code)
    wait = getattr(error, "wait", None) if isinstance(error, Throttled) else None
    headers = {"Retry-After": str(ceil(wait))} if wait else {}
    errors = [{"fact": "", "code": code, "message": detail}]
    return Response({"errors": errors}, status=error.status_code, headers=headers)
