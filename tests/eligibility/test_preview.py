"""A draft's preview page, and self-checks that try the draft: answered by it, and saying so on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer

from applications.models import Summary
from applications.summaries.jobs import request_summary
from eligibility import checks, trials
from eligibility.models import SelfCheck
from eligibility.results import result_of_check
from programs import drafts, paths, rulebook
from programs.documents import document_of
from programs.models import Draft, DraftState, Revision
from programs.publishing import publish
from tests.eligibility.test_check_pages import PROFILE, RESULT_QUERIES
from tests.factories import SelfCheckFactory
from tests.programs.officers import correction_of, new_version_of, writer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

IN_THE_CALL = date(2023, 10, 17)
TRIAL = "公開前の案を試しています"


@pytest.fixture
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-21T12:00:00+09:00", tick=False):
        yield


@pytest.fixture
def draft() -> Draft:
    """A correction of 持続化補助金 whose 通常枠 pays up to 200万円 instead of 50万円, with an open preview."""
    user = writer()
    made = correction_of("jizokuka", user)
    made = put(made, "frames.0.benefit.caps", paths.read(made.document, "frames.1.benefit.caps"))
    return drafts.open_preview(draft=made, user=user)


def put(draft: Draft, path: str, data: Any) -> Draft:
    stamp = paths.stamp(paths.read(draft.document, path))
    return drafts.save_section(draft=draft, path=path, data=data, stamp=stamp, user=draft.created_by)


def preview_of(draft: Draft) -> str:
    return reverse("programs:preview", args=[draft.preview_token])


def text_of(response: Any) -> str:
    """The page's words, without tags."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", "", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def amount(check: SelfCheck, frame: str = "tsujo") -> int | None:
    """What the check's result says that the frame of 持続化補助金 pays at least."""
    programme = next(row.programme for row in result_of_check(check).rows if row.programme.slug == "jizokuka")
    found = next(each for each in programme.frames if each.slug == frame)
    return found.amount.low if found.amount is not None else None


def trial(draft: Draft, **fields: Any) -> SelfCheck:
    return SelfCheckFactory(profile=PROFILE, preview=draft, **{"as_of": IN_THE_CALL, **fields})


@pytest.mark.usefixtures("_today")
class TestPreviewPage:
    def test_it_shows_the_draft_as_its_page_would_be(self, client: Client, draft: Draft) -> None:
        response = client.get(preview_of(draft))

        words = text_of(response)
        assert response.status_code == 200
        assert "公開前の案です。内容は変わることがあります" in words
        assert "状態：下書き、最終更新：2026年11月21日" in words
        assert "通常枠 共通の要件だけ 2/3 原文（955行）" in words
        first = response.context["page"].table.frames[0]
        assert first.cap.entries[0].text == "200万円"
        public = client.get(reverse("programs:programme", args=["jizokuka"]))
        assert public.context["page"].table.frames[0].cap.entries[0].text == "50万円"
        assert "公開前の案" not in text_of(public)

    def test_nobody_else_learns_of_it(self, client: Client, draft: Draft) -> None:
        response = client.get(preview_of(draft))

        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response["X-Robots-Tag"]
        assert '<meta name="robots" content="noindex, nofollow">' in response.content.decode()

    @pytest.mark.parametrize("token", ["a" * 43, "%00", "a" * 5000, "%E3%81%82", "..", "a%2Fb"])
    @pytest.mark.parametrize("path", ["", "check/"])
    def test_other_tokens_open_nothing(self, client: Client, token: str, path: str) -> None:
        address = f"/preview/{token}/{path}"
        assert (client.post(address) if path else client.get(address)).status_code == 404

    def test_a_closed_preview_opens_nothing(self, client: Client, draft: Draft) -> None:
        address = preview_of(draft)
        drafts.close_preview(draft=draft, user=draft.created_by)

        assert client.get(address).status_code == 404
        assert client.post(f"{address}check/").status_code == 404
        assert not SelfCheck.objects.exists()

    @pytest.mark.parametrize(
        ("path", "data"),
        [
            ("frames", []),
            ("identity", {}),
            ("identity", "?"),
            ("time.announced", "あした"),
            ("frames.0.benefit.parts.0.rates.0.tiers.0.rate", "三分の二"),
        ],
    )
    def test_a_half_finished_draft_says_that_it_has_no_page_yet(
        self, client: Client, draft: Draft, path: str, data: Any
    ) -> None:
        put(draft, path, data)

        response = client.get(preview_of(draft))

        assert response.status_code == 200
        assert "この案のページは、まだ表示できません。" in text_of(response)
        assert re.search(r"直すところが[1-9][0-9]*件あります", text_of(response))
        assert response["Referrer-Policy"] == "no-referrer"
        assert "<form" not in response.content.decode()

    @pytest.mark.parametrize(
        ("path", "data"),
        [
            ("requirements.1.criterion.fact", "no_such_fact"),
            ("requirements.1.cites.0.source", "no-such-source"),
            ("time.rounds.0.frames", ["no-such-frame"]),
            ("frames.0.expenses.listed", ["no_such_category"]),
            ("frames.0.benefit.caps.0.cites.0.quote", "書かれていない言葉"),
        ],
    )
    def test_what_the_linter_refuses_is_shown_but_not_tried(
        self, client: Client, draft: Draft, path: str, data: Any
    ) -> None:
        put(draft, path, data)

        page = client.get(preview_of(draft))
        started = client.post(f"{preview_of(draft)}check/")

        assert page.status_code == 200
        assert "この案ではまだ診断を試せません" in text_of(page)
        assert started["Location"] == preview_of(draft)
        assert not SelfCheck.objects.exists()

    def test_a_trial_begins_from_a_page_that_tells_nobody_its_address(self, draft: Draft) -> None:
        """A browser sends "Origin: null" from there."""
        browser = Client(enforce_csrf_checks=True)

        started = browser.post(f"{preview_of(draft)}check/", headers={"origin": "null"})

        assert re.fullmatch(r"/check/[\w-]{43}/company/", started["Location"])
        assert SelfCheck.objects.get().preview == draft
        assert browser.get(f"{preview_of(draft)}check/").status_code == 405


@pytest.mark.usefixtures("_today")
class TestTrial:
    def test_it_is_answered_by_the_draft_and_others_are_not(self, draft: Draft) -> None:
        ordinary = SelfCheckFactory(profile=PROFILE, as_of=IN_THE_CALL)

        assert amount(trial(draft)) == 1_200_000
        assert amount(ordinary) == 500_000
        assert result_of_check(ordinary).trial is None

    def test_it_carries_the_number_that_the_draft_would_get(self, draft: Draft) -> None:
        result = result_of_check(trial(draft))

        by_slug = {row.programme.slug: row for row in result.rows}
        assert {slug: row.programme.revision for slug, row in by_slug.items()} == {
            "dx-toshi-zeisei": 1,
            "it-donyu": 1,
            "jigyo-saikochiku": 1,
            "jizokuka": 2,
            "monozukuri": 1,
        }
        assert [slug for slug, row in by_slug.items() if row.is_tried] == ["jizokuka"]

    @pytest.mark.parametrize("page", ["company/", "results/", "delete/", "doubts/", "doubts/jizokuka/tsujo/"])
    def test_every_page_says_what_it_is(self, client: Client, draft: Draft, page: str) -> None:
        trial(draft, token="t")
        SelfCheckFactory(token="u", profile=PROFILE)

        assert TRIAL in text_of(client.get(f"/check/t/{page}"))
        assert TRIAL not in text_of(client.get(f"/check/u/{page}"))

    def test_the_share_link_says_it_too(self, client: Client, draft: Draft) -> None:
        check = trial(draft, shared=True)

        words = text_of(client.get(reverse("eligibility:shared", args=[check.share_token])))

        assert TRIAL in words
        assert "1,200,000円" in words
        assert str(draft.preview_token) not in words

    def test_names_lead_to_public_pages_except_the_drafts(self, client: Client, draft: Draft) -> None:
        trial(draft, token="t")

        body = client.get("/check/t/results/").content.decode()

        assert 'href="/programs/monozukuri/r4-hosei2/"' in body
        assert 'href="/programs/jizokuka/' not in body

    def test_a_version_to_come_is_tried_before_its_announcement(self, client: Client) -> None:
        user = writer()
        made = new_version_of("jizokuka", "r9", user)
        time = {**made.document["time"], "announced": "2027-04-01"}
        made = put(made, "time", {key: value for key, value in time.items() if key != "rounds"})
        made = drafts.open_preview(draft=made, user=user)
        check = trial(made, token="t", as_of=None)

        result = result_of_check(check)
        words = text_of(client.get("/check/t/results/"))

        row = next(row for row in result.rows if row.programme.slug == "jizokuka")
        assert (row.programme.version, row.programme.revision, row.today) == ("r9", 1, "unknown")
        assert [row.programme.slug for row in result.rows].count("jizokuka") == 1
        assert "案の公表日（2027年4月1日）は基準日（2026年11月21日）より後ですが、この案で判定しています" in words

    def test_an_older_version_is_tried_where_a_newer_one_is_in_force(self, draft: Draft) -> None:
        data = {**Revision.objects.get(version__programme__slug="jizokuka").document, "version": "r6"}
        data["time"] = {**data["time"], "announced": "2024-04-01"}
        publish(drafts.read_document(data), origin=Revision.Origin.DESK, reason="次の公募")

        result = result_of_check(trial(draft, as_of=date(2025, 1, 1)))

        assert {row.programme.version for row in result.rows if row.programme.slug == "jizokuka"} == {"r4-hosei2"}

    def test_no_pdf_is_made_and_the_page_says_why(self, client: Client, draft: Draft) -> None:
        check = trial(draft, token="t")

        words = text_of(client.get("/check/t/results/"))
        client.post("/check/t/summary/")

        assert "公開前の案で試した診断は、PDFにできません" in words
        assert "PDFを作る" not in words
        assert request_summary(check=check, share_url="") is None
        assert not Summary.objects.exists()

    def test_it_costs_one_query_more_once_compiled(
        self, client: Client, draft: Draft, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        trial(draft, token="t")
        client.get("/check/t/results/")

        with django_assert_num_queries(RESULT_QUERIES + 1):
            client.get("/check/t/results/")


@pytest.mark.usefixtures("_today")
class TestEndOfATrial:
    def ended(self, client: Client, check: SelfCheck) -> str:
        """What the result says after the trial; it is answered by the rules in force."""
        check = SelfCheck.objects.get(pk=check.pk)
        result = result_of_check(check)
        assert result.trial is not None
        assert not any(row.is_tried for row in result.rows)
        words = text_of(client.get("/check/t/results/"))
        assert TRIAL not in words
        assert "いま有効な規則で判定しています" in words
        return words

    def test_a_closed_preview(self, client: Client, draft: Draft) -> None:
        check = trial(draft, token="t")
        drafts.close_preview(draft=draft, user=draft.created_by)

        assert "案の下見は、終わりました" in self.ended(client, check)
        assert amount(SelfCheck.objects.get(pk=check.pk)) == 500_000

    def test_a_discarded_draft(self, client: Client, draft: Draft) -> None:
        check = trial(draft, token="t")
        Draft.objects.update(state=DraftState.DISCARDED)

        assert "試した案は、取りやめになりました" in self.ended(client, check)

    def test_a_published_draft(self, client: Client, draft: Draft) -> None:
        check = trial(draft, token="t")
        found = drafts.checked(draft, date(2026, 11, 21)).document
        assert found is not None
        revision = publish(found, origin=Revision.Origin.DESK, reason="訂正")
        Draft.objects.update(state=DraftState.PUBLISHED, revision=revision, preview_token=None)

        assert "試した案は、公開されました" in self.ended(client, check)
        assert amount(SelfCheck.objects.get(pk=check.pk)) == 1_200_000

    @pytest.mark.parametrize(
        ("path", "data"), [("frames", []), ("requirements.1.criterion.fact", "no_such_fact"), ("identity", None)]
    )
    def test_a_draft_that_is_being_rewritten(self, client: Client, draft: Draft, path: str, data: Any) -> None:
        check = trial(draft, token="t")
        result_of_check(check)
        put(draft, path, data)

        assert "案が書き直されている途中で、判定に使えません" in self.ended(client, check)

    def test_a_mended_draft_is_tried_again(self, draft: Draft) -> None:
        check = trial(draft)
        frames = draft.document["frames"]
        broken = put(draft, "frames", [])
        assert amount(SelfCheck.objects.get(pk=check.pk)) == 500_000
        put(broken, "frames", frames)

        assert amount(SelfCheck.objects.get(pk=check.pk)) == 1_200_000

    def test_a_draft_that_is_gone_leaves_an_ordinary_check(self, draft: Draft) -> None:
        check = trial(draft)
        SelfCheck.objects.update(preview=None)

        assert result_of_check(SelfCheck.objects.get(pk=check.pk)).trial is None


class TestCompiledDrafts:
    def test_one_draft_is_compiled_once_and_again_after_every_change(self, draft: Draft) -> None:
        first = trials.rules_of(draft)
        assert trials.rules_of(Draft.objects.get()) is first

        other = document_of(Revision.objects.get(version__programme__slug="monozukuri"))
        publish(other, origin=Revision.Origin.DESK, reason="確認して再公開")
        published = trials.rules_of(Draft.objects.get())
        assert published is not None
        assert published is not first
        assert published.versions["monozukuri@r4-hosei2"].revision == 2

        changed = put(draft, "identity.target", "小規模事業者")
        assert trials.rules_of(changed) not in (None, first, published)

    def test_only_the_last_few_are_kept(self, draft: Draft) -> None:
        first = trials.rules_of(draft)
        for number in range(trials.KEPT):
            changed = put(draft, "identity.target", f"小規模事業者{number}")
            draft = Draft.objects.get()
            assert trials.rules_of(changed) is not None
        original = put(draft, "identity.target", "小規模事業者等")

        assert trials.rules_of(original) is not first

    def test_rules_in_force_stay_as_they_are(self, draft: Draft) -> None:
        rules = rulebook.current()
        trials.rules_of(draft)

        assert rulebook.current() is rules
        assert rules.versions["jizokuka@r4-hosei2"].revision == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_many_visitors_at_once_are_answered_by_one_compilation(draft: Draft) -> None:
    def ask(_: int) -> Any:
        try:
            return trials.rules_of(draft)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(8)))

    assert {id(rules) for rules in found} == {id(found[0])}
    assert found[0] is not None


@pytest.mark.browser
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_from_the_preview_to_a_result_by_the_draft(live_server: LiveServer, browser_page: Page, draft: Draft) -> None:
    browser_page.set_viewport_size({"width": 390, "height": 844})
    browser_page.goto(f"{live_server.url}{preview_of(draft)}")
    assert browser_page.locator(".banner", has_text="公開前の案です").is_visible()
    assert browser_page.evaluate("document.documentElement.scrollWidth") == 390
    browser_page.click("text=この案で診断を試す")
    assert browser_page.locator(".banner", has_text=TRIAL).is_visible()
    browser_page.check("input[name=legal_form][value=sole_proprietor]")
    browser_page.click("button[value=results]")
    check = SelfCheck.objects.get()
    checks.save_page(check=check, answers={key: checks.known(value) for key, value in PROFILE.items()})
    ordinary = checks.create(profile=PROFILE, as_of=IN_THE_CALL)

    browser_page.click("text=2023年10月17日（資料の公募期間中の日）")
    assert browser_page.locator(".banner", has_text=TRIAL).is_visible()
    assert browser_page.evaluate("document.documentElement.scrollWidth") == 390
    tried = browser_page.inner_text("#p-jizokuka")
    browser_page.goto(f"{live_server.url}{reverse('eligibility:results', args=[ordinary.owner_token])}")

    assert "公開前の案" in tried
    assert "1,200,000円" in tried
    assert browser_page.locator(".banner", has_text=TRIAL).count() == 0
    assert "1,200,000円" not in browser_page.inner_text("#p-jizokuka .frame >> nth=0")
    browser_page.locator("#p-jizokuka-title a").click()
    assert browser_page.inner_text("h1") == "小規模事業者持続的発展支援事業（持続化補助金）"
