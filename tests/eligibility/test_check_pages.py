"""The self-check's pages as a browser without JavaScript uses them."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from eligibility.asking.questions import questionnaire
from eligibility.engine.document import ProgrammeDocument
from eligibility.models import SelfCheck
from eligibility.selectors import check_of_owner
from programs.loading import load_documents
from programs.models import CallRound, Programme, Publication, Revision, Version
from programs.rulebook import current
from tests.factories import SelfCheckFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

# One for the check, one for the mark that tells whether rules were published.
RESULT_QUERIES = 3
PROFILE: dict[str, Any] = {
    "legal_form": "sole_proprietor",
    "industry": "76",
    "employees": 4,
    "prefecture": "40",
    "writes_own_business_plan": True,
    "with_commerce_association": True,
    "opens_sales_channels": True,
    "expenses": {"store_renovation": 1_500_000, "advertising": 300_000},
}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-21T12:00:00+09:00", tick=False):
        yield


def address(name: str, *args: str) -> str:
    return reverse(f"eligibility:{name}", args=args)


def text_of(response: Any) -> str:
    """The page's words, without tags."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", "", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def owner_token(url: str) -> str:
    return url.split("/")[2]


def test_the_whole_way_without_javascript(client: Client) -> None:
    assert client.get(address("home")).status_code == 200
    started = client.post(address("start"))
    token = owner_token(started["Location"])
    answers = {
        "company": {"legal_form": "sole_proprietor", "industry": "76", "employees": "４人", "prefecture": "40"},
        "business": {"in_deficit": "_unknown"},
        "project": {
            "writes_own_business_plan": "yes",
            "with_commerce_association": "yes",
            "opens_sales_channels": "yes",
        },
        "money": {"expenses-store_renovation": "150万円", "expenses-advertising": "30万"},
    }
    url = started["Location"]
    for typed in answers.values():
        assert client.get(url).status_code == 200
        url = client.post(url, typed)["Location"]

    assert url == address("results", token)
    check = check_of_owner(token)
    assert check is not None
    assert check.profile == PROFILE
    assert check.unknown == ["in_deficit"]
    client.post(address("as_of", token), {"as_of": "2023-10-17"})
    words = text_of(client.get(url))
    for expected in (
        "2023年10月17日",
        "要件を満たしています",
        "満たしていない要件があります",
        "500,000円",
        "計算の過程",
        "原文（943行）",
        "004_cbe6c34ac374a521.txt",
        "九州経済産業局",
        "審査",
        "最終的な判断は公募要領および所管の窓口によります",
    ):
        assert expected in words


def test_opening_a_page_makes_no_check(client: Client) -> None:
    client.get(address("home"))
    client.get(address("start"))

    assert not SelfCheck.objects.exists()


def test_a_refused_page_keeps_what_was_typed_and_stores_nothing(client: Client) -> None:
    check = SelfCheckFactory(token="t", profile={"employees": 3})

    response = client.post(
        address("page", "t", "company"), {"employees": "約10人", "capital": "１２００マン", "industry": "76"}
    )

    body = response.content.decode()
    assert response.status_code == 422
    assert 'value="約10人"' in body
    assert 'value="１２００マン"' in body
    assert '<option value="76" selected>' in body
    assert 'href="#id_employees"' in body
    assert 'aria-invalid="true"' in body
    assert "入力内容を確かめてください（2件）" in body
    check.refresh_from_db()
    assert check.profile == {"employees": 3}


@pytest.mark.parametrize("key", [page.key for page in questionnaire().pages])
def test_errors_and_descriptions_point_to_elements_that_exist(client: Client, key: str) -> None:
    SelfCheckFactory(token="t")
    page = questionnaire().page(key)
    assert page is not None
    typed = {question.fact: "？" for question in page.questions} | {
        "expenses-machinery": "？",
        "monthly_sales-2026-05": "？",
    }

    body = client.post(address("page", "t", key), typed).content.decode()

    ids = re.findall(r'\bid="([^"]+)"', body)
    assert len(ids) == len(set(ids))
    pointed = {
        name
        for value in re.findall(r'(?:aria-describedby|for|aria-labelledby)="([^"]+)"', body)
        for name in value.split()
    }
    assert pointed | set(re.findall(r'href="#([^"]+)"', body)) <= set(ids)


@pytest.mark.parametrize(
    ("go", "leads_to"),
    [("next", "/check/t/business/"), ("results", "/check/t/results/"), ("later", "/check/t/company/?saved=1#later")],
)
def test_where_a_saved_page_leads(client: Client, go: str, leads_to: str) -> None:
    SelfCheckFactory(token="t")

    assert client.post(address("page", "t", "company"), {"go": go})["Location"] == leads_to


def test_the_owner_is_shown_the_link_to_come_back(client: Client) -> None:
    SelfCheckFactory(token="t")

    body = client.get("/check/t/company/?saved=1").content.decode()

    assert 'value="http://testserver/check/t/results/"' in body
    assert "ここまでの回答を保存しました" in body


def test_stored_answers_are_shown_again(client: Client) -> None:
    SelfCheckFactory(token="t", profile=PROFILE, unknown=["capital"])

    body = client.get(address("page", "t", "company")).content.decode()

    assert re.search(r'value="sole_proprietor" checked', body)
    assert re.search(r'id="id_employees"[^>]*value="4"', body)
    assert re.search(r'name="capital-unknown"[^>]*checked', body)


@pytest.mark.parametrize(
    ("as_of", "says"),
    [
        (None, "今日（2026年11月21日）、受付中と確認できる制度はありません"),
        (date(2023, 10, 17), "2023年10月17日の時点での結果です。今日の受付状況ではありません"),
        (date(2027, 4, 1), "2027年4月1日（これからの日）の時点での結果です"),
    ],
)
def test_the_page_leads_with_the_moment(client: Client, as_of: date | None, says: str) -> None:
    SelfCheckFactory(token="t", profile=PROFILE, as_of=as_of)

    words = text_of(client.get(address("results", "t")))

    assert says in words
    assert words.index(says) < words.index("制度ごとの結果")


def test_today_no_closed_call_is_offered(client: Client) -> None:
    SelfCheckFactory(token="t", profile=PROFILE)

    words = text_of(client.get(address("results", "t")))

    assert "締切までに準備が間に合うか" not in words
    assert "今日は「受付終了」です。今から申し込むことはできません。" in words


def test_a_call_open_then_is_said_to_be_closed_today(client: Client) -> None:
    SelfCheckFactory(token="t", profile=PROFILE, as_of=date(2023, 10, 17))

    response = client.get(address("results", "t"))

    words = text_of(response)
    row = next(row for row in response.context["result"].rows if row.programme.slug == "jizokuka")
    assert (row.programme.best.availability, row.today) == ("open", "closed")
    assert "締切までに準備が間に合うか" not in words
    assert "今日は「受付終了」です。今から申し込むことはできません。" in words


def test_a_programme_not_yet_announced_is_named(client: Client) -> None:
    SelfCheckFactory(token="t", profile=PROFILE, as_of=date(2021, 3, 15))

    words = text_of(client.get(address("results", "t")))

    assert "この日には規則がない制度" in words
    assert "まだ公表されていません" in words


def test_questions_worth_answering_lead_to_their_place(client: Client) -> None:
    SelfCheckFactory(token="t", as_of=date(2023, 10, 17))

    body = client.get(address("results", "t")).content.decode()

    url = re.search(r'href="(/check/t/[a-z]+/)#(q-[a-z_]+)"', body)
    assert url is not None
    assert f'id="{url[2]}"' in client.get(url[1]).content.decode()


def test_a_check_without_answers_has_a_result(client: Client) -> None:
    SelfCheckFactory(token="t")

    assert "まだ回答がありません" in text_of(client.get(address("results", "t")))


def test_open_reviews_are_never_called_eligible_outright(client: Client) -> None:
    profile = {key: value for key, value in PROFILE.items() if key != "writes_own_business_plan"}
    SelfCheckFactory(token="t", profile=profile, as_of=date(2023, 10, 17))

    words = text_of(client.get(address("results", "t")))

    assert re.search(r"回答いただいた要件は満たしています（要確認 1 ?件）", words)
    assert " 要件を満たしています " not in words


def test_an_answer_that_the_vocabulary_refuses_by_now_is_left_unknown(client: Client) -> None:
    SelfCheckFactory(token="t", profile={"employees": "many", "gone": 1, "industry": "76"})

    assert client.get(address("results", "t")).status_code == 200


def test_a_wrong_date_keeps_the_result_and_what_was_typed(client: Client) -> None:
    check = SelfCheckFactory(token="t", as_of=date(2023, 10, 17))

    response = client.post(address("as_of", "t"), {"as_of": "平成50年1月1日"})

    assert response.status_code == 422
    assert 'value="平成50年1月1日"' in response.content.decode()
    check.refresh_from_db()
    assert check.as_of == date(2023, 10, 17)


def test_back_to_today(client: Client) -> None:
    check = SelfCheckFactory(token="t", as_of=date(2023, 10, 17))

    client.post(address("as_of", "t"), {"as_of": ""})

    check.refresh_from_db()
    assert check.as_of is None


def test_the_number_of_programmes_adds_no_query(
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    shipped_documents: list[ProgrammeDocument],
) -> None:
    SelfCheckFactory(token="t", profile=PROFILE, as_of=date(2023, 10, 17))
    current()
    with django_assert_num_queries(RESULT_QUERIES):
        many = client.get(address("results", "t"))
    _keep_only("jizokuka", shipped_documents)
    current()
    with django_assert_num_queries(RESULT_QUERIES):
        one = client.get(address("results", "t"))

    assert [len(response.context["report"].programmes) for response in (many, one)] == [5, 1]


def _keep_only(slug: str, documents: list[ProgrammeDocument]) -> None:
    """What is published cannot be deleted through its models: take the tables' rows, and publish anew."""
    with connection.cursor() as cursor:
        for model in (CallRound, Publication, Revision, Version, Programme):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 - our own table names
    load_documents([document for document in documents if document.program == slug])


@pytest.mark.parametrize("is_on", [True, False])
def test_demo_companies_stand_on_the_home_page_only_where_they_are_wanted(
    client: Client, settings: Any, is_on: bool
) -> None:
    settings.PORTAL_DEMO = is_on
    demo = SelfCheckFactory(demo=True, profile=PROFILE)

    body = client.get(address("home")).content.decode()

    assert (demo.title in body) is is_on
    assert (address("shared", demo.share_token) in body) is is_on


def test_a_demo_is_copied_to_play_with(client: Client, settings: Any) -> None:
    settings.PORTAL_DEMO = True
    demo = SelfCheckFactory(demo=True, profile=PROFILE)

    copied = client.post(address("start"), {"demo": demo.share_token})

    token = owner_token(copied["Location"])
    client.post(address("page", token, "company"), {})
    demo.refresh_from_db()
    assert demo.profile == PROFILE
