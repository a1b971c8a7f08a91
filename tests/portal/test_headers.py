import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_no_inline_code_and_nothing_from_elsewhere(client: Client) -> None:
    policy = client.get("/accounts/login/")["Content-Security-Policy"]

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_addresses_do_not_leak_to_other_sites(client: Client) -> None:
    assert client.get("/accounts/login/")["Referrer-Policy"] == "same-origin"


def test_the_description_of_the_api_is_only_read(client: Client) -> None:
    assert client.options("/api/v1/docs/").status_code == 405
