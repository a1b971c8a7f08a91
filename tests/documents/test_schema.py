"""The exported JSON Schema is that of the code and fits the shipped documents; every part has words for officers."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import Le
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from eligibility.engine.document import ProgrammeDocument, dump_document, json_schema, read_document
from eligibility.engine.facts import FactType, read_vocabulary
from eligibility.engine.hashing import document_hash, rules_hash
from eligibility.engine.labels import description_of, hints_of, labels_of, title_of
from programs.words.readable import readable
from programs.yaml import read_yaml

ROOT = Path(__file__).resolve().parents[2]
EXPORTED = json.loads((ROOT / "docs/programme.schema.json").read_text(encoding="utf-8"))
FILES = sorted(path for path in (ROOT / "fixtures/programs").glob("*/*.yaml") if path.stem != "cases")


def test_exported_schema_is_up_to_date() -> None:
    """`manage.py programme_schema > docs/programme.schema.json` mends it."""
    assert json_schema() == EXPORTED


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_shipped_documents_fit_the_exported_schema(path: Path) -> None:
    assert list(Draft202012Validator(EXPORTED).iter_errors(read_yaml(path))) == []


def reachable(model: type[BaseModel], seen: dict[str, type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """Every model that a document is made of, by name."""
    if model.__name__ not in seen:
        seen[model.__name__] = model
        for field in model.model_fields.values():
            for part in parts(field.annotation):
                if isinstance(part, type) and issubclass(part, BaseModel):
                    reachable(part, seen)
    return seen


def parts(annotation: Any) -> Iterator[Any]:
    """A type and the types it is made of; a Literal counts as one."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for inner in get_args(annotation):
            yield from parts(inner)


MODELS = reachable(ProgrammeDocument, {})
FIELDS = [(model, name) for model in MODELS.values() for name in model.model_fields]
FACT_TYPES = {str(fact_type) for fact_type in FactType}
KNOWN_HINTS = {"labels", "fact_types", "choices_of", "choices_from", "references", "categories", "date", "one_of"}


def field_id(value: object) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


def is_japanese(text: str | None) -> bool:
    return text is not None and re.search(r"[ぁ-ヺ一-鿿]", text) is not None


def test_the_walk_reaches_everything() -> None:
    """The words below are held for all of the document, also for what stands behind unions and groups."""
    assert {
        "Cite",
        "ShareOf",
        "TaxCap",
        "OpenBenefit",
        "Vocabulary491",
        "SalesDrop",
        "Not",
        "Practice",
    } <= MODELS.keys()


@pytest.mark.parametrize("model", MODELS.values(), ids=field_id)
def test_every_part_is_named_for_officers(model: type[BaseModel]) -> None:
    assert is_japanese(title_of(model))
    assert is_japanese(description_of(model))
    assert description_of(model).endswith("。")


@pytest.mark.parametrize(("model", "name"), FIELDS, ids=field_id)
def test_every_field_is_named_for_officers(model: type[BaseModel], name: str) -> None:
    field = model.model_fields[name]
    assert is_japanese(field.title) or field.title == "URL"
    assert field.description is None or is_japanese(field.description)
    assert set(hints_of(field)) <= KNOWN_HINTS


@pytest.mark.parametrize(("model", "name"), FIELDS, ids=field_id)
def test_fixed_values_have_labels(model: type[BaseModel], name: str) -> None:
    literals = [part for part in parts(model.model_fields[name].annotation) if get_origin(part) is Literal]
    values = {str(value) for literal in literals for value in get_args(literal)}
    labels = labels_of(model, name)
    assert labels.keys() == values
    assert all(is_japanese(label) for label in labels.values())


@pytest.mark.parametrize(("model", "name"), FIELDS, ids=field_id)
def test_hints_lead_somewhere(model: type[BaseModel], name: str) -> None:
    hints = hints_of(model.model_fields[name])
    assert set(hints.get("fact_types", ())) <= FACT_TYPES
    assert hints.get("choices_of", name) in model.model_fields
    assert hints.get("references", "sources") in ProgrammeDocument.model_fields


def test_every_field_that_names_a_fact_says_which_it_takes() -> None:
    """A form can offer the right facts only then."""
    hinted = {(model.__name__, name) for model, name in FIELDS if "fact_types" in hints_of(model.model_fields[name])}
    by_name = {(model.__name__, name) for model, name in FIELDS if name in {"fact", "other", "capital", "employees"}}
    assert hinted == by_name | {("TaxCap", "of"), ("TaxCap", "shared_with")}


def test_yen_stands_in_the_name_of_a_field() -> None:
    titled = {(model, name) for model, name in FIELDS if (model.model_fields[name].title or "").endswith("（円）")}
    assert titled == {(model, name) for model, name in FIELDS if is_yen(model.model_fields[name])}


def is_yen(field: FieldInfo) -> bool:
    """Whole numbers up to 10**15 are yen, and nothing else is."""
    if Decimal in parts(field.annotation):
        return False
    metadata = [*field.metadata, *(extra for part in parts(field.annotation) for extra in get_args(part)[1:])]
    inner = [item for extra in metadata if isinstance(extra, FieldInfo) for item in extra.metadata]
    return any(isinstance(item, Le) and item.le == 10**15 for item in [*metadata, *inner])


def test_predecessors_are_shown_and_change_no_rules() -> None:
    data = read_yaml(next(path for path in FILES if path.parent.name == "monozukuri"))
    before = read_document(data)
    after = read_document({**data, "identity": {**data["identity"], "predecessors": ["jizokuka", "it-donyu"]}})
    vocabulary = read_vocabulary(read_yaml(ROOT / "fixtures/facts.yaml"))
    assert rules_hash(after) == rules_hash(before)
    assert document_hash(after) != document_hash(before)
    assert "predecessors" not in dump_document(before)["identity"]
    shown = {line.name: line.text for line in readable(after, vocabulary).identity}
    assert shown["前身"] == "jizokuka、it-donyu"
    assert "前身" not in {line.name for line in readable(before, vocabulary).identity}
