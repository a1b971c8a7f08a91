"""What the schema refuses is said in Japanese, at places that the document has."""

import copy
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eligibility.engine.document import json_schema, read_document
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.linter import lint
from eligibility.engine.messages import PATTERNS
from programs.yaml import read_yaml
from tests.engine.shipped import DOCUMENT_FILES, vocabulary

SHIPPED = [read_yaml(path) for path in DOCUMENT_FILES]
ENGLISH = re.compile(r"\b(should|must|input|field|valid|required|expected|string|number)\b", re.IGNORECASE)
HOSTILE = [
    None, True, 0, -1, 10**16, 1.5, float("nan"), "", " ", "x" * 200, "1e999999", "NaN", "-1", "2023-13-45", "9" * 5000,
    [], {}, [None], [[]], {"kind": "subsidy"}, {"kind": "all"}, {"kind": 1}, {"kind": "number", "number": 1}, {1: 2},
    Decimal("1e30"), date(2023, 1, 1),
]  # fmt: skip


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place within plain data."""
    yield path
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in parts:
        yield from places(value, (*path, key))


PLACES = [(number, place) for number, data in enumerate(SHIPPED) for place in places(data) if place]


def changed(number: int, place: tuple[Any, ...], value: Any) -> Any:
    data = copy.deepcopy(SHIPPED[number])
    target = data
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return data


def findings_of(data: Any) -> list[Finding]:
    try:
        document = read_document(data)
    except DocumentRefused as refused:
        return refused.findings
    return lint(document, vocabulary(), {}, today=date(2023, 11, 1))


def has_place(data: Any, path: str) -> bool:
    """Whether all but the last step of the path leads somewhere in the data."""
    for step in path.split(".")[:-1]:
        if isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        elif isinstance(data, dict) and step in map(str, data):
            data = next(value for key, value in data.items() if str(key) == step)
        else:
            return False
    return True


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(st.sampled_from(PLACES), st.sampled_from(HOSTILE))
def test_any_wrong_value_anywhere(place: tuple[int, tuple[Any, ...]], value: Any) -> None:
    """Refused or linted, never an exception; in Japanese; at a place of the data, not of the schema's unions."""
    data = changed(*place, value)
    for finding in findings_of(data):
        assert not ENGLISH.search(re.sub("「[^」]*」", "", finding.message)), finding
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", finding.message), finding
        assert has_place(data, finding.path), finding


def patterns(schema: Any) -> set[str]:
    found = {schema["pattern"]} if isinstance(schema, dict) and isinstance(schema.get("pattern"), str) else set()
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    return found.union(*map(patterns, parts))


def test_every_pattern_of_the_schema_has_words() -> None:
    """But for those of exact numbers, which pydantic writes itself and checks otherwise."""
    assert {pattern for pattern in patterns(json_schema()) if "(?!" not in pattern} <= set(PATTERNS)


@pytest.mark.parametrize(
    ("place", "value", "path", "words"),
    [
        ("frames.0.benefit.caps.0.amount", "x", "frames.0.benefit.caps.0.amount", "整数で書いてください"),
        ("frames.0.benefit.kind", "cash", "frames.0.benefit", "「cash」という種類はありません。"),
        ("frames.0.benefit", {"parts": []}, "frames.0.benefit", "種類を選んでください。"),
        ("frames.0.benefit.subsidy", 1, "frames.0.benefit.subsidy", "この名前の項目はありません。"),
        ("requirements.0.criterion", {"kind": "all", "of": []}, "requirements.0.criterion.of", "1件以上"),
        (
            "requirements.0.criterion",
            {"kind": "any", "of": [{"kind": "not", "of": {"kind": "number"}}]},
            "requirements.0.criterion.of.0.of.fact",
            "必ず書く項目です。",
        ),
        ("time.announced", "2023-02-30", "time.announced", "2023-10-17 の形で"),
        ("time.rounds.0.closes", "2023-02-30", "time.rounds.0", "暦にない日付です。"),
        ("time.stage", "soon", "time.stage", "「call」「request」「law」のどれかを書いてください。"),
        ("identity.summary", "", "identity.summary", "1字以上で"),
        ("identity.summary", "あ" * 101, "identity.summary", "100字以内で"),
        ("sources.0.url", 1, "sources.0.url", "文字で書いてください。"),
        ("frames", {}, "frames", "一覧（並び）で書いてください。"),
        ("identity", [], "identity", "項目と値の組で書いてください。"),
        ("requirements.0.criterion", {"kind": "declared", "fact": "x", "answer": "yes"},
         "requirements.0.criterion.answer", "はい（true）か"),
    ],
)  # fmt: skip
def test_message_and_place(place: str, value: Any, path: str, words: str) -> None:
    jizokuka = next(number for number, data in enumerate(SHIPPED) if data["program"] == "jizokuka")
    keys = tuple(int(key) if key.isdecimal() else key for key in place.split("."))
    found = findings_of(changed(jizokuka, keys, value))
    assert [(f.path, f.message) for f in found if f.path == path and words in f.message], found


def test_nesting_without_end_is_refused() -> None:
    criterion: dict[str, Any] = {"kind": "declared", "fact": "in_deficit"}
    for _ in range(400):
        criterion = {"kind": "not", "of": criterion}
    (finding,) = findings_of(changed(0, ("requirements", 0, "criterion"), criterion))
    assert finding.message == "入れ子が深すぎます。"


def test_endless_nesting_is_refused() -> None:
    data: Any = {}
    for _ in range(100_000):
        data = {"requirements": data}
    with pytest.raises(DocumentRefused, match="入れ子が深すぎます"):
        read_document(data)


@pytest.mark.parametrize("percent", ["1E-999999999", "0.0000000001", "1234567890123456"])
def test_a_number_of_endless_digits_is_refused(percent: str) -> None:
    """It would be made a fraction of as many digits."""
    data = read_yaml(Path(__file__).parent / "base.yaml")
    data["requirements"][1]["criterion"] = {"kind": "monthly_drop", "percent": percent, "in_months": ["2021-01"]}
    with pytest.raises(DocumentRefused) as refused:
        read_document(data)
    assert "requirements.1.criterion.percent" in {finding.path for finding in refused.value.findings}
