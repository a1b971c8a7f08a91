"""What is in a delivery (納品の目次): an entry for each client of the batch, made or failed, in the files' order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage

from applications.clients.listing import VERDICTS, standing
from applications.models import Batch, Sheet
from applications.papers.files import safe_name
from portal.common.jobs import UNEXPECTED, JobState

LOST = "ファイルが失われています。この企業の「もう一度作る」を押してください。"
UNFINISHED = "まとめたときには、まだできていませんでした。"
_READ_AT_ONCE = 20  # contents of sheets in memory


@dataclass(frozen=True, slots=True)
class Entry:
    """One client of a batch. `verdicts`: frames by their standing. `problem`: why there is no sheet, else ""."""

    number: int
    name: str
    own_key: str
    corporate_number: str
    file: str  # in the portal's storage
    archived_as: str
    pages: int
    verdicts: Mapping[str, int]
    problem: str

    @property
    def is_made(self) -> bool:
        return not self.problem


def entries_of(batch: Batch) -> Iterator[Entry]:
    """By name. Few contents are in memory at a time."""
    sheets = Sheet.objects.filter(batch=batch).select_related("client").order_by("client__name", "client_id")
    digits = max(3, len(str(sheets.count())))
    for number, sheet in enumerate(sheets.iterator(chunk_size=_READ_AT_ONCE), 1):
        client = sheet.client
        problem = _problem(sheet)
        yield Entry(
            number=number,
            name=client.name,
            own_key=client.own_key,
            corporate_number=client.corporate_number,
            file="" if problem else sheet.file_name,
            archived_as="" if problem else archive_name(number, digits, client.name),
            pages=0 if problem else sheet.pages,
            verdicts={} if problem else _verdicts(sheet.context or {}),
            problem=problem,
        )


def archive_name(number: int, digits: int, name: str) -> str:
    """「012_うずしお商店_相談シート.pdf」: the number tells clients of one name apart, and sorts."""
    return f"{number:0{digits}}_{safe_name(name)}_相談シート.pdf"


def total_pages(entries: Iterable[Entry]) -> int:
    return sum(entry.pages for entry in entries)


def _problem(sheet: Sheet) -> str:
    if sheet.state == JobState.FAILED:
        return sheet.error or UNEXPECTED
    if sheet.state != JobState.DONE:
        return UNFINISHED
    return "" if default_storage.exists(sheet.file_name) else LOST


def _verdicts(context: Mapping[str, Any]) -> dict[str, int]:
    report = context.get("report", {"programmes": []})
    counted = Counter(
        standing(frame["verdict"], frame["open_review"])
        for programme in report["programmes"]
        for frame in programme["frames"]
    )
    return {verdict: counted[verdict] for verdict in VERDICTS}
