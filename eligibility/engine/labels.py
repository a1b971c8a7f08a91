"""Words for officers (項目名・説明) and hints for their forms, kept beside the fields that they are about.

They say how a field is shown and change nothing of what a document may hold. Forms, comparisons and the exported
JSON Schema read them; `named` and `ja` write them, the other functions read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from eligibility.engine.facts import FactType

ANY_FACT: frozenset[FactType] = frozenset()


def named(title: str, description: str) -> ConfigDict:
    """The configuration of a model with a Japanese name and one sentence that says when to use it."""
    return ConfigDict(title=title, json_schema_extra={"description": description})


def ja(title: str, description: str = "", **hints: Any) -> Any:
    """Metadata of a field: its short Japanese name, a sentence of help, and hints as the functions below make."""
    return Field(title=title, description=description or None, json_schema_extra=hints or None)


def of_fact(types: Iterable[FactType]) -> dict[str, Any]:
    """Hint: the field names a fact of one of these types (ANY_FACT: of any)."""
    return {"fact_types": sorted(types)}


def choices_of(field: str) -> dict[str, Any]:
    """Hint: the field lists choices of the fact that the sibling `field` names."""
    return {"choices_of": field}


def choices_from(fact: str) -> dict[str, Any]:
    """Hint: the field lists choices of this fact, whatever stands beside it."""
    return {"choices_from": fact}


def references(collection: str) -> dict[str, Any]:
    """Hint: the field names a part of the document's "sources" (by id) or "frames" (by slug)."""
    return {"references": collection}


def one_of(words: str) -> dict[str, Any]:
    """Hint: one of the fields of its part with this hint must be written, whichever; `words` say so."""
    return {"one_of": words}


CATEGORIES: dict[str, Any] = {"categories": True}
"""Hint: the field lists categories of expenses."""
DATES: dict[str, Any] = {"date": True}
"""Hint: the field holds a day; some also take a month, or a day with its hour."""


def title_of(model: type[BaseModel]) -> str:
    """The Japanese name of a kind of part."""
    return model.model_config.get("title") or model.__name__


def description_of(model: type[BaseModel]) -> str:
    """When to use it, in one sentence."""
    extra = model.model_config.get("json_schema_extra")
    return str(extra.get("description", "")) if isinstance(extra, dict) else ""


def hints_of(field: FieldInfo) -> Mapping[str, Any]:
    """The hints of a field, empty where it has none."""
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def labels_of(model: type[BaseModel], name: str) -> dict[str, str]:
    """The Japanese labels of a field's fixed values, by the value as text ("1", "complete").

    A `kind` with one possible value is called as its model.
    """
    field = model.model_fields[name]
    labels = hints_of(field).get("labels")
    if labels is None and name == "kind" and get_origin(field.annotation) is Literal:
        labels = {str(value): title_of(model) for value in get_args(field.annotation)}
    return dict(labels or {})
