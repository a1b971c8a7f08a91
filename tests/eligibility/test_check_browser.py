"""The self-check in a real browser: its forms pass the CSRF check under our referrer policy, its script helps."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.mark.usefixtures("programmes")
def test_from_the_home_page_to_a_shared_result(live_server: LiveServer, browser_page: Page) -> None:
    browser_page.set_viewport_size({"width": 390, "height": 844})
    browser_page.goto(live_server.url)
    browser_page.click("main button:has-text('自社を診断する')")
    browser_page.check("input[name=legal_form][value=sole_proprietor]")
    browser_page.select_option("#id_industry", "76")
    browser_page.fill("#id_employees", "４人")
    browser_page.click("button[value=results]")
    browser_page.click("text=2023年10月17日（資料の公募期間中の日）")
    browser_page.click("text=閲覧用リンクを作る")
    shared_url = browser_page.input_value("#share-url")
    width = browser_page.evaluate("document.documentElement.scrollWidth")
    browser_page.goto(shared_url)

    assert width == 390
    assert browser_page.locator(".program").count() == 5
    assert browser_page.locator("main form").count() == 0


def test_unknown_and_an_answer_exclude_each_other(live_server: LiveServer, browser_page: Page) -> None:
    browser_page.goto(f"{live_server.url}/check/")
    browser_page.click("text=診断を始める")
    browser_page.check("#id_capital-unknown")
    browser_page.fill("#id_capital", "1億2,000万円")

    assert not browser_page.is_checked("#id_capital-unknown")
    assert browser_page.inner_text("#id_capital-echo") == "＝1億2,000万円"


def test_a_refused_form_puts_the_focus_on_the_summary(live_server: LiveServer, browser_page: Page) -> None:
    browser_page.goto(f"{live_server.url}/check/")
    browser_page.click("text=診断を始める")
    browser_page.fill("#id_employees", "たくさん")
    browser_page.click("button[value=next]")

    assert browser_page.evaluate("document.activeElement.className") == "error-summary"
    assert browser_page.input_value("#id_employees") == "たくさん"


def test_a_link_into_a_folded_section_opens_it(live_server: LiveServer, browser_page: Page) -> None:
    browser_page.goto(f"{live_server.url}/check/")
    browser_page.click("text=診断を始める")
    browser_page.goto(browser_page.url.replace("company/", "project/#q-holds_dx_tax_plan"))

    assert browser_page.locator("#q-holds_dx_tax_plan").is_visible()
