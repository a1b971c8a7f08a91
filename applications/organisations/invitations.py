"""Invitations (招待): sent by mail, taken up once, good for fourteen days.

The link in the mail holds a token that is kept nowhere; the row holds its SHA-256. Sending again makes a new token, and
the old link is dead. Every function is one use case and one transaction, except `mail`, which comes after it.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from applications.models import Event, Invitation, Membership, Organisation
from applications.organisations.members import MembershipRefused, held
from applications.organisations.tokens import digest_of
from applications.selectors.desk import membership_of
from portal.accounts.models import User
from portal.accounts.people import LONGEST_ADDRESS, account_with, create_account

DAYS = 14
MOST = 100  # open ones of an organisation: nobody sends mails to the world through us

logger = logging.getLogger(__name__)


class InvitationRefused(Exception):
    """The invitation cannot be made, or not taken up. The message is for the person who tried, in Japanese."""


class InvitationGone(Exception):
    """It was used, revoked, or has expired: `invitation` tells which."""

    def __init__(self, invitation: Invitation) -> None:
        self.invitation = invitation
        super().__init__(str(invitation.pk))


@dataclass(frozen=True, slots=True)
class Ticket:
    """An invitation with the token of its link: the only time that it can be read."""

    invitation: Invitation
    token: str


@transaction.atomic
def invite(*, acting: Membership, email: str, role: str) -> Ticket:
    """A new invitation, or the one that is open for this address once more. Raises InvitationRefused."""
    ticket = _issue(_held_by(acting), email, role, acting.user)
    Event.record(acting, "招待", f"{ticket.invitation.email}（{ticket.invitation.get_role_display()}）")
    return ticket


@transaction.atomic
def invite_manager(*, organisation: Organisation, email: str, by: User) -> Ticket:
    """A manager's invitation by an officer, who is no member: how an organisation begins. Raises InvitationRefused."""
    # Two at once would both find room for one more.
    row = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    ticket = _issue(row, email, Membership.Role.MANAGER, by)
    detail = f"{ticket.invitation.email}（{ticket.invitation.get_role_display()}、事務局から）"
    Event.objects.create(organisation=organisation, user=by, action="招待", detail=detail[:300])
    return ticket


@transaction.atomic
def resend(*, acting: Membership, invitation: Invitation) -> Ticket:
    """With a new link and fourteen more days. Raises InvitationRefused once it was used or revoked."""
    _held_by(acting)
    row = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if row.accepted_at or row.revoked_at:
        raise InvitationRefused("この招待は、もう使われたか、取り消されています。")
    Event.record(acting, "招待の再送", row.email)
    return _renewed(row, row.role, acting.user)


@transaction.atomic
def revoke(*, acting: Membership, invitation: Invitation) -> None:
    """Its link is dead at once. Twice is once; one that was used is left as it is."""
    rows = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if rows.update(revoked_at=timezone.now()):
        Event.record(acting, "招待の取消", invitation.email)


def mail(ticket: Ticket) -> bool:
    """Send the link; whether the mail server took it. The invitation stays either way and can be sent again."""
    invitation = ticket.invitation
    context = {
        "invitation": invitation,
        "url": settings.PORTAL_BASE_URL + reverse("supporters:invitation", args=[ticket.token]),
        "days": DAYS,
    }
    body = render_to_string("supporters/organisation/invitation_mail.txt", context)
    subject = " ".join(f"【しるべ】{invitation.organisation.name}への招待".split())
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [invitation.email])
    except (OSError, SMTPException):
        logger.exception("The mail of the invitation %s could not be sent.", invitation.pk)
        return False
    return True


@transaction.atomic
def accept_as_new(*, invitation: Invitation, name: str, password: str) -> User:
    """An account for the person invited, and their membership. Raises InvitationGone, AccountExists."""
    row = _open(invitation)
    user = create_account(email=row.email, name=name, password=password)
    _join(row, user)
    return user


@transaction.atomic
def accept(*, invitation: Invitation, user: User) -> Membership:
    """The membership of somebody who has an account. Raises InvitationGone, InvitationRefused."""
    row = _open(invitation)
    if (place := membership_of(user)) is not None:
        here = place.organisation_id == row.organisation_id
        raise InvitationRefused(
            "すでにこの支援機関の職員です。"
            if here
            else f"すでに「{place.organisation}」の職員です。別の支援機関に移るときは、先に今の所属から抜けてください。"
        )
    return _join(row, user)


def _held_by(acting: Membership) -> Organisation:
    """One after the other: two at once would both find room for one more, and whoever is no manager any more by then
    leaves no invitation behind."""
    try:
        return held(acting)
    except MembershipRefused as refused:
        raise InvitationRefused(str(refused)) from refused


def _issue(organisation: Organisation, email: str, role: str, by: User) -> Ticket:
    address = email.strip().lower()
    if len(address) > LONGEST_ADDRESS:
        raise InvitationRefused(f"メールアドレスは{LONGEST_ADDRESS}文字までです。")
    person = account_with(address)
    if person is not None and organisation.memberships.filter(user=person, left_at=None).exists():
        raise InvitationRefused("このメールアドレスの方は、すでに職員です。")
    waiting = organisation.invitations.filter(accepted_at=None, revoked_at=None)
    known = waiting.filter(email=address).first()
    if known is None and waiting.count() >= MOST:
        raise InvitationRefused(f"返事を待っている招待が{MOST}件あります。使わないものを取り消してください。")
    return _renewed(known or Invitation(organisation=organisation, email=address), role, by)


def _renewed(invitation: Invitation, role: str, by: User) -> Ticket:
    token, now = secrets.token_urlsafe(32), timezone.now()
    invitation.role, invitation.invited_by, invitation.token_hash = role, by, digest_of(token)
    invitation.created_at, invitation.expires_at = now, now + timedelta(days=DAYS)
    invitation.save()
    return Ticket(invitation, token)


def _open(invitation: Invitation) -> Invitation:
    """The row as it is now, held until the transaction ends; two who press at once are one after the other."""
    row = Invitation.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=invitation.pk)
    if not row.is_open or row.token_hash != invitation.token_hash:
        raise InvitationGone(row)
    return row


def _join(invitation: Invitation, user: User) -> Membership:
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                organisation=invitation.organisation, user=user, role=invitation.role
            )
    except IntegrityError as error:  # elsewhere, at the same moment
        raise InvitationRefused("すでにほかの支援機関の職員です。") from error
    invitation.accepted_at = membership.joined_at
    invitation.save(update_fields=["accepted_at"])
    Event.record(membership, "参加", f"{user.get_username()}（{membership.get_role_display()}）")
    return membership
