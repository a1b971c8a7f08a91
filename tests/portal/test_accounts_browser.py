"""A second factor in Chromium: codes of an app, and a passkey of the browser's virtual authenticator."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from portal.accounts.models import User
from tests.portal.accounts import PASSWORD, code_of, factors_of, person

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW = {"width": 390, "height": 800}


class Account:
    """Somebody at the pages of their account. Passkeys need a name, not a number, for the server."""

    def __init__(self, page: Page, server: LiveServer) -> None:
        self.page, self.base = page, server.url.replace("127.0.0.1", "localhost")
        page.set_default_timeout(20_000)
        page.set_viewport_size(NARROW)

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()

    def sign_in(self) -> None:
        self.page.get_by_label("ユーザー名またはメールアドレス").fill("officer")
        self.page.get_by_label("パスワード").fill(PASSWORD)
        self.press("ログインする")

    def prove_password(self) -> None:
        self.page.get_by_label("パスワード").fill(PASSWORD)
        self.press("確認する")

    def heading(self, words: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


@pytest.fixture
def account(browser_page: Page, live_server: LiveServer, settings: Any) -> Account:
    settings.SECOND_FACTOR_REQUIRED = True
    person("officer", is_staff=True, is_superuser=True)
    return Account(browser_page, live_server)


def test_an_app_is_set_up_and_asked_for(account: Account) -> None:
    page = account.page
    account.open("/admin/accounts/user/")
    account.sign_in()
    account.heading("二段階認証を設定してください")
    account.follow("認証アプリを設定する")
    account.prove_password()
    account.heading("認証アプリの設定")
    expect(page.get_by_role("img")).to_be_visible()
    page.get_by_text("QRコードを読み取れないとき").click()
    secret = page.locator("#totp-secret").inner_text()
    page.get_by_label("確認コード").fill(code_of(secret))
    account.press("設定する")
    account.heading("予備コード")
    expect(page.locator("main code")).to_have_count(10)
    account.follow("保管したので、先へ進む")
    expect(page).to_have_url(account.base + "/admin/accounts/user/")
    assert factors_of(User.objects.get(username="officer")) == ["recovery_codes", "totp"]

    account.open("/accounts/")
    account.press("ログアウト")
    account.sign_in()
    account.heading("二段階認証")
    page.get_by_label("確認コード").fill(code_of(secret))
    account.press("ログインする")
    expect(page).to_have_url(account.base + "/admin/")


def test_a_passkey_is_set_up_and_opens_alone_or_as_the_second_step(account: Account) -> None:
    page = account.page
    has_passkeys(page)
    account.open("/admin/")
    account.sign_in()
    account.follow("パスキーを登録する")
    account.prove_password()
    page.get_by_label("名前").fill("事務所のパソコン")
    account.press("登録する")
    account.heading("予備コード")
    account.follow("自分の設定へ")
    expect(page.get_by_role("listitem").filter(has_text="事務所のパソコン")).to_be_visible()

    account.press("ログアウト")
    account.press("パスキーでログインする")
    expect(page).to_have_url(account.base + "/admin/")

    account.open("/accounts/")
    account.press("ログアウト")
    account.sign_in()
    account.press("パスキーで確認する")
    expect(page).to_have_url(account.base + "/admin/")


def test_a_passkey_that_does_not_come_is_said_in_words(account: Account) -> None:
    """A device without the person's passkey: the script's error is no mystery, and the password still opens."""
    page = account.page
    has_passkeys(page)
    account.open("/accounts/login/")
    account.press("パスキーでログインする")
    expect(page.get_by_role("alert")).to_have_text(
        "パスキーの操作が終わりませんでした。もう一度試すか、ほかの方法を使ってください。"
    )
    account.sign_in()
    account.heading("二段階認証を設定してください")


def has_passkeys(page: Page) -> None:
    """The browser gets an authenticator of its own, which says yes at once."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
