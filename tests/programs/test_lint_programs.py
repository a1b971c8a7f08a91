"""manage.py lint_programs: findings by file, in Japanese; only errors fail."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from eligibility.engine.document import ProgrammeDocument
from portal.accounts.models import User
from programs.models import Publication, Revision, SourceCheck
from programs.publishing import publish

ROOT = Path(settings.FIXTURES_ROOT)
FRESH = "2021-03-20"  # of the oldest shipped source


@pytest.fixture
def own_root(tmp_path: Path) -> Path:
    """A copy of the fixtures to change."""
    for name in ("programs", "sources"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "facts.yaml", tmp_path)
    return tmp_path


def said(*names: str, **options: object) -> str:
    out = StringIO()
    call_command("lint_programs", *names, stdout=out, **{"today": FRESH, **options})
    return out.getvalue()


def failed(*names: str, **options: object) -> tuple[str, str]:
    """What stands on the output, and the last line of a run that fails."""
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("lint_programs", *names, stdout=out, **{"today": FRESH, **options})
    assert refused.value.returncode == 1
    return out.getvalue(), str(refused.value)


def edit(root: Path, file: str, old: str, new: str) -> None:
    path = root / "programs" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_shipped_documents_have_no_errors() -> None:
    assert said().endswith("文書 5件：誤り 0件、注意 1件\n")


def test_a_warning_does_not_fail() -> None:
    lines = said("jizokuka", today="2024-10-18").splitlines()
    assert lines[0].endswith("jizokuka/r4-hosei2.yaml")
    assert lines[1].startswith("  注意　sources.0：")
    assert lines[2] == "文書 1件：誤り 0件、注意 1件"


def test_errors_of_several_files_are_shown_by_file_and_fail(own_root: Path) -> None:
    edit(own_root, "jizokuka/r4-hosei2.yaml", "amount: 500000", "amount: 5000000")
    edit(own_root, "monozukuri/r4-hosei2.yaml", "schema_version: 1", "schema_version: 1\ncolour: blue")
    output, summary = failed(root=own_root)
    assert f"{own_root}/programs/jizokuka/r4-hosei2.yaml\n  誤り　frames.0.benefit.caps.0.amount：" in output
    assert f"{own_root}/programs/monozukuri/r4-hosei2.yaml\n  誤り　colour：" in output
    assert summary.startswith("文書 5件：誤り 2件")


def test_only_the_named_programmes_are_shown(own_root: Path) -> None:
    edit(own_root, "jizokuka/r4-hosei2.yaml", "amount: 500000", "amount: 5000000")
    assert said("monozukuri@r4-hosei2", root=own_root) == "文書 1件：誤り 0件、注意 0件\n"
    assert failed("jizokuka", root=own_root)[1] == "文書 1件：誤り 1件、注意 0件"


def test_a_file_that_cannot_be_read_still_has_its_name(own_root: Path) -> None:
    edit(own_root, "jizokuka/r4-hosei2.yaml", "schema_version: 1", "schema_version: [")
    assert "  誤り　(file)：" in failed("jizokuka@r4-hosei2", root=own_root)[0]


def test_what_documents_say_of_each_other(own_root: Path) -> None:
    edit(own_root, "jizokuka/r4-hosei2.yaml", "  kind: subsidy", "  predecessors: [mukashi]\n  kind: subsidy")
    output, _ = failed("jizokuka", root=own_root)
    assert "identity.predecessors.0：「mukashi」という制度はありません。" in output


@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        (["nosuch"], {}, "検査する文書にありません：nosuch"),
        ([], {"today": "2023-02-30"}, "「2023-02-30」という日はありません"),
        ([], {"published": True, "root": Path("/nowhere")}, "どちらか一つ"),
        ([], {"root": Path("/nowhere")}, "facts.yaml"),
    ],
)
def test_what_cannot_be_asked(names: list[str], options: dict[str, object], words: str) -> None:
    assert words in failed(*names, **options)[1]


@pytest.mark.django_db
@pytest.mark.services
def test_what_is_published_is_linted_in_the_database(
    shipped_documents: list[ProgrammeDocument], programmes: None
) -> None:
    document = next(d for d in shipped_documents if d.program == "jizokuka")
    identity = document.identity.model_copy(update={"predecessors": ("jizokuka",)})
    publish(document.model_copy(update={"identity": identity}), origin=Revision.Origin.DESK, reason="訂正")
    output, summary = failed(published=True)
    assert "jizokuka@r4-hosei2\n  誤り　identity.predecessors.0：" in output
    assert summary.startswith("文書 5件：誤り 1件")


@pytest.mark.django_db
def test_a_check_of_the_source_counts_from_its_day(programmes: None) -> None:
    officer = User.objects.create_user("officer@example.go.jp")
    assert "発行日（2023-10-17）から12か月以上" in said("jizokuka", published=True, today="2024-12-01")
    SourceCheck.objects.create(document="004_cbe6c34ac374a521.txt", checked_on="2024-06-01", checked_by=officer)
    assert "sources" not in said("jizokuka", published=True, today="2024-12-01")
    assert "2024-06-01の確認から" in said("jizokuka", published=True, today="2025-06-02")


@pytest.mark.django_db
def test_a_published_document_that_the_schema_refuses_today_is_shown_too(programmes: None) -> None:
    old = Revision.objects.get(version__programme__slug="jizokuka")
    Publication.objects.filter(revision=old).update(ends=timezone.now())
    document = {**old.document, "colour": "blue"}
    new = Revision.objects.create(version=old.version, number=2, document=document, origin="desk", reason="訂正")
    Publication.objects.create(version=old.version, revision=new, starts=timezone.now())
    assert "jizokuka@r4-hosei2\n  誤り　colour：" in failed("jizokuka", published=True)[0]
