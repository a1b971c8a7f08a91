"""Many profiles from a file (一括判定): one row per profile x frame, in the single evaluator's words.

Profiles are read one line at a time. A refused line goes to the errors file with every problem of it, and the others
go on. Results appear under their name only when they are complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from eligibility.engine.errors import Problem, QuestionRefused
from eligibility.engine.evaluate import FrameResult, RuleSet
from eligibility.evaluations import evaluate_question, read_moment
from portal.common.json import BadJSON, loads

SCHEMA = pa.schema(
    [
        ("profile_id", pa.string()),
        ("program", pa.string()),
        ("version", pa.string()),
        ("frame", pa.string()),
        ("availability", pa.string()),
        ("verdict", pa.string()),
        ("amount", pa.int64()),
        ("amount_low", pa.int64()),
        ("amount_high", pa.int64()),
        ("unmet", pa.list_(pa.string())),
        ("missing", pa.list_(pa.string())),
    ]
)
LISTS = ("unmet", "missing")
ROWS_AT_ONCE = 10_000

Row = dict[str, Any]
Write = Callable[[Row], None]


@dataclass(frozen=True, slots=True)
class BatchSummary:
    rows: int
    refused: int


def run_batch(profiles: Path, out: Path, *, as_of: str | None, rules: RuleSet) -> BatchSummary:
    """Evaluate every line {"id", "profile"} of `profiles` into `out` (.parquet, .csv or .jsonl).

    Raises QuestionRefused for an unreadable date or an unknown kind of result file, OSError for files.
    """
    writer = _WRITERS.get(out.suffix)
    if writer is None:
        kinds = "、".join(_WRITERS)
        raise QuestionRefused([Problem("out", "unknown_value", f"結果のファイルは {kinds} のどれかにしてください。")])
    errors_file = out.with_suffix(".errors.jsonl")
    if profiles.resolve() in (out.resolve(), errors_file.resolve()):
        raise QuestionRefused(
            [Problem("out", "unknown_value", f"{profiles} は入力です。別の結果のファイルにしてください。")]
        )
    moment = str(read_moment(as_of))
    rows = refused = 0
    with ExitStack() as stack:
        lines = stack.enter_context(profiles.open("rb"))
        write_row = stack.enter_context(_complete(out, writer))
        write_error = stack.enter_context(_complete(errors_file, _write_jsonl))
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                for row in _rows(line, moment, rules):
                    write_row(row)
                    rows += 1
            except _LineRefused as error:
                refused += 1
                errors = [problem.as_dict() for problem in error.problems]
                write_error({"line": number, "id": error.profile_id, "errors": errors})
    return BatchSummary(rows, refused)


class _LineRefused(Exception):
    def __init__(self, profile_id: Any, problems: list[Problem]) -> None:
        self.profile_id, self.problems = profile_id, problems


def _rows(line: bytes, as_of: str, rules: RuleSet) -> list[Row]:
    """All rows of one line, or none: a line is refused as a whole."""
    profile_id: Any = None
    try:
        entry = loads(line)
        if not isinstance(entry, dict):
            raise QuestionRefused([Problem("", "wrong_type", '1行に {"id", "profile"} を一つずつ書いてください。')])
        profile_id = entry.pop("id", None)
        if not isinstance(profile_id, str | int) or isinstance(profile_id, bool):
            raise QuestionRefused([Problem("id", "wrong_type", "id（文字列か整数）が要ります。")])
        evaluation = evaluate_question(_question(entry, as_of), rules)
    except BadJSON as error:
        raise _LineRefused(None, [Problem("", "bad_json", f"JSONとして読めません: {error}")]) from error
    except QuestionRefused as refused:
        raise _LineRefused(profile_id, refused.problems) from refused
    return [_row(str(profile_id), result) for result in evaluation.results]


def _question(entry: dict[str, Any], as_of: str) -> dict[str, Any]:
    """A line says who is asked about; when and for which programmes is the batch's to say."""
    others = [key for key in entry if key != "profile"]
    if others:
        problems = [Problem(key, "unknown_fact", f"「{key}」という項目は一括判定の行にありません。") for key in others]
        raise QuestionRefused(problems)
    return {**entry, "as_of": as_of}


def _row(profile_id: str, result: FrameResult) -> Row:
    amount = result.pays.amount if result.pays is not None else None
    return {
        "profile_id": profile_id,
        "program": result.rules.document.program,
        "version": result.rules.document.version,
        "frame": result.frame.document.slug,
        "availability": result.availability.value,
        "verdict": result.verdict.value,
        "amount": amount.low if amount is not None and amount.is_point else None,
        "amount_low": amount.low if amount is not None else None,
        "amount_high": amount.high if amount is not None else None,
        "unmet": [proof.id for proof in result.proofs if proof.status == "unmet"],
        "missing": list(result.missing),
    }


@contextmanager
def _complete(path: Path, writer: Callable[[Path], AbstractContextManager[Write]]) -> Iterator[Write]:
    """Write beside `path` and move into place at the end, so that a half-written file never has its name."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with writer(partial) as write:
            yield write
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _write_jsonl(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as lines:

        def write(row: Row) -> None:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _write_csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, SCHEMA.names)
        writer.writeheader()

        def write(row: Row) -> None:
            writer.writerow({**row, **{key: ";".join(row[key]) for key in LISTS}})

        yield write


@contextmanager
def _write_parquet(path: Path) -> Iterator[Write]:
    with pq.ParquetWriter(path, SCHEMA) as writer:
        waiting: list[Row] = []

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(waiting, SCHEMA))
            waiting.clear()

        def write(row: Row) -> None:
            waiting.append(row)
            if len(waiting) >= ROWS_AT_ONCE:
                flush()

        yield write
        flush()


_WRITERS: dict[str, Callable[[Path], AbstractContextManager[Write]]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
}
