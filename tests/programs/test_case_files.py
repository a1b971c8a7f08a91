"""Cases between files and rows: loaded with the documents, never over what officers made of them, exported alike."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import DocumentRefused
from programs.case_files import CaseChange, LoadedCase, export_cases, live_cases, load_cases, summary_of
from programs.models import AcceptanceCase, AuditEntry, Programme

pytestmark = [pytest.mark.django_db, pytest.mark.services]

ROOT = Path(settings.FIXTURES_ROOT)


@pytest.fixture
def own_root(tmp_path: Path) -> Path:
    """A copy of the fixtures to change."""
    for name in ("programs", "sources"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "facts.yaml", tmp_path)
    return tmp_path


def edit(root: Path, program: str, old: str, new: str) -> None:
    path = root / "programs" / program / "cases.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def changes(loaded: list[LoadedCase], program: str = "jizokuka") -> dict[str, CaseChange]:
    return {item.slug: item.change for item in loaded if item.program == program}


@pytest.mark.usefixtures("programmes")
class TestLoading:
    def load(self, root: Path, documents: list[ProgrammeDocument]) -> dict[str, CaseChange]:
        return changes(load_cases(root, documents))

    def test_twice_changes_nothing_the_second_time(self, shipped_documents: list[ProgrammeDocument]) -> None:
        assert set(self.load(ROOT, shipped_documents).values()) == {CaseChange.ADDED}
        rows = list(AcceptanceCase.objects.values_list("pk", "position", "updated_at"))
        entries = AuditEntry.objects.count()
        assert set(self.load(ROOT, shipped_documents).values()) == {CaseChange.UNCHANGED}
        assert list(AcceptanceCase.objects.values_list("pk", "position", "updated_at")) == rows
        assert AuditEntry.objects.count() == entries

    @pytest.mark.parametrize("program", sorted(path.parent.name for path in (ROOT / "programs").glob("*/cases.yaml")))
    def test_exporting_gives_the_file_byte_for_byte(
        self, program: str, shipped_documents: list[ProgrammeDocument]
    ) -> None:
        load_cases(ROOT, shipped_documents)
        file = ROOT / "programs" / program / "cases.yaml"
        assert export_cases(program) == file.read_text(encoding="utf-8")

    def test_a_changed_a_new_and_a_removed_case(
        self, own_root: Path, shipped_documents: list[ProgrammeDocument]
    ) -> None:
        load_cases(own_root, shipped_documents)
        edit(own_root, "jizokuka", "name: 小売業 従業員6人", "name: 小売業の6人")
        edit(own_root, "jizokuka", "id: maker-20", "id: maker-twenty")
        found = self.load(own_root, shipped_documents)
        assert found["retail-6"] is CaseChange.CHANGED
        assert (found["maker-twenty"], found["maker-20"]) == (CaseChange.ADDED, CaseChange.REMOVED)
        names = [row.document["name"] for row in live_cases("jizokuka")]
        assert names[:3] == ["小売業 従業員5人、広告75万円", "小売業の6人", "製造業 従業員20人"]
        assert AuditEntry.objects.filter(action="確認用の事例の読み込み", program="jizokuka").count() == 2

    def test_what_officers_edited_is_left_as_it_is_and_said(self, shipped_documents: list[ProgrammeDocument]) -> None:
        load_cases(ROOT, shipped_documents)
        row = AcceptanceCase.objects.get(program="jizokuka", slug="retail-6")
        row.document["name"], row.is_edited = "担当官の名前", True
        row.save()
        loaded = load_cases(ROOT, shipped_documents)
        assert changes(loaded)["retail-6"] is CaseChange.KEPT
        row.refresh_from_db()
        assert row.document["name"] == "担当官の名前"
        assert "jizokuka@r4-hosei2 の事例 retail-6: 担当官が直した（消した）ものを残す" in summary_of(loaded)

    def test_a_case_deleted_at_the_desk_does_not_come_back(self, shipped_documents: list[ProgrammeDocument]) -> None:
        load_cases(ROOT, shipped_documents)
        AcceptanceCase.objects.filter(program="jizokuka", slug="retail-6").update(is_removed=True, is_edited=True)
        assert self.load(ROOT, shipped_documents)["retail-6"] is CaseChange.KEPT
        assert "retail-6" not in {row.slug for row in live_cases("jizokuka")}
        assert "retail-6" not in export_cases("jizokuka")

    def test_the_officers_order_stays_and_new_cases_follow(
        self, own_root: Path, shipped_documents: list[ProgrammeDocument]
    ) -> None:
        load_cases(own_root, shipped_documents)
        AcceptanceCase.objects.filter(program="jizokuka", slug="retail-5").update(position=20, is_edited=True)
        edit(own_root, "jizokuka", "id: maker-20", "id: maker-twenty")
        self.load(own_root, shipped_documents)
        assert [row.slug for row in live_cases("jizokuka")][-2:] == ["retail-5", "maker-twenty"]

    def test_a_case_added_at_the_desk_stays_and_is_exported(self, shipped_documents: list[ProgrammeDocument]) -> None:
        load_cases(ROOT, shipped_documents)
        row = AcceptanceCase.objects.get(program="jizokuka", slug="retail-6")
        document = {**row.document, "id": "case-1"}
        AcceptanceCase.objects.create(
            program="jizokuka", version=row.version, slug="case-1", position=99, document=document, is_edited=True
        )
        assert "case-1" not in self.load(ROOT, shipped_documents)
        assert export_cases("jizokuka").count("\n  - id: ") == 11

    def test_cases_of_what_is_not_published_are_not_exported(self, shipped_documents: list[ProgrammeDocument]) -> None:
        """The file would not load beside the documents."""
        load_cases(ROOT, shipped_documents)
        AcceptanceCase.objects.filter(program="jizokuka", slug="retail-6").update(version="r9", is_edited=True)
        row = AcceptanceCase.objects.get(program="jizokuka", slug="maker-20")
        row.document["expect"].append({"frame": "new-frame", "verdict": "eligible"})
        row.save()
        exported = export_cases("jizokuka")
        assert "id: maker-21" in exported
        assert "id: retail-6" not in exported
        assert "id: maker-20" not in exported

    def test_a_programme_without_a_file_has_no_cases(
        self, own_root: Path, shipped_documents: list[ProgrammeDocument]
    ) -> None:
        load_cases(own_root, shipped_documents)
        (own_root / "programs/jizokuka/cases.yaml").unlink()
        assert set(self.load(own_root, shipped_documents).values()) == {CaseChange.REMOVED}
        assert export_cases("jizokuka") == "schema_version: 1\nprogram: jizokuka\ncases: []\n"

    def test_every_fault_of_every_file_is_named_and_nothing_is_stored(
        self, own_root: Path, shipped_documents: list[ProgrammeDocument]
    ) -> None:
        edit(own_root, "jizokuka", "employees: 5", "employes: 5")
        edit(own_root, "monozukuri", "frame: tsujo", "frame: tsuzyo")
        edit(own_root, "it-donyu", "program: it-donyu", "program: it-dounyu")
        with pytest.raises(DocumentRefused) as refused:
            load_cases(own_root, shipped_documents)
        said = str(refused.value)
        assert (
            "jizokuka/cases.yaml: cases.0.profile.employes: 事例「retail-5」：「employes」という項目はありません"
            in said
        )
        assert "monozukuri/cases.yaml: cases.0.expect.0.frame" in said
        assert "it-donyu/cases.yaml" in said
        assert not AcceptanceCase.objects.exists()

    def test_a_file_that_names_another_programme_is_refused(
        self, own_root: Path, shipped_documents: list[ProgrammeDocument]
    ) -> None:
        path = own_root / "programs/jizokuka/cases.yaml"
        shutil.copy(path, own_root / "programs/monozukuri/cases.yaml")
        with pytest.raises(DocumentRefused, match="「jizokuka」の事例を名乗っています"):
            load_cases(own_root, shipped_documents)


def test_the_command_loads_documents_and_cases_together(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_programs", root=ROOT)
    assert AcceptanceCase.objects.count() == 50
    assert "jizokuka の事例: 追加 10件" in capsys.readouterr().out


def test_a_wrong_case_keeps_the_documents_out_too(own_root: Path) -> None:
    edit(own_root, "jizokuka", "employees: 5", "employes: 5")
    with pytest.raises(CommandError, match="何も読み込みませんでした"):
        call_command("load_programs", root=own_root)
    assert not Programme.objects.exists()
    assert not AcceptanceCase.objects.exists()
