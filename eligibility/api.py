"""POST /api/v1/evaluations/: the evaluation contract over HTTP. The same answer as `manage.py evaluate`."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from eligibility.api_schema import ANSWER, ERRORS, QUESTION
from eligibility.engine.errors import QuestionRefused
from eligibility.evaluations import evaluate_question
from portal.common.api import refuse_chunked

# A body of nothing but mistakes is answered with the first hundred of them.
MAX_ERRORS = 100


class EvaluationThrottle(AnonRateThrottle):
    scope = "evaluations"


class EvaluationView(APIView):
    """企業プロフィールを渡すと、制度の枠ごとに判定・理由・金額を返します。"""

    throttle_classes = (EvaluationThrottle,)

    @extend_schema(
        operation_id="evaluate",
        summary="判定する",
        request=QUESTION,
        responses={
            200: ANSWER,
            400: OpenApiResponse(ERRORS, "質問の誤り（すべて挙げます）"),
            411: OpenApiResponse(ERRORS, "本文の長さがない"),
            413: OpenApiResponse(ERRORS, "本文が1MBを超える"),
            415: OpenApiResponse(ERRORS, "JSONではない"),
            429: OpenApiResponse(ERRORS, "回数の上限"),
        },
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
            errors = [problem.as_dict() for problem in refused.problems[:MAX_ERRORS]]
            return Response({"errors": errors}, status=status.HTTP_400_BAD_REQUEST)
        return Response(evaluation.as_answer())
