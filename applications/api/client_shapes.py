"""What goes in and out of the addresses of client companies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError

from applications.api.reading import (
    LINE_WITH_SOMETHING,
    Filled,
    Flag,
    Instant,
    Limit,
    Line,
    Member,
    Page,
    PartReply,
    Stamp,
    StampText,
    Text,
)
from applications.clients.clients import LONGEST
from applications.clients.words import MAX_TAG, MAX_TAGS
from applications.models import Client
from eligibility.api_schema import Moment, Profile, Programs, Versions
from portal.common.openapi import Body, Error, Reply
from programs.documents import vocabulary


class _KeysOfFacts:
    """The vocabulary is read when the description is made, not when this module is imported."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(vocabulary())}


def _known_fact(key: str) -> str:
    if key not in vocabulary():
        raise PydanticCustomError("enum", "unknown fact", {"expected": "profile と同じ項目の名前"})
    return key


FactKey = Annotated[str, AfterValidator(_known_fact), _KeysOfFacts()]
Tag = Annotated[str, StringConstraints(pattern=LINE_WITH_SOMETHING, max_length=MAX_TAG)]


class ClientQuery(Page):
    search: Line = Field(default="", max_length=200, description="企業名・フリガナ・番号・タグ・メモの中の言葉")
    tag: Line = Field(default="", max_length=MAX_TAG, description="このタグが付いている企業")
    corporate_number: Line = Field(default="", max_length=13, description="法人番号（13桁）")
    own_key: Line = Field(default="", max_length=LONGEST["own_key"], description="顧客番号")
    state: Literal["active", "ended", "all"] = Field(default="active", description="支援中・支援終了・すべて")
    changed_since: Instant | None = Field(default=None, description="この日時以降に変わった企業")
    profile: Flag = Field(default=False, description="true なら profile と unknown も返す")


class _Fields(Body):
    name_kana: Line = Field(default="", max_length=LONGEST["name_kana"], description="フリガナ")
    own_key: Line = Field(default="", max_length=LONGEST["own_key"], description="顧客番号。自機関の中で一つだけ")
    tags: list[Tag] = Field(default=[], max_length=MAX_TAGS)
    notes: Text = Field(default="", max_length=LONGEST["notes"], description="メモ")
    assigned_to: Member | None = Field(default=None, description="担当者のユーザー名（メールアドレス）")
    profile: Profile = Field(default=Profile({}), description="法人番号は corporate_number。書くと全体を置き換える")
    unknown: list[FactKey] = Field(default=[], max_length=500, description="「わからない」と答えた項目")


class NewClient(_Fields):
    name: Filled = Field(max_length=LONGEST["name"], description="企業名")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "うずしお商店",
                    "own_key": "A-0123",
                    "tags": ["小売"],
                    "profile": {"legal_form": "company", "industry": "58", "employees": 4},
                }
            ]
        }
    )


class ClientChange(_Fields):
    """書いた項目だけを変えます。"""

    stamp: Stamp = Field(description="読んだときの stamp。その後に変わっていれば 409")
    name: Filled = Field(default="", max_length=LONGEST["name"], description="企業名")
    is_archived: bool = Field(default=False, description="支援終了")


class ClientEvaluation(Body):
    """企業の登録内容を、ある日の規則で判定します。"""

    as_of: Moment = None
    programs: Programs = []
    versions: Versions = []


class ClientLine(Reply):
    id: UUID
    name: str
    name_kana: str
    corporate_number: str = Field(description="なければ空")
    own_key: str
    tags: list[str]
    assigned_to: str | None = Field(description="担当者のユーザー名")
    is_archived: bool
    stamp: int = Field(description="保存のたびに増える。変更のときに送る")
    created_at: datetime
    updated_at: datetime
    profile: dict[str, Any] = Field(default={}, description="profile=true のときだけ")
    unknown: list[str] = Field(default=[], description="profile=true のときだけ")

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)


class ClientDetail(ClientLine):
    notes: str
    profile: dict[str, Any]
    unknown: list[str]


class ClientList(PartReply):
    results: list[ClientLine]


class ClientConflict(Reply):
    """ほかの変更とぶつかったか、同じ番号の企業がすでにある。"""

    errors: list[Error]
    current: ClientDetail = Field(description="いま登録されている内容")


class HistoryQuery(Body):
    before: StampText | None = Field(default=None, description="この stamp より前の変更")
    limit: Limit = Field(default=50, description="1回に返す件数")


class Change(Reply):
    key: str = Field(description="項目")
    label: str
    before: str = Field(description="前の値。なかったときは空")
    after: str = Field(description="後の値。なくなったときは空")


class HistoryEntry(Reply):
    stamp: int
    at: datetime
    by: str | None = Field(description="変えた人のユーザー名")
    reason: str
    changes: list[Change] = Field(description="一つ前との違い。登録したときは空")


class History(PartReply):
    results: list[HistoryEntry] = Field(description="新しい順")


LINE_FIELDS = (
    "id",
    "name",
    "name_kana",
    "corporate_number",
    "own_key",
    "tags",
    "is_archived",
    "stamp",
    "created_at",
    "updated_at",
)
ANSWER_FIELDS = ("profile", "unknown")


def client_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row of values with `assigned_to__username`."""
    line = dict(row)
    line["assigned_to"] = line.pop("assigned_to__username")
    return line


def client_detail(client: Client) -> dict[str, Any]:
    fields = {name: getattr(client, name) for name in (*LINE_FIELDS, *ANSWER_FIELDS, "notes")}
    return {**fields, "assigned_to": client.assigned_to.get_username() if client.assigned_to else None}
