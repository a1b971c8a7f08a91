"""A consultation in Chromium: recorded, a draft followed by htmx, fixed, downloaded, verified by its code."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Sheet
from tests.applications.supporters import adviser, client_of
from tests.support.worker import Worker

pytestmark = [
    pytest.mark.services,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("programmes"),
]
TIMEOUT = 60_000  # milliseconds


def sign_in(page: Page, live_server: LiveServer, name: str) -> None:
    page.goto(live_server.url + reverse("account_login"))
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(f"{name}-password")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/desk/**")


def test_from_a_talk_to_a_verified_sheet(
    live_worker: Worker, live_server: LiveServer, browser_page: Page, tmp_path: Path
) -> None:
    client = client_of(adviser())
    page = browser_page
    sign_in(page, live_server, "tanto")
    page.goto(live_server.url + reverse("supporters:client_consultations", args=[client.pk]))
    page.get_by_role("link", name="相談を記録する").click()
    page.get_by_label("相談日").fill("令和5年10月17日")
    page.get_by_role("checkbox", name="販路開拓").check()
    page.get_by_label("相談の内容").fill("チラシを配りたい。")
    page.get_by_role("button", name="この基準日で判定し直す").click()
    expect(page.get_by_text("2023年10月17日の判定")).to_be_visible()
    page.get_by_role("checkbox", name="小規模事業者持続化補助金").check()
    page.get_by_label("すること").first.fill("見積りを取る")
    page.get_by_label("期日").first.fill("2023年11月1日")
    page.get_by_label("すること").first.press("Enter")  # saves; no row is added or removed

    expect(page.get_by_role("heading", name="2023年10月17日の相談")).to_be_visible()
    page.get_by_role("button", name="下書きを作る").click()
    expect(page.get_by_role("link", name="下書きをダウンロードする")).to_be_visible(timeout=TIMEOUT)

    page.get_by_role("link", name="確定版へ進む").click()
    page.get_by_role("button", name="この内容で確定する").click()
    link = page.get_by_role("link", name="確定版をダウンロードする")
    expect(link).to_be_visible(timeout=TIMEOUT)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert "うずしお商店" in download.value.suggested_filename
    expect(page.get_by_role("link", name="内容を書き換える")).to_have_count(0)

    code = Sheet.objects.get(kind=Sheet.Kind.FINAL).code
    page.get_by_role("link", name="照合ページを開く").click()
    expect(page.get_by_label("照合コード")).to_have_value(code)
    page.get_by_role("button", name="確かめる").click()
    expect(page.get_by_text("このポータルで作られたものです")).to_be_visible()
    expect(page.get_by_text("阿波商工会")).to_be_visible()
    assert re.search("うずしお", page.content()) is None
