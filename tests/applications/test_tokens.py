"""Keys for an organisation's own tools: made, shown once, used, revoked, and dead with their maker's membership."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from applications.models import ApiToken, Event, Membership
from applications.organisations import tokens
from applications.organisations.tokens import TooManyTokens
from portal.common.logs import masked
from tests.applications.supporters import adviser, manager, organisation

pytestmark = pytest.mark.django_db

CLIENTS = "/api/v1/clients/"


def signed_in(member: Membership) -> Browser:
    browser = Browser()
    browser.force_login(member.user)
    return browser


def ask(secret: str, address: str = CLIENTS) -> Any:
    return Browser().get(address, headers={"Authorization": f"Bearer {secret}"})


def test_a_manager_makes_a_key_and_sees_it_once() -> None:
    browser = signed_in(manager())
    made = browser.post(reverse("supporters:key_new"), {"name": "顧客管理", "can_write": "no"})
    secret = re.findall(r"shirube_[A-Za-z0-9_-]{43}", made.content.decode())[0]
    listed = browser.get(reverse("supporters:tools")).content.decode()
    token = ApiToken.objects.get()

    assert "no-store" in made["Cache-Control"]
    assert secret not in listed
    assert token.prefix == secret[:12] and token.prefix in listed
    assert token.token_hash == tokens.digest_of(secret)
    assert not token.can_write
    assert ask(secret).status_code == 200
    assert Event.objects.get(action="APIキーを作成").detail.startswith("顧客管理")


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"name": "", "can_write": "no"}, "name"),
        ({"name": "x" * 101, "can_write": "no"}, "name"),
        ({"name": "a\x00b", "can_write": "no"}, "name"),
        ({"name": "a\nb", "can_write": "no"}, "name"),
        ({"name": "x", "can_write": "everything"}, "can_write"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_its_reason(sent: dict[str, str], problem: str) -> None:
    answer = signed_in(manager()).post(reverse("supporters:key_new"), sent)
    assert answer.status_code == 422
    assert f'href="#id_{problem}"' in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_key_opens_nothing_from_then_on() -> None:
    acting = manager()
    token, secret = tokens.create(acting=acting, name="古いソフト", can_write=True)
    browser = signed_in(acting)
    page = reverse("supporters:key_revoke", args=[token.pk])
    assert ask(secret).status_code == 200
    browser.get(page)
    assert ask(secret).status_code == 200  # looking revokes nothing
    browser.post(page)
    browser.post(page)
    assert ask(secret).status_code == 401
    assert Event.objects.filter(action="APIキーを停止").count() == 1


def test_a_key_dies_with_its_makers_membership() -> None:
    acting = manager()
    _, secret = tokens.create(acting=acting, name="x", can_write=False)
    Membership.objects.filter(pk=acting.pk).update(left_at=timezone.now())
    assert ask(secret).status_code == 401


def test_a_key_dies_with_its_makers_account() -> None:
    acting = manager()
    _, secret = tokens.create(acting=acting, name="x", can_write=False)
    acting.user.is_active = False
    acting.user.save()
    assert ask(secret).status_code == 401


def test_advisers_see_how_it_works_and_no_keys() -> None:
    token, _ = tokens.create(acting=manager(), name="給与ソフト", can_write=False)
    browser = signed_in(adviser())
    page = browser.get(reverse("supporters:tools"))
    assert page.status_code == 200
    assert "給与ソフト" not in page.content.decode()
    assert browser.get(reverse("supporters:api_guide")).status_code == 200
    assert browser.get(reverse("supporters:key_new")).status_code == 403
    assert browser.post(reverse("supporters:key_revoke", args=[token.pk])).status_code == 403


def test_another_organisations_keys_are_not_there() -> None:
    token, _ = tokens.create(acting=manager(), name="給与ソフト", can_write=False)
    other = signed_in(manager("yoso", organisation("よその商工会")))
    assert "給与ソフト" not in other.get(reverse("supporters:tools")).content.decode()
    assert other.post(reverse("supporters:key_revoke", args=[token.pk])).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_use_is_written_once_a_minute(django_assert_num_queries: Any) -> None:
    token, secret = tokens.create(acting=manager(), name="x", can_write=False)
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        ask(secret)
    with time_machine.travel(start + timedelta(seconds=59), tick=False), django_assert_num_queries(2):
        ask(secret)  # the key, the list
    token.refresh_from_db()
    assert token.last_used_at == start
    with time_machine.travel(start + timedelta(seconds=60), tick=False), django_assert_num_queries(3):
        ask(secret)
    token.refresh_from_db()
    assert token.last_used_at == start + timedelta(seconds=60)


def test_an_organisation_has_so_many_keys_and_no_more() -> None:
    acting = manager()
    for number in range(tokens.MOST):
        token, _ = tokens.create(acting=acting, name=f"{number}", can_write=False)
    with pytest.raises(TooManyTokens):
        tokens.create(acting=acting, name="もう一つ", can_write=False)
    page = signed_in(acting).post(reverse("supporters:key_new"), {"name": "x", "can_write": "no"})
    assert page.status_code == 422
    assert "これ以上は作れません" in page.content.decode()
    tokens.revoke(acting=acting, token=token)
    tokens.create(acting=acting, name="もう一つ", can_write=False)


def test_the_list_of_keys_costs_the_same_for_any_number(django_assert_num_queries: Any) -> None:
    acting = manager()
    browser = signed_in(acting)
    tokens.create(acting=acting, name="1", can_write=False)
    browser.get(reverse("supporters:tools"))
    for expected in (1, 10):
        while ApiToken.objects.count() < expected:
            tokens.create(acting=acting, name="n", can_write=False)
        with django_assert_num_queries(5):  # session, user, membership, keys in use, keys that ended
            browser.get(reverse("supporters:tools"))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "𠮷①㈱髙﨑" * 12])
def test_strange_names_are_shown_as_text(name: str) -> None:
    acting = manager()
    browser = signed_in(acting)
    made = browser.post(reverse("supporters:key_new"), {"name": name, "can_write": "yes"})
    assert made.status_code == 200
    assert "<script>alert" not in browser.get(reverse("supporters:tools")).content.decode()
    assert ApiToken.objects.get().name == name


def test_a_key_reaches_no_log() -> None:
    _, secret = tokens.create(acting=manager(), name="x", can_write=False)
    line = masked(f"HTTP_AUTHORIZATION: Bearer {secret}")
    assert secret not in line and "***" in line
