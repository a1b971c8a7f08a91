"""The panel in Chromium: asked for, made by a real worker, downloaded; also without JavaScript."""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from eligibility import checks
from tests.applications.conftest import AS_OF, PROFILE
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TIMEOUT = 60_000  # milliseconds


def results_address(live_server: LiveServer) -> str:
    token = checks.create(profile=PROFILE, as_of=AS_OF).owner_token
    return live_server.url + reverse("eligibility:results", args=[token])


def test_the_owner_gets_the_pdf_without_reloading(
    live_worker: Worker, live_server: LiveServer, browser_page: Page, tmp_path: Path
) -> None:
    address = results_address(live_server)
    browser_page.goto(address)
    browser_page.get_by_role("button", name="PDFを作る").click()
    link = browser_page.get_by_role("link", name="PDFをダウンロードする")
    expect(link).to_be_visible(timeout=TIMEOUT)
    with browser_page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "summary.pdf")

    assert browser_page.url == address
    assert (tmp_path / "summary.pdf").read_bytes().startswith(b"%PDF")


def test_it_works_without_javascript(live_worker: Worker, live_server: LiveServer, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(results_address(live_server))
    page.get_by_role("button", name="PDFを作る").click()
    link = page.get_by_role("link", name="PDFをダウンロードする")
    for _ in range(60):
        if link.is_visible():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(link).to_be_visible()
    context.close()
