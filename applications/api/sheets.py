"""/api/v1/sheets/ and those of a consultation: asked for, followed, received as PDF; codes verified."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from applications.api.consultation_shapes import ConsultationConflict
from applications.api.consultations import closed
from applications.api.reading import read_body, read_query
from applications.api.sheet_shapes import (
    SHEET_FIELDS,
    NewSheet,
    SealReply,
    SheetList,
    SheetQuery,
    SheetReply,
    seal_reply,
    sheet_reply,
    sheet_values,
)
from applications.api.views import READ, WRITE, OrganisationView, found, part_of, problems_as_errors
from applications.consultations.consultations import ClosedConsultation
from applications.selectors import desk
from applications.sheets import jobs, seals
from applications.sheets.seals import CodeNotReadable
from portal.common.api import OneFormat, Refused
from portal.common.openapi import query_parameters, refusals

FILE = refusals(401, 404, 405, 409, 411, 429)


class ConsultationSheets(OrganisationView):
    orders = "organisation-sheets"
    refused = {ClosedConsultation: closed}

    @extend_schema(
        operation_id="consultation_sheets_list",
        summary="相談のシートの一覧",
        parameters=query_parameters(SheetQuery),
        responses={200: SheetList, **READ},
    )
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        consultation = found(desk.consultation(self.acting, pk))
        return listed(request, desk.sheets(self.acting).filter(consultation=consultation))

    @extend_schema(
        operation_id="consultation_sheets_create",
        summary="相談シートを作る",
        description="作り終わるまで、返ってきた番号のシートを読んで待ちます。同じ内容なら、同じシートを返します。",
        request=NewSheet,
        responses={
            202: SheetReply,
            **WRITE,
            409: ConsultationConflict,
        },
    )
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        consultation = found(desk.consultation(self.acting, pk))
        body = read_body(NewSheet, request.data)
        sheet = jobs.request_sheet(acting=self.acting, consultation=consultation, kind=body.kind)
        headers = {"Location": reverse("api:sheet", [sheet.pk], request=request)}
        return Response(sheet_reply(sheet_values(sheet), request), status=status.HTTP_202_ACCEPTED, headers=headers)


class OneSheet(OrganisationView):
    @extend_schema(operation_id="sheets_read", summary="シートの状態", responses={200: SheetReply, **READ})
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(sheet_reply(sheet_values(found(desk.sheet(self.acting, pk))), request))


class SheetFile(OrganisationView):
    @extend_schema(
        operation_id="sheets_file",
        summary="シートのPDF",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **FILE},
    )
    def get(self, request: Request, pk: uuid.UUID) -> FileResponse:
        sheet = found(desk.sheet(self.acting, pk))
        if not sheet.has_file:
            raise not_ready()
        jobs.sealed(sheet)
        return sent(sheet.file, f"{sheet.code}.pdf", "application/pdf")


class SealThrottle(AnonRateThrottle):
    """As on the page where people type a code (/verify/)."""

    scope = "verifications"


class OneSeal(APIView):
    authentication_classes = ()
    throttle_classes = (SealThrottle,)
    content_negotiation_class = OneFormat

    @extend_schema(
        operation_id="seals_read",
        summary="照合コードを確かめる",
        description="シートに印刷された照合コードが本物かを、誰でも確かめられます。企業のことは返しません。",
        parameters=[OpenApiParameter("code", {"type": "string", "example": "K7QD-XM2A-5RTE"}, OpenApiParameter.PATH)],
        responses={200: SealReply, **refusals(404, 405, 429)},
        auth=[],
    )
    def get(self, request: Request, code: str) -> Response:
        try:
            verified = seals.verify(code)
        except CodeNotReadable as unreadable:
            errors = problems_as_errors({"code": str(unreadable)}, "not_found")
            raise Refused(status.HTTP_404_NOT_FOUND, errors) from unreadable
        return Response(seal_reply(found(verified)))


def listed(request: Request, sheets: Any) -> Response:
    """Sheets as one part of a list, as the address asks for."""
    query = read_query(SheetQuery, request.query_params)
    rows = sheets.filter(state=query.state) if query.state else sheets
    rows = rows.defer(None).values(*SHEET_FIELDS)
    return part_of(rows, query).response(request, lambda row: sheet_reply(row, request))


def sent(file: FieldFile, name: str, content_type: str) -> FileResponse:
    return FileResponse(file.open(), as_attachment=True, filename=name, content_type=content_type)


def not_ready() -> Refused:
    errors = problems_as_errors({"": "まだできていません。状態（state）を確かめてください。"}, "not_ready")
    return Refused(status.HTTP_409_CONFLICT, errors)
