"""Dotted paths into a document's plain data: 「frames.0.benefit.caps.1」."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from typing import Any


class NoSuchPath(LookupError):
    """The document has nothing at that path, and nothing can be put there."""


def read(data: Any, path: str) -> Any:
    """What stands at `path` ("" is the whole); None where nothing does."""
    for key in _keys(path):
        if isinstance(data, dict) and key in data:
            data = data[key]
        elif isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
        else:
            return None
    return data


def replaced(data: Any, path: str, value: Any) -> Any:
    """A copy with `value` at `path`; None removes the key, or the item of a list. Raises NoSuchPath.

    The position just behind a list's end appends; mappings on the way that are missing are made.
    """
    copy = deepcopy(data)
    keys = _keys(path)
    if not keys:
        return deepcopy(value)
    target = copy
    for key in keys[:-1]:
        target = _step(target, key)
    _put(target, keys[-1], deepcopy(value))
    return copy


def stamp(data: Any) -> str:
    """Names the content of a section: who saves it must have seen this very content."""
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


def _keys(path: str) -> list[str]:
    return path.split(".") if path else []


def _step(target: Any, key: str) -> Any:
    if isinstance(target, dict):
        return target.setdefault(key, {})
    if isinstance(target, list) and key.isdecimal() and int(key) < len(target):
        return target[int(key)]
    raise NoSuchPath(key)


def _put(target: Any, key: str, value: Any) -> None:
    if isinstance(target, dict):
        if value is None:
            target.pop(key, None)
        else:
            target[key] = value
    elif isinstance(target, list) and key.isdecimal() and int(key) <= len(target):
        place = int(key)
        target[place : place + 1] = [] if value is None else [value]
    else:
        raise NoSuchPath(key)
