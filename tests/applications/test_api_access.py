"""Who may ask the organisation's API what, and how often; in which shape it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client as Browser
from rest_framework.throttling import SimpleRateThrottle

from applications.models import Client
from tests.applications.api import Tool
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Small rates, so that a test reaches them."""
    small = dict(SimpleRateThrottle.THROTTLE_RATES) | {
        "organisation": "5/min",
        "organisation-sheets": "1/hour",
        "organisation-batches": "1/hour",
        "unknown-keys": "3/min",
    }
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", small)
    return small


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer shirube_" + "x" * 43,
        "Bearer",
        "Bearer shirube_",
        "Basic c2hpcnViZTpzaGlydWJl",
        "Token shirube_" + "x" * 43,
        "Bearer 鍵",
        "Bearer shirube_" + "x" * 43 + " shirube_" + "x" * 43,
    ],
)
def test_without_a_good_key_there_is_nothing(header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = Browser().get("/api/v1/clients/", headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert len(codes(answer)) == 1


def test_a_signed_in_person_is_no_key() -> None:
    """So that no other site can make a person's browser write."""
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(manager().user)
    assert browser.get("/api/v1/clients/").status_code == 401
    body = json.dumps({"name": "忍び込み"})
    assert browser.post("/api/v1/clients/", body, content_type="application/json").status_code == 401
    assert not Client.objects.exists()


def test_a_key_that_only_reads_does_not_write() -> None:
    acting = manager()
    client = client_of(acting)
    tool = Tool(acting, can_write=False)
    refused = [
        tool.post("clients/", {"name": "x"}),
        tool.patch(f"clients/{client.pk}/", {"stamp": 1, "name": "x"}),
        tool.delete(f"clients/{client.pk}/"),
        tool.post("consultations/", {"client": str(client.pk), "held_on": "2023-10-17"}),
        tool.post("batches/", {"as_of": "2023-10-17", "clients": [str(client.pk)]}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert {codes(answer)[0] for answer in refused} == {"read_only_key"}
    assert Client.objects.get().name == client.name
    assert tool.get(f"clients/{client.pk}/").status_code == 200


@pytest.mark.usefixtures("programmes")
def test_a_key_that_only_reads_may_evaluate() -> None:
    acting = manager()
    tool = Tool(acting, can_write=False)
    assert tool.post(f"clients/{client_of(acting).pk}/evaluations/", {}).status_code == 200


def test_only_keys_of_managers_delete() -> None:
    client = client_of(manager())
    refused = Tool(adviser()).delete(f"clients/{client.pk}/")
    assert (refused.status_code, codes(refused)) == (403, ["managers_only"])
    assert Client.objects.exists()


def test_what_belongs_to_others_is_not_there() -> None:
    client = client_of(manager())
    tool = Tool(manager("yoso", organisation("よその商工会")))
    answers = [
        tool.get(f"clients/{client.pk}/"),
        tool.patch(f"clients/{client.pk}/", {"stamp": 1, "name": "x"}),
        tool.delete(f"clients/{client.pk}/"),
        tool.get(f"clients/{client.pk}/history/"),
        tool.post(f"clients/{client.pk}/evaluations/"),
        tool.post("consultations/", {"client": str(client.pk), "held_on": "2023-10-17"}),
        tool.post("batches/", {"as_of": "2023-10-17", "clients": [str(client.pk)]}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 7
    assert tool.all_of("clients/") == []
    assert client.name not in "".join(answer.content.decode() for answer in answers)


def test_a_key_may_ask_so_often(rates: dict[str, str]) -> None:
    acting = manager()
    tool, other = Tool(acting), Tool(acting)
    assert [tool.get("clients/").status_code for _ in range(6)] == [200] * 5 + [429]
    refused = tool.get("clients/")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert codes(refused) == ["throttled"]
    assert other.get("clients/").status_code == 200


def test_orders_have_limits_of_their_own(rates: dict[str, str]) -> None:
    acting = manager()
    tool = Tool(acting)
    order = {"as_of": "2023-10-17", "clients": [str(client_of(acting).pk)]}
    assert tool.post("batches/", order).status_code == 202
    assert tool.post("batches/", order).status_code == 429
    assert tool.get("batches/").status_code == 200


def test_guessing_is_slowed_and_holds_up_no_good_key(rates: dict[str, str]) -> None:
    """A whole office may sit behind the address from which a forgotten tool still tries its old key."""
    tool = Tool(manager())
    guess = {"Authorization": "Bearer shirube_" + "x" * 43}
    guesses = [Browser().get("/api/v1/clients/", headers=guess) for _ in range(4)]
    assert [answer.status_code for answer in guesses] == [401, 401, 401, 429]
    assert "Retry-After" in guesses[-1]
    assert tool.get("clients/").status_code == 200


@pytest.mark.parametrize("address", ["nothing/", "clients", "clients/1/", "clients/%0A/", "clients/../../", "%00/"])
def test_an_address_that_is_none_is_refused_in_the_same_shape(address: str) -> None:
    answer = Tool(manager()).get(address)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    assert ("「/」で終わ" in answer.json()["errors"][0]["message"]) == (address == "clients")


def test_other_formats_and_methods_are_refused_in_the_same_shape() -> None:
    tool, browser = Tool(manager()), Browser()
    form = browser.post("/api/v1/clients/", {"name": "x"}, headers=tool.headers)
    assert (form.status_code, codes(form)) == (415, ["unsupported_media_type"])
    wrong = browser.put("/api/v1/clients/", "{}", content_type="application/json", headers=tool.headers)
    assert (wrong.status_code, codes(wrong)) == (405, ["method_not_allowed"])
    assert wrong["Allow"] == "GET, POST, HEAD, OPTIONS"
    html = browser.get("/api/v1/clients/", headers={**tool.headers, "Accept": "text/html"})
    assert html["Content-Type"] == "application/json"


def test_bodies_that_cannot_be_read_are_refused_unread() -> None:
    tool, browser = Tool(manager()), Browser()
    big = json.dumps({"name": "x" * 1024 * 1024})
    answer = browser.post("/api/v1/clients/", big, content_type="application/json", headers=tool.headers)
    assert answer.status_code == 413
    chunked = {**tool.headers, "Transfer-Encoding": "chunked"}
    answer = browser.post("/api/v1/clients/", "", content_type="application/json", headers=chunked)
    assert answer.status_code == 411
    answer = browser.post("/api/v1/clients/", "{", content_type="application/json", headers=tool.headers)
    assert (answer.status_code, codes(answer)) == (400, ["bad_json"])


def test_no_cache_keeps_an_answer() -> None:
    tool = Tool(manager())
    assert tool.get("clients/")["Cache-Control"] == "private, no-store"
    assert tool.get("clients/", limit="0")["Cache-Control"] == "private, no-store"
