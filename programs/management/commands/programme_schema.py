"""manage.py programme_schema: the JSON Schema of a programme document, for editors and other tools."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from eligibility.engine.document import json_schema


class Command(BaseCommand):
    help = "制度の文書のJSON Schemaを出力します（docs/programme.schema.json と同じもの）。"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=1))
