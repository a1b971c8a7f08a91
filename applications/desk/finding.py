"""What the address or the form of a page names: found within the acting member's organisation, or 404."""

from __future__ import annotations

import re
import uuid
from typing import TypeVar

from django.http import Http404, QueryDict

from applications.models import Client, Consultation, Membership
from applications.selectors import desk

T = TypeVar("T")


def found_or_404(row: T | None) -> T:
    """What a selector found; 404 alike for what there is not and for what is another organisation's."""
    if row is None:
        raise Http404
    return row


def client_or_404(acting: Membership, pk: uuid.UUID) -> Client:
    return found_or_404(desk.client(acting, pk))


def consultation_or_404(acting: Membership, pk: uuid.UUID) -> Consultation:
    return found_or_404(desk.consultation(acting, pk))


def sent_stamp(data: QueryDict, name: str = "stamp") -> int:
    """The stamp that a form was made from; 0, which no client has, where none was sent."""
    text = data.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def sent_id(text: str) -> uuid.UUID | None:
    """None for what is no id."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def sent_ids(data: QueryDict, name: str) -> list[uuid.UUID]:
    """The ids that the boxes of a form sent; what is no id is left out."""
    return [found for text in data.getlist(name) if (found := sent_id(text)) is not None]
