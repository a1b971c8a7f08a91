"""The content of a paper as plain data, its SHA-256 and the code printed on each page (照合コード)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings

from eligibility.engine.hashing import canonical_json
from eligibility.exact_json import ExactEncoder

TEMPLATES = "templates/applications"
STYLES = "static/css"


class _Plain(ExactEncoder):
    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, date) else super().default(o)


def plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """As its row will give it back: JSON values only, tuples as lists, days as text."""
    decoded: dict[str, Any] = json.loads(json.dumps(content, cls=_Plain))
    return decoded


def content_hash(content: Mapping[str, Any]) -> str:
    """Equal content, equal hash: SHA-256 over canonical JSON, also of content that comes back from its row."""
    return hashlib.sha256(canonical_json(plain(content)).encode()).hexdigest()


def verification_code(content: str) -> str:
    """60 bits of the content hash for a sheet of paper: "K7QD-XM2A-5RTE"."""
    letters = base64.b32encode(bytes.fromhex(content)).decode()[:12]
    return "-".join(letters[place : place + 4] for place in (0, 4, 8))


@cache
def design_hash(*patterns: str) -> str:
    """Of templates and styles, as patterns below the project: a new design makes a new PDF with a code of its own."""
    return hashlib.sha256(b"".join(_files(patterns))).hexdigest()


def _files(patterns: Iterable[str]) -> Iterable[bytes]:
    paths = {path for pattern in patterns for path in settings.BASE_DIR.glob(pattern)}
    return [path.read_bytes() for path in sorted(paths)]
