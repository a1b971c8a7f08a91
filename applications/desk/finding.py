"""What an address of a client's page names: found within the acting member's organisation, or 404."""

from __future__ import annotations

import re
import uuid

from django.http import Http404, QueryDict

from applications.models import Client, Membership
from applications.selectors import desk


def client_or_404(acting: Membership, pk: uuid.UUID) -> Client:
    found = desk.client(acting, pk)
    if found is None:
        raise Http404
    return found


def sent_stamp(data: QueryDict, name: str = "stamp") -> int:
    """The stamp that a form was made from; 0, which no client has, where none was sent."""
    text = data.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
