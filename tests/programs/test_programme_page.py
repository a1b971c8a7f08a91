"""The public page of a programme: the version in force, what it asks and pays, and where that is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from eligibility.engine.calendar import AsOf
from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.errors import DocumentRefused
from programs.documents import document_of, vocabulary
from programs.models import Revision
from programs.pages import programme_page
from programs.publishing import publish, withdraw
from tests.programs.officers import publisher

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

# The versions in force of one programme, documents with them.
PAGE_QUERIES = 1
SHIPPED = ["dx-toshi-zeisei", "it-donyu", "jigyo-saikochiku", "jizokuka", "monozukuri"]


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-21T12:00:00+09:00", tick=False):
        yield


def address(*args: str) -> str:
    return reverse("programs:version" if len(args) > 1 else "programs:programme", args=args)


def text_of(response: Any) -> str:
    """The page's words, without tags."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", "", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def published(program: str, version: str, announced: str, **time: Any) -> Revision:
    """Another version of a shipped programme, published."""
    shipped = Revision.objects.filter(version__programme__slug=program).order_by("pk")[0]
    data = {**shipped.document, "version": version}
    data["time"] = {**data["time"], "announced": announced, **time}
    return publish(read_document(data), origin=Revision.Origin.DESK, reason="次の公募")


@pytest.mark.parametrize("program", SHIPPED)
def test_every_shipped_programme_has_its_page(client: Client, program: str) -> None:
    response = client.get(address(program))

    words = text_of(response)
    document = document_of(Revision.objects.get(version__programme__slug=program))
    assert response.status_code == 200
    assert document.identity.name_ja in words
    assert document.identity.summary in words
    for frame in document.frames:
        assert frame.name_ja in words
        for requirement in frame.requirements:
            assert requirement.text in words
    for requirement in document.requirements:
        assert requirement.text in words
    assert "決めるのは、公式の公募要領です" in words
    assert "改訂1（2026年11月21日 掲載）" in words
    assert f'href="{reverse("eligibility:start")}"' in response.content.decode()


@pytest.mark.parametrize("program", SHIPPED)
def test_no_page_says_only_that_something_is_not_covered(client: Client, program: str) -> None:
    """「対象外」 alone helps nobody; the words stand only inside sentences of the documents."""
    body = client.get(address(program)).content.decode()

    assert re.findall(r">\s*対象外\s*<", body) == []


@pytest.mark.parametrize("program", SHIPPED)
def test_links_within_the_page_lead_somewhere_and_names_are_unique(client: Client, program: str) -> None:
    body = client.get(address(program)).content.decode()

    ids = re.findall(r'\bid="([^"]+)"', body)
    assert len(ids) == len(set(ids))
    pointed = {name for value in re.findall(r'aria-labelledby="([^"]+)"', body) for name in value.split()}
    assert pointed | set(re.findall(r'href="#([^"]+)"', body)) <= set(ids)


@pytest.mark.parametrize(
    "words",
    [
        "賃金引上げ枠",
        "直近期が赤字である",
        "3/4",
        "＋50万円",
        "※1",
        "原文（955行）",
        "「②～⑤：200万円」"[1:-1],
        "店舗改装、広告掲載、展示会出展費用など",
        "GビズIDプライムの取得",
        "かかる期間：一定の期間（資料に日数の記載はありません）",
        "要件ではないこと",
        "みなし大企業の取扱いは資料に記載がありません。",
        "商工会議所地区 事務局",
        "03-6632-1502",
        "創業枠の補助上限は200万円とする。",
        "令和4年度補正予算 2,000億円",
        "第15回のスケジュールは、資料の時点では案内されていません。",
    ],
)
def test_what_the_page_says(client: Client, words: str) -> None:
    assert words in text_of(client.get(address("jizokuka")))


def test_expenses_covered_and_not_covered(client: Client) -> None:
    words = text_of(client.get(address("jigyo-saikochiku")))

    assert "対象にならない区分 従業員の人件費、旅費" in words


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("2023-09-01T12:00:00+09:00", "受付前"),
        ("2023-10-17T12:00:00+09:00", "受付中"),
        ("2023-12-13T00:00:00+09:00", "受付終了"),
    ],
)
def test_the_call_is_told_as_of_today(client: Client, moment: str, says: str) -> None:
    with time_machine.travel(moment, tick=False):
        words = text_of(client.get(address("jizokuka")))

    assert f"補助金 {says} " in words
    assert f"第14回 {says} 2023年9月20日 2023年12月12日 すべての枠" in words
    assert ("今から申し込むことはできません" in words) is (says == "受付終了")


def test_a_round_of_some_frames_names_them(shipped_documents: list[ProgrammeDocument]) -> None:
    document = next(document for document in shipped_documents if document.program == "it-donyu")
    page = programme_page(document, vocabulary(), AsOf(date(2023, 9, 1)))

    assert [round_.frames for round_ in page.rounds_ahead][:1] == ["通常枠 A類型、通常枠 B類型、セキュリティ対策推進枠"]
    assert [round_.name for round_ in page.rounds_ended] == ["第5次締切", "第7次締切"]


def test_a_page_takes_one_query_for_any_number_of_versions(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(address("jizokuka"))
    for year in ("2024", "2025"):
        published("jizokuka", f"v{year}", f"{year}-04-01")
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(address("jizokuka"))


def test_the_version_announced_last_is_shown_and_the_others_are_linked(client: Client) -> None:
    published("jizokuka", "r6", "2025-04-01")
    published("jizokuka", "r8", "2027-04-01")

    body = client.get(address("jizokuka")).content.decode()

    assert "r6（2025年4月1日 公表）" in body
    assert re.findall(r'href="(/programs/jizokuka/[^"]+)"', body) == [
        "/programs/jizokuka/r8/",
        "/programs/jizokuka/r4-hosei2/",
    ]


def test_a_version_of_another_time_says_so(client: Client) -> None:
    published("jizokuka", "r6", "2025-04-01")
    published("jizokuka", "r8", "2027-04-01")

    past = text_of(client.get(address("jizokuka", "r4-hosei2")))
    today = text_of(client.get(address("jizokuka", "r6")))
    coming = text_of(client.get(address("jizokuka", "r8")))

    assert "これは以前の版です" in past
    assert "これは以前の版です" not in today + coming
    assert "この版は2027年4月1日に公表される予定です" in coming
    assert "公表される予定です" not in past + today


def test_before_the_first_announcement_the_first_version_to_come_is_shown(client: Client) -> None:
    with time_machine.travel("2020-01-01T12:00:00+09:00", tick=False):
        words = text_of(client.get(address("jizokuka")))

    assert "この版は2023年8月1日に公表される予定です" in words


def test_a_correction_is_shown_with_its_number(client: Client) -> None:
    revision = Revision.objects.get(version__programme__slug="jizokuka")
    data = {**revision.document, "identity": {**revision.document["identity"], "target": "小規模事業者（訂正後）"}}
    publish(read_document(data), origin=Revision.Origin.DESK, reason="訂正")

    words = text_of(client.get(address("jizokuka")))

    assert "小規模事業者（訂正後）" in words
    assert "改訂2（2026年11月21日 掲載）" in words


def test_a_correction_of_an_old_call_does_not_bring_the_old_name_back(client: Client) -> None:
    first = Revision.objects.get(version__programme__slug="jizokuka")
    renamed = {**first.document["identity"], "name_ja": "新しい名前の補助金"}
    later = {**first.document, "version": "r6", "identity": renamed}
    later["time"] = {**later["time"], "announced": "2025-04-01"}
    publish(read_document(later), origin=Revision.Origin.DESK, reason="改称")
    publish(document_of(first), origin=Revision.Origin.DESK, reason="古い版の訂正")

    assert "新しい名前の補助金" in text_of(client.get(reverse("programs:programmes")))


def test_a_withdrawn_version_is_said_to_be_gone(client: Client) -> None:
    later = published("jizokuka", "r6", "2025-04-01")
    withdraw(later, user=publisher(), reason="中止")

    response = client.get(address("jizokuka", "r6"))

    assert response.status_code == 410
    assert "この版の掲載は終わりました" in text_of(response)
    assert 'href="/programs/jizokuka/r4-hosei2/"' in response.content.decode()
    assert "r4-hosei2（2023年8月1日 公表）" in text_of(client.get(address("jizokuka")))


def test_a_programme_without_any_version_in_force_is_not_found(client: Client) -> None:
    withdraw(Revision.objects.get(version__programme__slug="jizokuka"), user=publisher(), reason="中止")

    assert client.get(address("jizokuka")).status_code == 404
    assert client.get(address("jizokuka", "r4-hosei2")).status_code == 404
    assert "小規模事業者持続化補助金" not in text_of(client.get(reverse("programs:programmes")))


@pytest.mark.parametrize(
    "path",
    [
        "/programs/nothing/",
        "/programs/jizokuka/nothing/",
        "/programs/%00/",
        "/programs/jizokuka/%00/",
        f"/programs/{'a' * 5000}/",
        f"/programs/jizokuka/{'a' * 5000}/",
    ],
)
def test_addresses_that_lead_nowhere_are_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_words_of_a_document_are_shown_as_text(client: Client) -> None:
    revision = Revision.objects.get(version__programme__slug="jizokuka")
    data = {**revision.document, "identity": {**revision.document["identity"], "target": "<script>alert(1)</script>"}}
    publish(read_document(data), origin=Revision.Origin.DESK, reason="試験")

    assert "<script>alert" not in client.get(address("jizokuka")).content.decode()


def test_an_address_that_is_none_of_the_web_is_refused() -> None:
    document = Revision.objects.get(version__programme__slug="jizokuka").document
    sources = [{**document["sources"][0], "url": "javascript:alert(1)"}]
    with pytest.raises(DocumentRefused, match="https:// から始まるURL"):
        read_document({**document, "sources": sources})


def test_the_list_names_what_is_in_force_once(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    published("jizokuka", "r6", "2025-04-01")

    with django_assert_num_queries(1):
        body = client.get(reverse("programs:programmes")).content.decode()

    assert sorted(re.findall(r'href="/programs/([a-z-]+)/"', body)) == SHIPPED
