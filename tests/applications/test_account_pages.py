"""Pages outside the desk as its members see them: their own settings, signing in, an address that leads nowhere."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from portal.accounts.models import User
from tests.applications.supporters import adviser
from tests.portal.accounts import LOGIN, PASSWORD, person, totp_of

pytestmark = pytest.mark.django_db

HOME, SETTINGS = reverse("account_home"), reverse("account_settings")
NOWHERE = reverse("supporters:client", args=[uuid.uuid4()])


def opened(path: str, user: User | None = None) -> Any:
    browser = Browser()
    if user is not None:
        browser.force_login(user)
    return browser.get(path)


def test_ones_own_settings_lead_back_to_the_desk() -> None:
    page = opened(SETTINGS, adviser().user).content.decode()
    before_title = page.split("<h1>")[0]
    assert f'href="{HOME}">支援者の机へ戻る</a>' in before_title
    assert "支援機関・担当官の方" not in page
    # Who works nowhere has no work to go back to.
    assert "へ戻る" not in opened(SETTINGS, person("someone")).content.decode()


def test_whoever_is_not_signed_in_finds_the_way_in() -> None:
    assert "支援機関・担当官の方" in opened(LOGIN).content.decode()
    assert "仕事の画面へ" not in opened(LOGIN).content.decode()


def test_an_address_that_leads_nowhere_leads_members_back() -> None:
    for user, words in ((adviser().user, "支援者の机へ戻る"), (person("officer", is_staff=True), "仕事の画面へ戻る")):
        answer = opened("/nowhere/", user)
        assert answer.status_code == 404
        assert f'href="{HOME}">{words}</a>' in answer.content.decode()
    assert "ほかの支援機関のものです" in opened(NOWHERE, adviser("second").user).content.decode()
    anonymous = opened("/nowhere/").content.decode()
    assert "新しく診断を始める" in anonymous
    assert HOME not in anonymous.split("<main")[1]


def test_whoever_lost_device_and_codes_is_told_whom_to_ask() -> None:
    user = person("tanto")
    totp_of(user)
    browser = Browser()
    asked = browser.post(LOGIN, {"login": "tanto", "password": PASSWORD}, follow=True)
    assert asked.redirect_chain[-1][0].startswith(reverse("mfa_authenticate"))
    assert "端末も予備コードも使えないとき" in asked.content.decode()
    assert "ポータルの事務局" in asked.content.decode()
