"""/api/v1/clients/: client companies, what they qualify for, and what was changed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.utils.urls import replace_query_param

from applications.api.client_shapes import (
    ANSWER_FIELDS,
    LINE_FIELDS,
    ClientChange,
    ClientConflict,
    ClientDetail,
    ClientEvaluation,
    ClientList,
    ClientQuery,
    History,
    HistoryQuery,
    NewClient,
    client_detail,
    client_line,
)
from applications.api.people import member_named
from applications.api.reading import read_body, read_query
from applications.api.views import READ, WRITE, Beside, OrganisationView, found, part_of, problems_as_errors, stale
from applications.clients import clients, listing
from applications.clients.clients import ClientRefused, StaleClient
from applications.models import Client, Membership
from applications.selectors import desk
from eligibility.api_schema import Answer
from eligibility.evaluations import evaluate_question
from eligibility.results import readable_profile
from portal.common.openapi import query_parameters, refusals
from programs.documents import vocabulary

REASON = "APIから変更"


def _refused(acting: Membership, refused: ClientRefused) -> Beside:
    """400, or 409 with the client that has the number already."""
    twins = [twin for twin in map(refused.twins.get, refused.problems) if twin is not None]
    current = desk.client(acting, twins[0]) if twins else None
    if current is None:
        return status.HTTP_400_BAD_REQUEST, problems_as_errors(refused.problems), {}
    return status.HTTP_409_CONFLICT, problems_as_errors(refused.problems, "exists"), {"current": client_detail(current)}


def _stale(acting: Membership, refused: StaleClient) -> Beside:
    return stale(client_detail(refused.current))


def _managers_only(acting: Membership, refused: PermissionDenied) -> Beside:
    message = "削除は、管理者が作ったAPIキーでだけできます。"
    return status.HTTP_403_FORBIDDEN, problems_as_errors({"": message}, "managers_only"), {}


class ClientView(OrganisationView):
    refused = {ClientRefused: _refused, StaleClient: _stale, PermissionDenied: _managers_only}


class Clients(ClientView):
    @extend_schema(
        operation_id="clients_list",
        summary="支援先企業の一覧",
        description="新しく登録した順。回答（profile）は、求めたときだけ返します。",
        parameters=query_parameters(ClientQuery),
        responses={200: ClientList, **READ},
    )
    def get(self, request: Request) -> Response:
        query = read_query(ClientQuery, request.query_params)
        rows = matching_clients(self.acting, query)
        columns = LINE_FIELDS + (ANSWER_FIELDS if query.profile else ())
        return part_of(rows.values(*columns, "assigned_to__username"), query).response(request, client_line)

    @extend_schema(
        operation_id="clients_create",
        summary="支援先企業を登録する",
        description="同じ法人番号・顧客番号の企業があれば、登録せずに 409 と、その企業（current）を返します。",
        request=NewClient,
        responses={201: ClientDetail, **WRITE, 409: ClientConflict},
    )
    def post(self, request: Request) -> Response:
        body = read_body(NewClient, request.data)
        values = _values(self.acting, body.model_dump(exclude={"profile", "unknown"}))
        profile = body.profile.root
        made = clients.create(
            acting=self.acting,
            values=values,
            profile=profile,
            unknown=_unanswered(body.unknown, profile),
            reason="APIから登録",
        )
        headers = {"Location": reverse("api:client", [made.pk], request=request)}
        return Response(client_detail(made), status=status.HTTP_201_CREATED, headers=headers)


class OneClient(ClientView):
    @extend_schema(operation_id="clients_read", summary="支援先企業の内容", responses={200: ClientDetail, **READ})
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(client_detail(found(desk.client(self.acting, pk))))

    @extend_schema(
        operation_id="clients_change",
        summary="支援先企業の内容を変える",
        description="読んだときの stamp を添えます。その後に変わっていれば、変えずに 409 といまの内容を返します。",
        request=ClientChange,
        responses={200: ClientDetail, **WRITE, 409: ClientConflict},
    )
    def patch(self, request: Request, pk: uuid.UUID) -> Response:
        client = found(desk.client(self.acting, pk))
        body = read_body(ClientChange, request.data)
        fields = body.model_dump(exclude_unset=True, exclude={"stamp", "profile", "unknown"})
        profile = body.profile.root if "profile" in body.model_fields_set else None
        unknown = body.unknown if "unknown" in body.model_fields_set else None
        saved = clients.save(
            acting=self.acting,
            client=client,
            stamp=body.stamp,
            values=_values(self.acting, fields),
            profile=profile,
            unknown=None if unknown is None else _unanswered(unknown, client.profile if profile is None else profile),
            reason=REASON,
        )
        return Response(client_detail(saved))

    @extend_schema(
        operation_id="clients_delete",
        summary="支援先企業を削除する",
        description="履歴・相談・シートとともに消え、戻せません。管理者が作ったキーでだけ使えます。",
        request=None,
        responses={204: OpenApiResponse(description="削除した"), **refusals(401, 403, 404, 405, 411, 429)},
    )
    def delete(self, request: Request, pk: uuid.UUID) -> Response:
        clients.delete(acting=self.acting, client=found(desk.client(self.acting, pk)))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ClientEvaluations(OrganisationView):
    reads = ("POST",)

    @extend_schema(
        operation_id="clients_evaluate",
        summary="支援先企業を判定する",
        description="登録されている回答で判定します。回答は診断（evaluations）と同じ形です。読み取り専用のキーで使えます。",
        request=ClientEvaluation,
        responses={200: Answer, **refusals(400, 401, 404, 405, 411, 413, 415, 429)},
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        client = found(desk.client(self.acting, pk))
        asked = read_body(ClientEvaluation, request.data).model_dump(exclude_unset=True)
        # An answer stored before a change of the vocabulary counts as unknown, as on the client's page.
        readable = readable_profile(client.profile, vocabulary())
        profile = {key: client.profile[key] for key in readable}
        return Response(evaluate_question({**asked, "profile": profile}).as_answer())


class ClientHistory(OrganisationView):
    @extend_schema(
        operation_id="clients_history",
        summary="支援先企業の変更の履歴",
        parameters=query_parameters(HistoryQuery),
        responses={200: History, **READ},
    )
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        client = found(desk.client(self.acting, pk))
        query = read_query(HistoryQuery, request.query_params)
        rows = desk.revisions(client)
        if query.before is not None:
            rows = rows.filter(stamp__lt=query.before)
        some = list(rows[: query.limit + 1])
        shown = [_entry(row, some[place + 1] if place + 1 < len(some) else None) for place, row in enumerate(some)]
        following = None
        if len(some) > query.limit:
            following = replace_query_param(request.build_absolute_uri(), "before", some[query.limit - 1].stamp)
        return Response({"results": shown[: query.limit], "next": following})


def matching_clients(acting: Membership, query: ClientQuery) -> QuerySet[Client]:
    wanted = listing.Wanted(text=query.search, tag=query.tag, state=query.state)
    rows = listing.found(acting, wanted)
    for field in ("corporate_number", "own_key"):
        value = getattr(query, field)
        rows = rows.filter(**{field: value}) if value else rows
    return rows if query.changed_since is None else rows.filter(updated_at__gte=query.changed_since)


def _values(acting: Membership, fields: dict[str, Any]) -> dict[str, Any]:
    """As the service takes them: a person instead of a user name."""
    if "assigned_to" not in fields:
        return fields
    return {**fields, "assigned_to": member_named(acting, fields["assigned_to"], "assigned_to")}


def _unanswered(unknown: list[str], profile: Mapping[str, Any]) -> list[str]:
    """Whoever answers a question does not say at the same time that they do not know."""
    return sorted(set(unknown) - set(profile))


def _entry(row: Any, before: Any) -> dict[str, Any]:
    """A row of a client's history, told from the one before it (None where it is the first)."""
    differences = clients.differences(before, row) if before is not None else []
    return {
        "stamp": row.stamp,
        "at": row.history_date,
        "by": row.history_user.get_username() if row.history_user else None,
        "reason": row.history_change_reason or "",
        "changes": [
            {"key": found.key, "label": found.label, "before": found.before, "after": found.after}
            for found in differences
        ],
    }
