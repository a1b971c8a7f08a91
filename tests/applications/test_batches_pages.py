"""The pages of a batch: whom for, confirmation, progress, results, downloads; other organisations find nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from applications.batches import batches as service
from applications.models import Batch, Client, Delivery, Event, Membership, Sheet
from portal.common.jobs import JobState
from tests.applications.made_sheets import batch_of, delivered, make_sheets, some_clients
from tests.applications.supporters import adviser, client_of, manager, organisation

pytestmark = pytest.mark.django_db

LIST, NEW, CREATE = (reverse(f"supporters:{name}") for name in ("batches", "batch_new", "batch_create"))


@pytest.fixture
def acting() -> Membership:
    return adviser()


@pytest.fixture
def browser(acting: Membership) -> Browser:
    return signed_in(acting)


def signed_in(member: Membership) -> Browser:
    browser = Browser()
    browser.force_login(member.user)
    return browser


def page_of(batch: Batch) -> str:
    return reverse("supporters:batch", args=[batch.pk])


def sent_form(chosen: list[Client], **values: Any) -> dict[str, Any]:
    form = {"key": str(uuid.uuid4()), "title": "秋の訪問", "as_of": "令和5年10月17日", "kind": "draft"}
    return form | {"client": [str(client.pk) for client in chosen]} | values


def test_without_any_client_the_page_asks_whom_for(browser: Browser) -> None:
    response = browser.get(NEW)

    assert response.status_code == 200
    assert "どの企業のシートを作りますか" in response.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_chosen_clients_are_confirmed_by_name_and_nothing_is_written(
    browser: Browser, acting: Membership, method: str
) -> None:
    chosen = some_clients(acting)
    theirs = client_of(manager("yoso", of=organisation("よその商工会")), "よその企業")
    ids = [str(client.pk) for client in [*chosen[:2], theirs]]

    text = getattr(browser, method)(NEW, {"client": [*ids, "no-id"]}).text

    assert "2社の相談シートを作ります" in text
    assert "企業00" in text and "企業01" in text and "企業02" not in text and "よその" not in text
    assert not Batch.objects.exists()


def test_all_that_a_filter_finds_is_confirmed(browser: Browser, acting: Membership) -> None:
    first, second, ended = some_clients(acting)
    Client.objects.filter(pk=ended.pk).update(is_archived=True)
    Client.objects.filter(pk=first.pk).update(profile={})

    by_address = browser.get(NEW, {"all": "1"}).text
    by_form = browser.post(NEW, {"all": "1", "list": "state=ended"}).text

    assert "2社の相談シートを作ります" in by_address and ended.name not in by_address
    assert "回答が1つもない企業が1社あります" in by_address
    assert "1社の相談シートを作ります" in by_form and ended.name in by_form and second.name not in by_form
    assert "条件に合う企業がありません" in browser.get(NEW, {"all": "1", "q": "どこにもない"}).text


def test_too_many_are_not_even_listed(browser: Browser, acting: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("applications.desk.batches.MOST_CLIENTS", 2)
    some_clients(acting)

    response = browser.get(NEW, {"all": "1"})

    assert response.status_code == 422
    assert "3社あります。一度に作れるのは2社まで" in response.text
    assert "企業00" not in response.text


def test_the_form_makes_the_batch_and_sent_twice_it_is_one(browser: Browser, acting: Membership) -> None:
    form = sent_form(some_clients(acting))

    responses = [browser.post(CREATE, form) for _ in range(2)]

    batch = Batch.objects.get()
    assert [response.headers["Location"] for response in responses] == [page_of(batch)] * 2
    assert (batch.title, batch.as_of.isoformat(), batch.requested_by) == ("秋の訪問", "2023-10-17", acting.user)
    assert Sheet.objects.filter(batch=batch, kind=Sheet.Kind.DRAFT).count() == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"as_of": "いつか"}, "日付は"),
        ({"as_of": "1995年1月1日"}, "2000年から"),
        ({"client": []}, "企業がありません"),
        ({"title": "あ" * 101}, "100"),
        ({"title": "a\x00b"}, "何か文字を入力してください"),
        ({"kind": "seal"}, "選択"),
        ({"key": "x"}, "UUID"),
    ],
)
def test_a_form_with_faults_is_shown_again(
    browser: Browser, acting: Membership, values: dict[str, Any], message: str
) -> None:
    response = browser.post(CREATE, sent_form(some_clients(acting)) | values)

    assert response.status_code == 422
    assert message in response.text
    assert not Batch.objects.exists()


def test_a_client_of_others_refuses_the_whole_form(browser: Browser, acting: Membership) -> None:
    theirs = client_of(manager("yoso", of=organisation("よその商工会")), "よその企業")

    response = browser.post(CREATE, sent_form([*some_clients(acting), theirs]))

    assert response.status_code == 422
    assert "選んだ企業の一部が見つかりません" in response.text and "よその企業" not in response.text
    assert not Batch.objects.exists()


def test_while_it_is_made_the_page_asks_for_itself(browser: Browser, acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    make_sheets(Sheet.objects.filter(client__name="企業00"))
    Sheet.objects.filter(client__name="企業01").update(
        state=JobState.FAILED, error="印刷できない文字があります：\U0001f9e8"
    )

    page = browser.get(page_of(batch), {"p": "1"}).text
    panel = browser.get(page_of(batch), headers={"HX-Request": "true"}).text

    for text in (page, panel):
        assert "3社のうち 2社 が終わりました" in text
        assert 'data-hx-trigger="every 3s"' in text
        assert "印刷できない文字があります" in text
        assert reverse("supporters:sheet_download", args=[Sheet.objects.get(client__name="企業00").pk]) in text
    assert f'data-hx-get="{page_of(batch)}?p=1"' in page
    assert "<html" in page and "<html" not in panel


def test_when_all_is_done_the_page_offers_the_files_and_asks_no_more(browser: Browser, acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    make_sheets(Sheet.objects.all())
    assert "ファイルをまとめています" in browser.get(page_of(batch)).text, "a moment before it is asked for"
    delivered(batch)

    text = browser.get(page_of(batch)).text

    assert "3社すべての相談シートができました" in text and "ZIPをダウンロードする" in text
    assert "every 3s" not in text


@pytest.mark.parametrize(
    ("states", "show", "names"),
    [
        ((), "", ["企業01", "企業00", "企業02"]),
        ((), "done", ["企業00"]),
        ((), "failed", ["企業01"]),
        ((), "open", ["企業02"]),
        ((), "nonsense", ["企業01", "企業00", "企業02"]),
    ],
)
def test_the_list_shows_failures_first_and_what_is_asked_for(
    browser: Browser, acting: Membership, states: tuple[()], show: str, names: list[str]
) -> None:
    batch = batch_of(acting, some_clients(acting))
    make_sheets(Sheet.objects.filter(client__name="企業00"))
    Sheet.objects.filter(client__name="企業01").update(state=JobState.FAILED, error="x")

    rows = browser.get(page_of(batch), {"show": show}).context["rows"]

    assert [row["sheet"].client.name for row in rows] == names


@pytest.mark.parametrize("count", [2, 12])
def test_pages_cost_the_same_for_few_and_many(
    browser: Browser, acting: Membership, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    batch = batch_of(acting, some_clients(acting, count))
    make_sheets(Sheet.objects.all(), pages=1)
    for _ in range(count):
        batch_of(acting, [Client.objects.all()[0]])
    delivered(batch)
    chosen = [str(client.pk) for client in Client.objects.all()]

    for url, data, queries in ((LIST, {}, 5), (page_of(batch), {}, 9), (NEW, {"client": chosen}, 5)):
        with django_assert_num_queries(queries):
            browser.get(url, data)


def test_a_sheet_that_failed_is_tried_again(browser: Browser, acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    make_sheets(Sheet.objects.filter(client__name="企業00"))
    Sheet.objects.exclude(client__name="企業00").update(state=JobState.FAILED, error="x")
    failed = Sheet.objects.get(client__name="企業01")
    retry = reverse("supporters:batch_retry", args=[batch.pk])

    assert browser.post(retry, {"sheet": "no-id"}).headers["Location"] == page_of(batch)
    assert Sheet.objects.filter(state=JobState.QUEUED).count() == 0
    browser.post(retry, {"sheet": str(failed.pk)})
    assert Sheet.objects.get(state=JobState.QUEUED).client == failed.client
    browser.post(retry)
    assert Sheet.objects.filter(state=JobState.QUEUED).count() == 2
    assert browser.get(retry).status_code == 405


def test_a_delivery_that_failed_is_tried_again(browser: Browser, acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    make_sheets(Sheet.objects.all())
    delivered(batch)
    Delivery.objects.update(state=JobState.FAILED, error="うまくいきませんでした。")

    assert "うまくいきませんでした。" in browser.get(page_of(batch)).text
    browser.post(reverse("supporters:batch_deliver", args=[batch.pk]))
    assert Delivery.objects.get().state == JobState.QUEUED


def test_both_files_are_sent_with_a_name_that_is_safe(browser: Browser, acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting), title="秋/冬の訪問")
    archive, joined = (reverse(f"supporters:batch_{name}", args=[batch.pk]) for name in ("archive", "joined"))
    assert browser.get(archive).status_code == 404, "not yet"
    make_sheets(Sheet.objects.all())
    delivery = delivered(batch)

    for url, kind, start in ((archive, "application/zip", b"PK"), (joined, "application/pdf", b"%PDF-1.7")):
        response = browser.get(url)
        assert response.headers["Content-Type"] == kind
        assert "%E7%A7%8B_%E5%86%AC" in response.headers["Content-Disposition"]
        assert "no-store" in response.headers["Cache-Control"]
        assert b"".join(response).startswith(start)

    default_storage.delete(delivery.archive.name)
    assert browser.get(archive).status_code == 404
    assert "まとめたファイルが失われています" in browser.get(page_of(batch)).text


def test_a_batch_is_deleted_after_a_question(browser: Browser, acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    delete = reverse("supporters:batch_delete", args=[batch.pk])

    assert "3社の相談シート" in browser.get(delete).text
    assert signed_in(adviser("doryo")).post(delete).status_code == 403
    assert Batch.objects.exists()
    assert browser.post(delete).headers["Location"] == LIST
    assert not Batch.objects.exists() and not Sheet.objects.exists()
    assert Event.objects.filter(action="一括作成を削除").exists()


def test_a_batch_of_another_organisation_does_not_exist(acting: Membership) -> None:
    batch = batch_of(acting, some_clients(acting))
    make_sheets(Sheet.objects.all())
    delivered(batch)
    stranger = signed_in(manager("yoso", of=organisation("よその商工会")))

    for name in ("batch", "batch_archive", "batch_joined", "batch_delete"):
        assert stranger.get(reverse(f"supporters:{name}", args=[batch.pk])).status_code == 404
    for name in ("batch_retry", "batch_deliver", "batch_delete"):
        assert stranger.post(reverse(f"supporters:{name}", args=[batch.pk])).status_code == 404
    assert batch.title not in stranger.get(LIST).text


def test_the_list_of_batches_says_how_each_stands(browser: Browser, acting: Membership) -> None:
    assert "まだ一括作成はありません" in browser.get(LIST).text
    chosen = some_clients(acting)
    batch_of(acting, chosen, title="作成中のもの")
    finished = batch_of(acting, chosen, title="")
    make_sheets(Sheet.objects.filter(batch=finished).exclude(client=chosen[0]))
    Sheet.objects.filter(batch=finished, client=chosen[0]).update(state=JobState.FAILED, error="x")
    delivered(finished)

    text = browser.get(LIST).text

    assert "作成中（0 / 3社）" in text and "作れなかった企業 1社" in text and "完了" in text
    assert "の一括作成</a>" in text


def test_hostile_words_are_shown_as_words(browser: Browser, acting: Membership) -> None:
    name = "<script>alert(1)</script>" + "𠮷" * 170
    batch = batch_of(acting, [client_of(acting, name)], title="<b>①㈱髙﨑</b>")

    text = browser.get(page_of(batch)).text

    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text
    assert "<b>①" not in text and "&lt;b&gt;①㈱髙﨑" in text


def test_a_client_deleted_between_the_two_pages_is_named_as_missing(browser: Browser, acting: Membership) -> None:
    chosen = some_clients(acting)
    form = sent_form(chosen)
    chosen[0].delete()

    response = browser.post(CREATE, form)

    assert response.status_code == 422 and "2社の相談シートを作ります" in response.text
    form["client"] = form["client"][1:]
    assert browser.post(CREATE, form).status_code == 302
    assert service.MOST_CLIENTS >= Sheet.objects.count() == 2
