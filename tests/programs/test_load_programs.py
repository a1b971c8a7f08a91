"""Loading the shipped documents: one transaction, any number of times, never over what officers published."""

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
from programs.models import CallRound, Programme, Revision, Version
from programs.services import Change, load_documents, load_fixtures, publish

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
