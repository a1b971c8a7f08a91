"""What every address of the organisation's API shares: a key, limits, one shape of refusals, lists in parts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from django.db.models import Q, QuerySet
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from applications.api.authentication import (
    HasKey,
    KeyThrottle,
    MayWrite,
    OrderThrottle,
    TokenAuthentication,
    token_behind,
)
from applications.api.reading import Page
from applications.models import Membership
from eligibility.engine.errors import QuestionRefused
from portal.common.api import OneFormat, Refused, refuse_chunked
from portal.common.openapi import refusals

T = TypeVar("T")
Beside = tuple[int, list[dict[str, str]], Mapping[str, Any]]
# What nearly every operation may refuse that reads, or that takes a body.
READ = refusals(400, 401, 404, 405, 411, 429)
WRITE = refusals(400, 401, 403, 404, 405, 411, 413, 415, 429)

_CURSOR = re.compile(r"([0-9]{8}T[0-9]{12})-([0-9a-f]{32})")
_CURSOR_TIME = "%Y%m%dT%H%M%S%f"


class OrganisationView(APIView):
    """An address of the organisation that the key belongs to. `self.acting` is the member whom the key acts as.

    `reads`: methods that write nothing, though they send a body. `orders`: the scope that its POSTs are counted in.
    `refused`: what services refuse, as (status, errors, what stands beside them), by the exception they raise.
    """

    authentication_classes = (TokenAuthentication,)
    permission_classes = (HasKey, MayWrite)
    throttle_classes = (KeyThrottle, OrderThrottle)
    content_negotiation_class = OneFormat
    reads: ClassVar[tuple[str, ...]] = ()
    orders: ClassVar[str] = ""
    refused: ClassVar[Mapping[type[Exception], Callable[[Membership, Any], Beside]]] = {}

    @property
    def acting(self) -> Membership:
        return token_behind(self.request).membership

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_chunked(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        finished = super().finalize_response(request, response, *args, **kwargs)
        # What a company told its adviser is kept by no cache.
        finished["Cache-Control"] = "private, no-store"
        return finished

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, QuestionRefused):
            exc = Refused(status.HTTP_400_BAD_REQUEST, [problem.as_dict() for problem in exc.problems])
        words = self.refused.get(type(exc))
        if words is not None:
            exc = Refused(*words(self.acting, exc))
        return super().handle_exception(exc)


class NothingHere(OrganisationView):
    """Any address below the API's that is none: refused in the shape of every other error."""

    schema = None  # no part of the description

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        hint = "" if request.path.endswith("/") else "アドレスは「/」で終わります。"
        raise NotFound(f"このアドレスはありません。{hint}")


def problems_as_errors(problems: Mapping[str, str], code: str = "refused") -> list[dict[str, str]]:
    return [{"fact": fact, "code": code, "message": message} for fact, message in problems.items()]


def stale(current: Mapping[str, Any] | None) -> Beside:
    """Somebody saved the row since it was read. `current`: what it is now, None where it is gone."""
    message = "読んだあとに、ほかの人が変更しました。いまの内容（current）を確かめて、その stamp で送り直してください。"
    beside = {} if current is None else {"current": current}
    return status.HTTP_409_CONFLICT, problems_as_errors({"stamp": message}, "stale"), beside


def found(row: T | None) -> T:
    """The row, or 404 for what there is not and for what is another organisation's alike."""
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list, the newest first; `cursor` says where the next ones begin, "" at the end."""

    rows: list[Any]
    cursor: str

    def response(self, request: Request, show: Callable[[Any], dict[str, Any]]) -> Response:
        here = request.build_absolute_uri()
        following = replace_query_param(here, "cursor", self.cursor) if self.cursor else None
        return Response({"results": [show(row) for row in self.rows], "next": following})


def part_of(rows: QuerySet[Any, Any], page: Page) -> Part:
    """A list by its rows' creation. Rows are plain data with `created_at` and `id`. Raises NotFound."""
    if page.cursor:
        at, pk = _place(page.cursor)
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk))
    some = list(rows.order_by("-created_at", "-pk")[: page.limit + 1])
    if len(some) <= page.limit:
        return Part(some, "")
    last = some[page.limit - 1]
    return Part(some[: page.limit], f"{last['created_at'].astimezone(UTC).strftime(_CURSOR_TIME)}-{last['id'].hex}")


def _place(cursor: str) -> tuple[datetime, uuid.UUID]:
    match = _CURSOR.fullmatch(cursor)
    try:
        if match is None:
            raise ValueError(cursor)
        return datetime.strptime(match[1], _CURSOR_TIME).replace(tzinfo=UTC), uuid.UUID(hex=match[2])
    except ValueError:
        raise NotFound("続きの位置（cursor）が読めません。前の回答の next をそのまま使ってください。") from None
