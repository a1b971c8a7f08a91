"""Who gets in with which link."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from eligibility.models import SelfCheck
from tests.factories import SelfCheckFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

OWNER_PAGES = ["/check/{}/company/", "/check/{}/results/", "/check/{}/delete/"]
OWNER_ACTIONS = ["/check/{}/company/", "/check/{}/as-of/", "/check/{}/share/", "/check/{}/delete/"]


@pytest.fixture
def check() -> SelfCheck:
    return SelfCheckFactory(token="owner", share_token="reader", profile={"employees": 4})


@pytest.mark.parametrize("page", OWNER_PAGES)
def test_the_owners_link_opens_the_owners_pages(client: Client, check: SelfCheck, page: str) -> None:
    assert client.get(page.format("owner")).status_code == 200


@pytest.mark.parametrize("token", ["reader", "wrong", "a" * 500])
@pytest.mark.parametrize("page", OWNER_PAGES)
def test_no_other_link_opens_them(client: Client, check: SelfCheck, page: str, token: str) -> None:
    assert client.get(page.format(token)).status_code == 404


@pytest.mark.parametrize("page", OWNER_ACTIONS)
def test_the_share_link_changes_nothing(client: Client, check: SelfCheck, page: str) -> None:
    data = {"action": "revoke", "as_of": "2021-03-15", "employees": "5"}

    assert client.post(page.format("reader"), data).status_code == 404
    unchanged = SelfCheck.objects.get()
    assert (unchanged.profile, unchanged.as_of, unchanged.share_token) == ({"employees": 4}, None, "reader")


def test_the_shared_page_reads_and_shows_no_way_to_write(client: Client, check: SelfCheck) -> None:
    response = client.get(reverse("eligibility:shared", args=["reader"]))

    body = response.content.decode()
    assert response.status_code == 200
    assert "<form" not in body
    assert "owner" not in re.sub(r"owner-", "", body)
    assert "/check/" not in body.replace('href="/check/"', "")
    assert client.post(reverse("eligibility:shared", args=["reader"])).status_code == 405


@pytest.mark.parametrize("token", ["owner", "wrong", "a\x00b", "リンク", "a" * 500])
def test_only_the_share_token_opens_the_shared_page(client: Client, check: SelfCheck, token: str) -> None:
    assert client.get(reverse("eligibility:shared", args=[token])).status_code == 404


def test_sharing_renewing_and_revoking(client: Client) -> None:
    SelfCheckFactory(token="owner")
    seen: list[str | None] = []
    for action in ("make", "renew", "revoke"):
        response = client.post("/check/owner/share/", {"action": action})
        assert response["Location"] == "/check/owner/results/#share"
        seen.append(SelfCheck.objects.get().share_token)

    assert seen[0] and seen[1] and seen[0] != seen[1]
    assert seen[2] is None
    assert all(client.get(f"/r/{token}/").status_code == 404 for token in seen[:2])


def test_an_unknown_action_on_the_share_link_does_nothing(client: Client, check: SelfCheck) -> None:
    client.post("/check/owner/share/", {"action": "steal"})

    assert SelfCheck.objects.get().share_token == "reader"


def test_deleting_asks_first_and_then_both_links_are_dead(client: Client, check: SelfCheck) -> None:
    assert client.get("/check/owner/delete/").status_code == 200
    assert SelfCheck.objects.exists()

    response = client.post("/check/owner/delete/", follow=True)

    assert "診断を消しました" in response.content.decode()
    assert not SelfCheck.objects.exists()
    assert client.get("/check/owner/results/").status_code == 404
    assert client.get("/r/reader/").status_code == 404


def test_an_expired_check_is_gone(client: Client) -> None:
    SelfCheckFactory(token="owner", share_token="reader", expired=True)

    assert client.get("/check/owner/results/").status_code == 404
    assert client.get("/r/reader/").status_code == 404


@pytest.mark.parametrize("page", [*(page.format("owner") for page in OWNER_PAGES), "/r/reader/"])
def test_no_cache_and_no_search_engine_keeps_a_page(client: Client, check: SelfCheck, page: str) -> None:
    response = client.get(page)

    assert {part.strip() for part in response["Cache-Control"].split(",")} >= {"private", "no-store"}
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert 'name="robots" content="noindex' in response.content.decode()


def test_addresses_with_a_token_reach_no_other_site(client: Client, check: SelfCheck) -> None:
    """`no-referrer` on a page with forms would make browsers send "Origin: null", which the CSRF check refuses."""
    assert client.get("/check/owner/results/")["Referrer-Policy"] == "same-origin"
    assert client.get("/r/reader/")["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/check/", *(page.format("owner") for page in OWNER_ACTIONS)])
def test_forms_of_other_sites_are_refused(check: SelfCheck, path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403


@pytest.mark.parametrize("path", ["/check/owner/as-of/", "/check/owner/share/"])
def test_actions_are_no_links(client: Client, check: SelfCheck, path: str) -> None:
    assert client.get(path).status_code == 405


def test_an_unknown_page_of_questions_is_not_found(client: Client, check: SelfCheck) -> None:
    assert client.get("/check/owner/hobbies/").status_code == 404


def test_a_demo_cannot_be_copied_where_there_is_no_demo(client: Client, settings: Any) -> None:
    demo = SelfCheckFactory(demo=True)

    assert client.post("/check/", {"demo": demo.share_token}).status_code == 404


@pytest.mark.parametrize("token", ["reader", "wrong", "\x00"])
def test_no_check_but_a_demo_can_be_copied(client: Client, settings: Any, check: SelfCheck, token: str) -> None:
    settings.PORTAL_DEMO = True

    assert client.post("/check/", {"demo": token}).status_code == 404
