"""Supporters for tests: an organisation with a manager and an adviser, and clients of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from applications.clients import clients
from applications.models import Client, Membership, Organisation

SHOP: dict[str, Any] = {
    "legal_form": "company",
    "prefecture": "36",
    "industry": "58",
    "capital": 5_000_000,
    "employees": 4,
    "opens_sales_channels": True,
    "with_commerce_association": True,
    "writes_own_business_plan": True,
    "expenses": {"advertising": 900_000},
}


def organisation(name: str = "阿波商工会") -> Organisation:
    found, _ = Organisation.objects.get_or_create(name=name, defaults={"kind": "shokokai", "prefecture": "36"})
    return found


def manager(name: str = "kanri", of: Organisation | None = None) -> Membership:
    return _member(name, of or organisation(), Membership.Role.MANAGER)


def adviser(name: str = "tanto", of: Organisation | None = None) -> Membership:
    return _member(name, of or organisation(), Membership.Role.ADVISER)


def client_of(acting: Membership, name: str = "うずしお商店", **profile: Any) -> Client:
    """A client with the answers of a small shop, some of them replaced."""
    return clients.create(acting=acting, values={"name": name}, profile=SHOP | profile)


def _member(name: str, of: Organisation, role: str) -> Membership:
    user = get_user_model().objects.create_user(name, email=f"{name}@example.jp", password=f"{name}-password")
    return Membership.objects.create(organisation=of, user=user, role=role)
