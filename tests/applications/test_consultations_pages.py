"""The pages of consultations: lists, the form without JavaScript, two who save, sheets, other organisations."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from applications.clients import clients
from applications.consultations import consultations
from applications.consultations.consultations import Step
from applications.models import Client, Consultation, Event, Membership, NextStep, Seal, Sheet
from applications.papers import files
from applications.sheets.jobs import render_sheet, request_sheet
from portal.common.jobs import JobState
from tests.applications.consulting import HELD_ON, consultation_of
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]
TODAY = time_machine.travel("2023-10-20T12:00:00+09:00", tick=False)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sheet, "ring", lambda self: None)

    def draw(html: str, **kwargs: Any) -> bytes:
        kwargs["on_layout"](4)
        return b"%PDF"

    monkeypatch.setattr(files, "render_pdf", draw)


@pytest.fixture
def acting() -> Membership:
    return adviser()


@pytest.fixture
def browser(acting: Membership) -> Browser:
    return signed_in(acting)


@pytest.fixture
def client(acting: Membership) -> Client:
    return client_of(acting)


def signed_in(acting: Membership) -> Browser:
    browser = Browser()
    browser.force_login(acting.user)
    return browser


def at(name: str, *args: Any) -> str:
    return reverse(f"supporters:{name}", args=args)


def fields_of(html: str) -> dict[str, list[str]]:
    """What the page's form would send if it were sent as it is."""
    form = html[html.index('id="consultation-form"') :]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        ticked = attributes.get("type") not in ("checkbox", "radio") or " checked" in tag
        if ticked and "name" in attributes:
            found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = [text]
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        found[name] = re.findall(r'<option value="([^"]*)" selected>', options)[:1]
    return found


def test_a_consultation_is_recorded_without_javascript(browser: Browser, client: Client, acting: Membership) -> None:
    address = at("consultation_new", client.pk)
    with TODAY:
        sent = fields_of(browser.get(address).content.decode())
        assert sent["held_on"] == ["2023年10月20日"]
        assert sent["open_questions"] == [""]  # nothing reaches the sheet that nobody put there
        sent |= {
            "held_on": ["令和５年１０月１７日"],
            "topics": ["設備投資", "税制"],
            "own_topics": ["髙﨑①㈱との取引、𠮷野の件"],
            "notes": ["一行目\r\n=cmd|'/c calc'!A0"],
            "programmes": ["jizokuka"],
            "open_questions": ["決算書はあるか\r\n\r\n見積りはあるか"],
            "step-0-text": ["見積りを取る"],
            "step-0-owner": ["client"],
            "step-0-owner_name": ["𠮷野"],
            "step-0-due_on": ["R5.11.1"],
        }
        made = browser.post(address, sent)
    found = Consultation.objects.get()
    assert made.url == at("consultation", found.pk)
    assert (found.held_on, found.as_of, found.adviser) == (HELD_ON, None, acting.user)
    assert found.topics == ["設備投資", "税制", "髙﨑①㈱との取引", "𠮷野の件"]
    assert found.notes == "一行目\n=cmd|'/c calc'!A0"
    assert (found.programmes, found.open_questions) == (["jizokuka"], ["決算書はあるか", "見積りはあるか"])
    step = found.steps.get()
    assert (step.text, step.owner_name, step.due_on) == ("見積りを取る", "𠮷野", date(2023, 11, 1))
    # The same form sent once more, by a double click, makes no second one.
    assert browser.post(address, sent).url == made.url
    assert Consultation.objects.count() == 1
    shown = browser.get(made.url).content.decode()
    assert "髙﨑①㈱との取引" in shown
    assert "要件を満たしています" in shown


def test_rows_come_and_go_and_nothing_typed_is_lost(browser: Browser, client: Client) -> None:
    address = at("consultation_new", client.pk)
    sent = fields_of(browser.get(address).content.decode()) | {"held_on": ["いつか"], "step-1-text": ["二つめの行動"]}
    more = browser.post(address, sent | {"go": "add-row"})
    assert more.status_code == 200
    typed = fields_of(more.content.decode())
    assert typed["row"] == ["0", "1", "2"]
    assert "field__error" not in more.content.decode()
    assert (typed["held_on"], typed["step-1-text"]) == (["いつか"], ["二つめの行動"])
    less = fields_of(browser.post(address, typed | {"go": "remove-0"}).content.decode())
    assert (less["row"], less["step-1-text"]) == (["1", "2"], ["二つめの行動"])
    assert not Consultation.objects.exists()


def test_programmes_follow_the_day_that_is_typed(browser: Browser, client: Client) -> None:
    address = at("consultation_new", client.pk)
    sent = fields_of(browser.get(address).content.decode())
    shown = browser.post(address, sent | {"go": "offer", "as_of": ["平成31年1月1日"], "programmes": ["jizokuka"]})
    html = shown.content.decode()
    assert "2019年1月1日の判定" in html
    assert html.count('name="programmes"') == 1  # the chosen one stays, though no rule speaks for it then
    assert "基準日に判定できる規則がありません" in html


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"held_on": [""]}, "相談日を入力してください"),
        ({"held_on": ["令和99年1月1日"]}, "2000年から2100年"),
        ({"held_on": ["2023年2月30日"]}, "という日はありません"),
        ({"as_of": ["1970-01-01"]}, "2000年から2100年"),
        ({"notes": ["あ" * 10_001]}, "10000"),
        ({"programmes": ["nothing"]}, "選び直して"),
        ({"adviser": ["999999"]}, "選択"),
        ({"step-0-due_on": ["2023-11-01"]}, "することを入力"),
        ({"step-0-text": ["行く"], "step-0-due_on": ["あした"]}, "日付は"),
        ({"step-1-text": ["行く"], "step-1-due_on": ["1999-01-01"]}, "2000年から2100年"),
        ({"own_topics": ["、".join(f"題{number}" for number in range(20))]}, "15件まで"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_above(
    browser: Browser, client: Client, changed: dict[str, list[str]], words: str
) -> None:
    address = at("consultation_new", client.pk)
    sent = fields_of(browser.get(address).content.decode())
    refused = browser.post(address, sent | changed)
    html = refused.content.decode()
    assert refused.status_code == 422
    assert html.count(words) >= 2
    assert not Consultation.objects.exists()


def test_an_error_of_a_step_names_its_row(browser: Browser, client: Client) -> None:
    """Its place in the form, whatever its inputs are called."""
    address = at("consultation_new", client.pk)
    sent = fields_of(browser.get(address).content.decode()) | {"row": ["1", "4"], "step-4-due_on": ["あした"]}
    refused = browser.post(address, sent).content.decode()
    assert '<a href="#id_step-4-due_on">次の行動の2つめ、期日：' in refused


def test_questions_come_from_the_chosen_programmes_when_asked_for(browser: Browser, client: Client) -> None:
    address = at("consultation_new", client.pk)
    with TODAY:
        sent = fields_of(browser.get(address).content.decode()) | {"open_questions": ["自分の問い"], "go": "ask"}
        without = browser.post(address, sent)
        assert without.status_code == 200
        assert "足せる質問はありません" in without.content.decode()
        assert fields_of(without.content.decode())["open_questions"] == ["自分の問い"]
        sent["programmes"] = ["jizokuka"]
        html = browser.post(address, sent).content.decode()
        mine, *asked = fields_of(html)["open_questions"][0].split("\n")
        assert mine == "自分の問い"
        assert 1 <= len(asked) <= 8
        assert f"{len(asked)}つの質問を書き足しました" in html
        # Pressed again, never the same once more.
        again = fields_of(browser.post(address, fields_of(html) | {"go": "ask"}).content.decode())
    lines = again["open_questions"][0].split("\n")
    assert lines[: 1 + len(asked)] == [mine, *asked]
    assert len(set(lines)) == len(lines)
    assert not Consultation.objects.exists()


def test_an_older_day_says_what_the_call_is_today(browser: Browser, client: Client) -> None:
    """A paper is handed out after these pages: what was open then is not open now."""
    found = consultation_of_client(client, programmes=["jizokuka"])
    pages = [at(name, found.pk) for name in ("consultation", "consultation_edit", "consultation_final")]
    with time_machine.travel("2026-11-21T12:00:00+09:00", tick=False):
        for page in pages:
            text = re.sub(r"<[^>]+>|\s", "", browser.get(page).content.decode())
            assert "受付中（2023年10月17日）今日：受付終了" in text, page
    with time_machine.travel("2023-10-17T12:00:00+09:00", tick=False):
        for page in pages:
            assert "今日：" not in browser.get(page).content.decode(), page


def test_a_closed_consultation_shows_what_its_sheet_says(browser: Browser, acting: Membership, client: Client) -> None:
    found = consultation_of_client(client, programmes=["jizokuka"])
    request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.FINAL)
    page = at("consultation", found.pk)
    before = browser.get(page).content.decode()
    assert "確定版の相談シートにある判定です" in before
    assert "要件を満たしています" in before
    clients.save(acting=acting, client=client, stamp=1, profile={})
    after = browser.get(page)
    assert "要件を満たしています" in after.content.decode()
    assert after.context["offer"].programmes[0].verdict == "eligible"


def test_a_consultation_is_deleted_after_its_page_was_read(
    browser: Browser, acting: Membership, client: Client
) -> None:
    kept, found = consultation_of_client(client), consultation_of_client(client, notes="別の会社の話")
    render_sheet(str(request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.DRAFT).pk))
    address = at("consultation_delete", found.pk)
    assert address in browser.get(at("consultation", found.pk)).content.decode()
    html = browser.get(address).content.decode()
    assert "別の会社の話" in html
    assert "次の行動 1件" in html
    assert "下書き 1件" in html
    consultations.save(acting=acting, consultation=found, stamp=1, values={"notes": "同僚が書いた"})
    stale = browser.post(address, {"stamp": "1"})
    assert stale.status_code == 409
    assert "同僚が書いた" in stale.content.decode()
    assert browser.post(address).status_code == 409
    assert Consultation.objects.count() == 2
    assert browser.post(address, {"stamp": "2"}).url == at("client_consultations", client.pk)
    assert Consultation.objects.get() == kept
    assert not Sheet.objects.exists()
    assert NextStep.objects.get().consultation == kept
    event = Event.objects.get(action="相談を削除")
    assert (event.user, event.detail) == (acting.user, f"{client.name}（{HELD_ON}の相談）")
    assert browser.post(address, {"stamp": "2"}).status_code == 404
    assert Event.objects.filter(action="相談を削除").count() == 1


def test_a_closed_consultation_is_not_deleted(browser: Browser, acting: Membership, client: Client) -> None:
    found = consultation_of_client(client)
    request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.FINAL)
    page, address = at("consultation", found.pk), at("consultation_delete", found.pk)
    assert address not in browser.get(page).content.decode()
    for ask in (browser.get, browser.post):
        assert ask(address, {"stamp": "2"}).url == page
        assert "削除できません" in browser.get(page).content.decode()
    assert Sheet.objects.exists()


def test_strange_input_is_no_server_error(browser: Browser, client: Client) -> None:
    address = at("consultation_new", client.pk)
    strange = {
        "key": "no-uuid",
        "row": ["x", "-1", "9" * 40, "0", "0", *map(str, range(100))],
        "step-0-step": "99999999999999999999",
        "step-0-text": "\x00",
        "step-0-owner": "nobody",
        "notes": "\x00\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
        "topics": ["ない"],
        "stamp": "-1",
    }
    assert browser.post(address, strange).status_code == 422
    found = consultation_of_client(client)
    assert browser.post(at("consultation_step", found.pk, 2**70)).status_code == 404
    assert browser.get(at("consultations") + "?p=-1&who=x&steps=x&state=x&q=%00").status_code == 200


def consultation_of_client(client: Client, **values: Any) -> Consultation:
    acting = Membership.objects.get(user__username="tanto")
    return consultation_of(acting, client, Step("見積りを取る", due_on=date(2023, 10, 19)), **values)


def test_two_who_save_see_both_texts_and_lose_neither(acting: Membership, client: Client) -> None:
    found = consultation_of_client(client, notes="はじめ")
    address, mine, theirs = at("consultation_edit", found.pk), signed_in(acting), signed_in(manager())
    opened = fields_of(mine.get(address).content.decode())
    other = fields_of(theirs.get(address).content.decode())
    assert theirs.post(address, other | {"notes": ["同僚が書いた"], "own_topics": ["税制の件"]}).status_code == 302

    conflict = mine.post(address, opened | {"notes": ["自分が書いた"], "step-0-text": ["自分の行動"]})
    html = conflict.content.decode()
    assert conflict.status_code == 409
    assert "同僚が書いた" in html
    assert "自分が書いた" in html
    assert Consultation.objects.get().notes == "同僚が書いた"
    again = fields_of(html)
    assert again["compared"] == ["topics", "notes", "steps"]

    assert mine.post(address, again).status_code == 422  # every one asks for a choice
    chosen = {"take-topics": ["theirs"], "take-notes": ["mine"], "take-steps": ["mine"]}
    assert mine.post(address, again | chosen).status_code == 302
    stored = Consultation.objects.get()
    assert (stored.notes, stored.topics) == ("自分が書いた", ["税制の件"])
    assert [step.text for step in stored.steps.all()] == ["自分の行動"]


def test_a_closed_consultation_has_no_form(browser: Browser, acting: Membership, client: Client) -> None:
    found = consultation_of_client(client)
    sent = fields_of(browser.get(at("consultation_edit", found.pk)).content.decode())
    request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.FINAL)
    for answer in (
        browser.get(at("consultation_edit", found.pk)),
        browser.post(at("consultation_edit", found.pk), sent | {"notes": ["あとから"]}),
    ):
        assert answer.url == at("consultation", found.pk)
    assert Consultation.objects.get().notes == ""
    assert "もう書き換えられません" in browser.get(at("consultation", found.pk)).content.decode()
    browser.post(at("consultation_sheet", found.pk))
    assert Sheet.objects.count() == 1


def test_a_step_is_marked_done_and_undone(browser: Browser, client: Client) -> None:
    found = consultation_of_client(client)
    address = at("consultation_step", found.pk, NextStep.objects.get().pk)
    with TODAY:
        assert "期日を過ぎています" in browser.get(at("consultation", found.pk)).content.decode()
        browser.post(address)
        assert NextStep.objects.get().done_on == date(2023, 10, 20)
        assert "期日を過ぎています" not in browser.get(at("consultation", found.pk)).content.decode()
    browser.post(address, {"undo": "1"})
    assert NextStep.objects.get().done_on is None
    assert browser.get(address).status_code == 405


def test_a_step_of_another_consultation_is_not_found(browser: Browser, client: Client) -> None:
    first, second = consultation_of_client(client), consultation_of_client(client)
    assert browser.post(at("consultation_step", first.pk, second.steps.get().pk)).status_code == 404


def test_a_sheet_from_draft_to_final(browser: Browser, client: Client) -> None:
    found = consultation_of_client(client)
    page, panel = at("consultation", found.pk), at("consultation_sheet", found.pk)
    assert browser.post(panel).url == page + "#sheet"
    assert 'data-hx-trigger="every 2s"' in browser.get(page).content.decode()
    draft = Sheet.objects.get()
    assert browser.get(at("sheet_download", draft.pk)).url == page + "#sheet"  # not there yet
    render_sheet(str(draft.pk))
    alone = browser.get(panel, headers={"HX-Request": "true"}).content.decode()
    assert "下書きをダウンロードする（4ページ）" in alone
    assert "every 2s" not in alone
    assert "<html" not in alone

    confirm = at("consultation_final", found.pk)
    html = browser.get(confirm).content.decode()
    stamps = dict(re.findall(r'name="((?:client_)?stamp)" value="(\d+)"', html))
    assert browser.post(confirm, stamps).url == page + "#sheet"
    assert browser.post(confirm, stamps).url == page + "#sheet"
    final = Sheet.objects.get(kind=Sheet.Kind.FINAL)
    render_sheet(str(final.pk))
    shown = browser.get(page).content.decode()
    assert "確定版をダウンロードする" in shown
    assert "前に作った下書き（1件）" in shown
    Seal.objects.all().delete()
    got = browser.get(at("sheet_download", final.pk))
    assert (got["Content-Type"], b"".join(got.streaming_content)) == ("application/pdf", b"%PDF")
    assert got["Content-Disposition"].startswith("attachment")
    assert "no-store" in got["Cache-Control"]
    assert Seal.objects.filter(code=final.code).exists()


def test_a_final_sheet_is_not_made_of_what_nobody_saw(browser: Browser, acting: Membership, client: Client) -> None:
    found = consultation_of_client(client)
    confirm = at("consultation_final", found.pk)
    stamps = dict(re.findall(r'name="((?:client_)?stamp)" value="(\d+)"', browser.get(confirm).content.decode()))
    consultations.save(acting=acting, consultation=found, stamp=1, values={"notes": "同僚が書いた"})
    refused = browser.post(confirm, stamps)
    assert refused.status_code == 409
    assert "同僚が書いた" in refused.content.decode()
    assert browser.post(confirm, {}).status_code == 409
    assert not Sheet.objects.exists()


def test_a_failed_final_sheet_shows_both_ways_on(browser: Browser, acting: Membership, client: Client) -> None:
    found = consultation_of_client(client)
    sheet = request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.FINAL)
    Sheet.objects.update(state=JobState.FAILED, error="印刷できない文字があります")
    html = browser.get(at("consultation", found.pk)).content.decode()
    assert "印刷できない文字があります" in html
    assert at("sheet_withdraw", sheet.pk) in html
    browser.post(at("sheet_retry", sheet.pk))
    assert Sheet.objects.get().state == JobState.QUEUED
    browser.post(at("sheet_withdraw", sheet.pk))  # no longer failed
    assert Sheet.objects.exists()
    Sheet.objects.update(state=JobState.FAILED)
    browser.post(at("sheet_withdraw", sheet.pk))
    assert not Sheet.objects.exists()
    assert not Consultation.objects.get().is_closed


def test_a_draft_says_when_it_is_no_longer_current(browser: Browser, acting: Membership, client: Client) -> None:
    found = consultation_of_client(client)
    sheet = request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.DRAFT)
    render_sheet(str(sheet.pk))
    assert "作り直してください" not in browser.get(at("consultation", found.pk)).content.decode()
    consultations.save(acting=acting, consultation=found, stamp=1, values={"notes": "書き足した"})
    assert "作り直してください" in browser.get(at("consultation", found.pk)).content.decode()


def test_the_list_is_filtered(browser: Browser, acting: Membership, client: Client) -> None:
    colleague = manager()
    other = client_of(colleague, "㈱髙﨑①")
    mine = consultation_of_client(client)
    theirs = consultation_of(colleague, other, topics=["税制"])
    request_sheet(acting=acting, consultation=theirs, kind=Sheet.Kind.FINAL)

    def listed(query: str) -> set[Consultation]:
        with TODAY:
            return set(browser.get(f"{at('consultations')}?{query}").context["page"].object_list)

    assert listed("") == {mine, theirs}
    assert listed("who=me") == {mine}
    assert listed("q=タカサキ") == set()
    assert listed("q=(株)髙﨑1") == {theirs}
    assert listed("steps=overdue") == {mine}
    assert listed("state=closed") == {theirs}
    assert listed("state=open&who=me&steps=open&q=うずしお") == {mine}
    NextStep.objects.update(done_on=date(2023, 10, 20))
    assert listed("steps=overdue") == listed("steps=open") == set()
    shown = browser.get(at("client_consultations", other.pk)).content.decode()
    assert "税制" in shown
    assert "うずしお商店" not in shown


def test_lists_ask_the_same_however_long_they_are(
    browser: Browser, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        consultation_of_client(client, notes=f"{number}")
    for address in (at("consultations"), at("client_consultations", client.pk)):
        browser.get(address)
        with django_assert_num_queries(6 if address == at("client_consultations", client.pk) else 5):
            page = browser.get(address)
        assert len(page.context["page"].object_list) == 50
    assert "2 / 2ページ" in browser.get(at("consultations") + "?p=2").content.decode()


def test_the_newest_comes_first(browser: Browser, client: Client) -> None:
    days = [date(2023, 5, 1), date(2024, 5, 1), date(2022, 5, 1)]
    for day in days:
        consultation_of_client(client, held_on=day)
    shown = browser.get(at("consultations")).context["page"].object_list
    assert [consultation.held_on for consultation in shown] == sorted(days, reverse=True)


def test_another_organisation_finds_nothing(acting: Membership, client: Client) -> None:
    found = consultation_of_client(client)
    sheet = request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.DRAFT)
    render_sheet(str(sheet.pk))
    stranger = signed_in(manager("yoso", organisation("讃岐商工会")))
    step = found.steps.get().pk
    for name, args in (
        ("client_consultations", [client.pk]),
        ("consultation_new", [client.pk]),
        ("consultation", [found.pk]),
        ("consultation_edit", [found.pk]),
        ("consultation_delete", [found.pk]),
        ("consultation_step", [found.pk, step]),
        ("consultation_sheet", [found.pk]),
        ("consultation_final", [found.pk]),
        ("sheet_retry", [sheet.pk]),
        ("sheet_withdraw", [sheet.pk]),
        ("sheet_download", [sheet.pk]),
    ):
        assert stranger.post(at(name, *args)).status_code in (404, 405), name
        assert stranger.get(at(name, *args)).status_code in (404, 405), name
    assert "うずしお商店" not in stranger.get(at("consultations")).content.decode()
    assert NextStep.objects.get().done_on is None


def test_a_key_of_another_organisations_consultation_is_refused(acting: Membership, client: Client) -> None:
    found = consultation_of_client(client)
    other = manager("yoso", organisation("讃岐商工会"))
    address = at("consultation_new", client_of(other, "さぬき屋").pk)
    browser = signed_in(other)
    sent = fields_of(browser.get(address).content.decode()) | {"key": [str(found.pk)]}
    answer = browser.post(address, sent)
    assert answer.status_code == 422
    assert "この番号（id）は使えません" in answer.content.decode()
    assert Consultation.objects.get() == found


def test_what_is_not_there_is_not_found(browser: Browser) -> None:
    assert browser.get(at("consultation", uuid.uuid4())).status_code == 404
    assert browser.get(at("sheet_download", uuid.uuid4())).status_code == 404
