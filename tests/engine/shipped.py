"""The shipped programme documents, compiled once for all tests that ask the engine; no Django, no database."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from eligibility.engine.answer import frame_answer
from eligibility.engine.calendar import parse_as_of
from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.evaluate import RuleSet
from eligibility.engine.facts import Vocabulary, read_vocabulary
from eligibility.engine.profile import parse_profile
from programs.yaml import read_yaml

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
DOCUMENT_FILES = sorted(path for path in (FIXTURES / "programs").glob("*/*.yaml") if path.stem != "cases")


@cache
def vocabulary() -> Vocabulary:
    return read_vocabulary(read_yaml(FIXTURES / "facts.yaml"))


@cache
def documents() -> tuple[ProgrammeDocument, ...]:
    return tuple(read_document(read_yaml(path), str(path)) for path in DOCUMENT_FILES)


@cache
def rules() -> RuleSet:
    return RuleSet([(document, 1) for document in documents()], vocabulary())


def decoded(text: str) -> Any:
    """JSON as the engine takes it: numbers with a fraction as Decimal."""
    return json.loads(text, parse_float=Decimal)


def ask(version: str, profile: Mapping[str, Any], as_of: str) -> dict[str, dict[str, Any]]:
    """Every frame's answer of one version by frame slug, for an unparsed profile."""
    parsed = parse_profile(profile, vocabulary())
    results = rules().evaluate(parsed, parse_as_of(as_of), [rules().versions[version]])
    return {result.frame.document.slug: frame_answer(result) for result in results}
