"""Programme documents as YAML and JSON files: strict reading within limits, and the one canonical way of writing each.

Canonical YAML: the schema's order, no defaults, no comments; a mapping or list of plain values that fits in a line is
written in one line. Canonical JSON: the same order, two spaces. export(load(file)) equals the file byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from eligibility.engine.document import ProgrammeDocument, dump_document
from eligibility.engine.errors import DocumentRefused, Finding
from portal.common.json import BadJSON, loads

LINE = 120
MAX_BYTES = 1024 * 1024  # a shipped document has up to 28,000
MAX_DEPTH = 30  # mappings and lists within each other; a shipped document has up to 11
MAX_NODES = 20_000  # keys and values; a shipped document has up to 1,700
# A number of a few characters that takes all memory once it is written out as a fraction.
_HUGE = re.compile(r"\s*[+-]?[0-9.]+[eE][+-]?[0-9]{3,}\s*")
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")  # besides the usual ones; YAML folds them
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPEATED = re.compile(r"the key (.+) appears twice")


class _Refused(MarkedYAMLError):
    """YAML that is well-formed and still not read. `problem` is in Japanese."""


class _StrictComposer(Composer):
    """No aliases, anchors or tags, and no more than a document needs: a short file cannot grow in memory."""

    nodes = 0

    def compose_document(self) -> Any:
        event = self.parser.peek_event()
        if event.version or event.tags:  # `%YAML 1.1` would make `no` a truth value
            raise _Refused(problem="先頭の % で始まる指示は使えません。", problem_mark=event.start_mark)
        return super().compose_document()

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        self.nodes += 1
        problem = self._problem(event)
        if problem:
            raise _Refused(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def _problem(self, event: Any) -> str:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            return "アンカー（&）と別名（*）は使えません。同じ内容でも、それぞれの場所に書いてください。"
        if getattr(event, "ctag", None):
            return "タグ（!）は使えません。"
        if self.depth >= MAX_DEPTH:
            return f"入れ子が深すぎます。{MAX_DEPTH}段までです。"
        return f"項目が多すぎます。{MAX_NODES:,}個までです。" if self.nodes > MAX_NODES else ""


def read_yaml(path: Path) -> Any:
    """The plain data of a YAML file. Raises DocumentRefused (also on a repeated key) naming file and line."""
    return parse_yaml(_content(path), str(path))


def read_file(path: Path) -> Any:
    """The plain data of a .yaml, .yml or .json file. Raises DocumentRefused naming file and line."""
    return parse(_content(path), str(path))


def parse(content: bytes, file: str) -> Any:
    """Plain data in the form that the file's name tells. Raises DocumentRefused naming file and line."""
    parser = _PARSERS.get(Path(file).suffix.lower())
    if parser is None:
        raise _refused(file, "名前の終わりが .yaml（.yml）か .json のファイルだけを読み込めます。")
    return parser(content, file)


def parse_yaml(content: bytes, file: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.Composer = _StrictComposer
    text = _decoded(content, file)
    try:
        return _bounded(reader.load(text), file)
    except MarkedYAMLError as error:
        raise _refused(file, f"YAML として読めません：{_place(error)}{_words(error)}") from error
    except YAMLError as error:  # of a character, which has no place
        raise _refused(file, "YAML として読めません：使えない文字（制御文字など）が入っています。") from error
    except (ValueError, TypeError) as error:
        raise _refused(file, f"YAML として読めません：日付、数又はキーが正しくありません（{error}）。") from error


def parse_json(content: bytes, file: str) -> Any:
    text = _decoded(content, file)
    try:
        return _bounded(loads(text), file)
    except BadJSON as error:
        raise _refused(file, f"JSON として読めません：{_json_words(error)}") from error


_PARSERS: dict[str, Callable[[bytes, str], Any]] = {".yaml": parse_yaml, ".yml": parse_yaml, ".json": parse_json}


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(str(path), f"読めません: {error.strerror}") from error


def _refused(file: str, message: str) -> DocumentRefused:
    return DocumentRefused([Finding("(file)", message, file)])


def _decoded(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise _refused(file, "大きすぎます。1ファイル1MBまでです。")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(file, f"{_encoding_of(content)}UTF-8 で保存し直してください。") from error


def _encoding_of(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "文字コードが UTF-16 です。"
    try:
        content.decode("cp932")
    except UnicodeDecodeError:
        return "文字コードが UTF-8 ではありません。"
    return "文字コードが Shift_JIS（CP932）のようです。"


def _place(error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"{mark.line + 1}行目の{mark.column + 1}文字目：" if mark is not None else ""


def _words(error: MarkedYAMLError) -> str:
    if isinstance(error, _Refused):
        return str(error.problem)
    if isinstance(error, DuplicateKeyError):
        key = re.search(r'key "(.*?)" with', str(error.problem))
        return f"同じキー「{key[1] if key else ''}」が二度書かれています。"
    return f"書き方が正しくありません（{error.problem or error.context}）。"


def _json_words(error: BadJSON) -> str:
    cause = error.__cause__
    if isinstance(cause, json.JSONDecodeError):
        return f"{cause.lineno}行目の{cause.colno}文字目：書き方が正しくありません（{cause.msg}）。"
    if isinstance(cause, RecursionError):
        return "入れ子が深すぎます。"
    repeated = _REPEATED.fullmatch(str(error))
    return f"同じキー {repeated[1]} が二度書かれています。" if repeated else f"値が正しくありません（{error}）。"


def _bounded(data: Any, file: str) -> Any:
    problem = _excess(data)
    if problem:
        raise _refused(file, problem)
    return data


def _excess(data: Any) -> str:
    """Which limit plain data breaks; without recursion, so that no depth can break this."""
    nodes, waiting = 0, [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        nodes += 1
        problem = _unusable(value) if isinstance(value, str | Decimal) else ""
        if problem:
            return problem
        if depth > MAX_DEPTH:
            return f"入れ子が深すぎます。{MAX_DEPTH}段までです。"
        if nodes > MAX_NODES:
            return f"項目が多すぎます。{MAX_NODES:,}個までです。"
        if isinstance(value, dict):
            waiting.extend((item, depth + 1) for pair in value.items() for item in pair)
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)
    return ""


def _unusable(value: str | Decimal) -> str:
    if _HUGE.fullmatch(str(value)):
        return f"「{value}」のように指数で書いた数は使えません。"
    # Half of a pair alone is no character: it can be neither stored nor shown.
    return "文字にならない符号（サロゲートの片方）が入っています。" if _SURROGATE.search(str(value)) else ""


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


def write_json(document: ProgrammeDocument) -> str:
    """The document as JSON: the same bytes for the same document, UTF-8 as it is."""
    return json.dumps(dump_document(document), ensure_ascii=False, indent=2) + "\n"


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
    return _quoted(data) if isinstance(data, str) else data


def _quoted(text: str) -> str:
    """Text that the library writes without quotes and cannot read back so is quoted."""
    if _LINE_ENDS.search(text):
        return DoubleQuotedScalarString(text)
    return SingleQuotedScalarString(text) if text.startswith(("?", ":")) else text


def _fits(data: dict[str, Any] | list[Any], depth: int) -> bool:
    values = list(data.values()) if isinstance(data, dict) else data
    if depth == 0 or any(isinstance(value, dict | list) for value in values):
        return False
    keys = sum(len(key) + 2 for key in data) if isinstance(data, dict) else 0
    return keys + sum(len(str(value)) + 2 for value in values) + 4 * depth < LINE
