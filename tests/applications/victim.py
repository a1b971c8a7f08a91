"""An organisation with one of everything that others must not see, and people of another organisation beside it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from applications.models import (
    ApiToken,
    Batch,
    Client,
    ClientImport,
    Consultation,
    Delivery,
    Invitation,
    Membership,
    NextStep,
    Sheet,
)
from applications.organisations import tokens
from eligibility.selectors import token_hash
from portal.common.jobs import JobState
from tests.applications import supporters

# Stands in every name, note and file of the victim: where others see it, something leaked.
SECRET = "まぼろし水産"


@dataclass(frozen=True)
class Victim:
    """`objects`: the key of one object by the part of an address that stands before it."""

    manager: Membership
    client: Client
    objects: dict[str, Any]


def victim_organisation() -> Victim:
    manager = supporters.manager("victim-kanri", of=supporters.organisation(f"{SECRET}商工会"))
    adviser = supporters.adviser("victim-tanto", of=manager.organisation)
    client = supporters.client_of(manager, f"{SECRET}株式会社")
    consultation = Consultation.objects.create(
        client=client, held_on=date(2023, 10, 17), adviser=adviser.user, notes=SECRET, topics=[SECRET]
    )
    step = NextStep.objects.create(consultation=consultation, text=SECRET)
    batch = Batch.objects.create(
        organisation=manager.organisation, requested_by=manager.user, title=SECRET, as_of=date(2023, 10, 17)
    )
    Delivery.objects.create(batch=batch, state=JobState.DONE, archive=_stored("zip"), joined=_stored("pdf"))
    sheet = Sheet.objects.create(
        client=client,
        batch=batch,
        context={"a": 1},
        state=JobState.DONE,
        file=_stored("pdf"),
        requested_by=adviser.user,
    )
    imported = ClientImport.objects.create(
        organisation=manager.organisation,
        requested_by=manager.user,
        stage=ClientImport.Stage.WAITING,
        state=JobState.DONE,
        file_name=f"{SECRET}.csv",
        file=_stored("csv"),
    )
    invitation = Invitation.objects.create(
        organisation=manager.organisation,
        email="mada@example.jp",
        token_hash=token_hash("unknown"),
        expires_at=timezone.now() + timedelta(days=3),
    )
    token = _token(manager)
    return Victim(
        manager,
        client,
        {
            "clients": client.pk,
            "consultations": consultation.pk,
            "steps": step.pk,
            "sheets": sheet.pk,
            "batches": batch.pk,
            "imports": imported.pk,
            "members": adviser.pk,
            "invitations": invitation.pk,
            "keys": token.pk,
            "history": client.history.get().pk,
            "profile": "company",
        },
    )


def other_organisation() -> Membership:
    """A manager elsewhere: who may most there may nothing here."""
    return supporters.manager("other-kanri", of=supporters.organisation("となりの商工会議所"))


def snapshot() -> dict[str, list[Any]]:
    """Every row of the desk, so that a test can say that nothing was made, changed or removed."""
    models = (ApiToken, Batch, Client, ClientImport, Consultation, Delivery, Invitation, Membership, NextStep, Sheet)
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def _stored(kind: str) -> str:
    return default_storage.save(f"victim/{uuid.uuid4()}.{kind}", ContentFile(SECRET.encode()))


def _token(acting: Membership) -> ApiToken:
    token, _ = tokens.create(acting=acting, name=SECRET, can_write=True)
    return token
