"""The demo organisation (デモ): two people, clients that nobody is, a consultation; only where PORTAL_DEMO is on."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from applications import matching
from applications.clients import clients
from applications.consultations import consultations
from applications.consultations.consultations import Step
from applications.models import Client, Membership, NextStep, Organisation
from eligibility.demo import DemoAccount, account_of, demo_companies
from eligibility.impacts.population import companies
from eligibility.industries import industry_label
from portal.common.prefectures import PREFECTURES

NAME = "デモ：阿波商工会（架空）"
MANAGER = DemoAccount("demo-manager", "demo-manager-2026", "商工会の管理者（支援者の机）", name="阿波 花子")
ADVISER = DemoAccount("demo-adviser", "demo-adviser-2026", "商工会の相談員（支援者の机）", name="鳴門 太郎")
MADE_UP = 36


@transaction.atomic
def load_organisation() -> tuple[DemoAccount, ...]:
    """Make the demo organisation with people and clients, once: what was changed by trying it out stays."""
    organisation, is_new = Organisation.objects.get_or_create(
        name=NAME, defaults={"kind": Organisation.Kind.SHOKOKAI, "prefecture": "36"}
    )
    people = {
        role: Membership.objects.get_or_create(
            user=account_of(account, is_staff=False),
            left_at=None,
            defaults={"organisation": organisation, "role": role},
        )[0]
        for role, account in ((Membership.Role.MANAGER, MANAGER), (Membership.Role.ADVISER, ADVISER))
    }
    if is_new:
        _clients(people[Membership.Role.MANAGER], people[Membership.Role.ADVISER])
    return MANAGER, ADVISER


def _clients(manager: Membership, adviser: Membership) -> None:
    for company in demo_companies():
        client = _client(manager, company["title"], company["profile"], ["デモ"])
        _consultation(adviser, client, date.fromisoformat(company["as_of"]))
    for number, profile in enumerate(islice(companies(), MADE_UP), start=1):
        _client(adviser, f"デモ企業{number:02}（{_what_and_where(profile)}）", profile, ["デモ", "架空"])
    matching.refresh_stale()


def _client(acting: Membership, name: str, profile: dict[str, Any], tags: list[str]) -> Client:
    values = {"name": name, "tags": tags, "assigned_to": acting.user}
    return clients.create(acting=acting, values=values, profile=profile, reason="デモ")


def _what_and_where(profile: dict[str, Any]) -> str:
    industry = industry_label(profile["industry"]) if "industry" in profile else "業種は未回答"
    return f"{industry}・{PREFECTURES.get(profile.get('prefecture', ''), '所在地は未回答')}"


def _consultation(acting: Membership, client: Client, day: date) -> None:
    values = {
        "held_on": day,
        "topics": ["補助金・助成金", "販路開拓"],
        "notes": "使える支援策を知りたいとの相談。設備の見積りはまだない。",
        "open_questions": ["直近の決算書（2期分）を確認する", "賃上げの予定があるか"],
    }
    ours = NextStep.Owner.ORGANISATION
    steps = [
        Step("見積書を2社から取る", due_on=day + timedelta(days=14)),
        Step("GビズIDプライムの申請方法を案内する", ours, due_on=day + timedelta(days=7)),
    ]
    consultations.create(acting=acting, client=client, values=values, steps=steps)
