"""A messy Excel file in Chromium: sent, followed while a real worker reads it, looked through, stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client as Browser
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Client, Membership
from tests.applications.lists import xlsx_of
from tests.applications.supporters import adviser, manager, organisation
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TIMEOUT = 60_000  # milliseconds
MESSY = [
    ["阿波商工会　会員名簿（令和5年度）"],
    [None, None, None, "（単位：千円）"],
    [None, "会社名 ※必須", "法人番号", "資本金", "都道府県", "TEL"],
    [None, "株式会社髙﨑①㈱𠮷野", 7000012050002, 10000, "徳島", "088-000-0000"],
    [],
    [None, "合同会社うずしお", 1234567890123, "五百まん", "大坂府"],
]


def sign_in(page: Page, member: Membership, live_server: LiveServer) -> None:
    browser = Browser()
    browser.force_login(member.user)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.clear_cookies()
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])


def test_a_messy_excel_file_is_stored_after_a_look(
    live_worker: Worker, live_server: LiveServer, browser_page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "会員名簿.xlsx"
    file.write_bytes(xlsx_of(MESSY))
    sign_in(browser_page, adviser(), live_server)
    browser_page.goto(f"{live_server.url}/desk/clients/")
    browser_page.get_by_role("link", name="一覧のファイルを取り込む").first.click()
    browser_page.get_by_label("一覧のファイル").set_input_files(file)
    browser_page.get_by_role("button", name="ファイルを送って確かめる").click()

    heading = browser_page.get_by_role("heading", name="まだ登録していません")
    expect(heading).to_be_visible(timeout=TIMEOUT)
    address = browser_page.url
    expect(browser_page.get_by_text("F列「TEL」")).to_be_visible()
    expect(browser_page.get_by_text("正しい法人番号ではありません")).to_be_visible()
    browser_page.get_by_text("4項目").click()
    expect(browser_page.get_by_text("1,000万円")).to_be_visible()
    assert not Client.objects.exists()

    browser_page.get_by_role("button", name="1社を登録する").click()
    expect(browser_page.get_by_role("heading", name="1社を登録しました")).to_be_visible(timeout=TIMEOUT)
    client = Client.objects.get()
    assert client.profile == {"corporate_number": "7000012050002", "capital": 10_000_000, "prefecture": "36"}
    browser_page.get_by_role("link", name="支援先の一覧へ").click()
    expect(browser_page.get_by_role("link", name="株式会社髙﨑①㈱𠮷野")).to_be_visible()

    sign_in(browser_page, manager("yoso", of=organisation("よその商工会")), live_server)
    response = browser_page.goto(address)
    assert response is not None and response.status == 404
