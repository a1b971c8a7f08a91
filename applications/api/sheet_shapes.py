"""What goes in and out of the addresses of sheets, batches and seals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from rest_framework.request import Request
from rest_framework.reverse import reverse

from applications.api.reading import DAYS_BETWEEN, LINE, Id, Line, Page, PartReply, WorkingDay
from applications.batches.batches import MOST_CLIENTS, has_files
from applications.clients.words import MAX_TAG
from applications.models import Batch, Delivery, Sheet
from applications.sheets.seals import Verified
from portal.common.jobs import JobState
from portal.common.openapi import Body, Reply

_KINDS: dict[str, Any] = {"enum": Sheet.Kind.values}
_STATES: dict[str, Any] = {"enum": JobState.values}


class NewSheet(Body):
    kind: Literal["draft", "final"] = Field(
        default="draft", description="下書き、又は確定版。確定版を作ると、その相談は変えられなくなる"
    )


class SheetQuery(Page):
    state: Literal["", "queued", "running", "done", "failed"] = Field(default="", description="この状態のシートだけ")


class SheetReply(Reply):
    id: UUID
    client: UUID
    consultation: UUID | None
    batch: UUID | None
    kind: str = Field(json_schema_extra=_KINDS)
    state: str = Field(description="done になったら file から受け取る", json_schema_extra=_STATES)
    progress_percent: int
    error: str = Field(description="failed のときの理由")
    code: str = Field(description="照合コード")
    pages: int
    size: int = Field(description="バイト")
    file_hash: str = Field(description="ファイルのSHA-256")
    created_at: datetime
    finished_at: datetime | None
    file: str | None = Field(description="PDFのアドレス。できるまでは null")


class SheetList(PartReply):
    results: list[SheetReply]


class ClientFilter(Body):
    """支援中の企業から選ぶ条件。"""

    search: Line = Field(default="", max_length=200)
    tag: Line = Field(default="", max_length=MAX_TAG)


class NewBatch(Body):
    """clients か filter のどちらか一つを書きます。"""

    id: Id | None = Field(default=None, description="自分で決めた番号。同じ番号でもう一度送っても、作成は一度だけ")
    title: Annotated[str, StringConstraints(pattern=LINE, max_length=100)] = ""
    as_of: WorkingDay = Field(description=f"判定の基準日（{DAYS_BETWEEN}）")
    kind: Literal["draft", "final"] = Field(
        default="draft", description="下書き、又は確定版。確定版には照合コードの控えが残る"
    )
    clients: list[Id] | None = Field(default=None, min_length=1, max_length=MOST_CLIENTS)
    filter: ClientFilter | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["clients"], "properties": {"clients": {"type": "array"}}},
                {"required": ["filter"], "properties": {"filter": {"type": "object"}}},
            ]
        }
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.clients is None) == (self.filter is None):
            raise ValueError("clients か filter のどちらか一つを書いてください。")
        return self


class Counts(Reply):
    queued: int
    running: int
    done: int
    failed: int


class DeliveryReply(Reply):
    """できたシートをまとめたもの。すべてのシートが終わると作り始める。"""

    state: str = Field(json_schema_extra=_STATES)
    progress_percent: int
    error: str
    pages: int = Field(description="シートのページ数の合計。一覧のページは含まない")
    archive: str | None = Field(description="ZIPのアドレス。できるまでは null")
    joined: str | None = Field(description="結合したPDFのアドレス。できるまでは null")


class BatchLine(Reply):
    id: UUID
    title: str
    as_of: date
    requested_by: str = Field(description="依頼した人のユーザー名")
    created_at: datetime


class BatchDetail(BatchLine):
    counts: Counts = Field(description="シートの数")
    delivery: DeliveryReply | None


class BatchList(PartReply):
    results: list[BatchLine]


class SealReply(Reply):
    """照合コードの示す文書。企業の名前は含みません。"""

    title: str
    code: str
    organisation: str = Field(description="企業が自分で作った文書では空")
    issued_at: datetime
    as_of_text: str
    pages: int
    file_hash: str = Field(description="ファイルのSHA-256。内容だけを控えた文書では空")
    content_hash: str
    rules: list[str]


SHEET_FIELDS = (
    "id",
    "kind",
    "state",
    "progress_percent",
    "error",
    "code",
    "pages",
    "size",
    "file_hash",
    "created_at",
    "finished_at",
    "client_id",
    "consultation_id",
    "batch_id",
)


def sheet_values(sheet: Sheet) -> dict[str, Any]:
    return {name: getattr(sheet, name) for name in SHEET_FIELDS}


def sheet_reply(values: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Of a row of values."""
    row = dict(values)
    owners = {name: row.pop(f"{name}_id") for name in ("client", "consultation", "batch")}
    is_done = row["state"] == JobState.DONE
    return row | owners | {"file": reverse("api:sheet_file", [row["id"]], request=request) if is_done else None}


def batch_line(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row of values with `requested_by__username`."""
    row = dict(values)
    row["requested_by"] = row.pop("requested_by__username")
    return row


def batch_detail(batch: Batch, counts: dict[str, int], delivery: Delivery | None, request: Request) -> dict[str, Any]:
    counted = {state: counts.get(state, 0) for state in JobState.values}
    fields = {name: getattr(batch, name) for name in ("id", "title", "as_of", "created_at")}
    return fields | {
        "requested_by": batch.requested_by.get_username(),
        "counts": counted,
        "delivery": None if delivery is None else _delivery(batch, delivery, request),
    }


def _delivery(batch: Batch, delivery: Delivery, request: Request) -> dict[str, Any]:
    fields = {name: getattr(delivery, name) for name in ("state", "progress_percent", "error", "pages")}
    is_there = has_files(delivery)
    files = ("archive", "joined")
    return fields | {
        name: reverse(f"api:batch_{name}", [batch.pk], request=request) if is_there else None for name in files
    }


def seal_reply(verified: Verified) -> dict[str, Any]:
    return {name: getattr(verified, name) for name in SealReply.model_fields}
