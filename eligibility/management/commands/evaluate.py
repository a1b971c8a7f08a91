"""manage.py evaluate: answer questions from files, in the forms of the evaluation contract.

    evaluate PROFILE.json --as-of 2023-10-10 [--program SLUG ...] [--version SLUG@VERSION ...]
    evaluate --requests REQUESTS.jsonl
    evaluate --batch PROFILES.jsonl --as-of DATE --out RESULTS.parquet|.csv|.jsonl

Only answers go to standard output. A refused question: exit status 2, the errors on standard error.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.batches import run_batch
from eligibility.engine.errors import Problem, QuestionRefused
from eligibility.engine.evaluate import RuleSet
from eligibility.evaluations import evaluate_question
from portal.common.json import BadJSON, loads
from programs import rulebook
from programs.selectors import is_seeded

REFUSED = 2


class Command(BaseCommand):
    help = "企業プロフィールが制度の要件を満たすかを判定し、結果をJSONで出力します。"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        # Django's own --version prints Django's; the contract's names a version of a programme.
        parser = super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("profile", nargs="?", help="プロフィールのJSONファイル（- で標準入力）")
        parser.add_argument("--as-of", help="基準日（2023-10-17）又は日時。既定は今")
        parser.add_argument("--program", action="append", nargs="+", default=[], metavar="SLUG")
        parser.add_argument("--version", action="append", nargs="+", default=[], metavar="SLUG@VERSION")
        parser.add_argument("--requests", metavar="REQUESTS.jsonl", help="1行に1つの質問（- で標準入力）")
        parser.add_argument("--batch", type=Path, metavar="PROFILES.jsonl", help="1行に1つのプロフィール")
        parser.add_argument("--out", type=Path, metavar="RESULTS", help="--batch の結果（.parquet, .csv, .jsonl）")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = [name for name in ("profile", "requests", "batch") if options[name]]
        if len(asked) != 1:
            raise CommandError("PROFILE.json、--requests、--batch のどれか一つを渡してください。", returncode=REFUSED)
        self._refuse_without_effect(asked[0], options)
        try:
            if options["requests"]:
                self._answer_requests(options["requests"])
            elif options["batch"]:
                self._answer_batch(options)
            else:
                self._answer_profile(options)
            if not self._is_seeded:
                self.stderr.write("まだ制度が公開されていないデータベースのため、同梱の文書で判定しました。")
        except QuestionRefused as refused:
            self.stderr.write(_dump({"errors": [problem.as_dict() for problem in refused.problems]}))
            sys.exit(REFUSED)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=REFUSED) from error

    def _rules(self) -> RuleSet:
        """The published rules; before anything is published, those of the shipped documents."""
        self._is_seeded = is_seeded()
        return rulebook.current() if self._is_seeded else rulebook.shipped()

    def _refuse_without_effect(self, asked: str, options: dict[str, Any]) -> None:
        """An option that would be passed over silently is a mistake of the caller."""
        allowed = {"profile": ("as_of", "program", "version"), "requests": (), "batch": ("as_of", "out")}[asked]
        names = {"as_of": "--as-of", "program": "--program", "version": "--version", "out": "--out"}
        extra = [option for name, option in names.items() if options[name] and name not in allowed]
        if extra:
            raise CommandError(f"{'、'.join(extra)} はここでは使えません。", returncode=REFUSED)

    def _answer_profile(self, options: dict[str, Any]) -> None:
        question: dict[str, Any] = {"profile": _decode(_read(options["profile"]))}
        if options["as_of"]:
            question["as_of"] = options["as_of"]
        for name, given in (("programs", options["program"]), ("versions", options["version"])):
            if given:
                question[name] = [item for part in given for item in part]
        self.stdout.write(_dump(evaluate_question(question, self._rules()).as_answer()))

    def _answer_requests(self, path: str) -> None:
        rules = self._rules()
        for line in _lines(path):
            request_id: Any = None
            try:
                request = _decode(line)
                if isinstance(request, dict):
                    request_id = request.pop("id", None)
                answer = {"id": request_id, **evaluate_question(request, rules).as_answer()}
            except QuestionRefused as refused:
                answer = {"id": request_id, "errors": [problem.as_dict() for problem in refused.problems]}
            self.stdout.write(_dump(answer))

    def _answer_batch(self, options: dict[str, Any]) -> None:
        if options["out"] is None:
            raise CommandError("--batch には結果のファイル（--out）が要ります。", returncode=REFUSED)
        summary = run_batch(options["batch"], options["out"], as_of=options["as_of"], rules=self._rules())
        self.stderr.write(f"{summary.rows}行を {options['out']} に書きました（受け付けなかった行 {summary.refused}）。")


def _decode(text: str | bytes) -> Any:
    try:
        return loads(text)
    except BadJSON as error:
        raise QuestionRefused([Problem("", "bad_json", f"JSONとして読めません: {error}")]) from error


def _read(path: str) -> bytes:
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _lines(path: str) -> Iterator[bytes]:
    """Lines that hold something; blank ones are passed over."""
    if path == "-":
        yield from (line for line in sys.stdin.buffer if line.strip())
        return
    with Path(path).open("rb") as lines:
        yield from (line for line in lines if line.strip())


def _dump(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
