"""Every address of the portal has a rule, and keeps it: the table of addresses itself is walked.

A new address without a rule fails here. Each rule is tried as those whom it must keep out, on the objects of one
organisation, the victim, whose name must never show.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from applications.organisations import tokens
from portal.accounts.models import User
from tests.applications import supporters
from tests.applications.victim import SECRET, Victim, other_organisation, snapshot, victim_organisation
from tests.programs.officers import writer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes", "rates_without_end")]


class Rule(Enum):
    """Whom an address is for."""

    PUBLIC = "anybody"
    LINK = "whoever has the unguessable link in it"
    SIGNED_IN = "anybody who is signed in"
    MEMBER = "members of the organisation whose things it shows"
    MANAGER = "its managers"
    OFFICER = "officers"
    KEY = "tools with a key of the organisation"


# By the beginning of the address; the longest that fits counts. Where none fits, an address has no rule.
RULES = {
    "healthz": Rule.PUBLIC,
    "programs/": Rule.PUBLIC,
    "verify/": Rule.PUBLIC,
    "preview/<str:token>/": Rule.LINK,
    "check/": Rule.PUBLIC,
    "check/<str:owner_token>/": Rule.LINK,
    "r/<str:share_token>/": Rule.LINK,
    "admin/": Rule.OFFICER,
    "admin/login/": Rule.PUBLIC,
    "admin/logout/": Rule.PUBLIC,
    "admin/jsi18n/": Rule.PUBLIC,
    "accounts/": Rule.SIGNED_IN,
    "accounts/login/": Rule.PUBLIC,
    "accounts/logout/": Rule.PUBLIC,
    "accounts/password/reset/": Rule.PUBLIC,
    "desk/": Rule.MEMBER,
    "desk/invitations/<str:token>/": Rule.LINK,
    "desk/members/invite/": Rule.MANAGER,
    "desk/members/<int:pk>/role/": Rule.MANAGER,
    "desk/members/invitations/": Rule.MANAGER,
    "desk/record/": Rule.MANAGER,
    "desk/tools/keys/": Rule.MANAGER,
    "desk/clients/<uuid:client_pk>/delete/": Rule.MANAGER,
    "api/v1/": Rule.KEY,
    "api/v1/<rest>": Rule.PUBLIC,
    "api/v1/evaluations/": Rule.PUBLIC,
    "api/v1/schema/": Rule.PUBLIC,
    "api/v1/seals/": Rule.PUBLIC,
    "api/v1/docs/": Rule.PUBLIC,
}
PARAMETER = re.compile(r"(?:(\w[\w-]*)/)?<(?:(\w+):)?(\w+)>")
SOMETHING = {
    "int": "1",
    "uuid": str(uuid.UUID(int=1)),
    "slug": "unknown",
    "str": "unknown",
    "path": "unknown",
    "question_page": "company",
}
LOGIN = "/accounts/login/"


@dataclass(frozen=True)
class Address:
    """One line of the table: its route, with parameters as `path()` writes them."""

    route: str

    @property
    def rule(self) -> Rule | None:
        if not self.route:
            return Rule.PUBLIC
        fitting = [start for start in RULES if self.route.startswith(start)]
        return RULES[max(fitting, key=len)] if fitting else None

    @property
    def has_object(self) -> bool:
        return "<" in self.route

    def of(self, objects: dict[str, Any]) -> str:
        """The address of one object; what stands before each parameter names its kind. Unknown kinds are an error."""
        return "/" + PARAMETER.sub(lambda found: f"{found[1]}/{objects[found[1]]}", self.route)

    def of_nothing(self) -> str:
        return "/" + PARAMETER.sub(
            lambda found: (f"{found[1]}/" if found[1] else "") + SOMETHING[found[2] or "str"], self.route
        )


def walk(resolver: URLResolver, before: str = "") -> Iterator[Address]:
    for entry in resolver.url_patterns:
        route = before + plain(entry)
        if isinstance(entry, URLResolver):
            yield from walk(entry, route)
        elif isinstance(entry, URLPattern):
            yield Address(route)


def plain(entry: URLPattern | URLResolver) -> str:
    """As path() writes it, also where it is a regular expression (Django's and allauth's own)."""
    text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", str(entry.pattern))
    return text.removeprefix("^").removesuffix("$").removesuffix(r"\Z")


ADDRESSES = sorted(set(walk(get_resolver())), key=lambda address: address.route)


def under(*rules: Rule) -> list[Address]:
    return [address for address in ADDRESSES if address.rule in rules]


@pytest.fixture
def rates_without_end(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk asks more in a second than the limits allow in an hour; they have tests of their own."""
    from rest_framework.throttling import SimpleRateThrottle

    monkeypatch.setattr(SimpleRateThrottle, "allow_request", lambda self, request, view: True)


@pytest.fixture
def victim() -> Victim:
    return victim_organisation()


def signed_in(user: Any) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def both(browser: Browser, url: str) -> Iterator[tuple[str, HttpResponse]]:
    yield "GET", browser.get(url)
    yield "POST", browser.post(url)


def shows(response: Any) -> bool:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return SECRET.encode() in body


def test_every_address_has_a_rule() -> None:
    assert [address.route for address in ADDRESSES if address.rule is None] == []


def test_the_walk_finds_what_there_is() -> None:
    """A walk that lost half of the addresses would find no fault in them."""
    assert {rule for rule in Rule if not under(rule)} == set()
    assert len(ADDRESSES) > 200


def test_nobody_who_is_not_signed_in(victim: Victim) -> None:
    before, wrong = snapshot(), []
    for address in under(Rule.MEMBER, Rule.MANAGER, Rule.SIGNED_IN, Rule.OFFICER):
        kept = address.rule in (Rule.MEMBER, Rule.MANAGER)
        url = address.of(victim.objects) if kept else address.of_nothing()
        for method, response in both(Browser(), url):
            if response.status_code != 405 and not response.headers.get("Location", "").startswith(
                (LOGIN, "/admin/login/")
            ):
                wrong.append((method, url, response.status_code))
    assert wrong == []
    assert snapshot() == before


def test_no_other_organisation(victim: Victim) -> None:
    """404, as for what does not exist; pages without an object show nothing of others."""
    browser, before, wrong = signed_in(other_organisation().user), snapshot(), []
    for address in under(Rule.MEMBER, Rule.MANAGER):
        url = address.of(victim.objects)
        if address.has_object:
            wrong += [
                (method, url, response.status_code)
                for method, response in both(browser, url)
                if response.status_code not in (404, 405)
            ]
        elif shows(browser.get(url)):
            wrong.append(("GET", url, 200))
    assert wrong == []
    assert [row for row in snapshot()["Client"] if SECRET in row["name"]] == before["Client"]


@pytest.mark.parametrize("is_superuser", [False, True])
def test_no_officer(victim: Victim, is_superuser: bool) -> None:
    """What a company told its adviser is not METI's: no role of theirs opens it."""
    officer = writer()
    User.objects.filter(pk=officer.pk).update(is_superuser=is_superuser)
    browser, before = signed_in(User.objects.get(pk=officer.pk)), snapshot()
    wrong = [
        (method, address.route, response.status_code)
        for address in under(Rule.MEMBER, Rule.MANAGER)
        for method, response in both(browser, address.of(victim.objects))
        if response.status_code not in (403, 405) or shows(response)
    ]
    assert wrong == []
    assert snapshot() == before


def test_no_adviser_where_managers_decide(victim: Victim) -> None:
    colleague = supporters.adviser("victim-colleague", of=victim.manager.organisation)
    browser, before = signed_in(colleague.user), snapshot()
    wrong = [
        (method, address.route, response.status_code)
        for address in under(Rule.MANAGER)
        for method, response in both(browser, address.of(victim.objects))
        if response.status_code not in (403, 405)
    ]
    assert wrong == []
    assert snapshot() == before


def test_no_supporter_at_the_officers_desk(victim: Victim) -> None:
    browser, wrong = signed_in(victim.manager.user), []
    for address in under(Rule.OFFICER):
        for method, response in both(browser, address.of_nothing()):
            if response.status_code == 200 or response.status_code >= 500:
                wrong.append((method, address.route, response.status_code))
    assert wrong == []


def test_the_api_without_a_key(victim: Victim) -> None:
    """A session of the victim's own manager is no key either: nothing can be forged from another site."""
    before, wrong = snapshot(), []
    for address in under(Rule.KEY):
        url = address.of(victim.objects)
        for browser in (Browser(), signed_in(victim.manager.user)):
            for method in ("get", "post", "put", "patch", "delete"):
                response = getattr(browser, method)(url, content_type="application/json")
                if response.status_code != 401:
                    wrong.append((method, url, response.status_code))
    assert wrong == []
    assert snapshot() == before


def test_the_api_with_another_organisations_key(victim: Victim) -> None:
    _, secret = tokens.create(acting=other_organisation(), name="別", can_write=True)
    browser, before, wrong = Browser(headers={"authorization": f"Bearer {secret}"}), snapshot(), []
    for address in under(Rule.KEY):
        url = address.of(victim.objects)
        for method in ("get", "post", "put", "patch", "delete"):
            response = getattr(browser, method)(url, data={}, content_type="application/json")
            if address.has_object and response.status_code not in (404, 405):
                wrong.append((method, url, response.status_code))
            if shows(response):
                wrong.append((method, url, "leaks"))
    assert wrong == []
    after = snapshot()
    own = [row for row in after.pop("ApiToken") if row["name"] == "別"]
    assert len(own) == 1
    assert after == {name: rows for name, rows in before.items() if name != "ApiToken"}


def test_links_that_nobody_made() -> None:
    wrong = [
        (method, address.route, response.status_code)
        for address in under(Rule.LINK)
        for method, response in both(Browser(), address.of_nothing())
        if response.status_code not in (404, 405)
    ]
    assert wrong == []


def test_public_pages_tell_nothing_of_anybody(victim: Victim) -> None:
    wrong = []
    for address in under(Rule.PUBLIC):
        response = Browser().get(address.of_nothing())
        if response.status_code >= 500 or shows(response):
            wrong.append((address.route, response.status_code))
    assert wrong == []


def test_who_left_is_out(victim: Victim) -> None:
    from django.utils import timezone

    browser = signed_in(victim.manager.user)
    assert browser.get("/desk/clients/").status_code == 200
    type(victim.manager).objects.filter(pk=victim.manager.pk).update(left_at=timezone.now())
    assert browser.get("/desk/clients/").status_code == 403
    user = get_user_model().objects.get(pk=victim.manager.user_id)
    assert signed_in(user).get(f"/desk/clients/{victim.client.pk}/").status_code == 403
