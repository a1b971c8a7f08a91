"""Where a person works in the portal: the page they begin at, and whether their work asks for a second factor.

The portal does not know its apps. An app that gives people work registers how to find it (in its AppConfig.ready).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Place:
    """`home`: the address after signing in."""

    home: str
    needs_second_factor: bool


Finder = Callable[[User], Place | None]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    _finders.append(finder)


def place_of(user: User) -> Place:
    """The first place that an app knows; else the officers' desk; else, without any work, one's own settings."""
    found = next((place for finder in _finders if (place := finder(user)) is not None), None)
    home = found.home if found else reverse("admin:index" if user.is_staff else "account_settings")
    return Place(home=home, needs_second_factor=user.is_staff or (found is not None and found.needs_second_factor))
