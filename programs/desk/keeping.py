"""What a page keeps between showing what would happen and doing it: in the page itself, signed, nothing on the server.

Only the officer who was shown it can send it back, within an hour, and unchanged.
"""

from __future__ import annotations

from typing import Any

from django.core import signing

from portal.accounts.models import User

MAX_AGE = 60 * 60  # seconds
# Django reads no form larger than 1 MB (DATA_UPLOAD_MAX_MEMORY_SIZE); the rest of the form needs little.
MAX_LENGTH = 900_000


class TooMuchToKeep(ValueError):
    """The page could not send it back."""


class NotKept(ValueError):
    """What came back was not kept here for this officer, or too long ago."""


def kept(data: Any, *, purpose: str, user: User) -> str:
    """JSON-ready data as text for a hidden field. Raises TooMuchToKeep."""
    text = signing.dumps({"user": user.pk, "data": data}, salt=f"desk.{purpose}", compress=True)
    if len(text) > MAX_LENGTH:
        raise TooMuchToKeep
    return text


def returned(text: str, *, purpose: str, user: User) -> Any:
    """The data again. Raises NotKept."""
    try:
        found = signing.loads(text, salt=f"desk.{purpose}", max_age=MAX_AGE)
    except signing.BadSignature as error:
        raise NotKept from error
    if found["user"] != user.pk:
        raise NotKept
    return found["data"]
