"""manage.py load_programs: publish the programme documents that come with the code."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.engine.errors import DocumentRefused
from programs.documents import fixtures_root
from programs.services import Change, load_fixtures

_WORDS = {
    Change.ADDED: "新しく公開",
    Change.REVISED: "改訂を公開",
    Change.UNCHANGED: "変更なし",
    Change.KEPT: "担当官の公開した改訂を残す（ファイルは読み込まない）",
}


class Command(BaseCommand):
    help = "制度の文書を読み込みます。一つでも誤りがあれば、何も読み込みません。何度でも実行できます。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--root", type=Path, default=None, help="fixtures の場所（既定はこのプロジェクトのもの）")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_fixtures(options["root"] or fixtures_root())
        except DocumentRefused as refused:
            raise CommandError(f"何も読み込みませんでした。\n{refused}") from refused
        for item in loaded:
            self.stdout.write(f"{item.document.key} 改訂{item.revision}: {_WORDS[item.change]}")
