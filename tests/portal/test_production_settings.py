"""Production refuses to start on what is only right on a developer's machine."""

import os
import string
import subprocess
import sys

import pytest
from django.conf import settings

SAFE = {
    "SECRET_KEY": string.ascii_letters,
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_URL": "postgres://portal@db/portal",
    "REDIS_URL": "redis://redis/0",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.example:587",
    "DEFAULT_FROM_EMAIL": "portal@portal.example",
    "PORTAL_BASE_URL": "https://portal.example",
}


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "PORTAL_VAR_DIR")}
    return subprocess.run(
        [sys.executable, "-c", "import portal.settings.production"],
        cwd=settings.BASE_DIR,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
    )


def test_starts_when_safe() -> None:
    assert start(SAFE).stderr == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "1"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "ab" * 50),
        ("ALLOWED_HOSTS", "*"),
        ("PROXY_COUNT", "-1"),
        ("ALLOWED_HOSTS", ""),
        ("PORTAL_DEMO", "1"),
        ("SECOND_FACTOR_REQUIRED", "0"),
        ("DATABASE_URL", "sqlite:////tmp/portal.sqlite3"),
        ("REDIS_URL", ""),
        ("EMAIL_URL", ""),
        ("EMAIL_URL", "consolemail://"),
        ("DEFAULT_FROM_EMAIL", "portal@localhost"),
        ("PORTAL_BASE_URL", ""),
        ("PORTAL_BASE_URL", "http://127.0.0.1:8000"),
    ],
)
def test_refuses_and_names_the_variable(name: str, value: str) -> None:
    started = start({**SAFE, name: value})

    assert started.returncode != 0
    assert f"ImproperlyConfigured: {name} must be" in started.stderr
