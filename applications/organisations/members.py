"""Members of an organisation (職員): their roles, and leaving. Every function is one use case and one transaction.

Changes of one organisation's members happen one after the other: two at once could lose it its last manager.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from applications.models import ApiToken, Client, Event, Invitation, Membership, Organisation
from portal.accounts.models import User
from portal.accounts.people import name_of

# Rows of a leaving adviser's clients that are read and written at once.
AT_ONCE = 500


class MembershipRefused(Exception):
    """The change cannot be made. The message is for the person who tried, in Japanese."""


@transaction.atomic
def change_role(*, acting: Membership, member: Membership, role: str) -> Membership:
    """Raises MembershipRefused. A change to the role that the member has is none."""
    held(acting)
    row = _current(member)
    if row.role == role:
        return row
    _refuse_losing_the_last_manager(row)
    before, was_manager = row.get_role_display(), row.is_manager
    row.role = role
    row.save(update_fields=["role"])
    Event.record(acting, "役割の変更", f"{name_of(row.user)}：{before}→{row.get_role_display()}")
    if was_manager:
        _take_back_invitations(acting, row.user)
    return row


@transaction.atomic
def end(*, acting: Membership, member: Membership, successor: Membership | None) -> int:
    """End a membership, one's own or (as a manager) another's; how many clients changed hands.

    The person is locked out with their next request, their keys with their tools' next one, and the invitations that
    they sent are taken back. Clients go to `successor`, or to nobody. Raises MembershipRefused.
    """
    held(acting)
    row = _current(member)
    if not acting.is_manager and row.pk != acting.pk:
        raise MembershipRefused("ほかの職員を離任させられるのは、管理者だけです。")
    heir = _current(successor) if successor else None
    if heir == row:
        raise MembershipRefused("引き継ぐ人には、ほかの職員を選んでください。")
    _refuse_losing_the_last_manager(row)
    now = timezone.now()
    row.left_at = now
    row.save(update_fields=["left_at"])
    ApiToken.objects.filter(membership=row, revoked_at=None).update(revoked_at=now)
    count = _hand_over(acting, row.user, heir.user if heir else None)
    to = f"{name_of(heir.user)}へ" if heir else "担当者なしに"
    detail = f"{name_of(row.user)}（担当していた支援先 {count}社は{to}）" if count else name_of(row.user)
    Event.record(acting, "職員の離任", detail)
    _take_back_invitations(acting, row.user)
    return count


def held(acting: Membership) -> Organisation:
    """Waits for other changes of members, then looks again at who acts: they may have been one of those changes.

    The organisation's row, locked until the transaction ends. Raises MembershipRefused.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=acting.organisation_id)
    if not Membership.objects.filter(pk=acting.pk, role=acting.role, left_at=None).exists():
        raise MembershipRefused("あなたの所属か役割が変わりました。画面を開き直してください。")
    return organisation


def _current(member: Membership) -> Membership:
    row = Membership.objects.select_related("user").get(pk=member.pk)
    if not row.is_active:
        raise MembershipRefused("この方は、すでに離任しています。")
    return row


def _refuse_losing_the_last_manager(row: Membership) -> None:
    managers = Membership.objects.filter(
        organisation_id=row.organisation_id, role=Membership.Role.MANAGER, left_at=None
    )
    if row.is_manager and not managers.filter(user__is_active=True).exclude(pk=row.pk).exists():
        raise MembershipRefused("管理者がいなくなるため、できません。先に、ほかの職員を管理者にしてください。")


def _take_back_invitations(acting: Membership, person: User) -> None:
    """Those that a manager sent and nobody has taken up: a link they sent to themselves must not lead back in."""
    sent = Invitation.objects.filter(
        organisation_id=acting.organisation_id, invited_by=person, accepted_at=None, revoked_at=None
    )
    for row in sent.select_for_update(of=("self",)).order_by("pk"):
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        Event.record(acting, "招待の取消", row.email)


def _hand_over(acting: Membership, person: User, heir: User | None) -> int:
    """Each client's change is a row of its history, as every save of it."""
    mine = Client.objects.filter(organisation_id=acting.organisation_id, assigned_to=person)
    keys = list(mine.order_by("pk").values_list("pk", flat=True))
    now = timezone.now()
    for start in range(0, len(keys), AT_ONCE):
        chosen = Client.objects.select_for_update(of=("self",)).filter(pk__in=keys[start : start + AT_ONCE])
        rows = list(chosen.order_by("pk"))
        for row in rows:
            row.assigned_to, row.stamp = heir, row.stamp + 1
            row.updated_at, row.updated_by = now, acting.user
        fields = ["assigned_to", "stamp", "updated_at", "updated_by"]
        bulk_update_with_history(
            rows, Client, fields, batch_size=AT_ONCE, default_user=acting.user, default_change_reason="担当者の離任"
        )
    return len(keys)
