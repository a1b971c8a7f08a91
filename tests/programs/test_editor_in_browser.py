"""The editor in a real browser, with scripts switched off: everything it does, plain forms do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from programs.models import Draft
from tests.programs.officers import correction_of, writer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.services]


@pytest.fixture
def draft(programmes: None) -> Draft:
    return correction_of("jizokuka", writer())


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, draft: Draft) -> Iterator[Page]:
    """A page of the officer's, signed in, without scripts."""
    client = Client()
    client.force_login(draft.created_by)
    context = browser.new_context(locale="ja-JP", java_script_enabled=False, base_url=live_server.url)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_a_rate_table_gets_a_row_with_its_condition_and_citation(page: Page, draft: Draft) -> None:
    page.goto(f"/admin/desk/{draft.pk}/edit/")
    page.get_by_role("link", name="支援の内容").first.click()
    expect(page.get_by_role("table").first).to_contain_text("50万円")

    page.get_by_role("button", name="＋ 補助上限を追加").click()
    expect(page.get_by_text("まだ保存していません。下の")).to_be_visible()
    page.get_by_role("button", name="補助上限 2を上へ").click()
    page.locator("#f-caps-0-amount").fill("７５万円")
    page.locator("#f-caps-0-cites-0-source").select_option(
        label="経済産業省のデジタル化関連施策について（shikoku-2023）"
    )
    page.locator("#f-caps-0-cites-0-lines").fill("９７１")
    page.locator("#f-caps-0").get_by_role("button", name="保存して、条件を書く").click()

    page.get_by_label("はい・いいえの申告").check()
    page.get_by_role("button", name="次へ").click()
    page.locator("#f-fact").select_option(label="再生事業者である")
    page.get_by_role("button", name="保存して戻る").click()

    expect(page.get_by_role("table").first).to_contain_text("再生事業者である")
    expect(page.get_by_role("table").first).to_contain_text("75万円")
    draft.refresh_from_db()
    row, rest = draft.document["frames"][0]["benefit"]["caps"]
    assert row["when"] == {"kind": "declared", "fact": "is_revitalizing"}
    assert (row["amount"], row["cites"][0]["lines"]) == (750_000, "971")
    assert row["cites"][0]["quote"].startswith("補助上限")
    assert rest["amount"] == 500_000


def test_the_enter_key_saves_and_moves_no_row(page: Page, draft: Draft) -> None:
    """A form's first button answers the Enter key: it must not be one that removes something."""
    page.goto(f"/admin/desk/{draft.pk}/edit/s/time/")
    page.locator("#f-announced").fill("令和5年8月2日")
    page.locator("#f-announced").press("Enter")

    expect(page.get_by_text("保存しました。")).to_be_visible()
    expect(page.get_by_text("＝ 2023年（令和5年）8月2日（水）")).to_be_visible()
    draft.refresh_from_db()
    assert draft.document["time"]["announced"] == "2023-08-02"
    assert len(draft.document["time"]["rounds"]) == 1


def test_an_error_is_found_from_the_summary(page: Page, draft: Draft) -> None:
    page.goto(f"/admin/desk/{draft.pk}/edit/s/time/")
    page.locator("#f-rounds-0-closes").fill("来月末")
    page.get_by_role("button", name="保存する").click()

    page.get_by_role("alert").get_by_role("link", name=re.compile("締切")).click()

    closes = page.locator("#f-rounds-0-closes")
    expect(closes).to_have_value("来月末")
    expect(closes).to_have_attribute("aria-invalid", "true")
    expect(closes).to_have_accessible_description(re.compile("日付は"))


def test_the_place_of_a_row_is_not_kept_on_the_next_page(page: Page, draft: Draft) -> None:
    """Where an answer names no place, browsers keep the one of the page before."""
    page.goto(f"/admin/desk/{draft.pk}/edit/s/requirements.2/#f-cites-0")
    page.get_by_role("button", name="保存して戻る").click()
    expect(page).to_have_url(re.compile("/s/requirements/#item-2$"))

    page.goto(f"/admin/desk/{draft.pk}/edit/s/time/#f-rounds-0")
    page.get_by_role("button", name="保存して戻る").click()
    expect(page).to_have_url(re.compile("/edit/#$"))


def test_lines_that_are_pointed_at_come_into_view(page: Page, draft: Draft) -> None:
    page.goto("/admin/desk/sources/002_f3873a6209c087e1.txt/?lines=5")
    page.get_by_label("行を指す").fill("30-32")
    page.get_by_role("button", name="その行を開く").click()

    expect(page).to_have_url(re.compile(r"lines=30-32#cite$"))
    expect(page.locator("#L30")).to_be_in_viewport()
    expect(page.locator("#cite-lines")).to_have_value("30-32")


@pytest.mark.parametrize("path", ["", "s/identity/", "s/frames.1.benefit/", "s/frames.0.expenses/", "s/requirements/"])
def test_pages_fit_a_telephone(page: Page, draft: Draft, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/admin/desk/{draft.pk}/edit/{path}")

    content = page.locator(".desk").bounding_box()
    assert content is not None
    assert content["x"] + content["width"] <= 390
    assert page.locator(".desk table, .desk fieldset, .desk input:visible").evaluate_all(
        "parts => parts.every(part => part.getBoundingClientRect().right <= 391)"
    )
