"""Demo accounts and companies (デモ): clearly marked, only where PORTAL_DEMO is on. Loading twice changes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone

from eligibility import checks
from eligibility.engine.profile import parse_profile
from eligibility.models import SelfCheck
from portal.accounts.models import User
from portal.common.json import loads
from programs.documents import vocabulary
from programs.roles import PUBLISHER, WRITER
from programs.yaml import read_yaml


class DemoIsOff(Exception):
    """Demo data was asked for where PORTAL_DEMO is not set."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    username: str
    password: str
    role: str
    group: str = ""
    name: str = ""  # what others read; the role where there is none
    is_superuser: bool = False


ACCOUNTS = (
    DemoAccount("demo-officer", "demo-officer-2026", "経済産業局の担当官（制度の閲覧）"),
    DemoAccount("demo-writer", "demo-writer-2026", "経済産業局の担当官（案の作成）", WRITER),
    DemoAccount("demo-publisher", "demo-publisher-2026", "経済産業局の担当官（承認と公開）", PUBLISHER),
    DemoAccount("demo-admin", "demo-admin-2026", "管理者（すべて）", is_superuser=True),
)


@transaction.atomic
def load_demo() -> tuple[DemoAccount, ...]:
    """Make the demo accounts and companies. Raises DemoIsOff outside a demo installation."""
    if not settings.PORTAL_DEMO:
        raise DemoIsOff("PORTAL_DEMO=1 のときだけ、デモのデータを読み込めます。")
    for account in ACCOUNTS:
        _officer(account)
    for company in demo_companies():
        _company(company)
    return ACCOUNTS


def account_of(account: DemoAccount, *, is_staff: bool) -> User:
    """The person of a demo account; one that is there already keeps its password."""
    user, is_new = User.objects.get_or_create(
        username=account.username,
        defaults={
            "is_staff": is_staff,
            "is_superuser": account.is_superuser,
            "last_name": account.name or account.role,
        },
    )
    if is_new:
        user.set_password(account.password)
        user.save(update_fields=["password"])
    return user


def _officer(account: DemoAccount) -> None:
    user = account_of(account, is_staff=True)
    user.groups.set(Group.objects.filter(name=account.group))
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="programs", codename__startswith="view_")
    )


def demo_companies() -> list[dict[str, Any]]:
    """{"title", "as_of", "profile"} of each company of fixtures/demo.yaml, checked. Raises QuestionRefused."""
    companies = read_yaml(Path(settings.FIXTURES_ROOT) / "demo.yaml")["companies"]
    exact: list[dict[str, Any]] = loads(json.dumps(companies))  # decimals as the contract reads them
    for company in exact:
        parse_profile(company["profile"], vocabulary())  # a mistake in the file must show here, not on a page
    return exact


def _company(company: dict[str, Any]) -> None:
    """A self-check with a read-only link. A demo company that is there already is brought up to date."""
    found = SelfCheck.objects.filter(is_demo=True, title=company["title"]).first()
    check = found or checks.create(title=company["title"]).check
    check.is_demo = True
    check.profile = company["profile"]
    check.as_of = date.fromisoformat(company["as_of"])
    check.expires_at = timezone.now() + timedelta(days=checks.days_kept())
    check.save(update_fields=["is_demo", "profile", "as_of", "expires_at", "updated_at"])
    checks.share(check=check)
