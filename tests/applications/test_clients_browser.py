"""A client in Chromium as an adviser meets it: made by hand, answered, and saved by somebody else in between."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.clients import clients
from applications.models import Client, Membership
from tests.applications.supporters import adviser, manager

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, live_server: LiveServer, acting: Membership) -> None:
    session = Browser()
    session.force_login(acting.user)
    cookie = {"name": "sessionid", "value": session.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])


def test_a_client_is_made_answered_and_saved_by_two(live_server: LiveServer, browser_page: Page) -> None:
    page = browser_page
    sign_in(page, live_server, adviser())

    page.goto(f"{live_server.url}/desk/clients/")
    page.get_by_role("link", name="支援先を登録する").click()
    page.get_by_label("企業名").fill("株式会社𠮷野㈱髙﨑①")
    page.get_by_label("法人番号").fill("７０００-０１２０５－０００２")
    page.get_by_role("button", name="登録して、質問に進む").click()
    radio, clear = page.get_by_label("個人事業主", exact=True), page.get_by_label("未回答に戻す").first
    expect(clear).to_be_hidden()  # nothing to take back yet
    radio.check()
    clear.check()
    expect(radio).not_to_be_checked()
    page.get_by_label("いつも働いている従業員は何人ですか？").fill("４人")
    page.get_by_role("button", name="保存して回答の一覧へ").click()
    expect(page.get_by_text("回答を保存しました")).to_be_visible()

    page.get_by_role("link", name="基本情報").first.click()
    page.get_by_label("メモ").fill("自分のメモ")
    client = Client.objects.get()
    values = {"notes": "ほかの人のメモ", "own_key": "A-1"}
    clients.save(acting=manager(), client=client, stamp=client.stamp, values=values)
    page.get_by_role("button", name="保存する").click()

    notes = page.get_by_role("group", name="メモ")
    expect(notes).to_contain_text("ほかの人のメモ")
    page.get_by_role("button", name="選んだ内容で保存する").click()  # Chromium asks for the choice first
    expect(notes.get_by_label("いま保存されている内容を残す")).to_be_focused()
    notes.get_by_label("自分の入力で上書きする").check()
    page.get_by_role("button", name="選んだ内容で保存する").click()
    expect(page.get_by_text("保存しました。")).to_be_visible()

    kept = Client.objects.get()
    assert (kept.notes, kept.own_key, kept.profile["employees"]) == ("自分のメモ", "A-1", 4)

    page.get_by_role("link", name="履歴").click()
    expect(page.get_by_role("listitem").filter(has_text="顧客番号").last).to_contain_text("kanri")
