"""/api/v1/batches/: sheets for many clients as one order, followed and received together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Count
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from applications.api.reading import Page, read_body, read_query
from applications.api.sheet_shapes import (
    BatchDetail,
    BatchList,
    NewBatch,
    SheetList,
    SheetQuery,
    batch_detail,
    batch_line,
)
from applications.api.sheets import FILE, listed, not_ready, sent
from applications.api.views import READ, WRITE, Beside, OrganisationView, found, part_of, problems_as_errors
from applications.batches import batches
from applications.batches.batches import BatchRefused, has_files
from applications.clients import listing
from applications.models import Batch, Delivery, Membership
from applications.selectors import desk
from portal.common.api import Refused
from portal.common.openapi import query_parameters


def _refused(acting: Membership, refused: BatchRefused) -> Beside:
    return status.HTTP_400_BAD_REQUEST, problems_as_errors({"": str(refused)}), {}


class Batches(OrganisationView):
    orders = "organisation-batches"
    refused = {BatchRefused: _refused}

    @extend_schema(
        operation_id="batches_list",
        summary="一括作成の一覧",
        parameters=query_parameters(Page),
        responses={200: BatchList, **READ},
    )
    def get(self, request: Request) -> Response:
        query = read_query(Page, request.query_params)
        rows = desk.batches(self.acting).values("id", "title", "as_of", "created_at", "requested_by__username")
        return part_of(rows, query).response(request, batch_line)

    @extend_schema(
        operation_id="batches_create",
        summary="相談シートを一括で作る",
        description="企業ごとにシートを1枚作り、終わるとZIPと結合したPDFにまとめます。返ってきた番号で進み具合を読みます。",
        request=NewBatch,
        responses={202: BatchDetail, **WRITE},
    )
    def post(self, request: Request) -> Response:
        body = read_body(NewBatch, request.data)
        batch = batches.create(
            acting=self.acting,
            key=body.id or uuid.uuid4(),
            clients=_chosen(self.acting, body),
            as_of=body.as_of,
            title=body.title,
            kind=body.kind,
        )
        headers = {"Location": reverse("api:batch", [batch.pk], request=request)}
        return Response(_detail(batch, request), status=status.HTTP_202_ACCEPTED, headers=headers)


class OneBatch(OrganisationView):
    @extend_schema(operation_id="batches_read", summary="一括作成の進み具合", responses={200: BatchDetail, **READ})
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(_detail(found(desk.batch(self.acting, pk)), request))


class BatchSheets(OrganisationView):
    @extend_schema(
        operation_id="batch_sheets_list",
        summary="一括作成のシートの一覧",
        parameters=query_parameters(SheetQuery),
        responses={200: SheetList, **READ},
    )
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        batch = found(desk.batch(self.acting, pk))
        return listed(request, desk.sheets(self.acting).filter(batch=batch))


class BatchArchive(OrganisationView):
    @extend_schema(
        operation_id="batches_archive",
        summary="一括作成のZIP",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **FILE},
    )
    def get(self, request: Request, pk: uuid.UUID) -> FileResponse:
        return sent(_delivered(self.acting, pk).archive, "sheets.zip", "application/zip")


class BatchJoined(OrganisationView):
    @extend_schema(
        operation_id="batches_joined",
        summary="一括作成の結合したPDF",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **FILE},
    )
    def get(self, request: Request, pk: uuid.UUID) -> FileResponse:
        return sent(_delivered(self.acting, pk).joined, "sheets.pdf", "application/pdf")


def _chosen(acting: Membership, body: NewBatch) -> Iterable[uuid.UUID]:
    """The clients that a new batch is for. Raises Refused (404) where one of them, or all, are not there."""
    if body.filter is not None:
        wanted = listing.Wanted(text=body.filter.search, tag=body.filter.tag)
        keys = list(listing.found(acting, wanted).values_list("pk", flat=True)[: batches.MOST_CLIENTS + 1])
        place, is_missing = "filter", not keys
    else:
        keys = list(dict.fromkeys(body.clients or ()))
        place, is_missing = "clients", desk.clients(acting).filter(pk__in=keys).count() < len(keys)
    if is_missing:
        errors = problems_as_errors({place: "企業が見つかりません。"}, "not_found")
        raise Refused(status.HTTP_404_NOT_FOUND, errors)
    return keys


def _detail(batch: Batch, request: Request) -> dict[str, Any]:
    counts = dict(batch.sheets.order_by().values_list("state").annotate(Count("pk")))
    return batch_detail(batch, counts, desk.delivery_of(batch), request)


def _delivered(acting: Membership, pk: uuid.UUID) -> Delivery:
    """The finished delivery. Raises Refused (409) while there is none."""
    delivery = desk.delivery_of(found(desk.batch(acting, pk)))
    if delivery is None or not has_files(delivery):
        raise not_ready()
    return delivery
