"""Acceptance cases (確認用の事例) between fixtures/programs/<program>/cases.yaml and their rows.

What officers edited, added or deleted at the desk wins over the file. A case deleted there stays as a row that says
so, and loading the file again does not bring it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from eligibility.engine.cases import (
    CaseDocument,
    CaseFile,
    checked,
    dump_case,
    dump_case_file,
    read_case,
    read_case_file,
)
from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.facts import Vocabulary
from programs import publishing
from programs.audit import record
from programs.documents import CASES, document_of, read_documents, read_vocabulary_file, vocabulary
from programs.models import AcceptanceCase, Version
from programs.yaml import read_yaml, write_yaml


class CaseChange(StrEnum):
    """What loading did to one case."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # what officers made of it wins over the file
    REMOVED = "removed"


CHANGE_WORDS = {
    CaseChange.ADDED: "追加",
    CaseChange.CHANGED: "更新",
    CaseChange.UNCHANGED: "変更なし",
    CaseChange.KEPT: "担当官が直した（消した）ものを残す",
    CaseChange.REMOVED: "ファイルにないので削除",
}


@dataclass(frozen=True, slots=True)
class LoadedCase:
    program: str
    version: str
    slug: str
    change: CaseChange


def load_cases(root: Path, documents: Iterable[ProgrammeDocument] | None = None) -> list[LoadedCase]:
    """Bring the rows in line with the case files below `root`: all of them or, on any error, none.

    `documents`: those below `root`, where they have been read already. Raises DocumentRefused with every finding.
    """
    return store_cases(read_case_files(root, read_documents(root) if documents is None else documents))


def store_cases(files: Iterable[CaseFile]) -> list[LoadedCase]:
    """As load_cases, for files that were read and checked before."""
    with transaction.atomic():
        return [loaded for file in files for loaded in _load(file)]


def read_case_files(root: Path, documents: Iterable[ProgrammeDocument]) -> list[CaseFile]:
    """The cases of every programme below `root`, none for one without a file. Raises DocumentRefused."""
    known = {document.key: document for document in documents}
    facts = read_vocabulary_file(root / "facts.yaml")
    paths = {path.parent.name: path for path in sorted((root / "programs").glob(f"*/{CASES}.yaml"))}
    files = {document.program: CaseFile(program=document.program) for document in known.values()}
    findings: list[Finding] = []
    for program, path in paths.items():
        try:
            files[program] = _read(path, known, facts)
        except DocumentRefused as refused:
            findings.extend(refused.findings)
    if findings:
        raise DocumentRefused(findings)
    return [files[program] for program in sorted(files)]


def _read(path: Path, documents: Mapping[str, ProgrammeDocument], facts: Vocabulary) -> CaseFile:
    read = read_case_file(read_yaml(path), documents, facts, str(path))
    if read.program != path.parent.name:
        message = f"「{read.program}」の事例を名乗っています。場所か名前を直してください。"
        raise DocumentRefused([Finding("program", message, str(path))])
    return read


def export_cases(program: str) -> str:
    """The programme's cases as its cases.yaml: those that hold against what is published last of their version.

    What officers wrote for a draft (a new version, a frame that is not there yet) would not load beside it.
    """
    facts = vocabulary()
    documents = {
        version.slug: document_of(revision)
        for version in Version.objects.filter(programme__slug=program)
        if (revision := publishing.last_revision(program, version.slug)) is not None
    }
    cases = [read_case(row.document) for row in live_cases(program).filter(version__in=documents)]
    sound = [case for case in cases if not checked(case, documents[case.version], facts)]
    return write_yaml(dump_case_file(program, sound, facts))


def live_cases(program: str) -> QuerySet[AcceptanceCase]:
    """The cases of all versions, without the deleted ones, in the order of the file."""
    return AcceptanceCase.objects.filter(program=program, is_removed=False)


def summary_of(loaded: Iterable[LoadedCase]) -> list[str]:
    """One line of words for each programme, and one for each case in which the officers' word was kept."""
    lines: list[str] = []
    by_program: dict[str, list[LoadedCase]] = {}
    for item in loaded:
        by_program.setdefault(item.program, []).append(item)
    for program, items in by_program.items():
        counts = Counter(item.change for item in items)
        words = "、".join(f"{CHANGE_WORDS[change]} {counts[change]}件" for change in CaseChange if counts[change])
        lines.append(f"{program} の事例: {words}")
        lines += [
            f"{program}@{item.version} の事例 {item.slug}: {CHANGE_WORDS[item.change]}"
            for item in items
            if item.change is CaseChange.KEPT
        ]
    return lines


def _load(file: CaseFile) -> Iterator[LoadedCase]:
    publishing.lock(file.program)
    rows = {(row.version, row.slug): row for row in AcceptanceCase.objects.filter(program=file.program)}
    positions = _positions(file, rows.values())
    loaded: list[LoadedCase] = []
    for case in file.cases:
        row = rows.pop((case.version, case.id), None)
        change = _store(file.program, case, row, positions[case.version, case.id])
        loaded.append(LoadedCase(file.program, case.version, case.id, change))
    for row in rows.values():
        if not row.is_edited:
            row.delete()
            loaded.append(LoadedCase(row.program, row.version, row.slug, CaseChange.REMOVED))
    _record(file.program, loaded)
    yield from loaded


def _positions(file: CaseFile, rows: Iterable[AcceptanceCase]) -> dict[tuple[str, str], int]:
    """Where each case of the file stands within its version.

    Officers who edited a case of a version have also decided about its order: new ones then follow the others.
    """
    stored = {(row.version, row.slug): row.position for row in rows}
    edited = {row.version for row in rows if row.is_edited}
    following = {version: 1 + max(p for (v, _), p in stored.items() if v == version) for version in edited}
    positions: dict[tuple[str, str], int] = {}
    for case in file.cases:
        key = (case.version, case.id)
        if case.version in edited and key in stored:
            positions[key] = stored[key]
            continue
        positions[key] = following.get(case.version, 0)
        following[case.version] = positions[key] + 1
    return positions


def _store(program: str, case: CaseDocument, row: AcceptanceCase | None, position: int) -> CaseChange:
    document = dump_case(case, vocabulary())
    if row is None:
        AcceptanceCase.objects.create(
            program=program, version=case.version, slug=case.id, position=position, document=document
        )
        return CaseChange.ADDED
    is_same = row.document == document and not row.is_removed
    if row.is_edited:
        return CaseChange.UNCHANGED if is_same else CaseChange.KEPT
    if not is_same or row.position != position:
        row.document, row.position = document, position
        row.save(update_fields=["document", "position", "updated_at"])
    return CaseChange.UNCHANGED if is_same else CaseChange.CHANGED


def _record(program: str, loaded: Iterable[LoadedCase]) -> None:
    counts = Counter(item.change for item in loaded)
    written = [change for change in (CaseChange.ADDED, CaseChange.CHANGED, CaseChange.REMOVED) if counts[change]]
    if written:
        words = "、".join(f"{CHANGE_WORDS[change]} {counts[change]}件" for change in written)
        record("確認用の事例の読み込み", user=None, program=program, place=words)
