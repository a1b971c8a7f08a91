"""Reads of the supporter's desk. Each takes the acting member and sees their organisation only.

There is no way around it: what is not reached from here, or is another organisation's, does not exist (None, 404).
"""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone

from applications.models import (
    ApiToken,
    Batch,
    Client,
    ClientImport,
    Consultation,
    Delivery,
    Event,
    Invitation,
    Membership,
    NextStep,
    Sheet,
)


def membership_of(user: AbstractBaseUser | AnonymousUser) -> Membership | None:
    """The person's place in an organisation today; None for everybody who has none (any more)."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Membership.objects.filter(user_id=user.pk, left_at=None).select_related("organisation", "user").first()


def members(acting: Membership) -> QuerySet[Membership]:
    """Those who are in the organisation now."""
    return Membership.objects.filter(organisation=acting.organisation, left_at=None).select_related("user")


def invitations(acting: Membership) -> QuerySet[Invitation]:
    """Open ones, also those that have expired: they can be sent again."""
    return Invitation.objects.filter(
        organisation=acting.organisation, accepted_at=None, revoked_at=None
    ).select_related("invited_by")


def tokens(acting: Membership) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(membership__organisation=acting.organisation).select_related("membership__user")


def events(acting: Membership) -> QuerySet[Event]:
    return Event.objects.filter(organisation=acting.organisation).select_related("user")


def clients(acting: Membership) -> QuerySet[Client]:
    """All of the organisation's, archived ones too."""
    return Client.objects.filter(organisation=acting.organisation).select_related("assigned_to")


def client(acting: Membership, pk: uuid.UUID) -> Client | None:
    return clients(acting).filter(pk=pk).first()


def imports(acting: Membership) -> QuerySet[ClientImport]:
    return ClientImport.objects.filter(organisation=acting.organisation).select_related("requested_by")


def consultations(acting: Membership) -> QuerySet[Consultation]:
    return Consultation.objects.filter(client__organisation=acting.organisation).select_related("client", "adviser")


def consultation(acting: Membership, pk: uuid.UUID) -> Consultation | None:
    return consultations(acting).prefetch_related("steps").filter(pk=pk).first()


def open_steps(acting: Membership) -> QuerySet[NextStep]:
    """Agreed steps that are not done, the earliest due first."""
    return (
        NextStep.objects.filter(consultation__client__organisation=acting.organisation, done_on=None)
        .select_related("consultation__client")
        .order_by("due_on", "pk")
    )


def sheets(acting: Membership) -> QuerySet[Sheet]:
    """Without their contents, which only the making of the PDF needs."""
    return Sheet.objects.filter(client__organisation=acting.organisation).defer("context").select_related("client")


def sheet(acting: Membership, pk: uuid.UUID) -> Sheet | None:
    return sheets(acting).filter(pk=pk).first()


def batches(acting: Membership) -> QuerySet[Batch]:
    return Batch.objects.filter(organisation=acting.organisation).select_related("requested_by")


def batch(acting: Membership, pk: uuid.UUID) -> Batch | None:
    return batches(acting).filter(pk=pk).first()


def delivery_of(batch: Batch) -> Delivery | None:
    return Delivery.objects.filter(batch=batch).first()


def token_of(digest: str) -> ApiToken | None:
    """The key with this SHA-256, if it and its maker's membership are still good."""
    return (
        ApiToken.objects.filter(token_hash=digest, revoked_at=None, membership__left_at=None)
        .filter(membership__user__is_active=True)
        .select_related("membership__organisation", "membership__user")
        .first()
    )


def invitation_of(digest: str) -> Invitation | None:
    """The open invitation with this SHA-256; None once it is used, revoked or expired."""
    return (
        Invitation.objects.filter(token_hash=digest, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        .select_related("organisation")
        .first()
    )
