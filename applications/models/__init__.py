"""What the desk keeps: organisations and their people, client companies, consultations, sheets, PDF summaries."""

from applications.models.clients import Client, ClientImport, ImportRow, Match, Visit
from applications.models.consultations import Batch, Consultation, Delivery, NextStep, Seal, Sheet
from applications.models.organisations import ApiToken, Event, Invitation, Membership, Organisation
from applications.models.summaries import Summary

__all__ = [
    "ApiToken",
    "Batch",
    "Client",
    "ClientImport",
    "Consultation",
    "Delivery",
    "Event",
    "ImportRow",
    "Invitation",
    "Match",
    "Membership",
    "NextStep",
    "Organisation",
    "Seal",
    "Sheet",
    "Summary",
    "Visit",
]
