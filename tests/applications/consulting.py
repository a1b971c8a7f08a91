"""Consultations for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from applications.consultations import consultations
from applications.consultations.consultations import Step
from applications.models import Client, Consultation, Membership

HELD_ON = date(2023, 10, 17)


def consultation_of(acting: Membership, client: Client, *steps: Step, **values: Any) -> Consultation:
    return consultations.create(acting=acting, client=client, values={"held_on": HELD_ON, **values}, steps=steps)
