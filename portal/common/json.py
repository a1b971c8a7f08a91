"""JSON as the evaluation contract reads it: numbers with a fraction as Decimal, nothing that JSON does not have."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any


class BadJSON(ValueError):
    """Text that is no JSON; the message says where it stops being so."""


def loads(text: str | bytes) -> Any:
    """Decode strictly. Raises BadJSON on bad syntax, bad UTF-8, NaN and Infinity, repeated keys and deep nesting."""
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_repeated_keys
        )
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise BadJSON(str(error) or type(error).__name__) from error


def _no_constant(name: str) -> Any:
    raise BadJSON(f"{name} is not JSON")


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    decoded = dict(pairs)
    if len(decoded) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise BadJSON(f"the key {repeated!r} appears twice")
    return decoded
