"""The keys in addresses do not reach the logs."""

import logging
from typing import Any

import pytest
from django.test import Client

from portal.common.logs import MaskTokens

TOKEN = "s3cret-owner-token_" + "x" * 24


@pytest.mark.parametrize(
    "address",
    [
        f"/check/{TOKEN}/company/",
        f"/r/{TOKEN}/",
        f"/preview/{TOKEN}/check/",
        f"/desk/invitations/{TOKEN}/",
        f"/accounts/password/reset/key/1-{TOKEN}/",
    ],
)
def test_tokens_are_masked_in_message_arguments_and_traceback(address: str) -> None:
    formatter = MaskTokens("{message}", style="{")
    try:
        raise ValueError(address)
    except ValueError as error:
        record = logging.LogRecord("x", 30, "f", 1, f"at {address} %s", (address,), (type(error), error, None))
    line = formatter.format(record)
    assert TOKEN not in line
    assert "***" in line


def test_the_portals_own_handler_masks_them(settings: Any) -> None:
    assert settings.LOGGING["formatters"]["line"]["()"] == "portal.common.logs.MaskTokens"
    assert settings.LOGGING["root"]["handlers"] == ["stderr"]


@pytest.mark.django_db
def test_a_file_sent_to_a_form_is_not_taken_in(client: Client, tmp_path: Any) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(b"x" * 3_000_000)
    with big.open("rb") as upload:
        response = client.post("/check/", {"file": upload})
    assert response.status_code == 302
    assert not response.wsgi_request.FILES
