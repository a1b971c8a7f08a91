"""Loading the shipped documents: one transaction, any number of times, never over what officers published."""

import io
import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import DocumentRefused
from programs.documents import read_documents
from programs.drafts import DraftRefused
from programs.lifecycle import move
from programs.loading import Change, load_documents, load_fixtures
from programs.models import AcceptanceCase, AuditEntry, CallRound, Draft, Programme, Publication, Revision, Version
from programs.publishing import publish, withdraw
from programs.yaml import MAX_BYTES, write_document, write_json
from tests.programs.officers import correction_of, new_version_of, publisher, writer

pytestmark = [pytest.mark.django_db, pytest.mark.services]

ROOT = Path(settings.FIXTURES_ROOT)


@pytest.fixture
def own_root(tmp_path: Path) -> Path:
    """A copy of the fixtures to change."""
    for name in ("programs", "sources"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "facts.yaml", tmp_path)
    return tmp_path


def edit(root: Path, file: str, old: str, new: str) -> None:
    path = root / "programs" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def changes(root: Path) -> dict[str, Change]:
    return {loaded.document.key: loaded.change for loaded in load_fixtures(root)}


def test_loading_twice_changes_nothing_the_second_time() -> None:
    assert set(changes(ROOT).values()) == {Change.ADDED}
    rows = list(Revision.objects.values_list("pk", "document_hash"))
    assert set(changes(ROOT).values()) == {Change.UNCHANGED}
    assert list(Revision.objects.values_list("pk", "document_hash")) == rows


def test_rounds_and_list_columns_come_from_the_document() -> None:
    load_fixtures(ROOT)
    version = Version.objects.get(programme__slug="jizokuka", slug="r4-hosei2")
    assert (version.stage, str(version.announced), version.frame_count) == ("call", "2023-08-01", 5)
    assert list(version.rounds.values_list("name", "opens", "closes")) == [("第14回", "2023-09-20", "2023-12-12")]
    digital = CallRound.objects.filter(version__programme__slug="it-donyu", frame="digital-kiban")
    assert digital.count() == 6


def test_a_changed_file_becomes_the_next_revision(own_root: Path) -> None:
    load_fixtures(own_root)
    edit(own_root, "jizokuka/r4-hosei2.yaml", "summary: 小規模事業者が", "summary: 小規模な事業者が")
    assert changes(own_root)["jizokuka@r4-hosei2"] is Change.REVISED
    numbers = Revision.objects.filter(version__programme__slug="jizokuka").values_list("number", flat=True)
    assert sorted(numbers) == [1, 2]


def test_a_version_of_a_day_that_is_taken_is_refused_in_words(
    own_root: Path, shipped_documents: list[ProgrammeDocument]
) -> None:
    """Officers may have published the same call under a name of their own; a dry run says so too."""
    shipped = next(document for document in shipped_documents if document.program == "jizokuka")
    publish(shipped.model_copy(update={"version": "r4-desk"}), origin=Revision.Origin.DESK, reason="第14回")
    for options in ([], ["--dry-run"]):
        with pytest.raises(CommandError, match=r"time\.announced: 同じ日に公表された版「r4-desk」"):
            call_command("load_programs", "--root", str(own_root), *options)
    assert Revision.objects.count() == 1


def test_a_new_summary_leaves_the_rules_hash_alone(own_root: Path) -> None:
    load_fixtures(own_root)
    edit(own_root, "jizokuka/r4-hosei2.yaml", "summary: 小規模事業者が", "summary: 小規模な事業者が")
    load_fixtures(own_root)
    second, first = Revision.objects.filter(version__programme__slug="jizokuka")
    assert first.rules_hash == second.rules_hash
    assert first.document_hash != second.document_hash


def test_what_officers_published_wins_over_the_file(own_root: Path) -> None:
    load_fixtures(own_root)
    document = next(d for d in read_documents(own_root) if d.program == "jizokuka")
    identity = document.identity.model_copy(update={"summary": "担当官が直した概要"})
    publish(document.model_copy(update={"identity": identity}), origin=Revision.Origin.DESK, reason="訂正")
    assert changes(own_root)["jizokuka@r4-hosei2"] is Change.KEPT
    assert Revision.objects.filter(version__programme__slug="jizokuka").count() == 2


def test_one_broken_file_loads_nothing_and_names_every_fault(own_root: Path) -> None:
    edit(own_root, "jizokuka/r4-hosei2.yaml", "fact: opens_sales_channels", "fact: opens_sales_chanels")
    edit(own_root, "monozukuri/r4-hosei2.yaml", "quote: 給与支給総額 + 1.5%", "quote: 給与支給総額 + 2.5%")
    with pytest.raises(DocumentRefused) as refused:
        load_fixtures(own_root)
    said = str(refused.value)
    assert "jizokuka/r4-hosei2.yaml: requirements.3.criterion" in said
    assert "opens_sales_chanels" in said
    assert "monozukuri/r4-hosei2.yaml: requirements.3.cites.0.quote" in said
    assert not Programme.objects.exists()


def test_the_command_says_what_is_wrong_and_exits_with_an_error(own_root: Path) -> None:
    edit(own_root, "jizokuka/r4-hosei2.yaml", "schema_version: 1", "schema_version: 1\nshcema: 1")
    with pytest.raises(CommandError, match="何も読み込みませんでした"):
        call_command("load_programs", root=own_root)


def test_a_document_must_stand_where_its_name_says(own_root: Path) -> None:
    (own_root / "programs/jizokuka/r4-hosei2.yaml").rename(own_root / "programs/jizokuka/r5.yaml")
    with pytest.raises(DocumentRefused, match="を名乗っています"):
        load_fixtures(own_root)


def test_a_published_revision_cannot_be_deleted() -> None:
    load_fixtures(ROOT)
    with pytest.raises(ProtectedError):
        Revision.objects.filter(version__programme__slug="jizokuka").delete()
    with pytest.raises(ProtectedError):
        Revision.objects.filter(version__programme__slug="jizokuka").get().delete()


def test_publishing_what_is_published_already_changes_nothing(shipped_documents: list[ProgrammeDocument]) -> None:
    """As when two machines load the same files: the second finds the first one's revision under the lock."""
    for _ in range(2):
        load_documents(shipped_documents)
    assert set(Revision.objects.values_list("number", flat=True)) == {1}


def test_a_control_character_does_not_load(own_root: Path) -> None:
    edit(own_root, "jizokuka/r4-hosei2.yaml", "summary: 小規模事業者が", 'target: "a\\0b"\n  summary: 小規模事業者が')
    edit(own_root, "jizokuka/r4-hosei2.yaml", "  target: 小規模事業者等\n", "")
    with pytest.raises(DocumentRefused, match=r"identity\.target"):
        load_fixtures(own_root)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere/facts\.yaml"):
        call_command("load_programs", root=tmp_path / "nowhere")


def test_a_published_revision_cannot_be_changed() -> None:
    load_fixtures(ROOT)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Revision.objects.update(reason="後から")
    assert not Revision.objects.filter(reason="後から").exists()


# --- What the command says, and what it leaves alone ------------------------------------------------------------------


def said(**options: object) -> str:
    out = io.StringIO()
    call_command("load_programs", stdout=out, **options)
    return out.getvalue()


def rows() -> list[object]:
    """Everything that loading could write."""
    return [
        list(model.objects.order_by("pk").values()) for model in (Revision, Publication, AcceptanceCase, AuditEntry)
    ]


def test_the_command_loads_documents_with_their_cases() -> None:
    first = said()
    assert "jizokuka@r4-hosei2 改訂1: 新しく公開" in first
    assert "jizokuka の事例: 追加" in first
    assert AcceptanceCase.objects.filter(program="jizokuka").exists()
    before = rows()
    assert "jizokuka@r4-hosei2 改訂1: 変更なし" in said()
    assert rows() == before


def test_a_dry_run_says_everything_and_writes_nothing(own_root: Path) -> None:
    text = said(root=own_root, dry_run=True)
    assert "jizokuka@r4-hosei2: 新しく公開" in text
    assert "書き込みはしていません" in text
    assert not Programme.objects.exists()
    assert not AcceptanceCase.objects.exists()

    said(root=own_root)
    before = rows()
    edit(own_root, "jizokuka/r4-hosei2.yaml", "summary: 小規模事業者が", "summary: 小規模な事業者が")
    edit(own_root, "jizokuka/r4-hosei2.yaml", "name: 第14回", "name: 第十四回")
    text = said(root=own_root, dry_run=True)
    assert "jizokuka@r4-hosei2: 改訂\n" in text
    assert "monozukuri@r4-hosei2: 変更なし" in text
    assert re.search(r"変更　.*概要：.* → 小規模な事業者が", text)
    assert re.search(r"変更　.*：第14回 → 第十四回", text)
    assert rows() == before


def test_a_dry_run_of_a_broken_file_says_what_loading_would(own_root: Path) -> None:
    edit(own_root, "jizokuka/r4-hosei2.yaml", "schema_version: 1", "schema_version: 1\nshcema: 1")
    for dry_run in (True, False):
        with pytest.raises(CommandError, match=r"何も読み込みませんでした(?s:.)*jizokuka/r4-hosei2.yaml: shcema"):
            said(root=own_root, dry_run=dry_run)


def test_broken_cases_keep_the_documents_out(own_root: Path) -> None:
    edit(own_root, "jizokuka/cases.yaml", "as_of: '2023-10-17'", "as_of: きのう")
    with pytest.raises(CommandError, match=re.escape("jizokuka/cases.yaml: cases.0.as_of")):
        said(root=own_root)
    assert not Revision.objects.exists()


def test_files_of_either_form_are_loaded_by_name(tmp_path: Path) -> None:
    document = next(d for d in read_documents(ROOT) if d.program == "jizokuka")
    (tmp_path / "one.json").write_text(write_json(document), encoding="utf-8")
    (tmp_path / "two.yml").write_text(
        write_document(document.model_copy(update={"version": "r5"})).replace("'2023-08-01'", "'2024-08-01'"), "utf-8"
    )
    files = [tmp_path / "one.json", tmp_path / "two.yml"]
    assert "jizokuka@r5: 新しく公開" in said(file=files, dry_run=True)
    assert not Revision.objects.exists()
    said(file=files)
    assert {version.key for version in Version.objects.all()} == {"jizokuka@r4-hosei2", "jizokuka@r5"}


def test_all_faults_of_all_files_are_told_and_nothing_is_loaded(tmp_path: Path) -> None:
    text = (ROOT / "programs/jizokuka/r4-hosei2.yaml").read_text(encoding="utf-8")
    (tmp_path / "good.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "quote.yaml").write_text(text.replace("quote: ①：50万円", "quote: ①：60万円"), encoding="utf-8")
    (tmp_path / "key.yaml").write_text(text.replace("version: r4-hosei2", "vresion: r4"), encoding="utf-8")
    (tmp_path / "sjis.yaml").write_bytes(text.encode("cp932", "replace"))
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    names = ["good.yaml", "quote.yaml", "key.yaml", "sjis.yaml", "large.yaml", "missing.yaml", "good.txt"]
    with pytest.raises(CommandError) as refused:
        said(file=[tmp_path / name for name in names])
    for words in (
        "quote.yaml: frames.0.benefit.caps.0.cites.1.quote",
        "key.yaml: vresion",
        "sjis.yaml: (file): 文字コードが",
        "large.yaml: (file): 大きすぎます",
        "missing.yaml: (file): 読めません",
        "good.txt: (file): ",
    ):
        assert words in str(refused.value)
    assert not Revision.objects.exists()
    with pytest.raises(CommandError, match="ファイルが2つあります"):
        said(file=[tmp_path / "good.yaml", tmp_path / "good.yaml"])
    with pytest.raises(CommandError, match="どちらか一つ"):
        said(file=[tmp_path / "good.yaml"], root=ROOT)


def revised_by_an_officer(own_root: Path) -> Revision:
    document = next(d for d in read_documents(own_root) if d.program == "jizokuka")
    identity = document.identity.model_copy(update={"summary": "担当官が直した概要"})
    return publish(document.model_copy(update={"identity": identity}), origin=Revision.Origin.DESK, reason="訂正")


def test_the_command_says_that_it_keeps_what_officers_published(own_root: Path) -> None:
    said(root=own_root)
    revised_by_an_officer(own_root)
    text = said(root=own_root, dry_run=True)
    assert "jizokuka@r4-hosei2: 担当官の公開した改訂を残す" in text
    assert "担当官が直した概要" in text
    assert "jizokuka@r4-hosei2 改訂2: 担当官の公開した改訂を残す" in said(root=own_root)
    edit(own_root, "jizokuka/r4-hosei2.yaml", "name: 第14回", "name: 第15回")
    assert "jizokuka@r4-hosei2 改訂2: 担当官の公開した改訂を残す" in said(root=own_root)
    assert CallRound.objects.get(version__programme__slug="jizokuka").name == "第14回"


def test_what_officers_withdrew_does_not_come_back(own_root: Path) -> None:
    """Neither the same file nor a changed one puts the version in force again."""
    said(root=own_root)
    withdraw(Revision.objects.get(version__programme__slug="jizokuka"), user=writer(), reason="誤り")
    in_force = Publication.objects.filter(version__programme__slug="jizokuka", ends=None)
    assert "jizokuka@r4-hosei2 改訂1: 変更なし" in said(root=own_root)
    assert not in_force.exists()
    edit(own_root, "jizokuka/r4-hosei2.yaml", "name: 第14回", "name: 第15回")
    assert "jizokuka@r4-hosei2 改訂1: 担当官の公開した改訂を残す" in said(root=own_root)
    assert not in_force.exists()


def test_an_open_draft_is_neither_lost_nor_published_over_the_new_file(own_root: Path) -> None:
    said(root=own_root)
    draft = correction_of("jizokuka", writer())
    edit(own_root, "jizokuka/r4-hosei2.yaml", "name: 第14回", "name: 第15回")
    for dry_run in (True, False):
        assert "担当官の案があります" in said(root=own_root, dry_run=dry_run)
    assert CallRound.objects.get(version__programme__slug="jizokuka").name == "第15回"
    before = draft.document
    draft.refresh_from_db()
    assert (draft.document, draft.base) == (before, Revision.objects.get(version=draft.base.version, number=1))
    Draft.objects.filter(pk=draft.pk).update(state="approved")
    with pytest.raises(DraftRefused, match="が公開されています"):
        move(Draft.objects.get(), "publish", user=publisher())


def test_a_draft_of_a_version_that_a_file_then_publishes_is_refused_too(own_root: Path) -> None:
    """A new version made at the desk, and the file of the same name: the draft is not published over it."""
    said(root=own_root)
    draft = new_version_of("jizokuka", "r5", writer())
    text = (own_root / "programs/jizokuka/r4-hosei2.yaml").read_text(encoding="utf-8")
    newer = text.replace("version: r4-hosei2", "version: r5", 1).replace("'2023-08-01'", "'2024-08-01'", 1)
    (own_root / "programs/jizokuka/r5.yaml").write_text(newer, encoding="utf-8")
    assert "jizokuka@r5 改訂1: 新しく公開" in said(root=own_root)
    ready = {**draft.document, "time": {**draft.document["time"], "announced": "2024-08-01"}}
    Draft.objects.filter(pk=draft.pk).update(state="approved", document=ready)
    with pytest.raises(DraftRefused, match="が公開されています"):
        move(Draft.objects.get(), "publish", user=publisher())
