"""/api/v1/consultations/: what was talked about, and the agreed next steps."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from applications.api.consultation_shapes import (
    LINE_FIELDS,
    ConsultationChange,
    ConsultationConflict,
    ConsultationDetail,
    ConsultationList,
    ConsultationQuery,
    NewConsultation,
    StepDone,
    StepReply,
    consultation_detail,
    consultation_line,
    step_reply,
)
from applications.api.people import member_named
from applications.api.reading import read_body, read_query
from applications.api.views import READ, WRITE, Beside, OrganisationView, found, part_of, problems_as_errors, stale
from applications.consultations import consultations
from applications.consultations.consultations import ClosedConsultation, ConsultationRefused, StaleConsultation
from applications.models import Consultation, Membership
from applications.selectors import desk
from portal.common.openapi import query_parameters


def _refused(acting: Membership, refused: ConsultationRefused) -> Beside:
    return status.HTTP_400_BAD_REQUEST, problems_as_errors(refused.problems), {}


def _stale(acting: Membership, refused: StaleConsultation) -> Beside:
    current = desk.consultation(acting, refused.current.pk)
    return stale(consultation_detail(current) if current else None)


def closed(acting: Membership, refused: ClosedConsultation) -> Beside:
    message = "この相談は確定しているため、変えられません。"
    return status.HTTP_409_CONFLICT, problems_as_errors({"": message}, "closed"), {}


class ConsultationView(OrganisationView):
    refused = {ConsultationRefused: _refused, StaleConsultation: _stale, ClosedConsultation: closed}


class Consultations(ConsultationView):
    @extend_schema(
        operation_id="consultations_list",
        summary="相談の一覧",
        description="新しく記録した順。相談の内容（notes）などは、1件ずつ読んでください。",
        parameters=query_parameters(ConsultationQuery),
        responses={200: ConsultationList, **READ},
    )
    def get(self, request: Request) -> Response:
        query = read_query(ConsultationQuery, request.query_params)
        bounds = {"client": query.client, "held_on__gte": query.held_from, "held_on__lte": query.held_until}
        rows = desk.consultations(self.acting).filter(
            **{name: value for name, value in bounds.items() if value is not None}
        )
        part = part_of(rows.values(*LINE_FIELDS, "client_id", "adviser__username"), query)
        return part.response(request, consultation_line)

    @extend_schema(
        operation_id="consultations_create",
        summary="相談を記録する",
        request=NewConsultation,
        responses={201: ConsultationDetail, **WRITE, 409: ConsultationConflict},
    )
    def post(self, request: Request) -> Response:
        body = read_body(NewConsultation, request.data)
        made = consultations.create(
            acting=self.acting,
            client=found(desk.client(self.acting, body.client)),
            values=_values(self.acting, body.model_dump(exclude_unset=True, exclude={"id", "client", "steps"})),
            steps=[step.step() for step in body.steps],
            key=body.id,
        )
        headers = {"Location": reverse("api:consultation", [made.pk], request=request)}
        return Response(_detail(self.acting, made), status=status.HTTP_201_CREATED, headers=headers)


class OneConsultation(ConsultationView):
    @extend_schema(operation_id="consultations_read", summary="相談の内容", responses={200: ConsultationDetail, **READ})
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(consultation_detail(found(desk.consultation(self.acting, pk))))

    @extend_schema(
        operation_id="consultations_change",
        summary="相談の内容を変える",
        description="読んだときの stamp を添えます。確定している相談は変えられません（409）。",
        request=ConsultationChange,
        responses={200: ConsultationDetail, **WRITE, 409: ConsultationConflict},
    )
    def patch(self, request: Request, pk: uuid.UUID) -> Response:
        consultation = found(desk.consultation(self.acting, pk))
        body = read_body(ConsultationChange, request.data)
        fields = body.model_dump(exclude_unset=True, exclude={"stamp", "steps"})
        saved = consultations.save(
            acting=self.acting,
            consultation=consultation,
            stamp=body.stamp,
            values=_values(self.acting, fields),
            steps=[step.step() for step in body.steps] if "steps" in body.model_fields_set else None,
        )
        return Response(_detail(self.acting, saved))


class OneStep(ConsultationView):
    @extend_schema(
        operation_id="steps_change",
        summary="次の行動が済んだことを記録する",
        description="確定している相談でも使えます。",
        request=StepDone,
        responses={200: StepReply, **WRITE},
    )
    def patch(self, request: Request, pk: uuid.UUID, step: int) -> Response:
        row = found(desk.step(self.acting, pk, step))
        body = read_body(StepDone, request.data)
        return Response(step_reply(consultations.set_done(acting=self.acting, step=row, done_on=body.done_on)))


def _values(acting: Membership, fields: dict[str, Any]) -> dict[str, Any]:
    """As the service takes them: a person instead of a user name."""
    if "adviser" not in fields:
        return fields
    return {**fields, "adviser": member_named(acting, fields["adviser"], "adviser")}


def _detail(acting: Membership, consultation: Consultation) -> dict[str, Any]:
    """Read anew: with its steps as they are stored."""
    return consultation_detail(found(desk.consultation(acting, consultation.pk)))
