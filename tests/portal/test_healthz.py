import pytest
from django.db import connection
from django.test import Client


@pytest.mark.services
@pytest.mark.django_db
def test_healthz_answers(client: Client) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.content == b"ok"


@pytest.mark.django_db
def test_healthz_fails_without_its_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> None:
        raise connection.Database.OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", unreachable)
    client.raise_request_exception = False

    assert client.get("/healthz").status_code == 500
