"""JSON as the evaluation contract reads it: numbers with a fraction as Decimal, nothing that JSON does not have."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

# Half of a pair alone is no character: it could be read, but never be written back as UTF-8.
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadJSON(ValueError):
    """Text that is no JSON; the message says where it stops being so."""


def loads(text: str | bytes) -> Any:
    """Decode UTF-8 JSON strictly. Raises BadJSON on bad syntax or encoding, NaN and Infinity, repeated keys, lone
    surrogates and nesting too deep to read."""
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(
            plain,
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_without_repeated_keys,
            cls=_Decoder,
        )
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise BadJSON(str(error) or type(error).__name__) from error


class _Decoder(json.JSONDecoder):
    def decode(self, s: str, *args: Any) -> Any:
        decoded = super().decode(s, *args)
        if "\\u" in s:  # only an escape can bring one in
            _refuse_surrogates(decoded)
        return decoded


def _refuse_surrogates(decoded: Any) -> None:
    if isinstance(decoded, str):
        if _SURROGATE.search(decoded):
            raise BadJSON("a \\u escape is half of a surrogate pair")
    elif isinstance(decoded, dict):
        for key, value in decoded.items():
            _refuse_surrogates(key)
            _refuse_surrogates(value)
    elif isinstance(decoded, list):
        for value in decoded:
            _refuse_surrogates(value)


def _no_constant(name: str) -> Any:
    raise BadJSON(f"{name} is not JSON")


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    decoded: dict[str, Any] = {}
    for key, value in pairs:
        if key in decoded:
            raise BadJSON(f"the key {key!r} appears twice")
        decoded[key] = value
    return decoded
