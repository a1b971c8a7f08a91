"""The file of a paper: made by its job, written whole or not at all, gone when no row knows it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.utils import timezone

from portal.common.jobs import Job, JobError
from portal.common.pdf import PdfError, UnprintableText, render_pdf

# A file without a row is left alone for so long: its row may be about to be finished.
ORPHAN_AGE = timedelta(hours=1)


def make_pdf(job: Job, html: str) -> tuple[bytes, int]:
    """The PDF and its number of pages; the job beats as it goes. Raises JobError with what the user can do."""
    job.beat(25, "ページを組んでいます")
    pages = 0

    def on_layout(count: int) -> None:
        nonlocal pages
        pages = count
        job.beat(80, f"{count}ページを書き出しています")

    try:
        return render_pdf(html, on_layout=on_layout), pages
    except UnprintableText as error:
        raise JobError(
            f"印刷できない文字があります：{error.characters}　この文字を除いて、もう一度作ってください。"
        ) from error
    except PdfError as error:
        raise JobError(
            "PDFの作成で問題が起きました。もう一度試しても直らないときは、管理者に知らせてください。"
        ) from error


def write_atomically(name: str, content: bytes) -> None:
    """The whole file or none, readable by the portal only; written again on a retry, under the same name."""
    target = Path(default_storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(target)


def remove_orphans(folder: str, known: Collection[str]) -> int:
    """Files left by a worker that died between writing and finishing a job that is gone. How many they were."""
    place = Path(default_storage.path(folder))
    if not place.is_dir():
        return 0
    limit = (timezone.now() - ORPHAN_AGE).timestamp()
    old = {path for path in place.iterdir() if path.stat().st_mtime < limit}
    orphans = [path for path in old if f"{folder}/{path.name}" not in known]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
