"""A client's answers, two people who save it, and its history, as pages."""

import html
import re
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from applications.clients import clients
from applications.clients.clients import state_of
from applications.desk.profiles import OTHER, pages, question_url
from applications.models import Client, Membership
from applications.selectors.desk import revisions
from eligibility.asking.questions import questionnaire
from programs.documents import vocabulary
from tests.applications.supporters import SHOP, adviser, client_of, manager

pytestmark = pytest.mark.django_db

NUMBER = "7000012050002"


@pytest.fixture
def tanto() -> Membership:
    return adviser()


@pytest.fixture
def desk(tanto: Membership, client: Browser) -> Browser:
    client.force_login(tanto.user)
    return client


@pytest.fixture
def other_desk() -> Browser:
    browser = Browser()
    browser.force_login(manager().user)
    return browser


@pytest.fixture
def shop(tanto: Membership) -> Client:
    return client_of(tanto)


def page_of(client: Client, name: str, *more: Any) -> str:
    return reverse(f"supporters:{name}", args=[client.pk, *more])


def fresh(client: Client) -> Client:
    return Client.objects.get(pk=client.pk)


def sent_by(browser: Browser, address: str, **typed: Any) -> dict[str, Any]:
    """What a browser sends from the page: what stands in its form, with some inputs typed over."""
    context = browser.get(address).context
    sent: dict[str, Any] = {"stamp": context["stamp"]}
    for part in context.get("sections") or ():
        for asked in part.questions:
            sent[asked.name] = asked.text or [choice.value for choice in asked.choices if choice.is_checked]
            options = (option for group in asked.option_groups for option in group.options)
            sent[asked.name] = next((option.value for option in options if option.is_checked), sent[asked.name])
            sent |= {row.name: row.text for group in asked.amount_groups for row in group.rows}
            if asked.is_unknown:
                sent[f"{asked.name}-unknown"] = "on"
    if "form" in context:
        sent |= context["form"].initial
    return sent | typed


# --- answers ----------------------------------------------------------------------------------------------------------


def test_every_fact_is_shown_and_every_answer_can_be_given(desk: Browser, shop: Client) -> None:
    page = desk.get(page_of(shop, "answers"))

    shown = [fact.label for known in page.context["pages"] for fact in known.facts]
    asked = {question.fact for page in pages() for question in page.questions}
    assert len(shown) == len(vocabulary()) - 1 and asked == vocabulary().keys() - {"corporate_number"}
    assert "4人" in page.content.decode()


@pytest.mark.parametrize("key", [page.key for page in questionnaire().pages] + [OTHER])
def test_a_page_sent_as_it_stands_changes_nothing(desk: Browser, tanto: Membership, key: str) -> None:
    """Every kind of answer comes back from its input as the value that it was."""
    profile = SHOP | {
        "established_on": "2001-04-01",
        "payroll_growth": 2,
        "annual_sales": 12_345_678,
        "monthly_sales": {"2020-01": 1, "2023-08": 2_000_000},
        "invoice_status": "exempt",
        "security_vouched_by": vocabulary()["security_vouched_by"].values[0].key,
        "plan_certified_on": "2023-05-01",
    }
    client = clients.create(acting=tanto, values={"name": "商店"}, profile=profile, unknown=["files_blue_return"])
    address = page_of(client, "profile", key)

    answer = desk.post(address, sent_by(desk, address))

    assert answer.status_code == 302 and fresh(client).stamp == 1
    assert state_of(fresh(client)) == state_of(client)


def test_answers_are_read_as_they_are_typed(desk: Browser, shop: Client) -> None:
    address = page_of(shop, "profile", "company")
    sent = sent_by(desk, address, employees="１２人", capital="1,200万円", go="next")

    answer = desk.post(address, sent)

    assert answer.headers["Location"] == page_of(shop, "profile", "business")
    assert (fresh(shop).profile["employees"], fresh(shop).profile["capital"]) == (12, 12_000_000)
    assert fresh(shop).profile["expenses"] == SHOP["expenses"]


@pytest.mark.parametrize(("go", "leads"), [("answers", "answers"), ("results", "client"), ("", "client")])
def test_where_a_saved_page_leads(desk: Browser, shop: Client, go: str, leads: str) -> None:
    address = page_of(shop, "profile", "company")
    assert desk.post(address, sent_by(desk, address, go=go)).headers["Location"] == page_of(shop, leads)


def test_the_last_page_leads_to_the_result(desk: Browser, shop: Client) -> None:
    address = page_of(shop, "profile", OTHER)
    assert desk.post(address, sent_by(desk, address, go="next")).headers["Location"] == page_of(shop, "client")


def test_what_cannot_be_read_is_shown_again_with_the_stamp_it_came_with(desk: Browser, shop: Client) -> None:
    address = page_of(shop, "profile", "company")
    sent = sent_by(desk, address, employees="たくさん")
    clients.save(acting=adviser("hoka"), client=shop, stamp=1, values={"name": "改名"})

    answer = desk.post(address, sent)

    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="たくさん"' in page and 'href="#id_employees"' in page
    assert answer.context["stamp"] == 1


def test_a_link_to_a_question_opens_its_section(desk: Browser, shop: Client, programmes: None) -> None:
    page = desk.get(question_url(shop, "files_blue_return"))
    opened = [part for part in page.context["sections"] if part.is_open]
    assert [asked.name for part in opened for asked in part.questions].count("files_blue_return") == 1
    assert question_url(shop, "corporate_number").startswith(page_of(shop, "client_edit"))


def test_what_was_answered_with_unknown_is_counted_apart(desk: Browser, tanto: Membership) -> None:
    asked = {question.fact for question in questionnaire().pages[0].questions}
    profile = {key: value for key, value in SHOP.items() if key not in ("capital", "prefecture")}
    client = clients.create(acting=tanto, values={"name": "商店"}, profile=profile, unknown=["capital"])
    [company, *_] = desk.get(page_of(client, "answers")).context["pages"]

    assert (company.known, company.unsure, company.blank) == (len(asked) - 2, 1, 1)
    assert f"回答{len(asked) - 2}・わからない1" in desk.get(page_of(client, "answers")).content.decode()


def test_a_chosen_radio_is_taken_back(desk: Browser, shop: Client) -> None:
    """Back to unanswered, which is neither 「いいえ」 nor 「わからない」."""
    address = page_of(shop, "profile", "company")
    shown = desk.get(address).content.decode()
    assert re.search(
        r'<input type="radio" id="id_legal_form-clear" name="legal_form" value="">\s*<span[^>]*>未回答に戻す', shown
    )

    desk.post(address, sent_by(desk, address, legal_form=""))

    assert "legal_form" in shop.profile
    assert "legal_form" not in fresh(shop).profile and "legal_form" not in fresh(shop).unknown


def test_what_is_left_blank_is_told_without_contradiction(desk: Browser, shop: Client) -> None:
    page = desk.get(page_of(shop, "profile", "money")).content.decode()
    assert "答えなかった質問は「いいえ」や「0」とはみなさず" in page and "空欄は" not in page
    assert "すべて空けた場合は「未確認」です。1つでも入力すると、空けた種類は費用がかからない（0円）" in page


def test_an_unknown_page_does_not_exist(desk: Browser, shop: Client) -> None:
    assert desk.get(page_of(shop, "profile", "nai")).status_code == 404


# --- two people save --------------------------------------------------------------------------------------------------


def save(browser: Browser, address: str, **typed: Any) -> None:
    assert browser.post(address, sent_by(browser, address, **typed)).status_code == 302


def conflicts(answer: Any) -> dict[str, tuple[str, str, str]]:
    assert answer.status_code == 409
    return {found.key: (found.seen, found.theirs, found.mine) for found in answer.context["comparison"].conflicts}


def kept(answer: Any, whose: str) -> dict[str, tuple[str, str]]:
    """What stands without a question: `mine` or `theirs`."""
    return {found.key: (found.before, found.after) for found in getattr(answer.context["comparison"], whose)}


def resent(answer: Any, **choices: str) -> dict[str, Any]:
    """What the page of the conflict sends back: its hidden inputs, and a choice for each conflict."""
    page, sent = answer.content.decode(), {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page):
        sent.setdefault(name, []).append(html.unescape(value))
    return {**sent, **{f"take-{key}": take for key, take in choices.items()}}


@pytest.mark.services
def test_of_two_who_save_one_client_the_second_sees_both_and_chooses(
    desk: Browser, other_desk: Browser, shop: Client
) -> None:
    address = page_of(shop, "profile", "company")
    mine = sent_by(desk, address, employees="7", capital="900万円", go="answers")
    save(other_desk, address, employees="5", prefecture="37")
    save(other_desk, page_of(shop, "client_edit"), name="新うずしお商店")

    answer = desk.post(address, mine)

    page = answer.content.decode()
    assert conflicts(answer) == {"employees": ("4人", "5人", "7人")}
    assert kept(answer, "mine") == {"capital": ("500万円", "900万円")}
    assert kept(answer, "theirs") == {"name": ("うずしお商店", "新うずしお商店"), "prefecture": ("徳島県", "香川県")}
    assert "kanri" in page and "相手の変更を残します" in page
    assert (fresh(shop).stamp, fresh(shop).profile["employees"]) == (3, 5)  # nothing was stored

    chosen = desk.post(address, resent(answer, employees="mine"))

    assert chosen.headers["Location"] == page_of(shop, "answers")
    now = fresh(shop)
    assert (now.profile["employees"], now.profile["capital"], now.profile["prefecture"]) == (7, 9_000_000, "37")
    assert (now.name, now.stamp) == ("新うずしお商店", 4)


def test_what_the_other_alone_changed_is_neither_asked_nor_undone(
    desk: Browser, other_desk: Browser, shop: Client
) -> None:
    """Capital by the one, employees by the other: both stand, and nobody is asked to choose."""
    address = page_of(shop, "profile", "company")
    mine = sent_by(desk, address, employees="8")
    save(other_desk, address, capital="460万円")

    answer = desk.post(address, mine)

    assert (conflicts(answer), kept(answer, "mine")) == ({}, {"employees": ("4人", "8人")})
    assert 'type="radio"' not in answer.content.decode() and "どちらの変更も残せます" in answer.content.decode()
    assert desk.post(address, resent(answer)).status_code == 302
    assert (fresh(shop).profile["employees"], fresh(shop).profile["capital"]) == (8, 4_600_000)


def test_the_same_change_by_both_is_no_question(desk: Browser, other_desk: Browser, shop: Client) -> None:
    address = page_of(shop, "profile", "company")
    mine = sent_by(desk, address, employees="5")
    save(other_desk, address, employees="5")

    answer = desk.post(address, mine)

    assert (conflicts(answer), kept(answer, "mine"), kept(answer, "theirs")) == ({}, {}, {"employees": ("4人", "5人")})
    assert "いまの内容を開く" in answer.content.decode()


def test_taking_theirs_keeps_what_is_stored(desk: Browser, other_desk: Browser, shop: Client) -> None:
    address = page_of(shop, "profile", "company")
    mine = sent_by(desk, address, employees="7")
    save(other_desk, address, employees="5")

    answer = desk.post(address, resent(desk.post(address, mine), employees="theirs"), follow=True)

    assert "変更はありませんでした" in answer.content.decode()
    assert (fresh(shop).profile["employees"], fresh(shop).stamp) == (5, 2)


def test_a_conflict_without_a_choice_is_asked_again_with_everything_typed(
    desk: Browser, other_desk: Browser, shop: Client
) -> None:
    address = page_of(shop, "profile", "company")
    mine = sent_by(desk, address, employees="7", capital="900万円")
    save(other_desk, address, employees="5")

    again = desk.post(address, resent(desk.post(address, mine)))

    assert again.status_code == 422 and "選んでください" in again.content.decode()
    assert [found.seen for found in again.context["comparison"].conflicts if found.key == "employees"] == ["4人"]
    assert fresh(shop).stamp == 2
    desk.post(address, resent(again, employees="mine"))
    assert (fresh(shop).profile["employees"], fresh(shop).profile["capital"]) == (7, 9_000_000)


def test_a_third_save_is_compared_too_and_what_was_given_up_stays_given_up(
    desk: Browser, other_desk: Browser, shop: Client
) -> None:
    address = page_of(shop, "profile", "company")
    mine = sent_by(desk, address, employees="7", capital="900万円")
    save(other_desk, address, employees="5", capital="600万円")
    answer = desk.post(address, mine)
    save(other_desk, address, capital="700万円")

    second = desk.post(address, resent(answer, employees="theirs", capital="mine"))

    assert conflicts(second) == {"capital": ("600万円", "700万円", "900万円")}
    assert desk.post(address, resent(second, capital="mine")).status_code == 302
    assert (fresh(shop).profile["employees"], fresh(shop).profile["capital"]) == (5, 9_000_000)


def test_own_data_is_compared_by_field(desk: Browser, other_desk: Browser, shop: Client, tanto: Membership) -> None:
    address = page_of(shop, "client_edit")
    notes = "自分のメモ\n<script>"
    mine = sent_by(desk, address, notes=notes, tags="飲食", corporate_number=NUMBER, assigned_to=str(tanto.user_id))
    save(other_desk, address, notes="ほかのメモ", name="改名")

    answer = desk.post(address, mine)

    assert conflicts(answer) == {"notes": ("", "ほかのメモ", notes)}
    assert kept(answer, "mine") == {
        "tags": ("", "飲食"),
        "assigned_to": ("", "tanto"),
        "corporate_number": ("", NUMBER),
    }
    assert kept(answer, "theirs") == {"name": ("うずしお商店", "改名")}
    assert "<script>" not in answer.content.decode().replace("<script src", "")
    assert desk.post(address, resent(answer, notes="mine")).status_code == 302
    now = fresh(shop)
    assert (now.name, now.notes, now.tags, now.corporate_number) == ("改名", notes, ["飲食"], NUMBER)


def test_months_of_two_people_are_told_apart(desk: Browser, other_desk: Browser, tanto: Membership) -> None:
    """The page shows months by the day; those that it does not show are no part of the save."""
    with time_machine.travel(date(2023, 10, 17)):
        client = client_of(tanto, monthly_sales={"2023-08": 100, "2016-01": 1})
        address = page_of(client, "profile", "money")
        mine = sent_by(desk, address) | {"monthly_sales-2023-08": "300"}
        save(other_desk, address, **{"monthly_sales-2023-08": "200"})
        answer = desk.post(address, mine)
        assert conflicts(answer) == {
            "monthly_sales": ("2016年1月 1円、2023年8月 100円", "2023年8月 200円", "2023年8月 300円")
        }
        desk.post(address, resent(answer, monthly_sales="mine"))

    assert fresh(client).profile["monthly_sales"] == {"2023-08": 300, "2016-01": 1}


@pytest.mark.parametrize("stamp", ["", "x", "-1", "9" * 30])
def test_a_form_without_a_stamp_overwrites_nothing(desk: Browser, shop: Client, stamp: str) -> None:
    address = page_of(shop, "client_edit")
    answer = desk.post(address, sent_by(desk, address, name="改名", stamp=stamp))
    assert conflicts(answer) == {"name": ("", "うずしお商店", "改名")} and fresh(shop).stamp == 1


# --- history ----------------------------------------------------------------------------------------------------------


def test_the_history_says_who_changed_what_and_why(desk: Browser, shop: Client, tanto: Membership) -> None:
    boss = manager()
    profile = shop.profile | {"employees": 9}
    clients.save(acting=boss, client=shop, stamp=1, values={"name": "改名"}, profile=profile, reason="名簿の更新")

    page = desk.get(page_of(shop, "history"))

    latest, first = page.context["changes"]
    assert [(found.label, found.before, found.after) for found in latest.differences] == [
        ("企業名", "うずしお商店", "改名"),
        ("従業員", "4人", "9人"),
    ]
    assert (first.is_first, len(first.differences), latest.is_latest) == (True, 1 + len(SHOP), True)
    assert all(word in page.content.decode() for word in ("名簿の更新", "kanri", "tanto", "新規登録"))


def test_the_history_costs_the_same_whatever_its_length(
    desk: Browser, shop: Client, tanto: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = page_of(shop, "history")
    with django_assert_num_queries(6):
        desk.get(address)
    for stamp in range(1, 25):
        person = tanto.user if stamp % 2 else None
        values = {"notes": f"{stamp}", "assigned_to": person}
        clients.save(acting=tanto, client=shop, stamp=stamp, values=values, profile=shop.profile | {"employees": stamp})
    with django_assert_num_queries(6):
        page = desk.get(address)
    assert len(page.context["changes"]) == 20

    rest = desk.get(address, {"p": 2}).context["changes"]
    assert [len(change.differences) for change in rest] == [3, 3, 3, 3, 1 + len(SHOP)]


def test_an_earlier_state_is_taken_up_after_it_was_shown(desk: Browser, shop: Client, tanto: Membership) -> None:
    clients.save(acting=tanto, client=shop, stamp=1, values={"name": "改名"}, profile={})
    Client.history.filter(stamp=1).update(history_date="2023-10-16T19:06Z")  # 04:06 in Japan
    then = revisions(shop).last()
    address = page_of(shop, "restore", then.history_id)

    assert "うずしお商店" in desk.get(address).content.decode()
    assert fresh(shop).stamp == 2
    answer = desk.post(address, {"stamp": 2})

    assert answer.headers["Location"] == page_of(shop, "history")
    assert (fresh(shop).name, fresh(shop).profile, fresh(shop).stamp) == ("うずしお商店", SHOP, 3)
    moment = f"{timezone.localtime(then.history_date):%H:%M}の内容に戻す"  # 04:06, as the page has it
    assert moment in revisions(shop)[0].history_change_reason
    assert "戻すものはありません" in desk.get(address).content.decode()


def test_taking_up_an_earlier_state_overwrites_nothing_unseen(desk: Browser, shop: Client, tanto: Membership) -> None:
    clients.save(acting=tanto, client=shop, stamp=1, values={"name": "改名"})
    address = page_of(shop, "restore", revisions(shop).last().history_id)
    clients.save(acting=manager(), client=shop, stamp=2, values={"name": "また改名"})

    answer = desk.post(address, {"stamp": 2})

    assert answer.status_code == 409 and "また改名" in answer.content.decode()
    assert fresh(shop).name == "また改名"


def test_an_earlier_state_with_a_number_that_another_client_has_now_is_refused(
    desk: Browser, tanto: Membership
) -> None:
    client = client_of(tanto, "甲", corporate_number=NUMBER)
    clients.save(acting=tanto, client=client, stamp=1, profile={})
    client_of(tanto, "乙", corporate_number=NUMBER)

    answer = desk.post(page_of(client, "restore", revisions(client).last().history_id), {"stamp": 2})

    assert answer.status_code == 422 and "「乙」" in answer.content.decode()
    assert fresh(client).corporate_number == ""


def test_a_row_of_another_clients_history_does_not_exist(desk: Browser, shop: Client, tanto: Membership) -> None:
    other = client_of(tanto, "ほか")
    assert desk.get(page_of(shop, "restore", revisions(other)[0].history_id)).status_code == 404
