"""Two hashes over canonical JSON (設計: Two clocks): what decides an answer, and the whole document."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from eligibility.engine.document import ProgrammeDocument, dump_document

_RULES = ("program", "version", "requirements", "frames")


def canonical_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sha256(data: Any) -> str:
    return hashlib.sha256(canonical_json(data).encode()).hexdigest()


def document_hash(document: ProgrammeDocument) -> str:
    """Identifies the revision: everything in the document."""
    return _sha256(dump_document(document))


def rules_hash(document: ProgrammeDocument) -> str:
    """Identifies the rules: requirements, frames and benefits; a corrected telephone number leaves it alone."""
    data = dump_document(document)
    return _sha256({key: data[key] for key in _RULES if key in data})
