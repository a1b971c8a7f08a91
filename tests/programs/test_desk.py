"""The desk's pages of a draft: who may open them, what they say and what their buttons do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import User
from programs import drafts, lifecycle, paths
from programs.models import AuditEntry, Draft, DraftState, Revision, SourceText, Version
from programs.publishing import publish
from tests.programs import officers

pytestmark = [pytest.mark.services, pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

PAGES = ("draft", "differences", "trail", "edit")


@pytest.fixture
def writer() -> User:
    return officers.writer()


@pytest.fixture
def draft(writer: User) -> Draft:
    draft = officers.correction_of("jizokuka", writer)
    stamp = paths.stamp(draft.document["identity"]["summary"])
    words = "小さな会社の販路開拓を助けます。"
    return drafts.save_section(draft=draft, path="identity.summary", data=words, stamp=stamp, user=writer)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_a_draft_asks_to_sign_in(client: Client, draft: Draft, name: str) -> None:
    answer = client.get(url(name, draft.pk))
    assert (answer.status_code, answer.url) == (302, f"/admin/login/?next={url(name, draft.pk)}")


@pytest.mark.parametrize("name", PAGES)
def test_staff_without_the_role_are_refused(draft: Draft, name: str) -> None:
    nobody = officers.writer("nobody")
    nobody.groups.clear()
    assert signed_in(nobody).get(url(name, draft.pk)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_no_draft_is_not_found(writer: User, name: str) -> None:
    assert signed_in(writer).get(url(name, 999)).status_code == 404


def test_the_list_shows_what_is_open(writer: User, draft: Draft) -> None:
    other = officers.correction_of("monozukuri", writer)
    Draft.objects.filter(pk=other.pk).update(state=DraftState.DISCARDED)
    page = signed_in(writer).get(url("drafts")).content.decode()
    assert url("draft", draft.pk) in page
    assert url("draft", other.pk) not in page
    everything = signed_in(writer).get(url("drafts"), {"state": "all"}).content.decode()
    assert url("draft", other.pk) in everything
    found = signed_in(writer).get(url("drafts"), {"state": "all", "q": "ものづくり"}).content.decode()
    assert (url("draft", draft.pk) in found, url("draft", other.pk) in found) == (False, True)


def test_the_list_takes_the_same_queries_for_any_number(
    writer: User, draft: Draft, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(writer)
    client.get(url("drafts"))
    with django_assert_num_queries(6):
        client.get(url("drafts"))
    officers.correction_of("monozukuri", writer)
    officers.correction_of("it-donyu", writer)
    with django_assert_num_queries(6):
        client.get(url("drafts"))


def test_documents_are_not_read_to_be_listed(writer: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = signed_in(writer)
    with django_assert_num_queries(5) as asked:
        client.get(url("new"))
    assert not any('"programs_revision"."document"' in query["sql"] for query in asked.captured_queries)


def test_a_new_version_is_made_from_the_form(writer: User) -> None:
    source = Revision.objects.get(version__programme__slug="jizokuka")
    given = {"source": source.pk, "is_correction": "new", "version": "r5-dai15kai", "program": ""}
    answer = signed_in(writer).post(url("new"), given)
    draft = Draft.objects.get()
    assert (answer.url, draft.key) == (url("edit", draft.pk), "jizokuka@r5-dai15kai")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"version": ""}, "新しい版の名前を書いてください"),
        ({"version": "R5 第15回"}, "英小文字・数字・ハイフンで書いて"),
        ({"version": "r4-hosei2"}, "もう公開されています"),
        ({"version": "r5", "source": "999"}, "正しく選択"),
    ],
)
def test_a_new_version_that_cannot_be_is_said_at_its_field(writer: User, given: dict[str, str], words: str) -> None:
    source = Revision.objects.get(version__programme__slug="jizokuka")
    answer = signed_in(writer).post(url("new"), {"source": source.pk, "is_correction": "new", **given})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Draft.objects.exists()


def test_the_buttons_are_those_of_the_table(writer: User, draft: Draft) -> None:
    page = signed_in(writer).get(url("draft", draft.pk)).content.decode()
    shown = {name for name in lifecycle.MOVES if url("move", draft.pk, name) in page}
    assert shown == {"submit", "discard"}


def test_the_way_to_publication_by_buttons(writer: User, draft: Draft) -> None:
    publisher = officers.publisher()
    signed_in(writer).post(url("move", draft.pk, "submit"), {"reason": "言い回しの訂正"})
    by_writer = signed_in(writer).get(url("draft", draft.pk)).content.decode()
    assert url("move", draft.pk, "approve") not in by_writer
    signed_in(publisher).post(url("move", draft.pk, "approve"))
    when = timezone.localtime() + timedelta(days=1)
    moment = {"publish_at_0": f"{when:%Y-%m-%d}", "publish_at_1": f"{when:%H:%M}"}
    signed_in(publisher).post(url("move", draft.pk, "schedule"), moment)
    draft.refresh_from_db()
    assert (draft.state, f"{timezone.localtime(draft.publish_at):%Y-%m-%d %H:%M}") == (
        DraftState.SCHEDULED,
        f"{when:%Y-%m-%d %H:%M}",
    )


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("submit", {"reason": ""}, "理由を書いてください"),
        ("approve", {}, "今「下書き」です"),
        ("schedule", {"publish_at_0": "2020-01-01", "publish_at_1": "10:00"}, "これから先の日時"),
    ],
)
def test_a_refused_move_says_why(draft: Draft, name: str, given: dict[str, str], words: str) -> None:
    answer = signed_in(officers.publisher()).post(url("move", draft.pk, name), given)
    assert answer.status_code == 422
    if name == "submit":  # shown again with its form
        assert words in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == DraftState.DRAFT


def test_a_draft_sent_back_says_why(writer: User, draft: Draft) -> None:
    lifecycle.move(draft, "submit", user=writer, reason="訂正")
    lifecycle.move(draft, "return", user=officers.publisher(), reason="出典の行を直してください")
    page = signed_in(writer).get(url("draft", draft.pk)).content.decode()
    assert "<b>差し戻す</b>（kokai" in page
    assert "出典の行を直してください" in page


def test_a_version_is_withdrawn_from_its_page_in_the_admin(writer: User) -> None:
    version = Version.objects.get(programme__slug="jizokuka")
    client = signed_in(officers.publisher())
    page = client.get(f"/admin/programs/version/{version.pk}/change/").content.decode()
    assert url("withdraw", version.pk) in page
    for reason in ("", "中止\x00", "中" * 201):
        assert client.post(url("withdraw", version.pk), {"reason": reason}).status_code == 422
    client.post(url("withdraw", version.pk), {"reason": "公募の中止"})
    assert not version.publications.filter(ends=None).exists()
    assert signed_in(writer).get(url("withdraw", version.pk)).status_code == 403


def test_a_draft_that_brings_a_version_back_says_so(writer: User, draft: Draft) -> None:
    version = Version.objects.get(programme__slug="jizokuka")
    lifecycle.withdraw_version(version, user=officers.publisher(), reason="公募の中止")
    client = signed_in(writer)
    assert "もう一度掲載されます" in client.get(url("draft", draft.pk)).content.decode()
    assert "（今は掲載していません）" in client.get(url("new")).content.decode()


def test_a_text_registered_by_who_cites_it_is_pointed_out(writer: User, draft: Draft) -> None:
    text = SourceText.objects.create(
        name="own.txt",
        title="自分で写した要領",
        publisher="経済産業局",
        date="2024-01-16",
        text="本文",
        added_by=writer,
    )
    sources = [*draft.document["sources"], {"id": "own", "document": text.name}]
    Draft.objects.filter(pk=draft.pk).update(document={**draft.document, "sources": sources})
    page = signed_in(officers.publisher()).get(url("draft", draft.pk)).content.decode()
    assert "「自分で写した要領」は、この案を書いた人が登録したものです" in page


def test_a_reservation_that_was_not_kept_is_pointed_out(writer: User, draft: Draft) -> None:
    late = timezone.now() - timedelta(minutes=10)
    Draft.objects.filter(pk=draft.pk).update(state=DraftState.SCHEDULED, publish_at=late)
    assert "過ぎても公開されていません" in signed_in(writer).get(url("draft", draft.pk)).content.decode()


def test_passwords_are_not_tried_without_end(client: Client) -> None:
    wrong = {"login": "kakite", "password": "wrong"}
    answers = [client.post("/accounts/login/", wrong).status_code for _ in range(61)]
    assert (answers[0], answers[-1]) == (200, 429)


def test_the_desk_is_the_first_thing_in_the_admin(writer: User) -> None:
    page = signed_in(writer).get("/admin/").content.decode()
    assert all(address in page for address in (url("drafts"), url("sources"), url("due")))


def test_a_move_that_does_not_exist_is_not_found(writer: User, draft: Draft) -> None:
    assert signed_in(writer).post(url("move", draft.pk, "destroy")).status_code == 404


def test_the_differences_are_in_words(writer: User, draft: Draft) -> None:
    page = signed_in(writer).get(url("differences", draft.pk)).content.decode()
    assert "小さな会社の販路開拓を助けます。" in page
    assert "1か所" in page


def test_a_newer_revision_is_pointed_out_and_taken_over(writer: User, draft: Draft) -> None:
    revision = Revision.objects.get(version__programme__slug="jizokuka")
    document = lifecycle.checked(draft, timezone.localdate()).document
    assert document is not None
    identity = document.identity.model_copy(update={"target": "小規模事業者など"})
    publish(document.model_copy(update={"identity": identity}), origin=Revision.Origin.FIXTURE, reason="更新")
    client = signed_in(writer)
    assert "改訂2 が公開されています" in client.get(url("draft", draft.pk)).content.decode()
    client.post(url("rebase", draft.pk), {"revision": "1"})
    draft.refresh_from_db()
    assert draft.base == revision
    client.post(url("rebase", draft.pk), {"revision": "2"})
    draft.refresh_from_db()
    assert draft.base is not None
    assert draft.base.number == 2


def test_a_preview_link_is_made_and_stopped(writer: User, draft: Draft) -> None:
    client = signed_in(writer)
    client.post(url("preview", draft.pk), {"action": "open"})
    draft.refresh_from_db()
    address = reverse("programs:preview", args=[draft.preview_token])
    assert address in client.get(url("draft", draft.pk)).content.decode()
    client.post(url("preview", draft.pk), {"action": "close"})
    assert Client().get(address).status_code == 404


def test_the_trail_shows_what_changed(writer: User, draft: Draft) -> None:
    page = signed_in(writer).get(url("trail", draft.pk)).content.decode()
    assert "小さな会社の販路開拓を助けます。" in page
    assert "kakite" in page


def test_words_of_an_officer_are_not_markup(writer: User, draft: Draft) -> None:
    stamp = paths.stamp(draft.document["identity"]["summary"])
    hostile = "<script>alert(1)</script>"
    drafts.save_section(draft=draft, path="identity.summary", data=hostile, stamp=stamp, user=writer)
    for name in PAGES:
        assert hostile not in signed_in(writer).get(url(name, draft.pk)).content.decode()


@pytest.mark.parametrize("key", ["colour", "a/b c?#", "", "__class__", "frames.999"])
def test_a_finding_leads_to_its_page_whatever_the_key(writer: User, draft: Draft, key: str) -> None:
    Draft.objects.filter(pk=draft.pk).update(document={**draft.document, key: 1})
    client = signed_in(writer)
    page = client.get(url("draft", draft.pk)).content.decode()
    assert "/edit/at/?path=" in page
    assert client.get(url("edit_at", draft.pk), {"path": key}, follow=True).status_code == 200


def test_the_admin_leads_to_the_desk(writer: User, draft: Draft) -> None:
    client = signed_in(writer)
    assert client.get("/admin/programs/draft/").url == url("drafts")
    assert client.get("/admin/programs/draft/add/").url == url("new")
    assert client.get(f"/admin/programs/draft/{draft.pk}/change/").url == url("draft", draft.pk)


def test_the_admin_shows_the_trail(writer: User, draft: Draft) -> None:
    entry = AuditEntry.objects.filter(draft=draft).latest("pk")
    client = signed_in(writer)
    assert "編集" in client.get("/admin/programs/auditentry/").content.decode()
    page = client.get(f"/admin/programs/auditentry/{entry.pk}/change/").content.decode()
    assert "小さな会社の販路開拓を助けます。" in page


def test_a_publisher_names_the_owner(writer: User) -> None:
    version = Version.objects.get(programme__slug="jizokuka")
    address = f"/admin/programs/programme/{version.programme_id}/change/"
    publisher = officers.publisher()
    inline = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    signed_in(publisher).post(address, {"owner": writer.pk, **inline})
    version.programme.refresh_from_db()
    assert version.programme.owner == writer
    assert AuditEntry.objects.get(action="担当者を変更").user == publisher
