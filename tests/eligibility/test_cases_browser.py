"""The cases of a draft in a real browser, on a narrow screen."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eligibility.engine.cases import CaseFile
from programs.case_files import store_cases
from programs.models import AcceptanceCase
from tests.eligibility.test_cases import CAP, HIGHER, change
from tests.programs.officers import correction_of, writer

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.mark.usefixtures("programmes")
def test_an_officer_accepts_an_outcome_and_writes_a_case(
    live_server: LiveServer, browser_page: Page, client: Client, shipped_cases: list[CaseFile]
) -> None:
    page, officer = browser_page, writer()
    store_cases(file for file in shipped_cases if file.program == "jizokuka")
    draft = correction_of("jizokuka", officer)
    change(draft, CAP, HIGHER, officer)
    client.force_login(officer)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.set_viewport_size({"width": 390, "height": 800})

    page.goto(f"{live_server.url}/admin/desk/{draft.pk}/cases/")
    changed = page.locator("#case-wage-29")
    changed.get_by_label("この結果でよい理由").fill("上限を200万円に直したため")
    changed.get_by_role("button", name="この結果でよい").click()
    expect(page.get_by_role("status").filter(has_text="認めたもの 1件")).to_be_visible()

    page.get_by_role("link", name="事例を加える").click()
    page.get_by_label("名前").fill("旅館 従業員20人")
    page.get_by_label("基準日").fill("令和5年10月17日")
    for fact, value in (("industry", "75 宿泊業"), ("employees", "20人")):
        page.get_by_label("加える項目").select_option(fact)
        page.get_by_role("button", name="項目を加える").click()
        expect(page.locator(f"#id_fact-{fact}")).to_be_focused()
        page.keyboard.type(value)
    page.get_by_role("button", name="この案の結果を期待に入れる").click()
    expect(page.locator("#id_expect-tsujo-verdict")).to_have_value("needs_info")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="保存する").first.click()
    expect(page.get_by_text("事例「旅館 従業員20人」を保存しました。")).to_be_visible()
    assert AcceptanceCase.objects.get(slug="case-1").document["profile"] == {"industry": "75", "employees": 20}
