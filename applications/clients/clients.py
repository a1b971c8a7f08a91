"""What can be done with a client company (支援先企業). Every function is one use case and one transaction.

Each takes the acting member, and whatever it is given belongs to their organisation: selectors see to that. Every save
is one row of the client's history, with who and why; the stored matches follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from applications import matching
from applications.clients.words import clean_tags, search_text
from applications.models import Client, Event, Membership
from eligibility.checks import Answer, merge_answers
from eligibility.engine.profile import parse_profile
from eligibility.models import SelfCheck
from eligibility.report import answer_text
from eligibility.results import readable_profile
from programs.documents import vocabulary

# What a form or a list may set beside the answers.
FIELDS = ("name", "name_kana", "own_key", "tags", "notes", "assigned_to", "is_archived")
LABELS = {
    "name": "企業名",
    "name_kana": "フリガナ",
    "own_key": "顧客番号",
    "tags": "タグ",
    "notes": "メモ",
    "assigned_to": "担当者",
    "is_archived": "支援終了",
}
UNKNOWN_TEXT = "わからない"


class ClientRefused(Exception):
    """The values cannot be stored. `problems`: messages in Japanese by field or fact ("" for the client as a whole)."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(problems.values()))


@dataclass(frozen=True, slots=True)
class Difference:
    """One field or fact of two states of a client, in words; "" where it is not there."""

    key: str
    label: str
    before: str
    after: str


class StaleClient(Exception):
    """Somebody saved the client since the form was opened. `current` is what it is now."""

    def __init__(self, current: Client) -> None:
        self.current = current
        super().__init__(f"{current.pk} is at {current.stamp}")


def create(
    *,
    acting: Membership,
    values: Mapping[str, Any],
    profile: Mapping[str, Any] | None = None,
    unknown: Sequence[str] = (),
    reason: str = "新規登録",
) -> Client:
    """A new client. `values`: some of FIELDS; `profile`: raw contract values, as in the API.

    Raises ClientRefused (a number that another client has, ...) and QuestionRefused for a profile that does not parse.
    """
    client = Client(organisation=acting.organisation, created_by_id=acting.user_id, unknown=list(unknown))
    parse_profile(dict(profile or {}), vocabulary())
    client.profile = dict(profile or {})
    _set(client, values)
    with transaction.atomic():
        return _saved(client, acting, reason)


@transaction.atomic
def save(
    *,
    acting: Membership,
    client: Client,
    stamp: int,
    values: Mapping[str, Any] | None = None,
    profile: Mapping[str, Any] | None = None,
    unknown: Sequence[str] | None = None,
    reason: str = "変更",
) -> Client:
    """Set some fields, and the whole profile where one is given. A save that changes nothing leaves no history.

    `stamp`: of the client as the person saw it. Raises StaleClient, ClientRefused, QuestionRefused.
    """
    row = _locked(client, stamp)
    before = state_of(row)
    if profile is not None:
        parse_profile(dict(profile), vocabulary())
        row.profile = dict(profile)
        row.unknown = [key for key in row.unknown if key not in profile]
    if unknown is not None:
        row.unknown = sorted(unknown)
    _set(row, values or {})
    return row if state_of(row) == before else _saved(row, acting, reason)


@transaction.atomic
def save_answers(*, acting: Membership, client: Client, stamp: int, answers: Mapping[str, Answer]) -> Client:
    """The answers of one page of questions; those of other pages stay. Raises StaleClient, ClientRefused."""
    row = _locked(client, stamp)
    before = state_of(row)
    row.profile, row.unknown = merge_answers(row.profile, row.unknown, answers)
    return row if state_of(row) == before else _saved(row, acting, "回答の変更")


def create_from_check(*, acting: Membership, check: SelfCheck, name: str = "") -> Client:
    """A client with the answers of a self-check that its owner shared. Raises ClientRefused as `create` does.

    The check stays its owner's: what is changed here does not change it, nor the other way round.
    """
    known = [key for key in check.unknown if key in vocabulary()]
    profile = {key: value for key, value in check.profile.items() if key in vocabulary()}
    values = {"name": name or check.title or "名前のない企業"}
    return create(acting=acting, values=values, profile=profile, unknown=known, reason="自社診断の共有コードから作成")


@transaction.atomic
def delete(*, acting: Membership, client: Client) -> None:
    """Remove the client with its history, consultations and sheets, for good. Seals of final sheets stay."""
    Event.record(acting, "支援先を削除", client.name)
    Client.objects.filter(pk=client.pk).first().delete()  # type: ignore[union-attr]


def state_of(client: Client) -> dict[str, Any]:
    """Everything of a client that a person can set, by field and fact: two equal states are the same client."""
    return {
        **{field: getattr(client, field) for field in FIELDS if field != "assigned_to"},
        "assigned_to": client.assigned_to_id,
        "profile": dict(client.profile),
        "unknown": sorted(client.unknown),
    }


def differences(before: Any, after: Any) -> list[Difference]:
    """What differs between two states of a client, in words. Both are Clients or rows of a client's history."""
    found = [
        Difference(field, LABELS[field], old, new)
        for field in FIELDS
        if (old := field_text(before, field)) != (new := field_text(after, field))
    ]
    for key, fact in vocabulary().items():
        old, new = answer_of(before, key), answer_of(after, key)
        if old != new:
            found.append(Difference(key, fact.short_label, old, new))
    return found


def field_text(client: Any, field: str) -> str:
    if field == "tags":
        return "、".join(client.tags)
    if field == "assigned_to":
        person = client.assigned_to
        return (person.get_full_name() or person.get_username()) if person else ""
    if field == "is_archived":
        return "はい" if client.is_archived else ""
    return str(getattr(client, field))


def answer_of(client: Any, key: str) -> str:
    """The stored answer to a fact in words; "" where there is none."""
    if key in client.unknown:
        return UNKNOWN_TEXT
    if key not in client.profile:
        return ""
    return answer_text_of(key, client.profile[key])


def answer_text_of(key: str, raw: Any) -> str:
    """A raw contract value in words; as it is where today's vocabulary cannot read it (stored before a change)."""
    parsed = readable_profile({key: raw}, vocabulary())
    return answer_text(vocabulary(), key, parsed[key]) if key in parsed else str(raw)


def _set(client: Client, values: Mapping[str, Any]) -> None:
    unknown_fields = values.keys() - set(FIELDS)
    if unknown_fields:
        raise TypeError(f"no such field of a client: {sorted(unknown_fields)}")
    for field, value in values.items():
        setattr(client, field, clean_tags(value) if field == "tags" else value)
    # The fact is the truth; the column is there to find it.
    client.corporate_number = client.profile.get("corporate_number", "")


def _refuse_impossible(client: Client) -> None:
    problems: dict[str, str] = {}
    if not client.name.strip():
        problems["name"] = "企業名を入力してください。"
    others = Client.objects.filter(organisation_id=client.organisation_id).exclude(pk=client.pk)
    for field, fact, label in (
        ("corporate_number", "corporate_number", "法人番号"),
        ("own_key", "own_key", "顧客番号"),
    ):
        value = getattr(client, field)
        twin = others.filter(**{field: value}).first() if value else None
        if twin is not None:
            problems[fact] = f"この{label}は、すでに登録されている「{twin.name}」のものです。"
    if problems:
        raise ClientRefused(problems)


def _saved(client: Client, acting: Membership, reason: str) -> Client:
    client.corporate_number = client.profile.get("corporate_number", "")
    _refuse_impossible(client)
    client.search_text = search_text(client)
    client.updated_at, client.updated_by_id = timezone.now(), acting.user_id
    if not client._state.adding:
        client.stamp += 1
    client._history_user = acting.user  # type: ignore[attr-defined]  # names of django-simple-history
    client._change_reason = reason  # type: ignore[attr-defined]
    client.save()
    matching.refresh(client)
    return client


def _locked(client: Client, stamp: int) -> Client:
    """The row as it is now, held until the transaction ends. Raises StaleClient where it is not the one seen."""
    row = Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    if row.stamp != stamp:
        raise StaleClient(row)
    return row
