"""What can be done with a consultation (相談). Every function is one use case and one transaction.

Each takes the acting member, and whatever it is given belongs to their organisation: selectors see to that. A closed
consultation (its final sheet was asked for) is refused everywhere; only that an agreed step was done is still noted.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from applications.clients.clients import ID_TAKEN
from applications.consultations.words import clean_line, clean_lines, clean_text
from applications.models import Client, Consultation, Event, Membership, NextStep
from applications.selectors.desk import is_member
from programs import rulebook

FIELDS = ("held_on", "adviser", "topics", "notes", "programmes", "open_questions", "as_of")
MAX_TOPICS, TOPIC_LENGTH = 15, 60
MAX_QUESTIONS, QUESTION_LENGTH = 40, 300
MAX_PROGRAMMES = 60
MAX_STEPS, STEP_LENGTH, OWNER_NAME_LENGTH = 30, 300, 100
NOTES_LENGTH = 10_000
# A consultation, a due date and the day of a verdict lie between these.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)


class ConsultationRefused(Exception):
    """The values cannot be stored. `problems`: messages in Japanese by field; "steps" for the steps."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(problems.values()))


class StaleConsultation(Exception):
    """Somebody saved the consultation since the form was opened. `current` is what it is now."""

    def __init__(self, current: Consultation) -> None:
        self.current = current
        super().__init__(f"{current.pk} is at {current.stamp}")


class ClosedConsultation(Exception):
    """Its final sheet was asked for: it is only read from then on."""


@dataclass(frozen=True, slots=True)
class Step:
    """An agreed next step as given. `pk`: of the stored one that it replaces, None for a new one."""

    text: str
    owner: str = NextStep.Owner.CLIENT
    owner_name: str = ""
    due_on: date | None = None
    pk: int | None = None


def create(
    *,
    acting: Membership,
    client: Client,
    values: Mapping[str, Any],
    steps: Sequence[Step] = (),
    key: uuid.UUID | None = None,
) -> Consultation:
    """A new consultation; `values`: some of FIELDS, held_on at least. Raises ConsultationRefused.

    `key`: the id it gets. A form sent twice brings the same one, and gets what the first made; the id of another
    client's consultation is refused.
    """
    made = Consultation(pk=key or uuid.uuid4(), client=client, adviser_id=acting.user_id, created_by_id=acting.user_id)
    try:
        with transaction.atomic():
            _set(made, values, acting)
            made.updated_by_id = acting.user_id
            made.save(force_insert=True)
            _set_steps(made, steps)
    except IntegrityError:
        twin = Consultation.objects.filter(pk=made.pk, client=client).first()
        if twin is not None:
            return twin
        if key is None or not Consultation.objects.filter(pk=key).exists():
            raise
        raise ConsultationRefused({"": ID_TAKEN}) from None
    return made


@transaction.atomic
def save(
    *,
    acting: Membership,
    consultation: Consultation,
    stamp: int,
    values: Mapping[str, Any] | None = None,
    steps: Sequence[Step] | None = None,
) -> Consultation:
    """Set some fields, and all the steps where they are given. What changes nothing is no save.

    `stamp`: of the consultation as the person saw it. Raises StaleConsultation, ClosedConsultation and
    ConsultationRefused.
    """
    row = locked(consultation, stamp)
    before = state_of(row)
    _set(row, values or {}, acting)
    if steps is not None:
        _set_steps(row, steps)
    if state_of(row) == before:
        return row
    row.stamp += 1
    row.updated_at, row.updated_by_id = timezone.now(), acting.user_id
    row.save()
    return row


@transaction.atomic
def set_done(*, acting: Membership, step: NextStep, done_on: date | None) -> NextStep:
    """Note that an agreed step was done, or (None) that it was not. Also of a closed consultation: it is what follows
    from it, and no part of it; nobody's open form is stale by it."""
    row = NextStep.objects.select_for_update(of=("self",)).get(
        pk=step.pk, consultation__client__organisation_id=acting.organisation_id
    )
    if done_on is not None and not FIRST_DAY <= done_on <= LAST_DAY:
        raise ConsultationRefused({"done_on": "済んだ日を確かめてください。"})
    row.done_on = done_on
    row.save(update_fields=["done_on"])
    return row


@transaction.atomic
def delete(*, acting: Membership, consultation: Consultation, stamp: int) -> None:
    """Remove a consultation with its steps and drafts. Raises StaleConsultation and ClosedConsultation."""
    row = locked(consultation, stamp)
    Event.record(acting, "相談を削除", f"{row.client.name}（{row.held_on}の相談）")
    row.delete()


def locked(consultation: Consultation, stamp: int | None) -> Consultation:
    """The row as it is now, held until the transaction ends. Raises ClosedConsultation, and StaleConsultation where
    it is not the one seen (`stamp` None: whichever it is)."""
    row = Consultation.objects.select_for_update(of=("self",)).get(pk=consultation.pk)
    if row.is_closed:
        raise ClosedConsultation(str(row.pk))
    if stamp is not None and row.stamp != stamp:
        raise StaleConsultation(row)
    return row


def state_of(consultation: Consultation) -> dict[str, Any]:
    """Everything of a consultation that a person can set: two equal states are the same consultation."""
    return {
        **{field: getattr(consultation, field) for field in FIELDS if field != "adviser"},
        "adviser": consultation.adviser_id,
        "steps": [
            (step.text, step.owner, step.owner_name, step.due_on)
            for step in NextStep.objects.filter(consultation=consultation)
        ],
    }


def _set(row: Consultation, values: Mapping[str, Any], acting: Membership) -> None:
    strange = values.keys() - set(FIELDS)
    if strange:
        raise TypeError(f"no such field of a consultation: {sorted(strange)}")
    before = set(row.programmes)
    former_adviser = None if row._state.adding else row.adviser_id
    for field, value in values.items():
        setattr(row, field, _clean(field, value))
    problems = dict(_problems(row, before))
    if row.adviser_id != former_adviser and not is_member(acting, row.adviser_id):
        problems["adviser"] = "担当者は、いまの職員から選んでください。"
    if problems:
        raise ConsultationRefused(problems)


def _clean(field: str, value: Any) -> Any:
    if field == "notes":
        return clean_text(value)
    return clean_lines(value) if field in ("topics", "open_questions", "programmes") else value


def _problems(row: Consultation, known: Collection[str]) -> Iterator[tuple[str, str]]:
    """`known`: programmes chosen before, which may have been withdrawn since."""
    if row.held_on is None or not FIRST_DAY <= row.held_on <= LAST_DAY:
        yield "held_on", f"相談日は{FIRST_DAY.year}年から{LAST_DAY.year}年までの日付で入力してください。"
    if row.as_of is not None and not FIRST_DAY <= row.as_of <= LAST_DAY:
        yield "as_of", f"基準日は{FIRST_DAY.year}年から{LAST_DAY.year}年までの日付で入力してください。"
    if len(row.notes) > NOTES_LENGTH:
        yield "notes", f"相談の内容は{NOTES_LENGTH:,}字までです（いま{len(row.notes):,}字）。"
    yield from _too_much("topics", "テーマ", row.topics, MAX_TOPICS, TOPIC_LENGTH)
    yield from _too_much("open_questions", "確認が必要なこと", row.open_questions, MAX_QUESTIONS, QUESTION_LENGTH)
    unknown = set(row.programmes) - {*rulebook.current().programmes(), *known}
    if unknown:
        yield "programmes", "この一覧にない制度が選ばれています。選び直してください。"
    elif len(row.programmes) > MAX_PROGRAMMES:
        yield "programmes", f"検討する制度は{MAX_PROGRAMMES}件までです。"


def _too_much(field: str, label: str, lines: Sequence[str], count: int, length: int) -> Iterator[tuple[str, str]]:
    if len(lines) > count:
        yield field, f"{label}は{count}件までです（いま{len(lines)}件）。"
    elif any(len(line) > length for line in lines):
        yield field, f"{label}は、1件{length}字までにしてください。"


def _set_steps(row: Consultation, steps: Sequence[Step]) -> None:
    """Replace the steps: known ones are changed (and keep whether they were done), others made, the rest removed."""
    if len(steps) > MAX_STEPS:
        raise ConsultationRefused({"steps": f"次の行動は{MAX_STEPS}件までです。"})
    stored = {step.pk: step for step in NextStep.objects.filter(consultation=row)}
    kept: set[int] = set()
    for position, given in enumerate(steps):
        step = stored.pop(given.pk, None) if given.pk is not None else None
        step = step or NextStep(consultation=row)
        step.position = position
        step.text, step.owner_name = clean_line(given.text), clean_line(given.owner_name)
        step.owner, step.due_on = given.owner, given.due_on
        _refuse_impossible(step)
        step.save()
        kept.add(step.pk)
    NextStep.objects.filter(consultation=row).exclude(pk__in=kept).delete()


def _refuse_impossible(step: NextStep) -> None:
    problem = ""
    if not step.text:
        problem = "次の行動の内容を入力してください。"
    elif len(step.text) > STEP_LENGTH or len(step.owner_name) > OWNER_NAME_LENGTH:
        problem = f"次の行動の内容は{STEP_LENGTH}字、氏名は{OWNER_NAME_LENGTH}字までです。"
    elif step.owner not in NextStep.Owner.values:
        problem = "次の行動の「行う人」を選んでください。"
    elif step.due_on is not None and not FIRST_DAY <= step.due_on <= LAST_DAY:
        problem = "次の行動の期日を確かめてください。"
    if problem:
        raise ConsultationRefused({"steps": problem})
