"""The page 「影響」 of a draft, as officers of each role see it."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from eligibility.models import Impact
from portal.accounts.models import User
from portal.common.jobs import JobState
from programs.models import Draft
from tests.eligibility.impacts import agreed, draft_without, previewed
from tests.programs.officers import correction_of, writer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]


@pytest.fixture(autouse=True)
def _no_broker_and_few_companies(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    monkeypatch.setattr(Impact, "ring", lambda self: None)
    settings.IMPACT_COMPANIES = 60
    yield


@pytest.fixture
def user(client: Client) -> User:
    officer = writer()
    client.force_login(officer)
    return officer


@pytest.fixture
def draft(user: User) -> Draft:
    return draft_without("jizokuka", user, requirement="sales-channels")


def page(client: Client, draft: Draft, **headers: str) -> str:
    response = client.get(reverse("desk_checks:impact", args=[draft.pk]), headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def ask(client: Client, draft: Draft, **data: str) -> None:
    response = client.post(reverse("desk_checks:impact-request", args=[draft.pk]), data)
    assert response["Location"] == reverse("desk_checks:impact", args=[draft.pk])


def test_the_whole_way_without_javascript(client: Client, draft: Draft) -> None:
    agreed(12, opens_sales_channels=False)
    agreed(20)
    assert "まだ試算していません" in page(client, draft)
    ask(client, draft)
    assert "順番待ち" in page(client, draft)

    previewed(draft, draft.created_by)
    shown = words(page(client, draft))
    assert "32社を数えました。" in shown
    assert "新たに対象になる会社は12社、対象から外れる会社は0社" in shown
    assert "対象の会社が受けられる額の合計は、600万円増えます。" in shown
    assert "徳島県 12社 0社 0社 ＋600万円" in shown
    assert "持続化補助金（r4-hosei2） 改訂1" in shown
    assert "もう一度試算する" in shown


def test_the_tab_stands_among_the_drafts_own(client: Client, draft: Draft) -> None:
    url = reverse("desk_checks:impact", args=[draft.pk])

    assert f'<a href="{url}" aria-current="page">影響</a>' in page(client, draft)


def test_small_counts_are_told_in_words_with_their_reason(client: Client, draft: Draft) -> None:
    agreed(3, opens_sales_channels=False)
    agreed(20)
    previewed(draft, draft.created_by)
    shown = words(page(client, draft))

    assert "新たに対象になる会社は10未満等" in shown
    assert "10社に満たないため、表示しません" in shown
    assert "合計から計算できてしまうため" in shown


def test_too_few_companies_are_not_reported_at_all(client: Client, draft: Draft) -> None:
    agreed(3)
    previewed(draft, draft.created_by)

    assert "数えた会社は10社未満のため、数字を表示しません。" in page(client, draft)


def test_a_draft_that_changes_nothing_says_so(client: Client, user: User) -> None:
    draft = correction_of("it-donyu", user)
    agreed(10)
    previewed(draft, user)

    assert "どの会社も、判定も金額も変わりません。" in page(client, draft)


def test_htmx_gets_the_panel_alone_and_asks_while_there_is_work(client: Client, draft: Draft) -> None:
    ask(client, draft)
    panel = page(client, draft, HX_Request="true")
    assert panel.lstrip().startswith('<div id="impact" data-hx-get=')
    assert "<html" not in panel

    previewed(draft, draft.created_by)
    assert "data-hx-get" not in page(client, draft, HX_Request="true")


def test_a_failed_preview_shows_why_and_can_be_asked_for_again(client: Client, draft: Draft) -> None:
    ask(client, draft)
    Impact.objects.update(state=JobState.FAILED, error="途中で止まりました。")
    assert "途中で止まりました。" in page(client, draft)
    assert "もう一度試算する" in page(client, draft)

    ask(client, draft)
    assert Impact.objects.get().state == JobState.QUEUED


def test_an_old_result_stays_with_a_word_that_it_is_old(client: Client, draft: Draft) -> None:
    previewed(draft, draft.created_by)
    changed = draft_without("jizokuka", draft.created_by, requirement="own-plan")
    shown = page(client, changed)

    assert "下の数字は、変わる前のものです。" in shown
    assert "今の案で試算する" in shown
    assert "もう一度試算してください" in client.get(reverse("desk:draft", args=[draft.pk])).content.decode()


def test_a_finished_preview_is_made_again_only_when_told_to(client: Client, draft: Draft) -> None:
    previewed(draft, draft.created_by)
    ask(client, draft)
    assert Impact.objects.count() == 1

    ask(client, draft, again="1")
    assert Impact.objects.count() == 2


def test_the_warning_stands_on_the_page_and_on_the_overview(client: Client, user: User) -> None:
    draft = draft_without("jizokuka", user, frame="tsujo")
    agreed(20)
    previewed(draft, user)

    for url in ("desk_checks:impact", "desk:draft"):
        assert "100.0％" in client.get(reverse(url, args=[draft.pk])).content.decode()


def test_a_broken_draft_says_what_is_in_the_way(client: Client, draft: Draft) -> None:
    Draft.objects.update(document={**draft.document, "frames": []})
    assert "直してから試算してください" in page(client, draft)

    ask(client, draft)
    assert not Impact.objects.exists()
    assert "直してから試算してください" in page(client, draft)


def test_who_may_only_read_asks_for_nothing(client: Client, draft: Draft) -> None:
    reader = get_user_model().objects.create_user("yomu", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_draft"))
    client.force_login(reader)

    assert "影響を試算する" not in page(client, draft)
    assert client.post(reverse("desk_checks:impact-request", args=[draft.pk])).status_code == 403


def test_nobody_else_sees_it(client: Client, draft: Draft) -> None:
    client.force_login(get_user_model().objects.create_user("tanin", is_staff=True))
    assert client.get(reverse("desk_checks:impact", args=[draft.pk])).status_code == 403

    client.logout()
    assert client.get(reverse("desk_checks:impact", args=[draft.pk])).status_code == 302


def test_no_such_draft_is_no_page(client: Client, user: User) -> None:
    assert client.get(reverse("desk_checks:impact", args=[10**6])).status_code == 404
