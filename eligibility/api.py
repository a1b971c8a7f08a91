"""POST /api/v1/evaluations/: the evaluation contract over HTTP. The same answer as `manage.py evaluate`."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from eligibility.api_schema import Answer, Question
from eligibility.engine.errors import QuestionRefused
from eligibility.evaluations import evaluate_question
from portal.common.api import OneFormat, Refused, refuse_chunked
from portal.common.openapi import refusals


class EvaluationThrottle(AnonRateThrottle):
    scope = "evaluations"


class EvaluationView(APIView):
    """企業プロフィールを渡すと、制度の枠ごとに判定・理由・金額を返します。"""

    throttle_classes = (EvaluationThrottle,)
    content_negotiation_class = OneFormat

    @extend_schema(
        operation_id="evaluate",
        summary="判定する",
        request=Question,
        responses={200: Answer, **refusals(400, 405, 411, 413, 415, 429)},
        auth=[],
        examples=[
            OpenApiExample(
                "小売業・従業員4人",
                value={
                    "as_of": "2023-10-17",
                    "profile": {"legal_form": "company", "industry": "58", "employees": 4},
                    "programs": ["jizokuka"],
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        refuse_chunked(request)
        try:
            evaluation = evaluate_question(request.data)
        except QuestionRefused as refused:
            errors = [problem.as_dict() for problem in refused.problems]
            raise Refused(status.HTTP_400_BAD_REQUEST, errors) from refused
        return Response(evaluation.as_answer())
