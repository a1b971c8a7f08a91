"""The life of a draft (版の一生): one table of states and moves, read by the service, the buttons and the tests.

draft -> in review -> approved -> scheduled or published -> withdrawn. Nobody approves a draft that they wrote in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from eligibility.engine.document import ProgrammeDocument
from programs import publishing
from programs.audit import record
from programs.drafts import Checked, DraftRefused, checked, locked
from programs.models import AuditEntry, Draft, DraftState, Revision, Version
from programs.roles import PUBLISH, WRITE

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)

COULD_NOT_PUBLISH = "予約した公開ができなかった"
# What a move writes: not when and by whom the text was last written.
_MOVED = ("state", "reason", "publish_at", "revision", "preview_token")
_REPLACED = "この改訂は、もう新しい改訂に置き換わっています。"


@dataclass(frozen=True, slots=True)
class Move:
    """One way from a state to another. `perm`: who may; `needs_reason`: not without a word why.

    `is_back`: away from publication; `is_grave`: at once before the public, or for good.
    """

    name: str
    label: str
    sources: tuple[DraftState, ...]
    target: DraftState
    perm: str
    needs_reason: bool = False
    not_by_writers: bool = False
    only_by_writers: bool = False
    is_back: bool = False
    is_grave: bool = False


S = DraftState
MOVES: Mapping[str, Move] = {
    move.name: move
    for move in (
        Move("submit", "確認に出す", (S.DRAFT,), S.IN_REVIEW, WRITE, needs_reason=True),
        Move("recall", "下書きに戻す", (S.IN_REVIEW, S.APPROVED), S.DRAFT, WRITE, only_by_writers=True, is_back=True),
        Move("return", "差し戻す", (S.IN_REVIEW, S.APPROVED), S.DRAFT, PUBLISH, needs_reason=True, is_back=True),
        Move("approve", "承認する", (S.IN_REVIEW,), S.APPROVED, PUBLISH, not_by_writers=True),
        Move("schedule", "公開を予約する", (S.APPROVED,), S.SCHEDULED, PUBLISH),
        Move("unschedule", "予約を取り消す", (S.SCHEDULED,), S.APPROVED, PUBLISH, is_back=True),
        Move("publish", "すぐに公開する", (S.APPROVED,), S.PUBLISHED, PUBLISH, is_grave=True),
        Move("withdraw", "公開を取り下げる", (S.PUBLISHED,), S.WITHDRAWN, PUBLISH, needs_reason=True, is_grave=True),
        Move("discard", "この案を破棄する", (S.DRAFT,), S.DISCARDED, WRITE, needs_reason=True, is_grave=True),
    )
}

# What else must hold of a draft that goes to review, and on to publication: (draft, its document) -> what stands in
# the way, in Japanese. Other apps add theirs when they are ready (the acceptance cases, in eligibility).
Gate = Callable[[Draft, ProgrammeDocument], list[str]]
_gates: list[Gate] = []


def add_gate(gate: Gate) -> None:
    if gate not in _gates:
        _gates.append(gate)


# What else happens with a publication, in its transaction: (draft, the revision it became).
Follower = Callable[[Draft, Revision], None]
_followers: list[Follower] = []


def add_follower(follower: Follower) -> None:
    if follower not in _followers:
        _followers.append(follower)


def possible_moves(draft: Draft, user: User) -> list[Move]:
    """The moves whose button this officer is shown."""
    return [move for move in MOVES.values() if draft.state in move.sources and _refusal(move, draft, user) is None]


def obstacles(draft: Draft, found: Checked) -> list[str]:
    """Why the draft, as it was checked, cannot go to review yet: errors of the linter, and what the gates say."""
    if found.document is None or found.errors:
        return [f"文書の検査で{len(found.errors)}件の誤りがあります。直してから確認に出してください。"]
    return _standing(draft, found.document)


@transaction.atomic
def move(draft: Draft, name: str, *, user: User, reason: str = "", publish_at: datetime | None = None) -> Draft:
    """Make one move. Raises DraftRefused with the reason; then nothing has changed."""
    row, wanted = locked(draft), MOVES[name]
    if row.state not in wanted.sources:
        raise DraftRefused(f"この案は今「{row.get_state_display()}」です。「{wanted.label}」はできません。")
    refusal = _refusal(wanted, row, user)
    if refusal is not None:
        raise DraftRefused(refusal)
    if wanted.needs_reason and not reason.strip():
        raise DraftRefused(f"「{wanted.label}」には理由を書いてください。")
    _EFFECTS.get(name, _no_effect)(row, user, reason.strip(), publish_at)
    row.state = wanted.target
    row.save(update_fields=_MOVED)
    record(wanted.label, user=user, draft=row, reason=_reason_with_moment(reason.strip(), row))
    return row


def publish_due(moment: datetime) -> list[Draft]:
    """Publish what is scheduled up to `moment`. Each on its own: one that cannot be published stops no other.

    That one goes back to approved, with the reason in its trail; where something is broken in the portal instead, it
    is logged and tried again by the next run. Can run twice at once: the second finds nothing.
    """
    due = Draft.objects.filter(state=DraftState.SCHEDULED, publish_at__lte=moment).order_by("publish_at", "pk")
    return [draft for draft in due if _publish_one_due(draft, moment)]


@transaction.atomic
def withdraw_version(version: Version, *, user: User, reason: str) -> None:
    """Withdraw what is in force of a version, made at the desk or loaded with the fixtures. Raises DraftRefused.

    Locks nothing first: a move holds its draft before the programme, and the other way round both would wait.
    """
    publication = version.publications.filter(ends__isnull=True).select_related("revision").first()
    if publication is None:
        raise DraftRefused("この版は、もう取り下げられています。")
    draft = Draft.objects.filter(revision=publication.revision).first()
    if draft is not None:
        move(draft, "withdraw", user=user, reason=reason)
        return
    if not user.has_perm(PUBLISH):
        raise DraftRefused("「公開を取り下げる」をする権限がありません。")
    if not reason.strip():
        raise DraftRefused("「公開を取り下げる」には理由を書いてください。")
    _withdraw_revision(publication.revision, user, reason.strip())


def writers_of(draft: Draft) -> set[int]:
    """Keys of the officers who made the draft or wrote in it."""
    edits = AuditEntry.objects.filter(draft=draft).exclude(changes=[]).values_list("user_id", flat=True)
    return {draft.created_by_id, *(user for user in edits if user is not None)}


def _refusal(wanted: Move, draft: Draft, user: User) -> str | None:
    if not user.has_perm(wanted.perm):
        return f"「{wanted.label}」をする権限がありません。"
    if wanted.not_by_writers and user.pk in writers_of(draft):
        return "自分が書いた案は、自分では承認できません。ほかの公開者に頼んでください。"
    if wanted.only_by_writers and user.pk not in writers_of(draft):
        return "この案を書いた人だけが下書きに戻せます。公開者は「差し戻す」を使ってください。"
    if wanted.name == "withdraw" and not _is_in_force(draft):
        return _REPLACED
    return None


def _announced_twice(draft: Draft, document: ProgrammeDocument) -> list[str]:
    """The day of announcement decides which version answers. The linter sees those in force; here are all."""
    others = Version.objects.filter(programme__slug=draft.program, announced=document.time.announced)
    other = others.exclude(slug=draft.version).first()
    return [] if other is None else [f"公表日（{document.time.announced}）が、版「{other.slug}」と同じです。"]


def _is_in_force(draft: Draft) -> bool:
    return draft.revision is not None and draft.revision.publication.ends is None


def _no_effect(row: Draft, user: User, reason: str, publish_at: datetime | None) -> None:
    """The state alone changes."""


def _submit(row: Draft, user: User, reason: str, publish_at: datetime | None) -> None:
    standing = obstacles(row, checked(row, timezone.localdate()))
    if standing:
        raise DraftRefused("確認に出せません。" + "".join(standing))
    row.reason = reason[:200]


def _approve(row: Draft, user: User, reason: str, publish_at: datetime | None) -> None:
    _refuse_standing(row, _sound_document(row))


def _schedule(row: Draft, user: User, reason: str, publish_at: datetime | None) -> None:
    if publish_at is None or publish_at <= timezone.now():
        raise DraftRefused("公開日時には、これから先の日時を書いてください。")
    row.publish_at = publish_at


def _unschedule(row: Draft, user: User, reason: str, publish_at: datetime | None) -> None:
    row.publish_at = None


def _publish(row: Draft, user: User | None, reason: str, publish_at: datetime | None) -> None:
    document = _sound_document(row)
    publishing.lock(row.program, document)
    _refuse_standing(row, document)
    revision = publishing.publish(document, origin=Revision.Origin.DESK, reason=row.reason, user=user)
    row.revision = revision
    for follower in _followers:
        follower(row, revision)
    row.preview_token = None


def _withdraw(row: Draft, user: User, reason: str, publish_at: datetime | None) -> None:
    if row.revision is not None:  # _refusal has looked
        _withdraw_revision(row.revision, user, reason)


def _withdraw_revision(revision: Revision, user: User, reason: str) -> None:
    try:
        publishing.withdraw(revision, user=user, reason=reason)
    except publishing.NotInForce as error:  # replaced since somebody looked: that was before the lock
        raise DraftRefused(_REPLACED) from error


_EFFECTS: Mapping[str, Callable[[Draft, Any, str, datetime | None], None]] = {
    "submit": _submit,
    "approve": _approve,
    "schedule": _schedule,
    "unschedule": _unschedule,
    "publish": _publish,
    "withdraw": _withdraw,
}


def _sound_document(row: Draft) -> ProgrammeDocument:
    """The document, checked again: the vocabulary or a source may have changed since the review."""
    found = checked(row, timezone.localdate())
    if found.document is None or found.errors:
        raise DraftRefused(f"文書の検査で誤りがあります：{found.errors[0]}")
    return found.document


def _standing(draft: Draft, document: ProgrammeDocument) -> list[str]:
    """What stands in the way of a sound document, asked anew at each step: cases and revisions may have changed."""
    gates = (_over_another, _announced_twice, *_gates)
    return [obstacle for gate in gates for obstacle in gate(draft, document)]


def _refuse_standing(row: Draft, document: ProgrammeDocument) -> None:
    standing = _standing(row, document)
    if standing:
        raise DraftRefused("".join(standing))


def _over_another(draft: Draft, document: ProgrammeDocument) -> list[str]:
    last = publishing.last_revision(draft.program, draft.version)
    if last == draft.base:
        return []
    return [f"この案を作ったあとに、{last} が公開されています。「差分」で確かめ、その訂正として続けてください。"]


def _publish_one_due(draft: Draft, moment: datetime) -> bool:
    try:
        with transaction.atomic():
            row = locked(draft)
            if row.state != DraftState.SCHEDULED or row.publish_at is None or row.publish_at > moment:
                return False
            _publish(row, None, "", None)
            row.state = DraftState.PUBLISHED
            row.save(update_fields=_MOVED)
            record("予約どおりに公開", user=None, draft=row, reason=row.reason)
    except DraftRefused as refused:
        _back_to_approved(draft, str(refused))
        return False
    except Exception:  # the others are due all the same
        logger.exception("scheduled publication of %s failed", draft.key)
        return False
    return True


@transaction.atomic
def _back_to_approved(draft: Draft, why: str) -> None:
    logger.error("scheduled publication of %s failed: %s", draft.key, why)
    row = locked(draft)
    if row.state != DraftState.SCHEDULED:  # somebody took it back meanwhile, and may have written in it
        return
    row.state, row.publish_at = DraftState.APPROVED, None
    row.save(update_fields=_MOVED)
    record(COULD_NOT_PUBLISH, user=None, draft=row, reason=why)


def _reason_with_moment(reason: str, row: Draft) -> str:
    if row.state != DraftState.SCHEDULED or row.publish_at is None:
        return reason
    return f"{timezone.localtime(row.publish_at):%Y年%m月%d日 %H:%M} {reason}".strip()
