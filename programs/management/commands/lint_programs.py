"""manage.py lint_programs: what the linter says of the shipped documents, or of those in force."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import DocumentRefused, Finding, errors_of
from eligibility.engine.linter import lint
from programs.documents import (
    all_source_lines,
    document_at,
    document_files,
    document_of,
    fixtures_root,
    lint_files_together,
    read_vocabulary_file,
    source_lines,
    vocabulary,
)
from programs.exchange.exports import in_force
from programs.selectors import checked_days

_LEVELS = {"error": "誤り", "warning": "注意"}


class _Linted(NamedTuple):
    """A document under the name that the officer knows it by. `document` is None where the schema refuses it."""

    name: str
    document: ProgrammeDocument | None
    findings: list[Finding]


class Command(BaseCommand):
    help = "制度の文書を検査します。誤りが一つでもあれば、終了コードは1です。注意だけなら0です。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="制度[@版]", help="検査する制度（既定はすべて）")
        parser.add_argument("--root", type=Path, default=None, help="fixtures の場所（既定はこのプロジェクトのもの）")
        parser.add_argument("--published", action="store_true", help="ファイルではなく、公開中の文書を検査する")
        parser.add_argument(
            "--today", type=_day, default=None, help="出典の確認を数える日（既定は今日。例：2023-10-17）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = _day(options["today"]) if options["today"] else timezone.localdate()
        if options["published"] and options["root"] is not None:
            raise CommandError("--published と --root は、どちらか一つです。")
        try:
            found = _published(today) if options["published"] else _shipped(options["root"] or fixtures_root(), today)
        except DocumentRefused as refused:  # the vocabulary itself
            raise CommandError(str(refused)) from refused
        linted = _chosen(list(found), options["names"])
        for one in linted:
            self._show(one)
        errors = sum(len(errors_of(one.findings)) for one in linted)
        warnings = sum(len(one.findings) for one in linted) - errors
        summary = f"文書 {len(linted)}件：誤り {errors}件、注意 {warnings}件"
        if errors:
            raise CommandError(summary)
        self.stdout.write(summary)

    def _show(self, one: _Linted) -> None:
        if one.findings:
            self.stdout.write(one.name)
        for finding in sorted(one.findings, key=lambda finding: finding.level):
            self.stdout.write(f"  {_LEVELS[finding.level]}　{finding.path}：{finding.message}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"「{text}」という日はありません。2023-10-17 の形で書いてください。") from error


def _shipped(root: Path, today: date) -> Iterator[_Linted]:
    facts, texts = read_vocabulary_file(root / "facts.yaml"), source_lines(root)
    read: list[_Linted] = []
    for path in document_files(root):
        try:
            document = document_at(path)
            read.append(_Linted(str(path), document, lint(document, facts, texts, today=today)))
        except DocumentRefused as refused:
            read.append(_Linted(str(path), None, refused.findings))
    return _beside_each_other(read)


def _published(today: date) -> Iterator[_Linted]:
    texts, checked = all_source_lines(), checked_days()
    read: list[_Linted] = []
    for revision in in_force():
        try:
            document = document_of(revision)
            findings = lint(document, vocabulary(), texts, checked=checked, today=today)
            read.append(_Linted(revision.version.key, document, findings))
        except DocumentRefused as refused:
            read.append(_Linted(revision.version.key, None, refused.findings))
    return _beside_each_other(read)


def _beside_each_other(read: Iterable[_Linted]) -> Iterator[_Linted]:
    """With what the documents say of each other."""
    read = list(read)
    together = lint_files_together({one.name: one.document for one in read if one.document is not None})
    for one in read:
        yield one._replace(findings=[*one.findings, *(f for f in together if f.file == one.name)])


def _chosen(read: list[_Linted], names: Iterable[str]) -> list[_Linted]:
    """Those named as 「jizokuka」 or 「jizokuka@r4-hosei2」; all where none is named."""
    wanted = set(names)
    missing = wanted - {name for one in read for name in _called(one)}
    if missing:
        raise CommandError("検査する文書にありません：" + "、".join(sorted(missing)))
    return [one for one in read if not wanted or _called(one) & wanted]


def _called(one: _Linted) -> set[str]:
    if one.document is not None:
        return {one.document.key, one.document.program}
    path = Path(one.name)
    key = one.name if "@" in one.name else f"{path.parent.name}@{path.stem}"
    return {key, key.split("@")[0]}
