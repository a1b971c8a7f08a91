"""POST /api/v1/evaluations/: the evaluation contract over HTTP. The same answer as `manage.py evaluate`."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from eligibility.engine.errors import QuestionRefused
from eligibility.evaluations import evaluate_question


class QuestionSchema(serializers.Serializer[None]):
    """The question, for the description only: eligibility.evaluations reads and checks it."""

    as_of = serializers.CharField(required=False, help_text="基準日（2023-10-17）又は日時。既定は今")
    profile = serializers.DictField(help_text="項目と値。わからない項目は省く（null ではない）")
    programs = serializers.ListField(child=serializers.CharField(), required=False, help_text="制度のスラッグ")
    versions = serializers.ListField(child=serializers.CharField(), required=False, help_text="制度@版")


class SourceSchema(serializers.Serializer[None]):
    document = serializers.CharField()
    lines = serializers.CharField()


class RequirementSchema(serializers.Serializer[None]):
    id = serializers.CharField()
    text = serializers.CharField()
    status = serializers.ChoiceField(choices=["met", "unmet", "unknown", "review"])
    facts = serializers.ListField(child=serializers.CharField())
    actual = serializers.JSONField(allow_null=True)
    expected = serializers.JSONField(allow_null=True)
    source = SourceSchema()


class BenefitSchema(serializers.Serializer[None]):
    kind = serializers.ChoiceField(choices=["subsidy", "credit", "special_depreciation", "immediate_depreciation"])
    amount = serializers.IntegerField(allow_null=True)
    amount_low = serializers.IntegerField(allow_null=True)
    amount_high = serializers.IntegerField(allow_null=True)
    rate = serializers.CharField(allow_null=True)
    steps = serializers.ListField(child=serializers.CharField())


class ResultSchema(serializers.Serializer[None]):
    program = serializers.CharField()
    version = serializers.CharField()
    revision = serializers.IntegerField()
    rules_hash = serializers.CharField()
    frame = serializers.CharField()
    availability = serializers.ChoiceField(choices=["open", "upcoming", "closed", "not_offered", "unknown"])
    verdict = serializers.ChoiceField(choices=["eligible", "not_eligible", "needs_info"])
    open_review = serializers.ListField(child=serializers.CharField())
    requirements = RequirementSchema(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    benefit = BenefitSchema()


class AnswerSchema(serializers.Serializer[None]):
    as_of = serializers.CharField()
    not_in_force = serializers.ListField(child=serializers.CharField())
    results = ResultSchema(many=True)


class ErrorSchema(serializers.Serializer[None]):
    fact = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()


class ErrorsSchema(serializers.Serializer[None]):
    errors = ErrorSchema(many=True)


class EvaluationThrottle(AnonRateThrottle):
    scope = "evaluations"


class EvaluationView(APIView):
    """企業プロフィールを渡すと、制度の枠ごとに判定・理由・金額を返します。"""

    throttle_classes = (EvaluationThrottle,)

    @extend_schema(
        operation_id="evaluate",
        summary="判定する",
        request=QuestionSchema,
        responses={
            200: AnswerSchema,
            400: OpenApiResponse(ErrorsSchema, "質問の誤り（すべて挙げます）"),
            413: OpenApiResponse(ErrorsSchema, "本文が1MBを超える"),
            415: OpenApiResponse(ErrorsSchema, "JSONではない"),
            429: OpenApiResponse(ErrorsSchema, "回数の上限"),
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
        try:
            evaluation = evaluate_question(request.data)
        except QuestionRefused as refused:
            errors = [problem.as_dict() for problem in refused.problems]
            return Response({"errors": errors}, status=status.HTTP_400_BAD_REQUEST)
        return Response(evaluation.as_answer())
