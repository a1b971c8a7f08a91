"""Documents as files: out byte for byte, in as drafts after a look, and nothing hostile gets through."""

import io
import json
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import shake_256
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.errors import DocumentRefused
from portal.accounts.models import User
from portal.common.uploads import Sent
from programs import drafts, publishing
from programs.case_files import load_cases
from programs.documents import document_of, fixtures_root
from programs.exchange import exports
from programs.exchange import imports as files
from programs.exchange.archives import ArchiveLimits, ArchiveRefused, read_archive
from programs.exchange.imports import ImportRefused
from programs.models import AuditEntry, Draft, Publication, Revision, Version
from programs.roles import READ
from programs.selectors import revisions_in_force
from programs.yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, parse, parse_json, parse_yaml, write_json, write_yaml
from tests.programs.officers import correction_of, publisher, writer

pytestmark = [pytest.mark.django_db]

ROOT = Path(settings.FIXTURES_ROOT) / "programs"
SHIPPED = sorted(path for path in ROOT.glob("*/*.yaml") if path.stem != "cases")
JIZOKUKA = (ROOT / "jizokuka/r4-hosei2.yaml").read_text(encoding="utf-8")
FILES = "/admin/desk/files/"
LIMITS = ArchiveLimits(files=3, each=1000, total=2000)


@pytest.fixture
def officer(programmes: None) -> User:
    return writer()


@pytest.fixture
def desk(officer: User) -> Client:
    client = Client()
    client.force_login(officer)
    return client


def upload(desk: Client, files: Mapping[str, str | bytes]) -> HttpResponse:
    sent = [SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text) for name, text in files.items()]
    return desk.post(FILES, {"files": sent})


def confirm(desk: Client, page: HttpResponse) -> HttpResponse:
    kept = re.search(r'name="kept" value="([^"]+)"', page.content.decode())
    assert kept
    return desk.post(f"{FILES}confirm/", {"kept": unescape(kept[1])})


def text_of(page: HttpResponse) -> str:
    return unescape(page.content.decode())


def zipped(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, text in files.items():
            target.writestr(name, text)
    return buffer.getvalue()


def new_version(version: str = "r5-hosei") -> str:
    return JIZOKUKA.replace("version: r4-hosei2", f"version: {version}", 1)


# --- Out --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.parametrize("form", exports.FORMS)
def test_a_document_comes_back_byte_for_byte(path: Path, form: exports.Form) -> None:
    """export -> import -> export, and YAML is the fixture file itself."""
    document = read_document(parse(path.read_bytes(), path.name))
    first = exports.written(document, form)
    assert exports.written(read_document(parse(first.encode(), f"x.{form}")), form) == first
    if form == "yaml":
        assert first.encode() == path.read_bytes()


def test_both_forms_are_the_same_document() -> None:
    document = read_document(parse_yaml(JIZOKUKA.encode(), "x"))
    assert read_document(parse_json(write_json(document).encode(), "x")) == document
    assert write_json(document).startswith('{\n  "schema_version": 1,\n  "program": "jizokuka",\n')
    assert write_json(document).endswith("}\n")
    assert "小規模事業者持続化補助金" in write_json(document)


# Whatever YAML could take for something else, and any character but control characters and what YAML cannot carry.
_SIGNS = st.sampled_from(
    [*"?-:,[]{}#&*!|>'\"%@`~=<. \n\t\x85\u2028", "null", "yes", "1e3", "0x1", "12:30", "---", "<<"]
)
_LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff\ufeff")
_TEXTS = st.lists(_SIGNS | _LETTERS, max_size=6).map("".join)


@given(st.lists(_TEXTS, min_size=1, max_size=3), _TEXTS)
def test_yaml_carries_any_text(texts: list[str], text: str) -> None:
    data = {"a": text, "b": texts, "c": {"d": text}, "e": [{"f": text, "g": texts}, [text]]}
    assert parse_yaml(write_yaml(data).encode(), "x") == data


@pytest.mark.services
def test_the_command_writes_the_fixtures_again(programmes: None, tmp_path: Path) -> None:
    load_cases(fixtures_root())
    call_command("export_programs", out=tmp_path, stdout=io.StringIO())
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    shipped = {path.relative_to(ROOT): path.read_bytes() for path in ROOT.glob("*/*.yaml")}
    assert written == shipped


def test_one_document_goes_to_standard_output(programmes: None) -> None:
    out = io.StringIO()
    call_command("export_programs", "jizokuka@r4-hosei2", stdout=out)
    assert out.getvalue() == JIZOKUKA
    out = io.StringIO()
    call_command("export_programs", "jizokuka", format="json", stdout=out)
    assert json.loads(out.getvalue())["version"] == "r4-hosei2"
    with pytest.raises(CommandError, match="一つの文書だけ"):
        call_command("export_programs")


def test_another_file_is_not_overwritten_unless_forced(programmes: None, tmp_path: Path) -> None:
    call_command("export_programs", "jizokuka", out=tmp_path, stdout=io.StringIO())
    other = tmp_path / "jizokuka/r4-hosei2.yaml"
    other.write_text("mine", encoding="utf-8")
    with pytest.raises(CommandError, match=re.escape("jizokuka/r4-hosei2.yaml")):
        call_command("export_programs", out=tmp_path, stdout=io.StringIO())
    assert other.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "monozukuri").exists()
    call_command("export_programs", out=tmp_path, force=True, stdout=io.StringIO())
    assert other.read_text(encoding="utf-8") == JIZOKUKA


def test_only_what_is_in_force_is_exported(officer: User) -> None:
    revision = Revision.objects.get(version__programme__slug="jizokuka")
    publishing.withdraw(revision, user=officer, reason="誤り")
    assert all(found.version.programme.slug != "jizokuka" for found in exports.in_force())
    with pytest.raises(CommandError, match="公開中の制度にありません：jizokuka、nothing@here"):
        call_command("export_programs", "jizokuka", "monozukuri", "nothing@here")


def test_a_page_downloads_one_document(desk: Client) -> None:
    page = desk.get(f"{FILES}document/jizokuka/r4-hosei2.yaml")
    assert page.content.decode() == JIZOKUKA
    assert page["Content-Disposition"] == 'attachment; filename="jizokuka-r4-hosei2.yaml"'
    page = desk.get(f"{FILES}document/jizokuka/r4-hosei2.json")
    assert read_document(page.json()) == document_of(Revision.objects.get(version__programme__slug="jizokuka"))
    for missing in ("jizokuka/r9.yaml", "jizokuka/r4-hosei2.xml", "nothing/r4-hosei2.yaml"):
        assert desk.get(f"{FILES}document/{missing}").status_code == 404


def test_a_page_downloads_many_as_the_same_zip_each_time(desk: Client) -> None:
    with time_machine.travel("2026-01-01"):
        first = desk.get(f"{FILES}archive/").content
    with time_machine.travel("2026-07-01"):
        assert desk.get(f"{FILES}archive/").content == first
    files = read_archive(first, ArchiveLimits(50, MAX_BYTES, MAX_BYTES))
    assert list(files) == sorted(files)
    assert files["jizokuka/r4-hosei2.yaml"].decode() == JIZOKUKA
    assert "jizokuka/cases.yaml" in files
    some = desk.get(f"{FILES}archive/", {"document": ["jizokuka@r4-hosei2", "dx-toshi-zeisei@r3"], "form": "json"})
    assert some["Content-Disposition"] == 'attachment; filename="shirube-json.zip"'
    names = set(zipfile.ZipFile(io.BytesIO(some.content)).namelist())
    assert {"dx-toshi-zeisei/r3.json", "jizokuka/r4-hosei2.json"} == {name for name in names if "cases" not in name}
    assert desk.get(f"{FILES}archive/", {"document": "nothing"}).status_code == 404
    assert desk.get(f"{FILES}archive/", {"form": "exe"}).status_code == 404


# --- In: first a look, then drafts ------------------------------------------------------------------------------------


@pytest.mark.services
def test_a_look_writes_nothing_and_the_confirmation_makes_drafts(desk: Client, officer: User) -> None:
    changed = JIZOKUKA.replace("amount: 2000000", "amount: 2500000", 1)
    page = upload(desk, {"a.yaml": changed, "b.yaml": new_version()})
    said = text_of(page)
    assert page.status_code == 200
    assert "公開中の版の訂正の案になります" in said
    assert "新しい版の案になります" in said
    assert "200万円" in said
    assert "250万円" in said
    assert not Draft.objects.exists()

    assert confirm(desk, page).headers["Location"] == "/admin/desk/"
    correction, new = Draft.objects.order_by("version")
    assert (correction.version, correction.base, correction.state) == (
        "r4-hosei2",
        Revision.objects.get(version__programme__slug="jizokuka"),
        "draft",
    )
    assert correction.document["frames"][1]["benefit"]["caps"][0]["amount"] == 2_500_000
    assert (new.version, new.base, new.created_by) == ("r5-hosei", None, officer)
    assert not Publication.objects.filter(version__slug="r5-hosei").exists()
    assert AuditEntry.objects.filter(draft=correction, action="ファイルの読み込み").get().changes


def test_json_and_a_zip_with_its_cases_are_taken_too(desk: Client) -> None:
    document = read_document(parse_yaml(new_version().encode(), "x"))
    assert "新しい版の案になります" in text_of(upload(desk, {"a.json": write_json(document)}))
    page = upload(
        desk, {"a.zip": zipped({"jizokuka/": "", "jizokuka/r5.yaml": new_version(), "jizokuka/cases.yaml": "x"})}
    )
    assert "事例のファイルは、ここでは読み込みません" in text_of(page)
    confirm(desk, page)
    assert Draft.objects.get().version == "r5-hosei"


@pytest.mark.services
def test_a_whole_export_comes_back_as_nothing_to_do(desk: Client) -> None:
    page = upload(desk, {"all.zip": desk.get(f"{FILES}archive/").content})
    assert page.status_code == 200
    assert "することはありません" in text_of(page)
    assert 'name="kept"' not in page.content.decode()


def test_a_bom_is_tolerated(desk: Client) -> None:
    assert upload(desk, {"a.yaml": "\ufeff" + new_version()}).status_code == 200


def test_a_new_programme_becomes_a_draft(desk: Client) -> None:
    page = upload(desk, {"a.yaml": JIZOKUKA.replace("program: jizokuka", "program: jizokuka-next")})
    assert "/admin/desk/" in confirm(desk, page).headers["Location"]
    assert Draft.objects.get().key == "jizokuka-next@r4-hosei2"


def test_what_the_linter_finds_is_shown_and_does_not_stop_a_draft(desk: Client) -> None:
    page = upload(desk, {"a.yaml": JIZOKUKA.replace("quote: ①：50万円", "quote: ①：60万円")})
    assert page.status_code == 200
    assert "frames.0.benefit.caps.0.cites.1.quote" in text_of(page)
    confirm(desk, page)
    assert Draft.objects.get().document["frames"][0]["benefit"]["caps"][0]["cites"][1]["quote"] == "①：60万円"


def test_a_withdrawn_version_can_be_corrected_from_a_file(desk: Client, officer: User) -> None:
    revision = Revision.objects.get(version__programme__slug="jizokuka")
    publishing.withdraw(revision, user=officer, reason="誤り")
    page = upload(desk, {"a.yaml": JIZOKUKA.replace("name: 第14回", "name: 第15回")})
    assert "この版の公開は終わっています" in text_of(page)
    confirm(desk, page)
    assert Draft.objects.get().base == revision


@pytest.mark.services
def test_an_open_draft_keeps_every_file_out(desk: Client, officer: User) -> None:
    open_draft = correction_of("jizokuka", officer)
    page = upload(desk, {"a.yaml": JIZOKUKA.replace("第14回", "第15回"), "b.yaml": new_version()})
    assert page.status_code == 422
    assert "もう案があります" in text_of(page)
    assert 'name="kept"' not in page.content.decode()
    assert Draft.objects.get() == open_draft


def test_all_faults_of_all_files_are_told_with_file_and_path(desk: Client) -> None:
    page = upload(
        desk,
        {
            "a.yaml": JIZOKUKA.replace("schema_version: 1", "shcema: 1").replace("kind: subsidy", "kind: gift", 1),
            "b.yaml": "a: [1",
            "c.json": '{"a": 1, "a": 2}',
            "d.txt": "x",
            "e.yaml": new_version(),
        },
    )
    said = text_of(page)
    assert page.status_code == 422
    for words in ("shcema", "identity.kind", "1行目", "二度書かれています", "だけを読み込めます", "新しい版の案"):
        assert words in said
    assert not Draft.objects.exists()


def test_two_files_of_one_version_are_refused(desk: Client) -> None:
    page = upload(desk, {"a.yaml": new_version(), "b.yaml": new_version().replace("第14回", "第15回")})
    assert page.status_code == 422
    assert "ファイルが2つあります" in text_of(page)


@pytest.mark.services
def test_what_was_published_after_the_look_is_looked_at_again(desk: Client, officer: User) -> None:
    page = upload(desk, {"a.yaml": JIZOKUKA.replace("amount: 2000000", "amount: 2500000", 1)})
    other = read_document(parse_yaml(JIZOKUKA.replace("name: 第14回", "name: 第15回").encode(), "x"))
    publishing.publish(other, origin=Revision.Origin.DESK, reason="訂正", user=officer)
    again = confirm(desk, page)
    assert again.status_code == 422
    assert "確認したあとに" in text_of(again)
    assert "第15回" in text_of(again)
    assert not Draft.objects.exists()
    confirm(desk, again)
    assert Draft.objects.get().base == Revision.objects.get(number=2)


def test_a_draft_opened_after_the_look_keeps_every_file_out(desk: Client, officer: User) -> None:
    page = upload(desk, {"a.yaml": JIZOKUKA.replace("第14回", "第15回"), "b.yaml": new_version()})
    correction_of("jizokuka", officer)
    assert confirm(desk, page).status_code == 422
    assert Draft.objects.count() == 1


def test_the_confirmation_is_of_this_officer_this_hour_and_unchanged(desk: Client) -> None:
    with time_machine.travel("2026-07-01T10:00:00+09:00", tick=False):
        page = upload(desk, {"a.yaml": new_version()})
        kept = re.search(r'name="kept" value="([^"]+)"', page.content.decode())
    assert kept
    other = Client()
    other.force_login(publisher())
    with time_machine.travel("2026-07-01T10:30:00+09:00", tick=False):
        assert other.post(f"{FILES}confirm/", {"kept": kept[1]}).status_code == 422
        assert desk.post(f"{FILES}confirm/", {"kept": kept[1][:-1]}).status_code == 422
        assert desk.post(f"{FILES}confirm/", {}).status_code == 422
    with time_machine.travel("2026-07-01T11:01:00+09:00", tick=False):
        assert "時間がたちすぎた" in text_of(desk.post(f"{FILES}confirm/", {"kept": kept[1]}))
    assert not Draft.objects.exists()


@pytest.mark.services
def test_confirming_twice_makes_one_draft(desk: Client) -> None:
    page = upload(desk, {"a.yaml": new_version()})
    assert confirm(desk, page).status_code == 302
    assert confirm(desk, page).status_code == 422
    assert Draft.objects.count() == 1


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_only_writers_import_and_readers_export(desk: Client, django_user_model: type[User]) -> None:
    reader = django_user_model.objects.create_user("reader", password="x", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename=READ.split(".")[1]))
    client = Client()
    client.force_login(reader)
    assert upload(client, {"a.yaml": new_version()}).status_code == 403
    assert client.get(FILES).status_code == 403
    assert client.get(f"{FILES}archive/").status_code == 200
    assert "login" in Client().get(FILES).headers["Location"]
    assert desk.get(FILES).status_code == 200


def test_an_upload_is_protected_against_forgery(officer: User) -> None:
    """Although the view is exempt until its upload handler is set."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer)
    assert upload(client, {"a.yaml": new_version()}).status_code == 403
    token = client.get(FILES).cookies["csrftoken"].value
    files = SimpleUploadedFile("a.yaml", new_version().encode())
    assert client.post(FILES, {"files": files, "csrfmiddlewaretoken": token}).status_code == 200


def test_a_page_without_files_takes_none(desk: Client) -> None:
    assert upload(desk, {}).status_code == 422
    page = desk.post(f"{FILES}confirm/", {"kept": SimpleUploadedFile("a", b"x")})
    assert page.status_code == 422


# --- Hostile input ----------------------------------------------------------------------------------------------------

_LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", _LAUGHS, "アンカー"),
        ("a.yaml", "a: !!python/object/apply:os.system [ls]", "タグ"),
        ("a.yaml", "%YAML 1.1\n---\na: no", "%"),
        ("a.yaml", "a: 1\n---\nb: 2", "2行目"),
        ("a.yaml", "a: 1\na: 2", "同じキー「a」が二度"),
        ("a.yaml", "[" * 5000, "入れ子が深すぎ"),
        ("a.yaml", "- " * 5000, "入れ子が深すぎ"),
        ("a.yaml", "[" + "1," * (MAX_NODES + 1) + "]", "項目が多すぎ"),
        ("a.yaml", "a: " + "9" * 5000, "数"),
        ("a.yaml", "a: 2023-13-45", "日付"),
        ("a.yaml", "? [{a: 1}]\n: b", "キー"),
        ("a.yaml", "a: \x00", "制御文字"),
        ("a.yaml", 'a: "\\ud800"', "サロゲート"),
        ("a.yaml", "a: 日本".encode("cp932"), "Shift_JIS"),
        ("a.yaml", "a: 日本".encode("utf-16"), "UTF-16"),
        ("a.yaml", b"\x80\x81\xff", "UTF-8"),
        ("a.yaml", b"x" * (MAX_BYTES + 1), "大きすぎます"),
        ("a.yaml", "", "項目と値の組"),
        ("a.json", '{"a": 1, "a": 2}', "同じキー 'a' が二度"),
        ("a.json", "[" * 100_000, "入れ子が深すぎ"),
        ("a.json", "[" * 100 + "]" * 100, "入れ子が深すぎ"),
        ("a.json", "[" + "1," * MAX_NODES + "1]", "項目が多すぎ"),
        ("a.json", '{"percent": 1e-999999999}', "指数"),
        ("a.json", '{"percent": "1E-999999999"}', "指数"),
        ("a.json", '"\\ud800"', "surrogate"),
        ("a.json", "NaN", "NaN"),
        ("a.json", '{"a": }', "1行目の7文字目"),
        ("a.json", "[" + "9" * 5000 + "]", "値"),
        ("a.json", '{"a": "日本"}'.encode("cp932"), "Shift_JIS"),
        ("a.exe", "x", "だけを読み込めます"),
        ("a.xlsx", zipped({"[Content_Types].xml": "x"}), "だけを読み込めます"),
    ],
)
def test_hostile_files_are_refused_by_name(desk: Client, name: str, content: str | bytes, said: str) -> None:
    page = upload(desk, {name: content})
    assert page.status_code == 422
    assert said in text_of(page)
    assert not Draft.objects.exists()


def test_depth_and_nodes_are_counted_alike_in_both_forms() -> None:
    for parser in (parse_yaml, parse_json):
        assert parser(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "x")
        with pytest.raises(DocumentRefused):
            parser(b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH, "x")
        assert parser(b"[" + b"1," * (MAX_NODES - 2) + b"1]", "x")
        with pytest.raises(DocumentRefused):
            parser(b"[" + b"1," * (MAX_NODES - 1) + b"1]", "x")


def test_names_are_shown_as_text(desk: Client) -> None:
    page = upload(desk, {"<script>alert(1)</script>.yaml": "a: 1", "..\\..\\x.yaml": "a: 1"})
    assert "<script>alert" not in page.content.decode()


def test_too_many_and_too_large_files_are_told(desk: Client) -> None:
    page = upload(desk, {f"{n}.yaml": "a: 1" for n in range(51)})
    assert "50ファイルまでです" in text_of(page)
    assert page.status_code == 422
    page = upload(desk, {f"{n}.yaml": b"#" * MAX_BYTES for n in range(6)})
    assert "合わせて5MBまでです" in text_of(page)


def test_a_body_far_beyond_every_limit_is_not_read(desk: Client) -> None:
    assert upload(desk, {f"{n}.yaml": b"#" * MAX_BYTES for n in range(21)}).status_code == 400


def test_more_than_a_page_can_send_back_must_be_split(desk: Client) -> None:
    """Words that cannot be compressed, in notes that the schema takes."""
    noise = shake_256(b"noise").hexdigest(1_000_000)
    files = {}
    for n in range(3):
        document = json.loads(write_json(read_document(parse_yaml(new_version(f"r{n}").encode(), "x"))))
        document["readings"][0]["reason"] = noise[n * 650_000 : (n + 1) * 650_000]
        files[f"{n}.json"] = json.dumps(document, ensure_ascii=False)
    page = upload(desk, files)
    assert page.status_code == 422
    assert "分けて送ってください" in text_of(page)


# --- Hostile archives -------------------------------------------------------------------------------------------------


def patched(content: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """The archive with some bytes of its first header of a kind changed."""
    place = content.index(signature) + offset
    return content[:place] + value + content[place + len(value) :]


def one_that_lies_about_its_size() -> bytes:
    """Ten bytes, says the directory; the file unpacks to 100,000."""
    content = zipped({"a.yaml": b"0" * 100_000})
    return patched(content, b"PK\x01\x02", 24, struct.pack("<L", 10))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: zipped({"../a.yaml": "a"}), "受け取りません"),
        (lambda: zipped({"x/../../a.yaml": "a"}), "受け取りません"),
        (lambda: zipped({"/etc/a.yaml": "a"}), "受け取りません"),
        (lambda: zipped({"\\\\server\\a.yaml": "a"}), "受け取りません"),
        (lambda: zipped({"..\\a.yaml": "a"}), "受け取りません"),
        (lambda: zipped({"C:\\a.yaml": "a"}), "受け取りません"),
        (lambda: zipped({"a\x01.yaml": "a"}), "受け取りません"),
        (lambda: zipped({f"{n}.yaml": "a" for n in range(4)}), "3ファイルまで"),
        (lambda: zipped({f"{n}.yaml": "a" for n in range(500)}), "3ファイルまで"),
        (lambda: zipped({"a.yaml": b"0" * 1001}), "1ファイル"),
        (lambda: zipped({f"{n}.yaml": b"0" * 900 for n in range(3)}), "合わせて"),
        (lambda: patched(zipped({"a.yaml": "a"}), b"PK\x01\x02", 8, b"\x01"), "暗号化"),
        (lambda: zipped({"a.yaml": b"0" * 900}, zipfile.ZIP_BZIP2), "圧縮方式"),
        (lambda: zipped({"a.yaml": b"0" * 900}, zipfile.ZIP_LZMA), "圧縮方式"),
        (one_that_lies_about_its_size, "壊れているか"),
        (lambda: patched(zipped({"a.yaml": "a"}), b"PK\x01\x02", 24, b"\xff"), "壊れているか"),
        (lambda: zipped({"a.yaml": "a"})[:-30], "壊れているか"),
        (lambda: b"PK\x03\x04" + b"\x00" * 100, "壊れているか"),
    ],
)
def test_a_hostile_archive_is_refused(make: Callable[[], bytes], said: str) -> None:
    with pytest.raises(ArchiveRefused, match=said):
        read_archive(make(), LIMITS)


def test_an_archive_with_a_name_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as target:
            target.writestr("a.yaml", "1")
            target.writestr("a.yaml", "2")
    with pytest.raises(ArchiveRefused, match="二つあります"):
        read_archive(content.getvalue(), LIMITS)


@given(st.binary(max_size=40), st.integers(0, 400), st.booleans())
def test_no_broken_archive_raises_anything_else(noise: bytes, place: int, keeps_length: bool) -> None:
    content = zipped({"a/b.yaml": "x: 1\n" * 20, "c.json": "{}"})
    rest = content[place + len(noise) :] if keeps_length else content[place:]
    try:
        files = read_archive(content[:place] + noise + rest, LIMITS)
    except ArchiveRefused as refused:
        assert refused.faults
    else:
        assert sum(map(len, files.values())) <= LIMITS.total


def test_a_bomb_of_zeros_is_refused_before_it_is_unpacked(desk: Client) -> None:
    """5 GB of zeros in 5 MB would be refused for its own size; 500 MB in 500 kB by what its directory says."""
    page = upload(desk, {"bomb.zip": zipped({"a.yaml": b"0" * 500_000_000})})
    assert page.status_code == 422
    assert "1ファイル1MBまで" in text_of(page)


def test_an_archive_within_an_archive_is_refused(desk: Client) -> None:
    inner = zipped({"a.yaml": new_version()})
    assert "ZIPの中のZIP" in text_of(upload(desk, {"a.zip": zipped({"inner.zip": inner})}))
    assert "ZIPの中のZIP" in text_of(upload(desk, {"a.zip": zipped({"inner.yaml": inner})}))
    assert "一つだけ" in text_of(upload(desk, {"a.zip": inner, "b.yaml": new_version()}))
    assert "ファイルがありません" in text_of(upload(desk, {"a.zip": zipped({})}))
    assert not Draft.objects.exists()


def test_names_written_by_explorer_are_read(programmes: None) -> None:
    content = zipped({"xxxxxx.yaml": "a: 1"}).replace(b"xxxxxx", "要領表".encode("cp932"))
    assert list(read_archive(content, LIMITS)) == ["要領表.yaml"]


def test_the_page_lists_what_is_in_force(desk: Client) -> None:
    said = text_of(desk.get(FILES))
    for revision in revisions_in_force():
        assert revision.version.key in said


def test_a_document_that_officers_revised_is_exported_as_they_did(
    officer: User, shipped_documents: list[ProgrammeDocument]
) -> None:
    document = next(d for d in shipped_documents if d.program == "jizokuka")
    identity = document.identity.model_copy(update={"summary": "担当官が直した概要"})
    publishing.publish(document.model_copy(update={"identity": identity}), origin=Revision.Origin.DESK, reason="訂正")
    assert "担当官が直した概要" in exports.exported(exports.in_force(["jizokuka"]), "yaml")["jizokuka/r4-hosei2.yaml"]


def test_a_draft_is_not_exported(officer: User) -> None:
    version = Version.objects.get(programme__slug="jizokuka")
    draft = drafts.open_correction(version=version, user=officer)
    drafts.save_section(
        draft=draft,
        path="identity.summary",
        data="下書き",
        user=officer,
        stamp=drafts.paths.stamp(draft.document["identity"]["summary"]),
    )
    assert "下書き" not in exports.exported(exports.in_force(["jizokuka"]), "yaml")["jizokuka/r4-hosei2.yaml"]


@pytest.mark.services
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_import_a_new_programme_at_once_one_is_told(officer: User) -> None:
    """There is no row yet that could be held: the second waits for the first one's draft, and is refused over it."""
    today = date(2026, 7, 1)
    incoming = files.read_sent([Sent("a.yaml", JIZOKUKA.replace("program: jizokuka", "program: brand-new").encode())])

    def elsewhere() -> list[Draft]:
        try:
            return files.import_drafts(incoming, {}, user=officer, today=today)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            (draft,) = files.import_drafts(incoming, {}, user=officer, today=today)
            second = pool.submit(elsewhere)
            until_somebody_waits()
        with pytest.raises(ImportRefused) as refused:
            second.result()
    assert "もう案があります" in refused.value.planned[0].findings[0].message
    assert Draft.objects.get() == draft


def until_somebody_waits() -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody came to wait")
