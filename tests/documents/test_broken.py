"""One tiny broken document per mistake: it does not load, and the finding names the place and what is wrong.

A file is a whole document, or `of` one of the two sound ones `with` other parts at the given paths.
"""

from pathlib import Path
from typing import Any

import pytest

from eligibility.engine.document import read_document
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.linter import lint
from programs.paths import replaced
from programs.yaml import read_yaml
from tests.engine.shipped import vocabulary

HERE = Path(__file__).parent
BROKEN = sorted(path.stem for path in (HERE / "broken").glob("*.yaml"))
EXPECTED: dict[str, list[str]] = read_yaml(HERE / "broken.yaml")
TEXTS = {path.name: path.read_text(encoding="utf-8").splitlines() for path in (HERE / "sources").glob("*.txt")}


def data_of(path: Path) -> Any:
    data = read_yaml(path)
    if "of" not in data:
        return data
    whole = read_yaml(HERE / data["of"])
    for place, part in data["with"].items():
        whole = replaced(whole, place, part)
    return whole


def findings(path: Path) -> list[Finding]:
    """What is wrong with a file, whichever door finds it first."""
    try:
        document = read_document(data_of(path), str(path))
    except DocumentRefused as refused:
        return refused.findings
    return lint(document, vocabulary(), TEXTS)


@pytest.mark.parametrize("base", ["base.yaml", "base_tax.yaml"])
def test_base_is_sound(base: str) -> None:
    """So that each broken file is wrong in one thing only."""
    assert findings(HERE / base) == []


@pytest.mark.parametrize("name", BROKEN)
def test_broken_document_is_refused(name: str) -> None:
    path, words, *level = EXPECTED[name]
    found = findings(HERE / "broken" / f"{name}.yaml")
    near = [finding for finding in found if finding.path.startswith(path) and words in finding.message]
    assert near, f"expected {path}: {words}; found {[str(finding) for finding in found]}"
    assert [finding.level for finding in near] == (level or ["error"]) * len(near)


def test_broken_documents_are_all_expected() -> None:
    assert sorted(EXPECTED) == BROKEN


def test_refusal_names_the_file() -> None:
    path = HERE / "broken" / "unknown_key.yaml"
    assert str(findings(path)[0]).startswith(f"{path}: colour: ")


def test_refusal_names_every_problem() -> None:
    data = read_yaml(HERE / "base.yaml")
    data["colour"] = "blue"
    data["frames"][0]["benefit"]["parts"][0]["rates"][0]["tiers"][0]["rate"] = "0.67"
    del data["requirements"][0]["cites"]
    with pytest.raises(DocumentRefused) as refused:
        read_document(data)
    paths = {finding.path for finding in refused.value.findings}
    assert {"colour", "requirements.0.cites", "frames.0.benefit.parts.0.rates.0.tiers.0.rate"} <= paths
