"""A batch of twenty in Chromium: chosen, confirmed, followed while a real worker makes it, downloaded."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Membership
from tests.applications.made_sheets import some_clients
from tests.applications.supporters import adviser, manager, organisation
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TIMEOUT = 90_000  # milliseconds


def sign_in(page: Page, member: Membership, live_server: LiveServer) -> None:
    browser = Browser()
    browser.force_login(member.user)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.clear_cookies()
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])


def test_twenty_sheets_are_made_while_the_page_is_watched(
    live_worker: Worker, live_server: LiveServer, browser_page: Page, tmp_path: Path
) -> None:
    acting = adviser()
    some_clients(acting, 21)
    sign_in(browser_page, acting, live_server)

    browser_page.goto(live_server.url + reverse("supporters:batch_new"))
    browser_page.get_by_role("button", name="企業を確かめる").click()
    browser_page.get_by_label("企業20").uncheck()
    browser_page.get_by_label("この一括作成の名前").fill("秋の訪問")
    browser_page.get_by_role("button", name="相談シートを作る").click()

    expect(browser_page.get_by_role("heading", name="相談シートを作っています")).to_be_visible()
    address = browser_page.url
    link = browser_page.get_by_role("link", name="ZIPをダウンロードする")
    expect(link).to_be_visible(timeout=TIMEOUT)
    with browser_page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "sheets.zip")

    assert browser_page.url == address
    with zipfile.ZipFile(tmp_path / "sheets.zip") as archive:
        assert len(archive.namelist()) == 1 + 20
    assert download.value.suggested_filename == "相談シート_秋の訪問.zip"

    sign_in(browser_page, manager("yoso", of=organisation("よその商工会")), live_server)
    response = browser_page.goto(address)
    assert response is not None and response.status == 404
