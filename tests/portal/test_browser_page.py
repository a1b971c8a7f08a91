"""The fixture itself: it opens our pages, and would notice what breaks them."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.support.browser import PageWatch, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.services]


def test_the_admin_keeps_to_the_content_security_policy(
    live_server: LiveServer, browser_page: Page, admin_user: object
) -> None:
    browser_page.goto(f"{live_server.url}/admin/")
    sign_in(browser_page, "admin", "password")

    expect(browser_page.locator("#content h1")).to_have_count(1)


@pytest.mark.parametrize(
    "body",
    ["<script>1</script>", "<p style='color:red'>x</p>", "<script src=/missing.js></script>"],
    ids=["inline script", "inline style", "missing file"],
)
def test_the_watch_notices(live_server: LiveServer, browser: Browser, body: str) -> None:
    page = browser.new_page()
    page.route(
        "**/broken",
        lambda route: route.fulfill(
            body=body, headers={"Content-Security-Policy": "default-src 'self'", "Content-Type": "text/html"}
        ),
    )
    watch = PageWatch(page)

    page.goto(f"{live_server.url}/broken", wait_until="networkidle")
    page.close()

    assert watch.complaints
