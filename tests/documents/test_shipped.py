"""Every shipped document: canonical, sound against its sources, and complete by the contract's lists."""

from pathlib import Path
from typing import Any

import pytest

from eligibility.engine.citations import MAX_CITED_LINES, Cite
from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.errors import errors_of
from eligibility.engine.linter import lint, lint_together, walk
from programs.yaml import read_yaml, write_document
from tests.engine.shipped import DOCUMENT_FILES, FIXTURES, documents, vocabulary

CONTRACT = Path(__file__).parent / "contract"
TEXTS = {path.name: path.read_text(encoding="utf-8").splitlines() for path in (FIXTURES / "sources").glob("*.txt")}
# The versions that must be there; every other shipped version is held to the contract as well.
FIRST_FIVE = {
    "dx-toshi-zeisei@r3",
    "it-donyu@r4-hosei2",
    "jigyo-saikochiku@r2-hosei3",
    "jizokuka@r4-hosei2",
    "monozukuri@r4-hosei2",
}


def identifier(path: Path) -> str:
    return f"{path.parent.name}@{path.stem}"


def contract_versions() -> dict[str, dict[str, Any]]:
    return {
        f"{programme['slug']}@{version}": {**programme, **details}
        for programme in read_yaml(CONTRACT / "programs.yaml")
        for version, details in programme["versions"].items()
    }


def contract_facts() -> dict[str, dict[str, Any]]:
    groups = read_yaml(CONTRACT / "facts.yaml")
    return {key: fact for group in groups.values() for key, fact in group.items()}


@pytest.mark.parametrize("path", DOCUMENT_FILES, ids=identifier)
def test_document_file_is_canonical(path: Path) -> None:
    assert write_document(read_document(read_yaml(path))) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENT_FILES, ids=identifier)
def test_document_file_is_named_after_its_version(path: Path) -> None:
    assert read_document(read_yaml(path)).key == identifier(path)


# True, and left as printed: whoever grows from 中小企業 to 中堅企業 has more capital or people than before (000:876).
KNOWN_WARNINGS = {("jigyo-saikochiku@r2-hosei3", "frames.1.requirements.2")}


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.key)
def test_document_lints_clean_with_its_sources(document: ProgrammeDocument) -> None:
    findings = lint(document, vocabulary(), TEXTS)
    assert errors_of(findings) == []
    known = {path for key, path in KNOWN_WARNINGS if key == document.key}
    assert {finding.path for finding in findings} == known


def test_documents_lint_clean_beside_each_other() -> None:
    assert lint_together(documents()) == []


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.key)
def test_document_is_that_of_the_contract(document: ProgrammeDocument) -> None:
    contract = contract_versions()[document.key]
    assert [frame.slug for frame in document.frames] == list(contract["frames"])
    assert document.identity.kind == contract["kind"]
    assert document.identity.name_ja == contract["name_ja"]
    assert (str(document.time.announced), document.time.stage) == (contract["announced"], contract["stage"])


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.key)
def test_document_frames_are_named_as_in_the_contract(document: ProgrammeDocument) -> None:
    names = contract_versions()[document.key]["frames"]
    assert {frame.slug: frame.name_ja for frame in document.frames} == names


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.key)
def test_document_frames_pay_what_their_kind_pays(document: ProgrammeDocument) -> None:
    kinds = {frame.benefit.kind for frame in document.frames}
    allowed = {"subsidy", "open"} if document.identity.kind == "subsidy" else {"credit"}
    allowed |= set() if document.identity.kind == "subsidy" else {"special_depreciation", "immediate_depreciation"}
    assert kinds <= allowed


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.key)
def test_document_cites_narrowly_and_from_the_contract_s_seed(document: ProgrammeDocument) -> None:
    seeds = contract_versions()[document.key]["seed"]
    cites = [part for _, part in walk(document) if isinstance(part, Cite)]
    assert cites
    assert {document.source(cite.source).document for cite in cites} <= set(TEXTS)
    assert all(cite.last - cite.first < MAX_CITED_LINES for cite in cites)
    assert any(document.source(cite.source).document in seeds for cite in cites)


def test_documents_of_the_first_five_programmes() -> None:
    assert {document.key for document in documents()} >= FIRST_FIVE


@pytest.mark.parametrize("key", sorted(contract_facts()))
def test_fact_of_the_contract(key: str) -> None:
    """Same key, type, values and categories; label too, so that nobody reads two meanings."""
    contract, fact = contract_facts()[key], vocabulary()[key]
    assert fact.type == contract["type"]
    assert [choice.key for choice in fact.values] == contract.get("values", [])
    assert [choice.key for choice in fact.categories] == contract.get("categories", [])
    assert not fact.added


def test_facts_beyond_the_contract_are_marked() -> None:
    beyond = set(vocabulary()) - set(contract_facts())
    assert beyond == {key for key, fact in vocabulary().items() if fact.added}


def test_facts_have_japanese_labels() -> None:
    unlabelled = [
        key
        for key, fact in vocabulary().items()
        if not all(label.strip() for label in (fact.ja, *(choice.ja for choice in fact.choices)))
    ]
    assert unlabelled == []
