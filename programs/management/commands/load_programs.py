"""manage.py load_programs: publish the programme documents that come with the code, or those of files."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from eligibility.engine.document import ProgrammeDocument
from eligibility.engine.errors import DocumentRefused
from programs.case_files import load_cases, summary_of
from programs.documents import fixtures_root, read_documents
from programs.exchange.imports import open_draft, planned_loads, read_paths
from programs.loading import Change, load_documents
from programs.words.comparison import Difference

_DONE = {
    Change.ADDED: "新しく公開",
    Change.REVISED: "改訂を公開",
    Change.UNCHANGED: "変更なし",
    Change.KEPT: "担当官の公開した改訂を残す（ファイルは読み込まない）",
}
_PLANNED = _DONE | {Change.REVISED: "改訂"}
_KINDS = {"added": "追加", "removed": "削除", "changed": "変更", "moved": "移動"}


class Command(BaseCommand):
    help = "制度の文書を読み込みます。一つでも誤りがあれば、何も読み込みません。何度でも実行できます。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--root", type=Path, default=None, help="fixtures の場所（既定はこのプロジェクトのもの）")
        parser.add_argument(
            "--file",
            type=Path,
            action="append",
            default=[],
            help="このファイル（YAML・JSON）だけを読み込む（何度でも）",
        )
        parser.add_argument("--dry-run", action="store_true", help="何が変わるかだけを出し、何も書き込まない")

    def handle(self, *args: Any, **options: Any) -> None:
        root, files, is_dry = options["root"], options["file"], options["dry_run"]
        if root is not None and files:
            raise CommandError("--root と --file は、どちらか一つを書いてください。")
        try:
            # One transaction: cases that are wrong leave the documents as they were, too.
            with transaction.atomic():
                lines = list(_files(files, is_dry) if files else _fixtures(root or fixtures_root(), is_dry))
                transaction.set_rollback(is_dry)
        except DocumentRefused as refused:
            raise CommandError(f"何も読み込みませんでした。\n{refused}") from refused
        for line in lines:
            self.stdout.write(line)
        if is_dry:
            self.stdout.write("書き込みはしていません（--dry-run）。")


def _files(paths: Iterable[Path], is_dry: bool) -> Iterator[str]:
    yield from _documents(read_paths(paths), is_dry)


def _fixtures(root: Path, is_dry: bool) -> Iterator[str]:
    documents = read_documents(root)
    yield from _documents(documents, is_dry)
    yield from summary_of(load_cases(root, documents))


def _documents(documents: Iterable[ProgrammeDocument], is_dry: bool) -> Iterator[str]:
    yield from _planned(documents) if is_dry else _loaded(documents)


def _loaded(documents: Iterable[ProgrammeDocument]) -> Iterator[str]:
    for item in load_documents(documents):
        yield f"{item.document.key} 改訂{item.revision}: {_DONE[item.change]}"
        yield from _about_draft(item.document, item.change)


def _planned(documents: Iterable[ProgrammeDocument]) -> Iterator[str]:
    for item in planned_loads(documents):
        yield f"{item.document.key}: {_PLANNED[item.change]}"
        yield from (f"  {_line(change)}" for change in item.changes)
        yield from _about_draft(item.document, item.change)


def _about_draft(document: ProgrammeDocument, change: Change) -> Iterator[str]:
    if change is Change.REVISED and open_draft(document) is not None:
        yield "  担当官の案があります。案は残りますが、公開の前に新しい改訂に合わせる必要があります。"


def _line(change: Difference) -> str:
    """An added or removed part says all of itself: here its summary, the first line, is enough."""
    texts = [change.before, change.after]
    if change.kind in ("added", "removed"):
        texts = [text.partition("\n")[0] for text in texts]
    before, after = (" ".join(text.split()) or "（なし）" for text in texts)
    return f"{_KINDS[change.kind]}　{change.place}：{before} → {after}"
