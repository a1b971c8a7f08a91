"""An officer asks in a browser, a real worker counts, and the page shows it without a reload."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eligibility.models import Impact
from programs.documents import fixtures_root
from programs.loading import load_fixtures
from tests.eligibility.impacts import agreed, draft_without
from tests.programs.officers import writer
from tests.support.browser import sign_in
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TIMEOUT = 90_000  # milliseconds; three thousand companies take a few seconds


def test_the_page_follows_the_worker(live_worker: Worker, live_server: LiveServer, browser_page: Page) -> None:
    load_fixtures(fixtures_root())
    user = writer()
    draft = draft_without("jizokuka", user, requirement="sales-channels")
    agreed(12, opens_sales_channels=False)
    browser_page.goto(f"{live_server.url}/admin/desk/{draft.pk}/impact/")
    sign_in(browser_page, user.username, f"{user.username}-password")
    browser_page.get_by_role("button", name="影響を試算する").click()

    expect(browser_page.get_by_text("新たに対象になる会社は12社")).to_be_visible(timeout=TIMEOUT)
    expect(browser_page.get_by_text("3,000社を数えました。")).to_be_visible()
    assert browser_page.locator("svg.impact-chart").count() == 2
    asked = Impact.objects.get()
    assert (asked.attempts, asked.progress_percent) == (1, 100)
