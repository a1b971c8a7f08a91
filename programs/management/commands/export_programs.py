"""manage.py export_programs: what is in force, as the files that load_programs reads."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programs.documents import document_of
from programs.exchange.exports import FORMS, NothingInForce, exported, in_force, written


class Command(BaseCommand):
    help = "公開中の制度の文書を書き出します。同じ文書からは、いつも同じバイト列になります。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="制度[@版]", help="書き出す制度（既定は公開中のすべて）")
        parser.add_argument("--format", choices=FORMS, default="yaml", help="書き出す形（既定は yaml）")
        parser.add_argument("--out", type=Path, default=None, help="書き出す場所。なければ、一つの文書を標準出力に出す")
        parser.add_argument("--force", action="store_true", help="ちがう内容のファイルがあっても上書きする")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            revisions = in_force(options["names"])
        except NothingInForce as error:
            raise CommandError(str(error)) from error
        if options["out"] is not None:
            self._write(options["out"], exported(revisions, options["format"]), force=options["force"])
        elif len(revisions) == 1:
            self.stdout.write(written(document_of(revisions[0]), options["format"]), ending="")
        else:
            keys = "、".join(revision.version.key for revision in revisions) or "なし"
            raise CommandError(
                f"標準出力に出せるのは一つの文書だけです。--out を付けてください（当てはまるもの：{keys}）。"
            )

    def _write(self, root: Path, files: Mapping[str, str], *, force: bool) -> None:
        """All files or, where one would be lost, none."""
        others = [name for name, text in files.items() if _is_other(root / name, text)]
        if others and not force:
            raise CommandError(
                "ちがう内容のファイルがあります。何も書き出しませんでした（--force で上書き）：" + "、".join(others)
            )
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            self.stdout.write(name)


def _is_other(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes() != text.encode()
