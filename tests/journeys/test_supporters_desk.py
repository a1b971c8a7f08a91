"""A supporter's first days in Chromium, with a real worker: invited by mail, a messy list of companies taken in, a
consultation with its sheet, twenty sheets at once; and another organisation, locked out of all of it."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from django.core import mail
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Client, Membership, Seal, Sheet
from eligibility.engine.document import ProgrammeDocument
from programs.loading import load_documents
from tests.applications import supporters
from tests.applications.lists import xlsx_of
from tests.support.browser import sign_in
from tests.support.worker import Worker

pytestmark = [pytest.mark.services, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TIMEOUT = 120_000  # milliseconds; twenty sheets on a busy machine
PASSWORD = "okuyama-no-shika-26"
MAIL = "shinjin@example.jp"
# A list as it lies in a drawer: a title above the headings, an empty column, units, full width, eras, a wrong number.
TITLE = ["令和5年度　会員名簿（抜粋）", None, None, None, None, None, None, None]
HEADINGS = [
    "No.",
    "事業所名",
    None,
    "法人番号",
    "都道府県",
    "業種",
    "資本金（万円）",
    "従業員数",
    "設立年月日",
    "備考（電話）",
]
GOOD = [
    [n, f"株式会社テスト{n:02}　髙﨑①㈱", None, None, "徳島県", "58", 300 + n, f"{n}人", "平成10年4月1日", "088"]
    for n in range(1, 21)
]
BROKEN = [99, "番号違い商店", None, 7000012050003, "阿波国", "58", "多数", 3, "1998/4/1", None]


class Desk:
    """The desk as a supporter uses it."""

    def __init__(self, page: Page, server: LiveServer) -> None:
        self.page, self.server = page, server

    def go(self, address: str) -> None:
        self.page.goto(self.server.url + address)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=False).first.fill(text)

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=TIMEOUT)

    def sign_in(self, name: str, password: str) -> None:
        self.go("/accounts/login/?next=/desk/")
        sign_in(self.page, name, password)

    def sign_out(self) -> None:
        self.press("ログアウト")

    def download(self, link: str | re.Pattern[str]) -> bytes:
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=link).first.click()
        return Path(waiting.value.path()).read_bytes()


@pytest.fixture
def desk(
    browser_page: Page, live_server: LiveServer, live_worker: Worker, shipped_documents: list[ProgrammeDocument]
) -> Desk:
    load_documents(shipped_documents)
    browser_page.set_default_timeout(20_000)
    return Desk(browser_page, live_server)


def test_the_first_days_of_an_adviser(desk: Desk) -> None:
    boss = supporters.manager()
    invite(desk, boss)
    accept(desk)
    take_in_a_list(desk)
    code = consult_and_seal(desk)
    twenty_at_once(desk)
    lock_out_others(desk)
    anybody_can_verify(desk, code)


def invite(desk: Desk, boss: Membership) -> None:
    desk.sign_in("kanri", "kanri-password")
    desk.follow("職員")
    desk.fill("メールアドレス", MAIL)
    desk.press("招待メールを送る")
    desk.sees(MAIL)
    desk.sign_out()


def accept(desk: Desk) -> None:
    (invitation,) = mail.outbox
    assert invitation.to == [MAIL]
    link = re.search(r"/desk/invitations/\S+", str(invitation.body))
    assert link is not None
    desk.go(link[0])
    desk.sees("阿波商工会")
    desk.fill("氏名", "新人 太郎")
    desk.page.locator("input[type=password]").nth(0).fill(PASSWORD)
    if desk.page.locator("input[type=password]").count() > 1:
        desk.page.locator("input[type=password]").nth(1).fill(PASSWORD)
    desk.press("アカウントを作って参加する")
    desk.sees("新人 太郎")
    assert Membership.objects.get(user__email=MAIL).role == Membership.Role.ADVISER


def take_in_a_list(desk: Desk) -> None:
    desk.go("/desk/imports/")
    content = xlsx_of([TITLE, [None] * 8, HEADINGS, *GOOD, BROKEN, [None] * 8])
    desk.page.get_by_label("一覧のファイル").set_input_files(
        {
            "name": "会員名簿.xlsx",
            "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "buffer": content,
        }
    )
    desk.press("ファイルを送って確かめる")
    desk.sees("20社を登録する")
    assert not Client.objects.exists(), "nothing is stored before somebody confirms it"
    desk.sees("7000012050003")
    desk.press("20社を登録する")
    desk.sees("登録済み")
    expect(desk.page.get_by_role("link", name="支援先の一覧へ")).to_be_visible(timeout=TIMEOUT)
    assert Client.objects.count() == 20
    first = Client.objects.get(name__contains="テスト01")
    assert first.profile["capital"] == 3_010_000
    assert first.profile["established_on"] == "1998-04-01"


def consult_and_seal(desk: Desk) -> str:
    desk.follow("支援先の一覧へ")
    desk.page.get_by_role("link", name=re.compile("テスト01")).first.click()
    desk.follow("相談を記録する")
    desk.page.locator("[name=held_on]").fill("令和5年10月17日")
    desk.page.locator("[name=notes]").fill("展示会に出たい。𠮷野さんが来所。")
    desk.page.locator("[name=step-0-text]").fill("見積書を取る")
    desk.page.locator("form#consultation-form button.btn--primary").click()
    desk.press("下書きを作る")
    expect(desk.page.get_by_role("link", name=re.compile("下書きをダウンロード"))).to_be_visible(timeout=TIMEOUT)
    draft = desk.download(re.compile("下書きをダウンロード"))
    assert len(pikepdf.open(io.BytesIO(draft)).pages) >= 2
    desk.follow("確定版へ進む")
    desk.press("この内容で確定する")
    expect(desk.page.get_by_role("link", name=re.compile("確定版をダウンロード"))).to_be_visible(timeout=TIMEOUT)
    final = desk.download(re.compile("確定版をダウンロード"))
    assert final.startswith(b"%PDF-")
    expect(desk.page.get_by_role("link", name="内容を書き換える")).to_have_count(0)
    return Seal.objects.get().code


def twenty_at_once(desk: Desk) -> None:
    desk.go("/desk/batches/new/?all=1")
    desk.sees("20社")
    desk.press("相談シートを作る")
    expect(desk.page.get_by_role("link", name=re.compile("ZIPをダウンロード"))).to_be_visible(timeout=TIMEOUT)
    with zipfile.ZipFile(io.BytesIO(desk.download(re.compile("ZIPをダウンロード")))) as archive:
        sheets = [name for name in archive.namelist() if name.endswith(".pdf")]
        assert len([name for name in sheets if "テスト" in name]) == 20
    joined = pikepdf.open(io.BytesIO(desk.download(re.compile("1つのPDFでダウンロード"))))
    pages = Sheet.objects.exclude(batch=None).values_list("pages", flat=True)
    assert len(joined.pages) >= sum(pages)
    desk.sign_out()


def lock_out_others(desk: Desk) -> None:
    supporters.manager("hoka", of=supporters.organisation("となりの商工会議所"))
    client = Client.objects.get(name__contains="テスト01")
    desk.sign_in("hoka", "hoka-password")
    desk.sees("となりの商工会議所")
    desk.go("/desk/clients/")
    expect(desk.page.get_by_text("テスト01")).to_have_count(0)
    for address in (f"/desk/clients/{client.pk}/", f"/desk/sheets/{Sheet.objects.earliest('created_at').pk}/download/"):
        response = desk.page.goto(desk.server.url + address)
        assert response is not None
        assert response.status == 404
    desk.go("/desk/")
    desk.sign_out()


def anybody_can_verify(desk: Desk, code: str) -> None:
    desk.go("/verify/")
    desk.page.locator("[name=code]").fill(code.lower().replace("-", " "))
    desk.page.locator("main button[type=submit]").click()
    desk.sees("阿波商工会")
    expect(desk.page.get_by_text("テスト01")).to_have_count(0)
    assert Seal.objects.get().as_of == date(2023, 10, 17)
