"""The parts of a document with their places (文書をたどる)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from eligibility.engine.criteria import BaseCriterion


def walk(part: Any, path: str = "") -> Iterator[tuple[str, BaseModel]]:
    """Every model of a document with its dotted path, outermost first."""
    if isinstance(part, BaseModel):
        yield path, part
        for name in type(part).model_fields:
            yield from walk(getattr(part, name), f"{path}.{name}" if path else name)
    elif isinstance(part, tuple):
        for number, item in enumerate(part):
            yield from walk(item, f"{path}.{number}")


def criteria_of(part: Any, path: str = "") -> Iterator[tuple[str, BaseCriterion]]:
    """Every criterion with its dotted path, groups before what they combine."""
    for place, found in walk(part, path):
        if isinstance(found, BaseCriterion):
            yield place, found
