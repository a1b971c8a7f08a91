"""What every JSON API of the portal shares: strict parsing, a size limit, one shape of errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import IO, Any

from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ParseError, Throttled
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from portal.common.json import BadJSON, loads

MAX_BODY = 1024 * 1024  # bytes
# A body of nothing but mistakes is answered with the first hundred of them.
MAX_ERRORS = 100


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "本文は1MBまでです。"
    default_code = "too_large"


class LengthRequired(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "本文の長さ（Content-Length）を付けて送ってください。"
    default_code = "length_required"


class Refused(APIException):
    """A request that is understood and refused for the reasons named in `errors`.

    Each is {"fact", "code", "message"}; `beside` stands beside them in the answer.
    """

    def __init__(self, code: int, errors: Sequence[Mapping[str, str]], beside: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.status_code = code
        self.errors = errors[:MAX_ERRORS]
        self.beside = beside or {}


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


class OneFormat(BaseContentNegotiation):
    """The API speaks JSON whatever a request would rather have, so that an error is never one of formats."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser | None:  # type: ignore[override]
        wanted = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == wanted), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


def errors_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal as {"errors": [{"fact", "code", "message"}]}."""
    if isinstance(error, Refused):
        return Response({"errors": error.errors, **error.beside}, status=error.status_code)
    if isinstance(error, Http404):
        error = NotFound()
    if not isinstance(error, APIException):
        return None  # a defect: Django answers 500 and logs it
    detail = error.detail if isinstance(error.detail, str) else str(error.detail)
    code = getattr(error.detail, "code", error.default_code)
    wait = getattr(error, "wait", None) if isinstance(error, Throttled) else None
    headers = {"Retry-After": str(ceil(wait))} if wait else {}
    challenge = getattr(error, "auth_header", None)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    errors = [{"fact": "", "code": code, "message": detail}]
    return Response({"errors": errors}, status=error.status_code, headers=headers)
