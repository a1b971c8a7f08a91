"""An officer prepares the next round of 持続化補助金 in Chromium, a publisher approves it, and at its moment the public
page and the self-check change."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from eligibility import checks
from eligibility.engine.document import ProgrammeDocument
from programs import drafts
from programs.loading import load_documents
from programs.models import Draft, DraftState, Revision
from programs.tasks import publish_scheduled
from tests.programs import officers
from tests.support.browser import sign_in
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SOURCE = """小規模事業者持続化補助金 第15回公募 公募要領（抜粋）
公表日：2024年1月16日
公募要領に記載の受付開始：2024年1月16日(火)
申請受付締切：2024年3月14日(木) 17:00
補助上限 通常枠 60万円
補助事業の終了時点において、GビズIDプライムを取得していること
"""
TIMEOUT = 60_000  # milliseconds; the impact preview is a job
SHOP = {
    "legal_form": "company",
    "industry": "58",
    "employees": 3,
    "writes_own_business_plan": True,
    "with_commerce_association": True,
    "opens_sales_channels": True,
    "invoice_status": "registered",
    "adopted_in_invoice_frame": False,
    "expenses": {"advertising": 1_500_000},
}


class Desk:
    """The desk as an officer uses it."""

    def __init__(self, page: Page, server: LiveServer) -> None:
        self.page, self.server = page, server

    def sign_in(self, name: str) -> None:
        self.page.goto(self.server.url + "/admin/login/?next=/admin/desk/")
        sign_in(self.page, name, f"{name}-password")

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="ログアウト").click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def fill(self, name: str, text: str) -> None:
        """Into the input of that name, opened first if it is folded away."""
        field = self.page.locator(f'[name="{name}"]').first
        for fold in field.locator("xpath=ancestor::details[not(@open)]").all():
            fold.locator("summary").first.click()
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)

    def cite(self, prefix: str, source: str, lines: str) -> None:
        """Lines only: the words are filled in from the source."""
        self.fill(f"{prefix}-source", source)
        self.fill(f"{prefix}-lines", lines)
        self.fill(f"{prefix}-quote", "")


@pytest.fixture
def published(transactional_db: None, shipped_documents: list[ProgrammeDocument]) -> None:
    load_documents(shipped_documents)


@pytest.fixture
def desk(browser_page: Page, live_server: LiveServer, published: None) -> Desk:
    officers.writer()
    officers.publisher()
    browser_page.set_default_timeout(20_000)
    return Desk(browser_page, live_server)


def test_the_next_round(desk: Desk, live_worker: Worker) -> None:
    desk.sign_in("kakite")
    add_source(desk)
    begin_new_version(desk)
    name_the_source(desk)
    change_the_deadline(desk)
    change_the_cap(desk)
    add_a_requirement(desk)
    see_the_differences(desk)
    accept_the_cases(desk)
    see_the_impact(desk)
    send_to_review(desk)
    desk.sign_out()

    desk.sign_in("kokai")
    moment = approve_and_schedule(desk)
    assert_public_pages(desk, rounds="第14回", cap="50万円", amount="500,000円")
    with time_machine.travel(moment + timedelta(seconds=1)):
        publish_scheduled()
        assert_public_pages(desk, rounds="第15回", cap="60万円", amount="600,000円")
    assert Draft.objects.get().state == DraftState.PUBLISHED


def add_source(desk: Desk) -> None:
    desk.follow("出典の資料")
    desk.page.get_by_role("link", name="資料を登録").first.click()
    given = {
        "name": "jizokuka-15kai.txt",
        "title": "小規模事業者持続化補助金 第15回公募 公募要領（抜粋）",
        "publisher": "中小企業庁",
        "date": "令和6年1月16日",
        "text": SOURCE,
    }
    for name, text in given.items():
        desk.fill(name, text)
    desk.page.locator("form:has([name=text]) button[type=submit]").click()
    expect(desk.page.locator("#L5")).to_contain_text("60万円")


def begin_new_version(desk: Desk) -> None:
    desk.page.goto(desk.server.url + reverse("desk:drafts"))
    desk.follow("新しい案を作る")
    source = Revision.objects.get(version__programme__slug="jizokuka")
    desk.fill("source", str(source.pk))
    desk.fill("version", "r5-dai15kai")
    desk.press("写しを作る")
    expect(desk.page.get_by_role("link", name="時期・公募回")).to_be_visible()


def open_section(desk: Desk, path: str = "") -> None:
    pk = Draft.objects.get().pk
    address = reverse("desk:edit_section", args=[pk, path]) if path else reverse("desk:edit", args=[pk])
    desk.page.goto(desk.server.url + address)


def name_the_source(desk: Desk) -> None:
    open_section(desk)
    desk.follow("出典")
    desk.page.get_by_role("button", name="を追加").last.click()
    desk.fill("f-1-id", "dai15kai")
    desk.fill("f-1-document", "jizokuka-15kai.txt")
    desk.fill("f-1-title", "小規模事業者持続化補助金 第15回公募 公募要領（抜粋）")
    desk.fill("f-1-publisher", "中小企業庁")
    desk.fill("f-1-date", "2024年1月16日")
    desk.press("保存する")


def change_the_deadline(desk: Desk) -> None:
    open_section(desk)
    desk.follow("時期・公募回")
    desk.fill("f-announced", "令和6年1月16日")
    desk.fill("f-rounds-0-id", "r15")
    desk.fill("f-rounds-0-name", "第15回")
    desk.fill("f-rounds-0-opens", "2024-01-16")
    desk.fill("f-rounds-0-closes", "2024-03-14T17:00")
    desk.cite("f-rounds-0-cites-0", "dai15kai", "3")
    desk.cite("f-rounds-0-cites-1", "dai15kai", "4")
    desk.press("保存する")
    expect(desk.page.locator('[name="f-rounds-0-cites-1-quote"]')).to_have_value(
        "申請受付締切：2024年3月14日(木) 17:00"
    )


def change_the_cap(desk: Desk) -> None:
    open_section(desk, "frames.0.benefit")
    desk.fill("f-caps-0-amount", "60万円")
    desk.press("保存する")
    # The linter: the figure is not in the words that are cited.
    expect(desk.page.locator(".desk").get_by_text("60万円").first).to_be_visible()
    assert "引用した言葉の中にありません" in desk.page.content()
    desk.cite("f-caps-0-cites-0", "dai15kai", "5")
    desk.fill("f-caps-0-cites-1-source", "dai15kai")
    desk.fill("f-caps-0-cites-1-lines", "5")
    desk.fill("f-caps-0-cites-1-quote", "通常枠 60万円")
    desk.press("保存する")
    assert "引用した言葉の中にありません" not in desk.page.content()


def add_a_requirement(desk: Desk) -> None:
    open_section(desk)
    desk.follow("共通の要件")
    desk.page.get_by_role("link", name="追加する").click()
    desk.fill("f-id", "gbizid-held")
    desk.fill("f-text", "GビズIDプライムを取得していること")
    desk.press("保存する")
    expect(desk.page.locator(".ed-jump")).to_contain_text("出典の箇所：必ず書く項目です。")
    desk.cite("f-cites-0", "dai15kai", "6")
    desk.press("保存して、「判定条件」を開く")
    desk.page.get_by_label("はい・いいえの申告").check()
    desk.press("次へ")
    desk.fill("f-fact", "holds_gbizid_prime")
    desk.press("保存する")
    expect(desk.page.locator(".desk")).to_contain_text("GビズIDプライム")
    assert errors_left() == []


def errors_left() -> list[str]:
    """Errors of the linter that are left."""
    return [str(finding) for finding in drafts.checked(Draft.objects.get(), timezone.localdate()).errors]


def see_the_differences(desk: Desk) -> None:
    desk.follow("差分")
    for words in ("第15回", "60万円", "GビズIDプライムを取得していること"):
        expect(desk.page.locator(".desk-changes").first).to_contain_text(words)


def accept_the_cases(desk: Desk) -> None:
    desk.follow("事例")
    while (form := desk.page.locator("form:has([name=reason])")).count():
        form.first.locator("[name=reason]").fill("第15回で上限と要件が変わったため。")
        form.first.get_by_role("button").click()


def see_the_impact(desk: Desk) -> None:
    desk.follow("影響")
    desk.page.get_by_role("button", name="試算する").click()
    expect(desk.page.get_by_text("社を数えました").first).to_be_visible(timeout=TIMEOUT)


def send_to_review(desk: Desk) -> None:
    desk.follow("概要")
    desk.page.locator("#reason-submit").fill("第15回公募")
    desk.press("確認に出す")
    expect(desk.page.locator(".desk-state")).to_contain_text("確認中")
    expect(desk.page.get_by_text("承認はほかの公開者が行います")).to_be_visible()


def approve_and_schedule(desk: Desk) -> datetime:
    desk.page.get_by_role("link", name="小規模事業者持続化補助金（r5-dai15kai）").click()
    desk.press("承認する")
    moment = (timezone.localtime() + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
    desk.fill("publish_at_0", f"{moment:%Y-%m-%d}")
    desk.fill("publish_at_1", "10:00")
    desk.press("公開を予約する")
    expect(desk.page.locator(".desk-state")).to_contain_text("公開予約")
    return moment


def assert_public_pages(desk: Desk, *, rounds: str, cap: str, amount: str) -> None:
    page = desk.page
    page.goto(desk.server.url + reverse("programs:programme", args=["jizokuka"]))
    expect(page.locator("main")).to_contain_text(rounds)
    expect(page.locator("main")).to_contain_text(cap)
    check = checks.create(profile={**SHOP, "holds_gbizid_prime": True}, as_of=datetime(2024, 2, 1).date())
    page.goto(desk.server.url + reverse("eligibility:results", args=[check.owner_token]))
    expect(page.locator("#p-jizokuka .amount__value").first).to_contain_text(amount)
