"""What goes in and out of the addresses of consultations and their next steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from applications.api.reading import (
    DAYS_BETWEEN,
    LINE,
    Day,
    Filled,
    Id,
    Member,
    Page,
    PartReply,
    Stamp,
    Text,
    WorkingDay,
    whole,
)
from applications.consultations.consultations import (
    FIRST_DAY,
    MAX_PROGRAMMES,
    MAX_QUESTIONS,
    MAX_STEPS,
    MAX_TOPICS,
    NOTES_LENGTH,
    OWNER_NAME_LENGTH,
    QUESTION_LENGTH,
    STEP_LENGTH,
    TOPIC_LENGTH,
    Step,
)
from applications.models import Consultation, NextStep
from eligibility.api_schema import Programs
from portal.common.openapi import Body, Error, Reply

Topic = Annotated[str, StringConstraints(pattern=LINE, max_length=TOPIC_LENGTH)]
Question = Annotated[str, StringConstraints(pattern=LINE, max_length=QUESTION_LENGTH)]
StepId = Annotated[int, Field(ge=1, le=2**53 - 1), BeforeValidator(whole)]
Owner = Literal["client", "organisation", "other"]


class ConsultationQuery(Page):
    client: Id | None = Field(default=None, description="この企業の相談だけ")
    held_from: Day | None = Field(default=None, description="相談日がこの日以降")
    held_until: Day | None = Field(default=None, description="相談日がこの日まで")


class GivenStep(Body):
    """次の行動。id のあるものは、その行動を書き換えます。"""

    id: StepId | None = Field(default=None, description="いまある行動の番号。新しいものでは省く")
    text: Filled = Field(max_length=STEP_LENGTH, description="内容")
    owner: Owner = Field(default="client", description="行う人：企業・支援機関・その他")
    owner_name: Annotated[str, StringConstraints(pattern=LINE, max_length=OWNER_NAME_LENGTH)] = Field(
        default="", description="氏名"
    )
    due_on: WorkingDay | None = Field(default=None, description=f"期日（{DAYS_BETWEEN}）")

    def step(self) -> Step:
        return Step(self.text, self.owner, self.owner_name, self.due_on, self.id)


class _Fields(Body):
    adviser: Member = Field(default="", description="担当者のユーザー名。既定はキーを作った人")
    topics: list[Topic] = Field(default=[], max_length=MAX_TOPICS, description="相談のテーマ")
    notes: Text = Field(default="", max_length=NOTES_LENGTH, description="相談の内容")
    programmes: Programs = Field(default=[], max_length=MAX_PROGRAMMES, description="検討する制度のスラッグ")
    open_questions: list[Question] = Field(default=[], max_length=MAX_QUESTIONS, description="確認が必要なこと")
    as_of: WorkingDay | None = Field(default=None, description=f"判定の基準日（{DAYS_BETWEEN}）。null なら相談日")
    steps: list[GivenStep] = Field(default=[], max_length=MAX_STEPS, description="次の行動。書くと全体を置き換える")


class NewConsultation(_Fields):
    id: Id | None = Field(default=None, description="自分で決めた番号。同じ番号でもう一度送っても、相談は一つ")
    client: Id = Field(description="支援先企業の番号")
    held_on: WorkingDay = Field(description=f"相談日（{DAYS_BETWEEN}）")


class ConsultationChange(_Fields):
    """書いた項目だけを変えます。"""

    stamp: Stamp = Field(description="読んだときの stamp。その後に変わっていれば 409")
    held_on: WorkingDay = Field(default=FIRST_DAY, description=f"相談日（{DAYS_BETWEEN}）")


class StepDone(Body):
    done_on: WorkingDay | None = Field(description=f"済んだ日（{DAYS_BETWEEN}）。null なら、まだ済んでいない")


class StepReply(Reply):
    id: int
    text: str
    owner: Owner
    owner_name: str
    due_on: date | None
    done_on: date | None


class ConsultationLine(Reply):
    id: UUID
    client: UUID
    held_on: date
    as_of: date | None
    adviser: str = Field(description="担当者のユーザー名")
    topics: list[str]
    programmes: list[str]
    stamp: int
    closed_at: datetime | None = Field(description="確定版のシートを作った日時。以後は変えられない")
    created_at: datetime
    updated_at: datetime


class ConsultationDetail(ConsultationLine):
    notes: str
    open_questions: list[str]
    steps: list[StepReply]


class ConsultationList(PartReply):
    results: list[ConsultationLine]


class ConsultationConflict(Reply):
    """ほかの変更とぶつかったか、確定している。"""

    errors: list[Error]
    current: ConsultationDetail | None = Field(default=None, description="いまの内容")

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)


LINE_FIELDS = (
    "id",
    "held_on",
    "as_of",
    "topics",
    "programmes",
    "stamp",
    "closed_at",
    "created_at",
    "updated_at",
)


def consultation_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row of values with `client_id` and `adviser__username`."""
    line = dict(row)
    line["client"], line["adviser"] = line.pop("client_id"), line.pop("adviser__username")
    return line


def consultation_detail(consultation: Consultation) -> dict[str, Any]:
    fields = {name: getattr(consultation, name) for name in (*LINE_FIELDS, "notes", "open_questions")}
    steps = [step_reply(step) for step in consultation.steps.all()]
    adviser = consultation.adviser.get_username()
    return {**fields, "client": consultation.client_id, "adviser": adviser, "steps": steps}


def step_reply(step: NextStep) -> dict[str, Any]:
    return {name: getattr(step, name) for name in StepReply.model_fields}
