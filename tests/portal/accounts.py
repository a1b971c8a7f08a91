"""People who sign in, for tests: their passwords, second factors and codes."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from portal.accounts.models import User

PASSWORD = "correct horse battery staple"
LOGIN = "/accounts/login/"


def person(name: str = "tanaka", **values: Any) -> User:
    return User.objects.create_user(name, email=f"{name}@example.jp", password=PASSWORD, **values)


def sign_in(client: Client, login: str, password: str = PASSWORD, **extra: str) -> Any:
    return client.post(LOGIN, {"login": login, "password": password, **extra})


def totp_of(user: User) -> str:
    """Give the person codes of an app; the secret they are made from."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    """What the app shows now; of two codes the one that is good for longer than a slow test needs."""
    if time.time() % 30 > 27:
        time.sleep(3.1)
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def factors_of(user: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
