"""The exported JSON Schema is that of the code, and says the same of the shipped documents."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from eligibility.engine.document import json_schema
from programs.yaml import read_yaml

ROOT = Path(__file__).resolve().parents[2]
EXPORTED = json.loads((ROOT / "docs/programme.schema.json").read_text(encoding="utf-8"))
FILES = sorted((ROOT / "fixtures/programs").glob("*/*.yaml"))


def test_exported_schema_is_up_to_date() -> None:
    """`manage.py programme_schema > docs/programme.schema.json` mends it."""
    assert json_schema() == EXPORTED


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_shipped_documents_fit_the_exported_schema(path: Path) -> None:
    assert list(Draft202012Validator(EXPORTED).iter_errors(read_yaml(path))) == []
