"""Decoding hostile JSON: refused with a reason, in time that grows with its length."""

import json
from decimal import Decimal

import pytest

from portal.common.json import BadJSON, loads


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "NaN",
        "-Infinity",
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 1}}',
        '"\\ud800"',
        '{"\\udfff": 1}',
        '[{"a": ["\\ud800x"]}]',
        b"\xff",
        '"a"'.encode("utf-16"),
        "[" * 9999,
        "9" * 5000,
    ],
)
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadJSON):
        loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.50", Decimal("1.50")),
        ('"\\ud842\\udfb7"', "𠮷"),
        (b"\xef\xbb\xbf{}", {}),
        ('{"a": 1}', {"a": 1}),
    ],
)
def test_json_is_read_exactly(text: str | bytes, value: object) -> None:
    assert loads(text) == value


def test_a_repeated_key_among_many_is_found() -> None:
    """In one pass: a search that was quadratic in the keys held the process for minutes here."""
    text = json.dumps({f"k{number}": 1 for number in range(200_000)})[:-1] + ', "k0": 1}'
    with pytest.raises(BadJSON, match="'k0' appears twice"):
        loads(text)
