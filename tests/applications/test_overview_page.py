"""The organisation's page: figures with the lists behind them, deadlines, what is to be done; and its first day."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.clients import clients
from applications.models import Batch, Client, ClientImport, Consultation, Membership, NextStep, Sheet
from eligibility.impacts.population import population
from portal.common.jobs import JobState
from tests.applications.page_words import text_of
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = [pytest.mark.django_db, pytest.mark.services]

TODAY = date(2026, 11, 21)
HOME = "/desk/"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-21T12:00:00+09:00", tick=False):
        yield


@pytest.fixture
def acting(programmes: None) -> Membership:
    return manager()


def open_home(acting: Membership, **asked: str) -> Any:
    browser = Browser()
    browser.force_login(acting.user)
    return browser.get(HOME, asked)


def step_of(client: Client, acting: Membership, text: str, due_on: date | None, **fields: Any) -> NextStep:
    held = Consultation.objects.create(client=client, held_on=TODAY, adviser=acting.user, topics=["販路開拓"])
    return NextStep.objects.create(consultation=held, text=text, due_on=due_on, **fields)


def companies(acting: Membership, count: int) -> None:
    for number, profile in enumerate(population(count)):
        known = {key: value for key, value in profile.items() if key != "corporate_number"}
        clients.create(acting=acting, values={"name": f"企業{number:02}"}, profile=known)


def test_the_first_day_says_what_to_do(acting: Membership) -> None:
    response = open_home(acting)
    text, body = text_of(response), response.content.decode()
    assert "支援先を登録すると、使える制度と締切がここに並びます" in text
    for name in ("client_new", "imports", "client_from_code", "members"):
        assert f'href="{reverse(f"supporters:{name}")}"' in body
    assert "職員を招待する" in text
    assert "職員を招待する" not in text_of(open_home(adviser()))


def test_the_first_day_shows_a_list_that_is_being_read(acting: Membership) -> None:
    fields = {"organisation": acting.organisation, "requested_by": acting.user, "file_name": "会員名簿.xlsx"}
    ClientImport.objects.create(**fields, stage="waiting", state=JobState.DONE)
    assert "一覧の取り込み「会員名簿.xlsx」 確認待ち" in text_of(open_home(acting))


def test_every_figure_leads_to_as_many_clients(acting: Membership) -> None:
    companies(acting, 8)
    browser = Browser()
    browser.force_login(acting.user)
    body = browser.get(HOME).content.decode()
    cells = re.findall(r'<td class="num">\s*<a href="([^"]+)">(\d+)</a>\s*</td>', body)
    assert len(cells) >= 5
    for address, count in cells:
        listed = browser.get(address.replace("&amp;", "&"))
        assert listed.context["page"].paginator.count == int(count), address


def test_bars_and_table_say_the_same(acting: Membership) -> None:
    companies(acting, 8)
    response = open_home(acting)
    drawn = ElementTree.fromstring(response.context["chart"])  # noqa: S314 - our own markup
    told = drawn.findtext("{http://www.w3.org/2000/svg}desc") or ""
    rows = response.context["programmes"]
    assert len(rows) == 5
    for programme, cells in rows:
        assert sum(cell.count for cell in cells) == programme.total == 8
        figures = zip(response.context["verdicts"], cells, strict=True)
        assert f"{programme.name}：" + "、".join(f"{label} {cell.count}社" for label, cell in figures) in told


def test_it_says_of_which_day_the_figures_are(acting: Membership) -> None:
    client_of(acting)
    text = text_of(open_home(acting))
    assert "今日（2026年11月21日）の規則で判定した社数です" in text
    assert "判定し直しています" not in text
    Client.objects.update(matched_key="old")
    assert "1社は、日付か規則が変わったため、判定し直しています" in text_of(open_home(acting))


def test_no_deadline_today_and_what_the_sources_know(acting: Membership) -> None:
    client_of(acting)
    text = text_of(open_home(acting))
    assert "2026年11月21日から90日以内に締め切られる公募は、ここで扱う資料にはありません" in text
    assert "資料にある最後の締切は2023年12月12日です" in text


def test_deadlines_of_a_chosen_day(acting: Membership) -> None:
    client_of(acting)
    response = open_home(acting, as_of="令和5年10月17日")
    text, body = text_of(response), response.content.decode()
    assert "選んだ日付の時点の締切で、今日の締切ではありません" in text
    assert "2023年12月12日 あと56日 小規模事業者持続化補助金 第14回 受付中 1 0 0" in text
    listed = f"{reverse('supporters:clients')}?program=jizokuka&amp;verdict=eligible"
    assert body.count(listed) == 2  # in the table of programmes and beside the deadline
    assert "2023年10月30日（予定） あと13日" in text


def test_no_day_is_said(acting: Membership) -> None:
    client_of(acting)
    response = open_home(acting, as_of="いつか")
    assert response.status_code == 422
    assert "日付を読み取れませんでした" in text_of(response)


def test_steps_that_are_due(acting: Membership) -> None:
    client, ended = client_of(acting), client_of(acting, "終わった店")
    Client.objects.filter(pk=ended.pk).update(is_archived=True)
    step_of(client, acting, "遅れたこと", TODAY - timedelta(days=3), owner_name="鈴木")
    step_of(client, acting, "今日のこと", TODAY, owner="organisation")
    step_of(client, acting, "二週間後", TODAY + timedelta(days=14))
    step_of(client, acting, "先のこと", TODAY + timedelta(days=15))
    step_of(client, acting, "いつでも", None)
    step_of(client, acting, "済んだこと", TODAY, done_on=TODAY)
    step_of(ended, acting, "終わった店のこと", TODAY)
    response = open_home(acting)
    text = text_of(response)
    assert "2026年11月18日（期日を過ぎています） 遅れたこと うずしお商店 行う人：企業（鈴木） 相談の担当：kanri" in text
    assert text.index("遅れたこと") < text.index("2026年11月21日（今日） 今日のこと") < text.index("二週間後")
    for left_out in ("先のこと", "いつでも", "済んだこと", "終わった店のこと"):
        assert left_out not in text
    assert response.context["step_counts"] == {"every": 5, "overdue": 1, "soon": 2}


def test_work_in_progress(acting: Membership) -> None:
    client = client_of(acting)
    fields = {"organisation": acting.organisation, "requested_by": acting.user}
    ClientImport.objects.create(**fields, file_name="読み取り.csv", state=JobState.RUNNING, progress_percent=40)
    ClientImport.objects.create(**fields, file_name="済み.csv", state=JobState.DONE, stage="stored")
    running, done = (Batch.objects.create(**fields, as_of=TODAY, title=title) for title in ("秋の巡回", "春の巡回"))
    Sheet.objects.create(client=client, batch=running)
    Sheet.objects.create(client=client, batch=done, state=JobState.DONE)
    text = text_of(open_home(acting))
    assert "一覧の取り込み「読み取り.csv」 読み取り中：40%" in text
    assert "相談シートの一括作成「秋の巡回」 1社のうち0社ができました" in text
    assert "済み.csv" not in text and "春の巡回" not in text


def test_my_clients_and_the_latest_consultations(acting: Membership) -> None:
    mine = client_of(acting, "わたしの店")
    Client.objects.filter(pk=mine.pk).update(assigned_to=acting.user)
    client_of(acting, "だれかの店")
    Consultation.objects.create(client=mine, held_on=TODAY, adviser=acting.user, topics=["事業承継"])
    text = text_of(open_home(acting))
    assert "自分の担当 わたしの店 最終変更 2026年11月21日 担当する支援先をすべて見る（1社）" in text
    assert "2026年11月21日 わたしの店 担当：kanri 事業承継" in text
    assert "だれかの店" not in text


def test_others_see_nothing_of_it(acting: Membership) -> None:
    client = client_of(acting, "ひみつの店")
    Client.objects.filter(pk=client.pk).update(assigned_to=acting.user)
    step_of(client, acting, "ひみつの行動", TODAY)
    fields = {"organisation": acting.organisation, "requested_by": acting.user}
    ClientImport.objects.create(**fields, file_name="ひみつ.csv")
    Sheet.objects.create(client=client, batch=Batch.objects.create(**fields, as_of=TODAY, title="ひみつの一括"))
    assert "ひみつ" in text_of(open_home(acting))
    neighbour = manager("tonari", organisation("となりの商工会"))
    assert "ひみつ" not in text_of(open_home(neighbour))
    client_of(neighbour, "となりの店")
    text = text_of(open_home(neighbour))
    assert "ひみつ" not in text
    assert "小規模事業者持続化補助金 1 0 0 0 1" in text


def test_all_clients_ended(acting: Membership) -> None:
    client = client_of(acting)
    Client.objects.filter(pk=client.pk).update(is_archived=True)
    assert "支援中の企業がありません。" in text_of(open_home(acting))


def test_queries_do_not_grow(acting: Membership) -> None:
    client_of(acting)
    browser = Browser()
    browser.force_login(acting.user)
    browser.get(HOME)  # whatever is made once
    with CaptureQueriesContext(connection) as few:
        browser.get(HOME, {"as_of": "2023-10-17"})
    for number in range(6):
        client = client_of(acting, f"店{number}")
        Client.objects.filter(pk=client.pk).update(assigned_to=acting.user)
        step_of(client, acting, "行動", TODAY)
        batch = Batch.objects.create(organisation=acting.organisation, requested_by=acting.user, as_of=TODAY)
        Sheet.objects.create(client=client, batch=batch)
        ClientImport.objects.create(organisation=acting.organisation, requested_by=acting.user, file_name="a.csv")
    with CaptureQueriesContext(connection) as many:
        browser.get(HOME, {"as_of": "2023-10-17"})
    assert len(many) == len(few) == 13
