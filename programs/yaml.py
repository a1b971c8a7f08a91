"""Programme documents as YAML files: strict reading, and the one canonical way of writing them.

Canonical form: the schema's order, no defaults, no comments; a mapping or list of plain values that fits in a line
is written in one line. export(load(file)) equals the file byte for byte.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from eligibility.engine.document import ProgrammeDocument, dump_document
from eligibility.engine.errors import DocumentRefused, Finding

LINE = 120


def read_yaml(path: Path) -> Any:
    """The plain data of a YAML file. Raises DocumentRefused (also on a repeated key) naming file and line."""
    reader = YAML(typ="safe", pure=True)
    try:
        return reader.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DocumentRefused([Finding("(file)", f"読めません: {error.strerror}", str(path))]) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise DocumentRefused([Finding("(file)", f"YAML として読めません: {error}", str(path))]) from error


def write_yaml(data: Any) -> str:
    """Plain JSON-ready data in canonical form."""
    writer = YAML(typ="rt", pure=True)
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 10_000
    writer.allow_unicode = True
    stream = StringIO()
    writer.dump(_styled(data, 0), stream)
    return stream.getvalue()


def write_document(document: ProgrammeDocument) -> str:
    return write_yaml(dump_document(document))


def _styled(data: Any, depth: int) -> Any:
    if isinstance(data, dict):
        mapping = CommentedMap((key, _styled(value, depth + 1)) for key, value in data.items())
        if _fits(data, depth):
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(data, list):
        sequence = CommentedSeq(_styled(value, depth + 1) for value in data)
        if _fits(data, depth):
            sequence.fa.set_flow_style()
        return sequence
    return data


def _fits(data: dict[str, Any] | list[Any], depth: int) -> bool:
    values = list(data.values()) if isinstance(data, dict) else data
    if depth == 0 or any(isinstance(value, dict | list) for value in values):
        return False
    keys = sum(len(key) + 2 for key in data) if isinstance(data, dict) else 0
    return keys + sum(len(str(value)) + 2 for value in values) + 4 * depth < LINE
