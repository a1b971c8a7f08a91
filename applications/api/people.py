"""People of the organisation by the name that they sign in with."""

from __future__ import annotations

from typing import Any

from rest_framework import status

from applications.models import Membership
from applications.selectors import desk
from portal.common.api import Refused


def member_named(acting: Membership, name: str | None, field: str) -> Any:
    """The user, None for nobody. Raises Refused for a name that no member has."""
    if name is None:
        return None
    member = desk.members(acting).filter(user__username=name).first()
    if member is None:
        message = "いまの職員のユーザー名（メールアドレス）で書いてください。"
        raise Refused(status.HTTP_400_BAD_REQUEST, [{"fact": field, "code": "unknown_value", "message": message}])
    return member.user
