"""What goes in and out of the evaluation API, for its description only: the contract's keys and types.

Nothing is parsed or written with these; eligibility.evaluations reads questions and eligibility.engine.answer writes
answers.
"""

from __future__ import annotations

from drf_spectacular.utils import inline_serializer
from rest_framework.serializers import (
    CharField,
    ChoiceField,
    DictField,
    IntegerField,
    JSONField,
    ListField,
)

from eligibility.engine.availability import Availability
from eligibility.engine.evaluate import Status, Verdict

QUESTION = inline_serializer(
    "Question",
    {
        "as_of": CharField(required=False, help_text="基準日（2023-10-17）又は日時。既定は今"),
        "profile": DictField(help_text="項目と値。わからない項目は省く（null ではない）"),
        "programs": ListField(child=CharField(), required=False, help_text="制度のスラッグ"),
        "versions": ListField(child=CharField(), required=False, help_text="制度@版。日付にかかわらず判定する"),
    },
)

_SOURCE = inline_serializer("Source", {"document": CharField(), "lines": CharField()})

_REQUIREMENT = inline_serializer(
    "Requirement",
    {
        "id": CharField(),
        "text": CharField(help_text="資料の言葉"),
        "status": ChoiceField(choices=[status.value for status in Status]),
        "facts": ListField(child=CharField()),
        "actual": JSONField(allow_null=True, help_text="企業の値"),
        "expected": JSONField(allow_null=True, help_text="基準"),
        "margin": JSONField(allow_null=True, help_text="基準との差"),
        "source": _SOURCE,
    },
    many=True,
)

_BENEFIT = inline_serializer(
    "Benefit",
    {
        "kind": ChoiceField(choices=["subsidy", "credit", "special_depreciation", "immediate_depreciation"]),
        "amount": IntegerField(allow_null=True, help_text="円。決まらないときは null"),
        "amount_low": IntegerField(allow_null=True),
        "amount_high": IntegerField(allow_null=True),
        "rate": CharField(allow_null=True, help_text="印刷されたとおりの率"),
        "steps": ListField(child=CharField(), help_text="計算の過程"),
    },
)

_RESULT = inline_serializer(
    "Result",
    {
        "program": CharField(),
        "version": CharField(),
        "revision": IntegerField(),
        "rules_hash": CharField(),
        "frame": CharField(),
        "availability": ChoiceField(choices=[status.value for status in Availability]),
        "verdict": ChoiceField(choices=[verdict.value for verdict in Verdict]),
        "open_review": ListField(child=CharField()),
        "requirements": _REQUIREMENT,
        "missing": ListField(child=CharField(), help_text="答えると判定か金額が動きうる項目（役立つ順）"),
        "benefit": _BENEFIT,
    },
    many=True,
)

ANSWER = inline_serializer(
    "Answer", {"as_of": CharField(), "not_in_force": ListField(child=CharField()), "results": _RESULT}
)

ERRORS = inline_serializer(
    "Errors",
    {
        "errors": inline_serializer(
            "Error",
            {
                "fact": CharField(allow_blank=True, help_text="項目。質問全体の誤りでは空"),
                "code": CharField(),
                "message": CharField(),
                "part": CharField(required=False, help_text="項目の中の月や区分"),
            },
            many=True,
        )
    },
)
