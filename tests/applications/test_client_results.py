"""A client's page: what it qualifies for on a day, what to ask next, and what was agreed and handed over."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import matching
from applications.clients import clients
from applications.models import Batch, Client, Consultation, Membership, NextStep, Sheet
from applications.overview.asking import open_questions
from applications.overview.visits import confirm
from eligibility.engine.document import ProgrammeDocument
from eligibility.report import report_of
from portal.common.jobs import JobState
from programs import rulebook
from programs.loading import load_documents
from tests.applications.page_words import text_of
from tests.applications.supporters import SHOP, client_of, manager, organisation

pytestmark = [pytest.mark.django_db, pytest.mark.services]

TODAY = date(2026, 11, 21)
HOSTILE = "<script>alert(1)</script>𠮷①㈱髙﨑=cmd|' /C calc'!A0"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-21T12:00:00+09:00", tick=False):
        yield


@pytest.fixture
def acting(shipped_documents: list[ProgrammeDocument]) -> Membership:
    """A manager; a subsidy with five frames and a tax measure are published: pages of all five take their time."""
    load_documents([document for document in shipped_documents if document.program in ("jizokuka", "dx-toshi-zeisei")])
    return manager()


@pytest.fixture
def browser(acting: Membership) -> Browser:
    browser = Browser()
    browser.force_login(acting.user)
    return browser


def address_of(client: Client) -> str:
    return reverse("supporters:client", kwargs={"client_pk": client.pk})


def open_page(browser: Browser, client: Client, **asked: str) -> Any:
    return browser.get(address_of(client), asked)


def consultation_of(acting: Membership, client: Client, held_on: date = TODAY, **fields: Any) -> Consultation:
    return Consultation.objects.create(client=client, held_on=held_on, adviser=acting.user, **fields)


def test_it_says_what_an_evaluation_says(acting: Membership, browser: Browser) -> None:
    client = client_of(acting)
    response = open_page(browser, client)
    evaluation = matching.evaluation_of(client)
    assert response.context["result"].report == report_of(evaluation, rulebook.current())
    text = text_of(response)
    assert "2026年11月21日（今日）" in text
    assert "小規模事業者持続化補助金 受付終了 要件を満たしています 通常枠 500,000円〜600,000円" in text


@pytest.mark.parametrize("typed", ["2023-10-17", "令和5年10月17日", "Ｒ５．１０．１７", "2023年10月17日", "2023/10/17"])
def test_a_day_as_people_write_it(acting: Membership, browser: Browser, typed: str) -> None:
    response = open_page(browser, client_of(acting), as_of=typed)
    assert response.status_code == 200
    text = text_of(response)
    assert "基準日 2023年10月17日 この日に" in text
    assert "2023年10月17日の時点での結果です。今日の受付状況ではありません" in text
    assert "受付中 今日： 受付終了" in text


@pytest.mark.parametrize("typed", ["あした", "2023-02-30", "1850-01-01", "2023-10-17\x00", "9" * 41])
def test_no_day_is_said_and_today_is_shown(acting: Membership, browser: Browser, typed: str) -> None:
    response = open_page(browser, client_of(acting), as_of=typed)
    assert response.status_code == 422
    body = response.content.decode()
    assert 'aria-invalid="true" aria-describedby="id_as_of-error"' in body
    assert "日付を読み取れませんでした。下は、今日の内容です。" in body
    assert "2026年11月21日（今日）" in text_of(response)


def test_a_day_before_any_rule(acting: Membership, browser: Browser) -> None:
    text = text_of(open_page(browser, client_of(acting), as_of="2020-01-01"))
    assert "2020年1月1日の時点では、次の制度はまだ公表されていません" in text
    assert "（公表 2023年8月1日）" in text


def test_what_to_ask_next_counts_what_waits_for_it(acting: Membership) -> None:
    client = clients.create(
        acting=acting, values={"name": "途中"}, profile={"legal_form": "company"}, unknown=["employees"]
    )
    evaluation = matching.evaluation_of(client)
    questions = open_questions(client, report_of(evaluation, rulebook.current()))
    assert questions
    for question in questions:
        waiting = [result for result in evaluation.results if question.fact in result.missing]
        assert question.frames == len(waiting)
        assert question.programmes == len({result.rules.document.program for result in waiting})
        alone = [r for r in waiting if r.missing == (question.fact,) and r.verdict == "needs_info"]
        assert question.alone == len(alone)
        assert question.is_unsure == (question.fact == "employees")


def test_a_question_leads_to_where_it_is_asked(acting: Membership, browser: Browser) -> None:
    client = client_of(acting)
    body = open_page(browser, client).content.decode()
    page = reverse("supporters:profile", kwargs={"client_pk": client.pk, "key": "project"})
    assert f'href="{page}?fact=exceeds_small_business_size#q-exceeds_small_business_size"' in body
    asked = browser.get(page).content.decode()
    assert 'id="q-exceeds_small_business_size"' in asked


def test_nothing_to_ask(acting: Membership, browser: Browser) -> None:
    client = client_of(acting, employees=9000, capital=900_000_000)
    assert "判定や金額を動かす未回答の項目はありません" in text_of(open_page(browser, client))


def test_amounts_as_bars_and_table(acting: Membership, browser: Browser) -> None:
    body = open_page(browser, client_of(acting)).content.decode()
    assert body.count('class="range-chart"') == 1
    assert "小規模事業者持続化補助金　賃金引上げ枠（まだ判定できない） 60万円〜675,000円" in body  # read out
    assert "<td>600,000円〜675,000円" in body


def test_without_amounts_there_is_no_chart(acting: Membership, browser: Browser) -> None:
    body = open_page(browser, client_of(acting, with_commerce_association=False)).content.decode()
    assert "range-chart" not in body
    assert "金額の表" not in body


def test_the_supporter_is_not_sent_to_supporters(acting: Membership, browser: Browser) -> None:
    text = text_of(open_page(browser, client_of(acting)))
    assert "四国経済産業局" in text
    assert "地域の商工会・商工会議所" not in text
    assert "この判定はおかしい？" not in text  # there is no self-check to ask about


def test_what_was_agreed_and_handed_over(acting: Membership, browser: Browser) -> None:
    client, other = client_of(acting), client_of(acting, "よその店")
    held = consultation_of(acting, client, topics=["販路開拓"])
    NextStep.objects.create(consultation=held, text="見積書をとる", due_on=TODAY - timedelta(days=1), owner_name="鈴木")
    NextStep.objects.create(consultation=held, text="済んだこと", done_on=TODAY)
    NextStep.objects.create(consultation=held, text="いつか", owner="organisation")
    NextStep.objects.create(consultation=consultation_of(acting, other), text="よその行動")
    made = Sheet.objects.create(client=client, consultation=held, state=JobState.DONE, pages=4)
    Sheet.objects.create(
        client=client,
        batch=Batch.objects.create(organisation=acting.organisation, requested_by=acting.user, as_of=TODAY),
    )
    response = open_page(browser, client)
    text, body = text_of(response), response.content.decode()
    assert "2026年11月20日（期日を過ぎています） 見積書をとる 行う人：企業（鈴木）" in text
    assert "期日なし いつか 行う人：支援機関" in text
    assert text.index("見積書をとる") < text.index("いつか")
    assert "済んだこと" not in text and "よその行動" not in text
    assert reverse("supporters:sheet_download", kwargs={"pk": made.pk}) in body
    assert "2026年11月21日の下書き（PDF、4ページ）" in text
    assert "2026年11月21日の下書き（順番待ち） 一括作成" in text
    assert reverse("supporters:consultation_new", kwargs={"client_pk": client.pk}) in body
    assert f"{reverse('supporters:batch_new')}?client={client.pk}" in body


def test_only_the_last_five_consultations(acting: Membership, browser: Browser) -> None:
    client = client_of(acting)
    held = [consultation_of(acting, client, TODAY - timedelta(days=days)) for days in range(7)]
    body = open_page(browser, client).content.decode()
    shown = [reverse("supporters:consultation", kwargs={"pk": consultation.pk}) in body for consultation in held]
    assert shown == [True] * 5 + [False] * 2


def test_a_client_without_answers_and_with_a_strange_name(acting: Membership, browser: Browser) -> None:
    client = clients.create(acting=acting, values={"name": HOSTILE + "長" * 140}, profile={})
    response = open_page(browser, client)
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    assert "𠮷①㈱髙﨑" in text_of(response)


def test_others_find_nothing(acting: Membership) -> None:
    client = client_of(acting)
    stranger = Browser()
    assert stranger.get(address_of(client)).status_code == 302
    stranger.force_login(manager("tonari", organisation("となりの商工会")).user)
    assert stranger.get(address_of(client)).status_code == 404


def test_queries_do_not_grow(acting: Membership, browser: Browser) -> None:
    """The same for a client with nothing and one with everything; a visit adds the earlier answers and what was
    published since."""
    client = client_of(acting)
    open_page(browser, client)  # whatever is made once
    with CaptureQueriesContext(connection) as bare:
        open_page(browser, client)
    for number in range(6):
        held = consultation_of(acting, client, topics=["あ"])
        NextStep.objects.create(consultation=held, text=f"行動{number}")
        Sheet.objects.create(client=client, consultation=held)
    with CaptureQueriesContext(connection) as full:
        open_page(browser, client)
    assert len(full) == len(bare) == 9
    rules, evaluation = rulebook.current(), matching.evaluation_of(client)
    key = matching.key_of(TODAY, rules)
    confirm(acting=acting, client=client, stamp=1, rules_key=key, evaluation=evaluation, rules=rules)
    clients.save(acting=acting, client=client, stamp=1, profile=SHOP | {"employees": 60})
    with CaptureQueriesContext(connection) as visited:
        open_page(browser, client)
    assert len(visited) == 11


def test_the_day_looked_at_goes_on_to_what_is_made_of_it(acting: Membership, browser: Browser) -> None:
    client = client_of(acting)
    made = {
        name: reverse(f"supporters:{name}", args=args)
        for name, args in (("consultation_new", [client.pk]), ("batch_new", []))
    }
    today = open_page(browser, client).content.decode()
    assert "?as_of=" not in today.split('class="as-of"')[0]
    shown = open_page(browser, client, as_of="令和5年10月17日").content.decode()
    consultation = f"{made['consultation_new']}?as_of=2023-10-17"
    batch = f"{made['batch_new']}?client={client.pk}&amp;as_of=2023-10-17"
    assert shown.count(f'href="{consultation}"') == 2
    assert shown.count(f'href="{batch}"') == 1
    assert "2023年10月17日を判定の基準日にして始めます" in shown
    for address in (consultation, batch.replace("&amp;", "&")):
        form = browser.get(address).content.decode()
        assert 'name="as_of" value="2023年10月17日"' in form
        assert "「結果」で見ていた2023年10月17日" in form
        form = browser.get(address.replace("2023-10-17", "%00いつか")).content.decode()
        assert "「結果」で見ていた" not in form


def test_what_was_seen_can_be_said_at_the_end_too(acting: Membership, browser: Browser) -> None:
    client = client_of(acting)
    shown = open_page(browser, client, as_of="2023-10-17").content.decode()
    seen = f'action="{reverse("supporters:visit_confirm", args=[client.pk])}"'
    assert shown.count(seen) == 2
    *_, end = shown.split(seen)
    assert 'id="p-jizokuka"' not in end
    assert 'name="as_of" value="2023-10-17"' in end
    assert "csrfmiddlewaretoken" in end
