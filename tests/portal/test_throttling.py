"""What costs us something is limited by address; reading is not."""

import pytest
from django.test import Client

from eligibility.models import SelfCheck

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]


@pytest.fixture(autouse=True)
def _two_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", {"checks": "2/hour", "summaries": "2/hour"}
    )


def test_new_checks_are_limited_by_address(client: Client) -> None:
    assert [client.post("/check/").status_code for _ in range(3)] == [302, 302, 429]
    assert SelfCheck.objects.count() == 2
    assert client.post("/check/", REMOTE_ADDR="127.0.0.9").status_code == 302


def test_who_must_wait_is_told_how_long(client: Client) -> None:
    for _ in range(3):
        response = client.post("/check/")
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "約60分後" in response.content.decode()


def test_reading_is_not_limited(client: Client) -> None:
    assert {client.get("/check/").status_code for _ in range(5)} == {200}
