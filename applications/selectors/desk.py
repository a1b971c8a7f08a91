"""Reads of the supporter's desk. Each takes the acting member and sees their organisation only.

There is no way around it: what is not reached from here, or is another organisation's, does not exist (None, 404).
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Case, Count, F, Min, Q, QuerySet, When

from applications.models import (
    ApiToken,
    Batch,
    Client,
    ClientImport,
    Consultation,
    Delivery,
    Event,
    Invitation,
    Match,
    Membership,
    NextStep,
    Sheet,
    Visit,
)
from portal.common.jobs import JobState

# Keys that open the API: while their maker is in the organisation.
_IN_USE = Q(revoked_at=None, membership__left_at=None, membership__user__is_active=True)


def membership_of(user: AbstractBaseUser | AnonymousUser) -> Membership | None:
    """The person's place in an organisation today; None for everybody who has none (any more)."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Membership.objects.filter(user_id=user.pk, left_at=None).select_related("organisation", "user").first()


def members(acting: Membership) -> QuerySet[Membership]:
    """Those who are in the organisation now."""
    return Membership.objects.filter(organisation=acting.organisation, left_at=None).select_related("user")


def is_member(acting: Membership, user_pk: int | str) -> bool:
    """Whether the person is in the organisation now."""
    return members(acting).filter(user_id=user_pk).exists()


def member(acting: Membership, pk: int) -> Membership | None:
    return members(acting).filter(pk=pk).first()


def invitations(acting: Membership) -> QuerySet[Invitation]:
    """Open ones, also those that have expired: they can be sent again."""
    return Invitation.objects.filter(
        organisation=acting.organisation, accepted_at=None, revoked_at=None
    ).select_related("invited_by")


def invitation(acting: Membership, pk: uuid.UUID) -> Invitation | None:
    """An open one, or one that has expired."""
    return invitations(acting).filter(pk=pk).first()


def tokens(acting: Membership) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(membership__organisation=acting.organisation).select_related("membership__user")


def tokens_in_use(acting: Membership) -> QuerySet[ApiToken]:
    return tokens(acting).filter(_IN_USE)


def tokens_ended(acting: Membership) -> QuerySet[ApiToken]:
    """Revoked, or gone with their maker's membership or account."""
    return tokens(acting).exclude(_IN_USE)


def events(acting: Membership) -> QuerySet[Event]:
    return Event.objects.filter(organisation=acting.organisation).select_related("user")


def clients(acting: Membership) -> QuerySet[Client]:
    """All of the organisation's, archived ones too."""
    return Client.objects.filter(organisation=acting.organisation).select_related("assigned_to")


def client(acting: Membership, pk: uuid.UUID) -> Client | None:
    return clients(acting).filter(pk=pk).first()


def numbered(acting: Membership, field: str, number: str) -> QuerySet[Client]:
    """Clients (one at most) with a `corporate_number` or an `own_key`, found by its index: that leaves out blanks, and
    databases use it only where the question says so too."""
    return clients(acting).filter(**{field: number}).exclude(**{field: ""}).order_by()


def belongings_of(client: Client) -> dict[str, int]:
    """How much goes with a client when it is deleted."""
    return {
        "saves": revisions(client).count(),
        "consultations": client.consultations.count(),
        "sheets": client.sheets.count(),
        "finals": client.sheets.filter(kind=Sheet.Kind.FINAL).count(),
    }


def revisions(client: Client) -> QuerySet[Any]:
    """The rows of a client's history, the newest first: each its state after a save, with who, when and why."""
    rows: QuerySet[Any] = Client.history.filter(id=client.pk).select_related("history_user", "assigned_to")
    return rows.order_by("-history_date", "-history_id")


def matches(acting: Membership) -> QuerySet[Match]:
    """Stored matches of all clients that are still supported. Not by a join: that takes twice as long with 10,000."""
    return Match.objects.filter(client__in=Client.objects.filter(organisation=acting.organisation, is_archived=False))


def visit_of(acting: Membership, client: Client) -> Visit | None:
    """The acting person's own last confirmation of a client's results."""
    return Visit.objects.filter(client=client, user_id=acting.user_id).first()


def client_at(client: Client, stamp: int) -> Any:
    """The client as one of its saves left it: a row of its history; None where there is none."""
    return revisions(client).filter(stamp=stamp).first()


def imports(acting: Membership) -> QuerySet[ClientImport]:
    return ClientImport.objects.filter(organisation=acting.organisation).select_related("requested_by")


def consultations(acting: Membership) -> QuerySet[Consultation]:
    return Consultation.objects.filter(client__organisation=acting.organisation).select_related("client", "adviser")


def consultation(acting: Membership, pk: uuid.UUID) -> Consultation | None:
    return consultations(acting).prefetch_related("steps").filter(pk=pk).first()


def consultations_with_steps(acting: Membership) -> QuerySet[Any]:
    """The latest first, with `open_count`, how many steps are not done, and `due_first`, the earliest day one of those
    is due."""
    is_open = Q(steps__isnull=False, steps__done_on=None)
    counted = consultations(acting).annotate(
        open_count=Count("steps", filter=is_open), due_first=Min("steps__due_on", filter=is_open)
    )
    return counted.order_by("-held_on", "-created_at", "pk")  # a grouped query drops the model's own order


def step(acting: Membership, consultation: uuid.UUID, pk: int) -> NextStep | None:
    """One of a consultation's own."""
    return NextStep.objects.filter(
        pk=pk, consultation=consultation, consultation__client__organisation=acting.organisation
    ).first()


def open_steps(acting: Membership) -> QuerySet[NextStep]:
    """Agreed steps that are not done, the earliest due first, those without a day last."""
    return (
        NextStep.objects.filter(consultation__client__organisation=acting.organisation, done_on=None)
        .select_related("consultation__client")
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )


def sheets(acting: Membership) -> QuerySet[Sheet]:
    """Without their contents, which only the making of the PDF needs."""
    return Sheet.objects.filter(client__organisation=acting.organisation).defer("context").select_related("client")


def sheet(acting: Membership, pk: uuid.UUID) -> Sheet | None:
    return sheets(acting).filter(pk=pk).first()


def sheets_of(acting: Membership, consultation: Consultation) -> QuerySet[Sheet]:
    """The newest first."""
    return sheets(acting).filter(consultation=consultation).select_related("requested_by")


def final_content(acting: Membership, consultation: Consultation) -> dict[str, Any] | None:
    """What the final sheet of a consultation says; None where there is none."""
    final = sheets_of(acting, consultation).filter(kind=Sheet.Kind.FINAL)
    content: dict[str, Any] | None = final.values_list("context", flat=True).first()
    return content


def batches(acting: Membership) -> QuerySet[Batch]:
    return Batch.objects.filter(organisation=acting.organisation).select_related("requested_by")


def batch(acting: Membership, pk: uuid.UUID) -> Batch | None:
    return batches(acting).filter(pk=pk).first()


def batches_with_counts(acting: Membership) -> QuerySet[Batch]:
    """Each with how many sheets it has, how many are made, failed, and how its delivery stands (None without one)."""
    rows = batches(acting).annotate(
        sheet_count=Count("sheets"),
        made_count=Count("sheets", filter=Q(sheets__state=JobState.DONE)),
        failed_count=Count("sheets", filter=Q(sheets__state=JobState.FAILED)),
        delivery_state=F("delivery__state"),
    )
    return rows.order_by("-created_at", "pk")  # a grouped query forgets the model's order


def batch_sheets(acting: Membership, batch: Batch) -> QuerySet[Sheet]:
    """Failed ones first, then by client. Of the client, what a list shows."""
    failed_first = Case(When(state=JobState.FAILED, then=0), default=1)
    shown = ("state", "error", "file", "pages", "size", "client__name", "client__own_key")
    rows = sheets(acting).filter(batch=batch).only(*shown)
    return rows.order_by(failed_first, "client__name", "client_id")


def delivery_of(batch: Batch) -> Delivery | None:
    return Delivery.objects.filter(batch=batch).first()


def token_of(digest: str) -> ApiToken | None:
    """The key with this SHA-256, if it and its maker's membership are still good."""
    return (
        ApiToken.objects.filter(_IN_USE, token_hash=digest)
        .select_related("membership__organisation", "membership__user")
        .first()
    )


def invitation_of(digest: str) -> Invitation | None:
    """The invitation with this SHA-256, in whatever state: its page tells the holder of the link."""
    return Invitation.objects.filter(token_hash=digest).select_related("organisation").first()
