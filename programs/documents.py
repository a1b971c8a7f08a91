"""Programme documents between files, rows and the engine. Reading is strict: a document that is wrong does not load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from django.conf import settings

from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.errors import DocumentRefused, Finding, errors_of
from eligibility.engine.facts import Vocabulary, read_vocabulary
from eligibility.engine.linter import lint, lint_together
from programs.models import Revision, SourceText
from programs.yaml import read_yaml

CASES = "cases"  # <slug>/cases.yaml holds a programme's acceptance cases, not a version


@cache
def vocabulary() -> Vocabulary:
    """The fact vocabulary of this installation: fixtures/facts.yaml, read once per process."""
    return read_vocabulary_file(fixtures_root() / "facts.yaml")


def read_vocabulary_file(path: Path) -> Vocabulary:
    return read_vocabulary(read_yaml(path), str(path))


def fixtures_root() -> Path:
    return Path(settings.FIXTURES_ROOT)


def source_lines(root: Path) -> dict[str, list[str]]:
    """The lines of every source document in fixtures/sources/, by file name; citations count them from 1."""
    return {
        path.name: path.read_text(encoding="utf-8").split("\n") for path in sorted((root / "sources").glob("*.txt"))
    }


def all_source_lines() -> dict[str, list[str]]:
    """Those of fixtures/sources/ and those that officers added, by name. Neither ever changes under its name."""
    return {**_added_source_lines(), **shipped_source_lines()}


@cache
def shipped_source_lines() -> dict[str, list[str]]:
    return source_lines(fixtures_root())


def _added_source_lines() -> dict[str, list[str]]:
    return {name: text.split("\n") for name, text in SourceText.objects.values_list("name", "text")}


def document_files(root: Path) -> list[Path]:
    """The files of all documents below `root`/programs."""
    return [path for path in sorted((root / "programs").glob("*/*.yaml")) if path.stem != CASES]


def read_documents(root: Path) -> list[ProgrammeDocument]:
    """All documents below `root`/programs. Raises DocumentRefused with the errors of every file at once."""
    facts = read_vocabulary_file(root / "facts.yaml")
    texts = source_lines(root)
    documents: dict[str, ProgrammeDocument] = {}
    findings: list[Finding] = []
    for path in document_files(root):
        try:
            document = documents[str(path)] = document_at(path)
        except DocumentRefused as refused:
            findings.extend(refused.findings)
            continue
        findings += [replace(finding, file=str(path)) for finding in errors_of(lint(document, facts, texts))]
    findings += errors_of(lint_files_together(documents))
    if findings:
        raise DocumentRefused(findings)
    return list(documents.values())


def document_at(path: Path) -> ProgrammeDocument:
    """The document of a file that is named after it. Raises DocumentRefused; the linter has not seen it yet."""
    document = read_document(read_yaml(path), str(path))
    if (document.program, document.version) != (path.parent.name, path.stem):
        message = f"文書は {document.program}/{document.version}.yaml を名乗っています。場所か名前を直してください。"
        raise DocumentRefused([Finding("program", message, str(path))])
    return document


def lint_files_together(documents: Mapping[str, ProgrammeDocument]) -> list[Finding]:
    """What the documents, by the names of their files, say of each other."""
    files = {document.key: file for file, document in documents.items()}
    return [replace(finding, file=files[finding.file]) for finding in lint_together(list(documents.values()))]


def document_of(revision: Revision) -> ProgrammeDocument:
    return read_document(revision.document, f"{revision}")
