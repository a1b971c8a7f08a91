"""What can be done with a client company (支援先企業). Every function is one use case and one transaction.

Each takes the acting member, and whatever it is given belongs to their organisation: selectors see to that. Every save
is one row of the client's history, with who and why; the stored matches follow in the same transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from applications import matching
from applications.clients.words import MAX_TAG, MAX_TAGS, clean_tags, search_text
from applications.models import Client, Consultation, Event, Membership
from applications.selectors import desk
from eligibility.asking.months import month_label
from eligibility.checks import Answer, merge_answers
from eligibility.engine.facts import FactType
from eligibility.engine.profile import parse_profile
from eligibility.models import SelfCheck
from eligibility.report import answer_text
from eligibility.results import readable_profile
from portal.accounts.people import name_of
from portal.common.characters import NO_CHARACTER, NO_CHARACTER_OF_A_LINE
from programs.documents import vocabulary

# What a form or a list may set beside the answers.
TEXTS = ("name", "name_kana", "own_key", "notes")
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
# An id that the sender chose and that is not theirs to use; nothing tells whose it is, or of what.
ID_TAKEN = "この番号（id）は使えません。別の番号で送ってください。画面から送ったときは、その画面を開き直してください。"
# Characters of each text; forms, lists from files and the API refuse longer ones likewise.
LONGEST: dict[str, int] = {field: getattr(Client._meta.get_field(field), "max_length", 0) for field in TEXTS}


class ClientRefused(Exception):
    """The values cannot be stored. `problems`: messages in Japanese by field or fact ("" for the client as a whole).

    `twins`: by the same keys, the client that has the number already.
    """

    def __init__(self, problems: Mapping[str, str], twins: Mapping[str, uuid.UUID] | None = None) -> None:
        self.problems = dict(problems)
        self.twins = dict(twins or {})
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


@transaction.atomic
def create(
    *,
    acting: Membership,
    values: Mapping[str, Any],
    profile: Mapping[str, Any] | None = None,
    unknown: Sequence[str] = (),
    reason: str = "新規登録",
    pk: uuid.UUID | None = None,
) -> Client:
    """A new client. `values`: some of FIELDS; `profile`: raw contract values, as in the API.

    `pk`: chosen by the form, so that a form sent twice makes one client; the one that is there is returned as it is.
    Raises ClientRefused (a number that another client has, ...) and QuestionRefused for a profile that does not parse.
    """
    there = desk.client(acting, pk) if pk else None
    if there is not None:
        return there
    parse_profile(dict(profile or {}), vocabulary())
    client = Client(pk=pk or uuid.uuid4(), organisation=acting.organisation, created_by_id=acting.user_id)
    client.profile = dict(profile or {})
    client.unknown = sorted({*unknown} - client.profile.keys())
    set_values(client, values)
    try:
        return saved(acting, client, reason)
    except IntegrityError:
        if pk is None:
            raise
        there = desk.client(acting, pk)  # sent twice at the same moment
        if there is None:
            raise ClientRefused({"": ID_TAKEN}) from None
        return there


@transaction.atomic
def save(
    *,
    acting: Membership,
    client: Client,
    stamp: int,
    values: Mapping[str, Any] | None = None,
    profile: Mapping[str, Any] | None = None,
    unknown: Sequence[str] | None = None,
    answers: Mapping[str, Answer] | None = None,
    reason: str = "変更",
) -> Client:
    """Set some fields; the whole profile where one is given, or single answers. Without any change, no history.

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
    set_answers(row, answers or {})
    set_values(row, values or {})
    return saved(acting, row, reason, before)


def save_answers(*, acting: Membership, client: Client, stamp: int, answers: Mapping[str, Answer]) -> Client:
    """The answers of one page of questions; those of other pages stay. Raises StaleClient, ClientRefused."""
    return save(acting=acting, client=client, stamp=stamp, answers=answers, reason="回答の変更")


def create_from_check(
    *, acting: Membership, check: SelfCheck, values: Mapping[str, Any], pk: uuid.UUID | None = None
) -> Client:
    """A client with the answers of a self-check that its owner shared. Raises ClientRefused as `create` does.

    The check stays its owner's: what is changed here does not change it, nor the other way round.
    """
    profile = {key: check.profile[key] for key in readable_profile(check.profile, vocabulary())}
    known = [key for key in check.unknown if key in vocabulary()]
    reason = "自社診断の共有コードから作成"
    return create(acting=acting, values=values, profile=profile, unknown=known, reason=reason, pk=pk)


def client_of_check(acting: Membership, check: SelfCheck) -> Client | None:
    """The client that has the 法人番号 of a self-check already; None where nobody has, or the check has none."""
    number = readable_profile(check.profile, vocabulary()).get("corporate_number")
    return desk.numbered(acting, "corporate_number", number).first() if number else None


@transaction.atomic
def restore(*, acting: Membership, client: Client, stamp: int, then: Any, reason: str) -> Client:
    """Make the client what it was at a row of its history, as a new change. Raises StaleClient, ClientRefused.

    A person who has left since is not assigned again.
    """
    row = _locked(client, stamp)
    before = state_of(row)
    row.profile, row.unknown = dict(then.profile), list(then.unknown)
    values = {field: getattr(then, field) for field in FIELDS}
    if then.assigned_to_id and not desk.is_member(acting, then.assigned_to_id):
        values["assigned_to"] = None
    set_values(row, values)
    return saved(acting, row, reason, before)


@transaction.atomic
def delete(*, acting: Membership, client: Client) -> None:
    """Remove the client with its history, consultations and sheets, for good. Seals of final sheets stay.

    Only a manager may: raises PermissionDenied for others.
    """
    if not acting.is_manager:
        raise PermissionDenied(f"{acting} is no manager")
    # Before the client, as whoever adds a sheet to a consultation holds them: no two wait for each other.
    held = Consultation.objects.select_for_update(of=("self",)).filter(client=client.pk)
    list(held.order_by("pk").values_list("pk"))
    row = Client.objects.select_for_update(of=("self",)).filter(pk=client.pk).first()
    if row is not None:
        Event.record(acting, "支援先を削除", row.name)
        row.delete()


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
        old, new = _told_apart(before, after, key)
        if old != new:
            found.append(Difference(key, fact.short_label, old, new))
    return found


def _told_apart(before: Any, after: Any, key: str) -> tuple[str, str]:
    """Both answers to a fact in words; of amounts by month or category, those that differ."""
    old, new = before.profile.get(key), after.profile.get(key)
    if old == new and (key in before.unknown) == (key in after.unknown):
        return "", ""
    if isinstance(old, dict) and isinstance(new, dict):
        differ = [part for part in {**old, **new} if old.get(part) != new.get(part)]
        old, new = ({part: amounts[part] for part in differ if part in amounts} for amounts in (old, new))
        return _amounts_text(key, old), _amounts_text(key, new)
    return answer_of(before, key), answer_of(after, key)


def text_of(client: Any, key: str) -> str:
    """A field or an answer in words."""
    return field_text(client, key) if key in LABELS else answer_of(client, key)


def field_text(client: Any, field: str) -> str:
    if field == "tags":
        return "、".join(client.tags)
    if field == "assigned_to":
        return name_of(client.assigned_to) if client.assigned_to else ""
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
    if key in parsed and isinstance(raw, dict):
        return _amounts_text(key, parsed[key])
    return answer_text(vocabulary(), key, parsed[key]) if key in parsed else str(raw)


def _amounts_text(key: str, amounts: Mapping[str, int]) -> str:
    fact = vocabulary()[key]
    is_by_month = fact.type is FactType.YEN_BY_MONTH
    labels = {part: month_label(part) if is_by_month else fact.label_of(part) for part in sorted(amounts)}
    return "、".join(f"{label} {amounts[part]:,}円" for part, label in labels.items())


def set_values(client: Any, values: Mapping[str, Any]) -> None:
    """Put fields into a client or a copy of one, cleaned; nothing is checked or stored yet."""
    unknown_fields = values.keys() - set(FIELDS)
    if unknown_fields:
        raise TypeError(f"no such field of a client: {sorted(unknown_fields)}")
    for field, value in values.items():
        if field == "tags":
            value = clean_tags(value)
        elif field in TEXTS:
            value = value.replace("\r\n", "\n").replace("\r", "\n").strip()
        setattr(client, field, value)


def set_answers(client: Any, answers: Mapping[str, Answer]) -> None:
    """Merge single answers into a client or a copy of one."""
    client.profile, client.unknown = merge_answers(client.profile, client.unknown, answers)


def saved(acting: Membership, client: Client, reason: str, before: Mapping[str, Any] | None = None) -> Client:
    """Check and store a client with its history and matches, in the caller's transaction; the only place that does.

    `before`: its `state_of` when it was read, None for a new one. A state that did not change is not stored.
    """
    # The fact is the truth; the column is there to find it.
    client.corporate_number = client.profile.get("corporate_number", "")
    if before is not None and state_of(client) == before:
        return client
    _refuse_impossible(acting, client, before)
    client.search_text = search_text(client)
    client.updated_at, client.updated_by_id = timezone.now(), acting.user_id
    if before is not None:
        client.stamp += 1
    client._history_user = acting.user  # type: ignore[attr-defined]  # names of django-simple-history
    client._change_reason = reason  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            client.save()
    except IntegrityError:
        # Somebody stored the same number while we looked: now it is there to be named.
        _refuse_impossible(acting, client, before)
        raise
    if before is None or before["profile"] != client.profile:
        matching.refresh(client)
    return client


def _refuse_impossible(acting: Membership, client: Client, before: Mapping[str, Any] | None) -> None:
    problems = _unfit_texts(client)
    if not client.name:
        problems["name"] = "企業名を入力してください。"
    assigned = client.assigned_to_id
    is_new = before is None or before["assigned_to"] != assigned
    if is_new and assigned and not desk.is_member(acting, assigned):
        problems["assigned_to"] = "担当者は、いまの職員から選んでください。"
    twins: dict[str, uuid.UUID] = {}
    for field, label in (("corporate_number", "法人番号"), ("own_key", "顧客番号")):
        value = getattr(client, field)
        twin = desk.numbered(acting, field, value).first() if value else None
        if twin is not None and twin.pk != client.pk:
            problems[field] = f"この{label}は、すでに登録されている「{twin.name}」のものです。"
            twins[field] = twin.pk
    if problems:
        raise ClientRefused(problems, twins)


def _unfit_texts(client: Client) -> dict[str, str]:
    problems: dict[str, str] = {}
    for field in TEXTS:
        text, longest = getattr(client, field), LONGEST[field]
        if len(text) > longest:
            problems[field] = f"{LABELS[field]}は{longest:,}文字までで入力してください（いま{len(text):,}文字）。"
        elif (NO_CHARACTER if field == "notes" else NO_CHARACTER_OF_A_LINE).search(text):
            problems[field] = f"{LABELS[field]}に、文字ではない制御文字か改行が入っています。取り除いてください。"
    if any(NO_CHARACTER_OF_A_LINE.search(tag) for tag in client.tags):
        problems["tags"] = "タグに、文字ではない制御文字か改行が入っています。取り除いてください。"
    elif any(len(tag) > MAX_TAG for tag in client.tags):
        problems["tags"] = f"タグは、ひとつ{MAX_TAG}文字までで入力してください。"
    elif len(client.tags) > MAX_TAGS:
        problems["tags"] = f"タグは、1社に{MAX_TAGS}個までです。"
    return problems


def _locked(client: Client, stamp: int) -> Client:
    """The row as it is now, held until the transaction ends. Raises StaleClient where it is not the one seen."""
    row = Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    if row.stamp != stamp:
        raise StaleClient(row)
    return row
