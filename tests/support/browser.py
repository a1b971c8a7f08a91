"""Chromium for tests, and what it complains about."""

from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Page

CHROMIUM: dict[str, Any] = {
    "executable_path": "/usr/bin/chromium",
    "headless": True,
    "args": [
        "--no-sandbox",  # tests may run as root
        "--disable-gpu",
        "--no-first-run",
        # Chromium looks for Google's hosts by itself otherwise.
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}


def sign_in(page: Page, name: str, password: str) -> None:
    """On the sign-in page, wherever it was asked for."""
    page.get_by_label("ユーザー名またはメールアドレス").fill(name)
    page.get_by_label("パスワード").fill(password)
    page.get_by_role("button", name="ログインする", exact=True).click()


class PageWatch:
    """Collects errors of scripts and of the console; violations of the content security policy are among the latter."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self._is_expected(message):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.complaints.append(f"{self.page.url}: {error}")

    def _is_expected(self, message: ConsoleMessage) -> bool:
        """The page itself may be a 4xx (a form shown again), and Django's admin names no icon."""
        url = message.location.get("url", "")
        return message.text.startswith("Failed to load resource") and (
            url == self.page.url or url.endswith("/favicon.ico")
        )
