"""What the programmes' side keeps: published documents, drafts and their life, sources, acceptance cases, upkeep."""

from programs.models.audit import AuditEntry
from programs.models.cases import AcceptanceCase, CaseAcceptance
from programs.models.drafts import Draft, DraftState, Presence
from programs.models.published import (
    CallRound,
    Programme,
    Publication,
    Revision,
    RevisionQuerySet,
    Version,
    VersionQuerySet,
)
from programs.models.sources import SourceCheck, SourceText
from programs.models.upkeep import Link, Reminder

__all__ = [
    "AcceptanceCase",
    "AuditEntry",
    "CallRound",
    "CaseAcceptance",
    "Draft",
    "DraftState",
    "Link",
    "Presence",
    "Programme",
    "Publication",
    "Reminder",
    "Revision",
    "RevisionQuerySet",
    "SourceCheck",
    "SourceText",
    "Version",
    "VersionQuerySet",
]
