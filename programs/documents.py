"""Programme documents between files, rows and the engine. Reading is strict: a document that is wrong does not load."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.facts import Vocabulary, read_vocabulary
from eligibility.engine.linter import lint
from programs.models import Revision
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


def read_documents(root: Path) -> list[ProgrammeDocument]:
    """All documents below `root`/programs. Raises DocumentRefused with the findings of every file at once."""
    facts = read_vocabulary_file(root / "facts.yaml")
    texts = source_lines(root)
    documents: list[ProgrammeDocument] = []
    findings: list[Finding] = []
    for path in sorted((root / "programs").glob("*/*.yaml")):
        if path.stem == CASES:
            continue
        try:
            documents.append(_read(path, facts, texts))
        except DocumentRefused as refused:
            findings.extend(refused.findings)
    if findings:
        raise DocumentRefused(findings)
    return documents


def _read(path: Path, facts: Vocabulary, texts: dict[str, list[str]]) -> ProgrammeDocument:
    document = read_document(read_yaml(path), str(path))
    findings = lint(document, facts, texts)
    if (document.program, document.version) != (path.parent.name, path.stem):
        message = f"文書は {document.program}/{document.version}.yaml を名乗っています。場所か名前を直してください。"
        findings.append(Finding("program", message))
    if findings:
        raise DocumentRefused([Finding(finding.path, finding.message, str(path)) for finding in findings])
    return document


def document_of(revision: Revision) -> ProgrammeDocument:
    return read_document(revision.document, f"{revision}")
