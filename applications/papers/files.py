"""The file of a paper: made by its job, written whole or not at all, gone when no row knows it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from django.core.files.storage import default_storage
from django.utils import timezone

from portal.common.jobs import Job, JobError
from portal.common.pdf import PdfError, UnprintableText, render_pdf

# Windows refuses these in names, and a name that begins or ends in a dot or a space.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\/:*?"<>|]')
# A path of Windows has 260 characters, a name of Linux 255 bytes.
_MOST_CHARACTERS, _MOST_BYTES = 60, 180
# Characters without a glyph that a message names.
MOST_NAMED = 5
# A file without a row is left alone for so long: its row may be about to be finished.
ORPHAN_AGE = timedelta(hours=1)


def make_pdf(job: Job, html: str, texts: Mapping[str, str] = MappingProxyType({})) -> tuple[bytes, int]:
    """The PDF and its number of pages; the job beats as it goes. Raises JobError with what the user can do.

    `texts`: what people typed, by the name of its field, to say where a character that cannot be printed stands.
    """
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
            f"印刷できない文字があります：{_named(error.characters, texts)}。"
            "この文字を除くか、ふつうの字に直して、もう一度作ってください。"
        ) from error
    except PdfError as error:
        raise JobError(
            "PDFの作成で問題が起きました。もう一度試しても直らないときは、管理者に知らせてください。"
        ) from error


def _named(characters: str, texts: Mapping[str, str]) -> str:
    """Each with its number, for a screen may not draw it either, and the fields it stands in."""
    named = [_with_places(character, texts) for character in characters[:MOST_NAMED]]
    return "、".join(named) + ("など" if len(characters) > MOST_NAMED else "")


def _with_places(character: str, texts: Mapping[str, str]) -> str:
    places = [label for label, text in texts.items() if character in text]
    return f"「{character}」（{'、'.join([f'U+{ord(character):04X}', *places])}）"


@contextmanager
def whole_file(name: str) -> Iterator[Path]:
    """A path to write to, readable by the portal only; it becomes the file when all is well, and nothing otherwise."""
    target = Path(default_storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex}.part")
    part.touch(mode=0o600)
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_atomically(name: str, content: bytes) -> None:
    """The whole file or none; written again on a retry, under the same name."""
    with whole_file(name) as part:
        part.write_bytes(content)


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


def safe_name(name: str) -> str:
    """A name that every system takes as part of a file's: no sign of a path, nothing invisible, not too long."""
    kept = _UNSAFE.sub("_", name).strip(" ._")[:_MOST_CHARACTERS]
    while len(kept.encode()) > _MOST_BYTES:
        kept = kept[:-1]
    return kept.rstrip(" .") or "企業"
