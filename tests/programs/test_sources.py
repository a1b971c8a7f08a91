"""Sources: read from any file an officer has, kept for good, found by words, cited by their lines."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import User
from programs.documents import all_source_lines, shipped_source_lines
from programs.models import AuditEntry, SourceCheck, SourceText
from programs.upkeep import sources
from programs.upkeep.source_texts import (
    MAX_BYTES,
    UnreadableText,
    cleaned,
    decoded,
    quoted,
    read_lines,
    search,
)
from programs.upkeep.sources import SourceRefused
from tests.programs.officers import correction_of, publisher, writer

pytestmark = pytest.mark.django_db

SHIPPED = "004_cbe6c34ac374a521.txt"
GIVEN = {
    "name": "jizokuka-15kai.txt",
    "title": "第15回公募 公募要領",
    "publisher": "中小企業庁",
    "date": "令和6年1月16日",
    "url": "https://example.jp/youryou",
    "text": "一行目\r\n　二行目 \r\n\r\n三行目",
}


@pytest.fixture
def officer(programmes: None) -> User:
    return writer()


@pytest.fixture
def desk(officer: User) -> Client:
    client = Client()
    client.force_login(officer)
    return client


def added(user: User, name: str = "own.txt", text: str = "本文") -> SourceText:
    return sources.add_source(
        name=name, title="足した資料", publisher="局", day=date(2024, 1, 16), url="", text=text, user=user
    )


# --- texts


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [("補助金①".encode(), "UTF-8"), ("補助金①".encode("utf-8-sig"), "UTF-8"), ("補助金①".encode("cp932"), "Shift_JIS")],
)
def test_text_files_of_japan_are_read(raw: bytes, encoding: str) -> None:
    read = decoded(raw)
    assert (read.text, read.encoding) == ("補助金①", encoding)


@pytest.mark.parametrize(
    "raw", ["補助金".encode("utf-16"), "補助金\n".encode("utf-16-be"), b"\x89PNG\r\n\x1a\n\x00\xa0"]
)
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableText):
        cleaned(decoded(raw).text)


def test_only_line_ends_of_windows_are_changed() -> None:
    assert cleaned("\ta \r\n\r\n　b\n") == "\ta \n\n　b\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\nb\x0bc", "2行目（U+000B）"),
        ("a\n\n\fb", "3行目（改ページ）"),
        ("a\rb", "1行目（U+000D）"),
        ("\x00\n" * 9, "ほか4行に"),
        ("a\x85", "1行目（U+0085）"),
        (" \n\n", "本文がありません"),
        ("あ" * (MAX_BYTES // 3 + 1), "1MBを超えています"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_by_line(text: str, said: str) -> None:
    with pytest.raises(UnreadableText) as refused:
        cleaned(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [("943", "943"), ("943-945", "943-945"), ("９４３～９４５行", "943-945"), (" 943 〜 943 行目", "943")],
)
def test_lines_are_read_as_people_type_them(typed: str, lines: str) -> None:
    assert str(read_lines(typed, 1000)) == lines


@pytest.mark.parametrize("typed", ["0", "945-943", "1001", "943-1001", "a", "-3", "9" * 30, "1\x002"])
def test_lines_that_are_none_are_refused(typed: str) -> None:
    with pytest.raises(UnreadableText):
        read_lines(typed, 1000)


def test_a_range_of_more_than_twelve_lines_cannot_be_cited() -> None:
    assert read_lines("1-12", 20).can_be_cited
    assert not read_lines("1-13", 20).can_be_cited


def test_words_are_found_whatever_their_width_and_spaces_and_across_lines() -> None:
    lines = ["ＩＴ 導入", "", "補助金のＩ", "t導入補", " 助金"]
    assert [str(hit.lines) for hit in search(lines, "it導入").found] == ["1", "3-4"]
    assert [str(hit.lines) for hit in search(lines, "IT導入補助金").found] == ["1-3", "3-5"]
    assert search(lines, "　 ").found == ()


def test_a_word_that_is_everywhere_gives_the_first_places() -> None:
    found = search(["の"] * 300, "の")
    assert (len(found.found), found.has_more) == (200, True)


def test_the_words_of_lines_are_quoted_without_their_padding() -> None:
    assert quoted(["a", "　b ", "", "c"], read_lines("2-4", 4)) == "b\n\nc"


# --- the register


def test_shipped_sources_are_described_by_the_documents_that_name_them(officer: User) -> None:
    entry = next(entry for entry in sources.registry() if entry.name == SHIPPED)
    assert entry.title == "経済産業省のデジタル化関連施策について"
    assert entry.publisher == "四国経済産業局"
    assert entry.date == date(2023, 10, 17)
    assert set(entry.programs) == {"it-donyu", "jizokuka", "monozukuri"}
    assert {entry.name for entry in sources.registry()} == set(shipped_source_lines())


def test_a_shipped_source_that_nobody_names_is_called_by_its_first_words(officer: User) -> None:
    entry = sources.find("001_3529d457dc5d7e0b.txt")
    assert entry is not None
    assert (entry.title, entry.uses) == ("IoT関連の令和２年度３次補正予算", ())


def test_open_drafts_are_among_the_uses(officer: User) -> None:
    draft = correction_of("jizokuka", officer)
    entry = sources.find(SHIPPED)
    assert entry is not None
    assert [use.draft_id for use in entry.uses if use.draft_id] == [draft.pk]


@pytest.mark.parametrize("broken", ["x", 3, None, [1, {"document": 3}, {"document": SHIPPED, "date": "?", "id": 5}]])
def test_a_half_finished_draft_does_not_stop_the_register(officer: User, broken: object) -> None:
    draft = correction_of("jizokuka", officer)
    draft.document = {**draft.document, "sources": broken}
    draft.save()
    assert len(sources.registry()) == len(shipped_source_lines())


@pytest.mark.services
def test_an_added_source_is_kept_exactly_and_can_be_cited(officer: User) -> None:
    row = added(officer, text="一\r\n　二 \n")
    assert all_source_lines()["own.txt"] == ["一", "　二 ", ""]
    assert sources.lines_of("own.txt") == ["一", "　二 ", ""]
    assert row.sha256 == hashlib.sha256("一\n　二 \n".encode()).hexdigest()
    assert AuditEntry.objects.get(place="own.txt").user == officer


@pytest.mark.services
def test_an_added_source_never_changes(officer: User) -> None:
    row = added(officer)
    row.text = "別の本文"
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    "name", [SHIPPED, "own.txt", "../x.txt", "a b.txt", "資料.txt", "x", ".txt", "a" * 97 + ".txt", "a\x00.txt"]
)
def test_a_name_that_is_taken_or_none_is_refused(officer: User, name: str) -> None:
    added(officer)
    with pytest.raises(SourceRefused):
        added(officer, name=name)
    assert SourceText.objects.count() == 1


def test_of_two_who_take_a_name_at_once_one_is_told(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looked before the first had written."""
    added(officer)
    monkeypatch.setattr(sources, "name_fault", lambda name: "")
    with pytest.raises(SourceRefused, match="もう使われています"):
        added(officer)


@pytest.mark.services
def test_a_check_is_noted_once_with_its_trail(officer: User) -> None:
    today = timezone.localdate()
    for _ in range(2):
        sources.check_source(name=SHIPPED, user=officer, today=today, note="見比べた")
    check = SourceCheck.objects.get()
    assert (check.document, check.checked_on, check.checked_by) == (SHIPPED, today, officer)
    assert AuditEntry.objects.filter(action="出典を確認", place=SHIPPED).count() == 1
    entry = sources.find(SHIPPED)
    assert entry is not None
    assert entry.last_check == check


def test_what_is_no_source_cannot_be_checked(officer: User) -> None:
    with pytest.raises(SourceRefused):
        sources.check_source(name="none.txt", user=officer, today=timezone.localdate())


# --- the pages


def test_the_list_names_all_with_their_programmes(desk: Client) -> None:
    page = desk.get("/admin/desk/sources/").content.decode()
    assert "経済産業省のデジタル化関連施策について" in page
    assert SHIPPED in page
    assert "6か月以上確認していません" in page


def test_the_list_takes_the_same_queries_for_any_number_of_sources(
    desk: Client, officer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk.get("/admin/desk/sources/")  # compiles the rulebook
    for number in range(3):
        added(officer, name=f"own-{number}.txt")
        with django_assert_num_queries(9):
            desk.get("/admin/desk/sources/")


def test_a_source_shows_its_numbered_lines(desk: Client) -> None:
    page = desk.get(f"/admin/desk/sources/{SHIPPED}/").content.decode()
    assert 'id="L943"' in page
    assert 'id="L1189"' in page
    assert "常時使用する従業員数が「商業・サービス業(宿泊業、娯楽業を除く)」" in page


def test_lines_that_are_pointed_at_are_marked_and_ready_to_cite(desk: Client) -> None:
    page = desk.get(f"/admin/desk/sources/{SHIPPED}/?lines=943-944").content.decode()
    assert 'id="L943" class="is-marked"' in page
    assert 'id="L945" class="is-marked"' not in page
    assert 'value="943-944"' in page
    assert "shikoku-2023" in page


def test_pointing_at_lines_goes_to_them_and_says_how_the_editor_names_the_source(desk: Client) -> None:
    """The lines may be hundreds of lines below the form."""
    page = desk.get(f"/admin/desk/sources/{SHIPPED}/?lines=943-945").content.decode()
    assert '<form method="get" action="#cite"' in page
    assert page.index('id="L943"') < page.index('id="cite"') < page.index('id="L944"')
    assert page.count('id="cite"') == 1
    (entry,) = [entry for entry in sources.registry() if entry.name == SHIPPED]
    assert f'id="cite-source" type="text" readonly value="{entry.title}"' in page
    assert "先に案の「出典」の章に加えます" in page


def test_words_that_are_looked_for_are_listed_with_their_lines(desk: Client) -> None:
    page = desk.get(f"/admin/desk/sources/{SHIPPED}/", {"q": "常時 使用する従業員数"}).content.decode()
    assert "lines=943#L943" in page


def test_the_list_of_what_is_due_says_who_names_an_owner(desk: Client) -> None:
    assert "担当者は、公開者が、" in desk.get("/admin/desk/sources/due/").content.decode()


def test_a_wrong_range_is_told(desk: Client) -> None:
    answer = desk.get(f"/admin/desk/sources/{SHIPPED}/?lines=5000")
    assert answer.status_code == 422
    assert "1から1189まで" in answer.content.decode()


def test_a_long_text_has_pages_and_a_line_opens_its_own(desk: Client, officer: User) -> None:
    added(officer, text="行\n" * 6100)
    page = desk.get("/admin/desk/sources/own.txt/?lines=6050").content.decode()
    assert 'id="L6050" class="is-marked"' in page
    assert 'id="L5000"' not in page
    assert 'id="L5000"' in desk.get("/admin/desk/sources/own.txt/?lines=6050&p=2").content.decode()


@pytest.mark.parametrize("name", ["none.txt", "..%2f..%2fmanage.py", "%00.txt", "facts.yaml", "..", "A.txt"])
def test_only_known_names_open(desk: Client, name: str) -> None:
    assert desk.get(f"/admin/desk/sources/{name}/").status_code == 404
    assert desk.post(f"/admin/desk/sources/{name}/check/").status_code == 404


def test_text_of_a_source_is_never_markup(desk: Client, officer: User) -> None:
    added(officer, text="<script>alert(1)</script></textarea>")
    page = desk.get("/admin/desk/sources/own.txt/?lines=1&q=script").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;/textarea&gt;" in page


def test_a_pasted_source_is_added(desk: Client) -> None:
    answer = desk.post("/admin/desk/sources/new/", GIVEN)
    assert answer.status_code == 302
    row = SourceText.objects.get()
    assert row.text == "一行目\n　二行目 \n\n三行目"
    assert (row.name, row.date, row.url) == ("jizokuka-15kai.txt", date(2024, 1, 16), "https://example.jp/youryou")
    assert 'id="L4"' in desk.get(answer["Location"]).content.decode()


def test_a_file_of_shift_jis_is_added(desk: Client) -> None:
    file = SimpleUploadedFile("要領.txt", "上限①\r\n50万円".encode("cp932"))
    answer = desk.post("/admin/desk/sources/new/", {**GIVEN, "text": "", "file": file}, follow=True)
    assert SourceText.objects.get().text == "上限①\n50万円"
    assert "文字コード：Shift_JIS" in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": SHIPPED}, "もう使われています"),
        ({"name": "要領"}, "英小文字"),
        ({"date": "きのう"}, "日付は"),
        ({"url": "javascript:alert(1)"}, "有効なURL"),
        ({"url": "https://a:b@example.jp/"}, "パスワード"),
        ({"url": "http://["}, "有効なURL"),
        ({"text": "一\n二\x0b"}, "2行目（U+000B）"),
        ({"text": ""}, "どちらかで本文を入れてください"),
        ({"title": "a\x08b"}, "制御文字"),
        ({"file": SimpleUploadedFile("a.txt", b"x")}, "どちらか一つだけ"),
        ({"text": "", "file": SimpleUploadedFile("a.txt", b"x" * (MAX_BYTES + 1))}, "大きすぎます"),
        ({"text": "", "file": SimpleUploadedFile("a.txt", "本文".encode("utf-16"))}, "文字コードが分かりません"),
        ({"text": "", "file": SimpleUploadedFile("a.txt", b"a\n\x00")}, "2行目（U+0000）"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(desk: Client, change: dict[str, object], said: str) -> None:
    for value in change.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    answer = desk.post("/admin/desk/sources/new/", {**GIVEN, **change})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "中小企業庁" in page
    assert not SourceText.objects.exists()


def test_a_chosen_file_must_be_chosen_again(desk: Client) -> None:
    again = "もう一度選んでください"
    assert again not in desk.post("/admin/desk/sources/new/", {**GIVEN, "title": ""}).content.decode()
    given = {**GIVEN, "title": "", "text": "", "file": SimpleUploadedFile("a.txt", b"x")}
    assert again in desk.post("/admin/desk/sources/new/", given).content.decode()


def test_a_pasted_text_that_is_too_long_to_be_read_is_told(desk: Client) -> None:
    answer = desk.post("/admin/desk/sources/new/", {**GIVEN, "text": "あ" * MAX_BYTES})
    assert answer.status_code == 422
    assert "貼り付けた本文が長すぎ" in answer.content.decode()


def test_a_body_far_beyond_every_limit_is_told(desk: Client) -> None:
    file = SimpleUploadedFile("a.txt", b"x" * (5 * MAX_BYTES))
    assert desk.post("/admin/desk/sources/new/", {**GIVEN, "file": file}).status_code == 422


def test_adding_is_protected_against_forgery(officer: User) -> None:
    """Although the view is exempt until its upload handler is set."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer)
    assert client.post("/admin/desk/sources/new/", GIVEN).status_code == 403
    assert not SourceText.objects.exists()


def test_checked_is_one_button(desk: Client) -> None:
    answer = desk.post(f"/admin/desk/sources/{SHIPPED}/check/", {"note": "第14回と同じ"}, follow=True)
    assert "第14回と同じ" in answer.content.decode()
    assert SourceCheck.objects.get().note == "第14回と同じ"


def test_a_note_that_is_too_long_is_told(desk: Client) -> None:
    answer = desk.post(f"/admin/desk/sources/{SHIPPED}/check/", {"note": "あ" * 201})
    assert answer.status_code == 422
    assert not SourceCheck.objects.exists()


def test_reading_needs_a_role_and_writing_the_writers(programmes: None, django_user_model: type[User]) -> None:
    client = Client()
    pages = ["/admin/desk/sources/", f"/admin/desk/sources/{SHIPPED}/", "/admin/desk/sources/due/"]
    assert [client.get(page).status_code for page in pages] == [302, 302, 302]
    client.force_login(django_user_model.objects.create_user("staff", password="x", is_staff=True))
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]
    assert client.get("/admin/desk/sources/new/").status_code == 403
    assert client.post(f"/admin/desk/sources/{SHIPPED}/check/").status_code == 403
    client.force_login(publisher())
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]
