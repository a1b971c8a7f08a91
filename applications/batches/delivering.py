"""The files of a delivery (納品): a ZIP of all sheets with a list, and one joined PDF with a table of contents.

Each is written under a name of its own beside its place, and moved there whole. Whatever the number of sheets, one is
read at a time.
"""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.utils import timezone

from applications.batches.contents import Entry, entries_of, total_pages
from applications.batches.listing import LIST_NAME, contents_html, write_list
from applications.models import Batch, Delivery
from applications.papers import files
from portal.common.jobs import Job
from portal.common.pdf import UnprintableText, render_pdf

FOLDER = "batches"
_BEATS = 25  # a sign of life after so many sheets
_PDF_VERSION = "1.7"  # of the sheets; pikepdf begins with 1.3
# Drawn in place of what no font can draw: the table of contents must name also the client that failed for that.
_STAND_IN = "〓"


def deliver(delivery: Delivery) -> dict[str, Any]:
    """Make both files; the fields of the finished row. Raises JobLost."""
    delivery.beat(2, "一覧を作っています")
    remove_parts(delivery.pk)
    entries = list(entries_of(delivery.batch))
    archive, joined = archive_file(delivery.pk), joined_file(delivery.pk)
    with files.whole_file(archive) as path:
        write_archive(delivery, path, entries)
    with files.whole_file(joined) as path:
        write_joined(delivery, path, entries, delivery.batch)
    return {
        "archive": archive,
        "archive_size": default_storage.size(archive),
        "joined": joined,
        "joined_size": default_storage.size(joined),
        "pages": total_pages(entries),
    }


def archive_file(pk: uuid.UUID | str) -> str:
    return f"{FOLDER}/{pk}.zip"


def joined_file(pk: uuid.UUID | str) -> str:
    return f"{FOLDER}/{pk}.pdf"


def remove_files(pk: uuid.UUID | str) -> None:
    remove_parts(pk)
    for name in (archive_file(pk), joined_file(pk)):
        default_storage.delete(name)


def remove_parts(pk: uuid.UUID | str) -> None:
    """What a killed worker has left of this delivery. One that is slow instead has lost the job, and ends here too."""
    for path in Path(default_storage.path(FOLDER)).glob(f"{pk}.*.part"):
        path.unlink(missing_ok=True)


def remove_orphans() -> int:
    """Files that no delivery knows, once they are old. How many they were."""
    known = Delivery.objects.values_list("archive", "joined")
    return files.remove_orphans(FOLDER, {name for names in known for name in names})


def write_archive(job: Job, path: Path, entries: Sequence[Entry]) -> None:
    """PDFs are compressed already: they are stored. Python marks Japanese names as UTF-8."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(LIST_NAME, write_list(entries))
        made = [entry for entry in entries if entry.is_made]
        for done, entry in enumerate(made):
            if done % _BEATS == 0:
                job.beat(5 + 40 * done // len(made), f"ZIPにまとめています（{done} / {len(made)}社）")
            archive.write(default_storage.path(entry.file), entry.archived_as)


def write_joined(job: Job, path: Path, entries: Sequence[Entry], batch: Batch) -> None:
    """The table of contents, then every sheet, each with a bookmark. Takes 0.6 MB of memory a sheet.

    The sheets' structure for screen readers stays in the single files: joined, this one is for printing.
    """
    import pikepdf

    job.beat(45, "目次を作っています")
    front = front_pages(batch, entries)
    made = [entry for entry in entries if entry.is_made]
    with pikepdf.new() as joined:
        with pikepdf.open(BytesIO(front)) as contents:
            joined.pages.extend(contents.pages)
        bookmarks = [pikepdf.OutlineItem("目次", 0)]
        for done, entry in enumerate(made):
            if done % _BEATS == 0:
                job.beat(50 + 40 * done // len(made), f"1つのPDFにつないでいます（{done} / {len(made)}社）")
            bookmarks.append(pikepdf.OutlineItem(f"{entry.number} {entry.name}", len(joined.pages)))
            with pikepdf.open(default_storage.path(entry.file)) as sheet:
                joined.pages.extend(sheet.pages)
        with joined.open_outline() as outline:
            outline.root.extend(bookmarks)
        joined.Root.Lang, joined.Root.PageMode = pikepdf.String("ja"), pikepdf.Name.UseOutlines
        joined.docinfo["/Title"] = pikepdf.String(f"相談シート {batch}")
        joined.save(path, min_version=_PDF_VERSION)


def front_pages(batch: Batch, entries: Sequence[Entry]) -> bytes:
    """The table of contents as PDF. It names pages behind itself: laid out again until its own number holds."""
    assumed, pdf = 1, b""
    for _ in range(3):
        html = contents_html(batch, entries, own_pages=assumed, made_on=timezone.localdate())
        counted, pdf = _printed(html)
        if counted == assumed:
            break
        assumed = counted
    return pdf


def _printed(html: str) -> tuple[int, bytes]:
    """Pages and PDF, with a stand-in for every character that cannot be drawn."""
    counts = [0]
    try:
        pdf = render_pdf(html, on_layout=counts.append)
    except UnprintableText as error:
        return _printed(html.translate(dict.fromkeys(map(ord, error.characters), _STAND_IN)))
    return counts[-1], pdf
