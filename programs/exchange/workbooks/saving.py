"""What an uploaded workbook would change in a draft, and saving it section by section (ブックの取り込み)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from programs import paths
from programs.documents import vocabulary
from programs.drafts import DraftRefused, StaleSection, locked, save_section
from programs.exchange.workbooks.cells import MAX_NAMED, Fault
from programs.exchange.workbooks.layout import GUIDE, NUMBER, Sheet, section_path, sheets, texts_of
from programs.exchange.workbooks.reading import Grid, read_workbook
from programs.exchange.workbooks.rows import columns_of, lines_of, read_benefit, read_rounds
from programs.exchange.workbooks.writing import BOOK_MARK, STAMP_MARK, stamp_of, write_workbook
from programs.models import Draft
from programs.words.comparison import Difference, differences
from programs.words.document_words import DocumentWords, plain

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Section:
    """New content of a sheet's section. `stamp`: of the content that it replaces; `title`: the sheet's."""

    frame: str
    title: str
    data: Any
    stamp: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell of a sheet that somebody has changed in the draft since the workbook was made."""

    sheet: str
    number: str
    column: str
    draft: str
    book: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workbook would do to a draft. With faults or conflicts it does nothing."""

    sections: tuple[Section, ...]
    changes: tuple[Difference, ...]
    document: Mapping[str, Any]
    faults: tuple[Fault, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def workbook_of(draft: Draft) -> bytes:
    return write_workbook(draft, sheets(draft.document, vocabulary()))


def plan(draft: Draft, content: bytes) -> Plan:
    """Compare a workbook with the draft as it is now. Writes nothing. Raises WorkbookRefused."""
    grids = read_workbook(content)
    known = {sheet.title: sheet for sheet in sheets(draft.document, vocabulary())}
    stamps, faults = _stamps(draft, grids.pop(GUIDE, None))
    faults += [Fault(title, "", "この案のブックにないシートです。") for title in grids if title not in known]
    faults += [Fault(title, "", "シートがありません。") for title in known if title not in grids]
    if faults:
        return Plan((), (), draft.document, tuple(faults))
    return _compared(draft, [(sheet, grids[title]) for title, sheet in known.items()], stamps)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """Of a sheet when the workbook was made: its content in the draft, and what its cells said."""

    content: str
    cells: str


def _stamps(draft: Draft, guide: Grid | None) -> tuple[dict[str, _Stamp], list[Fault]]:
    """The stamps of the sheets by their titles."""
    if guide is None:
        return {}, [Fault(GUIDE, "", "シートがありません。ダウンロードしたブックに書き込んで送ってください。")]
    rows = [[str(value or "") for value in (*row, None, None, None, None)[:4]] for row in guide.rows]
    books = [row[1] for row in rows if row[0] == BOOK_MARK]
    if books != [draft.key]:
        return {}, [Fault(GUIDE, "", f"この案（{draft.key}）のブックではありません。")]
    return {row[1]: _Stamp(row[2], row[3]) for row in rows if row[0] == STAMP_MARK}, []


def _compared(draft: Draft, pairs: Sequence[tuple[Sheet, Grid]], stamps: Mapping[str, _Stamp]) -> Plan:
    sections: list[Section] = []
    faults: list[Fault] = []
    conflicts: list[Conflict] = []
    for sheet, grid in pairs:
        stamp, made = stamp_of(draft.document, sheet.frame), stamps.get(sheet.title)
        if made is None or made.content != stamp:
            # A sheet that nobody wrote into says nothing about what others have changed since.
            conflicts.extend(_conflicts(sheet, grid, made))
            continue
        data, found = _data(draft.document, sheet, grid)
        faults.extend(found)
        path = section_path(draft.document, sheet.frame)
        if path is not None and data != paths.read(draft.document, path):
            sections.append(Section(sheet.frame, sheet.title, data, stamp))
    document = applied(draft.document, sections)
    changes = () if faults else tuple(differences(draft.document, document, vocabulary()))
    return Plan(tuple(sections), changes, document, tuple(faults[:MAX_NAMED]), tuple(conflicts[:MAX_NAMED]))


def _data(document: Mapping[str, Any], sheet: Sheet, grid: Grid) -> tuple[Any, list[Fault]]:
    lines, faults = lines_of(sheet, grid)
    path = section_path(document, sheet.frame)
    stored: Any = paths.read(document, path) if path is not None else None
    if faults:
        return stored, faults + [fault for line in lines for fault in line.faults]
    if sheet.frame:
        data: Any = read_benefit(stored, lines, DocumentWords(plain(document), vocabulary()))
    else:
        data = read_rounds(document, lines)
    return data, [fault for line in lines for fault in line.faults]


def _conflicts(sheet: Sheet, grid: Grid, made: _Stamp | None) -> Iterator[Conflict]:
    """Where the workbook says something else than the draft does now; nothing where its sheet was left alone."""
    now, book = texts_of(sheet), _texts_of_grid(sheet, grid)
    if made is not None and paths.stamp(book) == made.cells:
        return
    for number in dict.fromkeys((*now, *book)):
        ours, theirs = now.get(number, {}), book.get(number, {})
        for title in dict.fromkeys((*ours, *theirs)):
            if ours.get(title) != theirs.get(title):
                yield Conflict(sheet.title, number, title, ours.get(title, ""), theirs.get(title, ""))


def _texts_of_grid(sheet: Sheet, grid: Grid) -> dict[str, dict[str, str]]:
    columns, _ = columns_of(sheet, grid)
    texts: dict[str, dict[str, str]] = {}
    for place, row in enumerate(grid.rows[1:], 2):
        values = ((title, _at(row, column)) for title, column in columns.items())
        said = {title: str(value).strip() for title, value in values if value is not None and str(value).strip()}
        if said:
            texts[said.get(NUMBER, f"{place}行目")] = said
    return texts


def _at(row: tuple[Any, ...], column: int | None) -> Any:
    return row[column] if column is not None and column < len(row) else None


@transaction.atomic
def save(draft: Draft, sections: Sequence[Section], *, user: User) -> Draft:
    """Save the sections into the draft: all of them or none. Raises StaleSection and DraftRefused."""
    row = locked(draft)
    found = [(section, _current_path(row, section)) for section in sections]
    for section, path in found:
        place = f"{section.title}（Excel）"
        row = save_section(draft=row, path=path, data=section.data, stamp=section.stamp, user=user, place=place)
    return row


def _current_path(row: Draft, section: Section) -> str:
    """Where the section is to be saved. Looked at before any is saved: the row still says who wrote last."""
    path = section_path(row.document, section.frame)
    if path is None:
        raise DraftRefused(f"「{section.title}」の枠が、この案にありません。ブックをダウンロードし直してください。")
    stored = paths.read(row.document, path)
    if paths.stamp(stored) != section.stamp:
        raise StaleSection(stored=stored, stamp=paths.stamp(stored), by=str(row.updated_by), at=row.updated_at)
    return path


def applied(document: Mapping[str, Any], sections: Iterable[Section]) -> Mapping[str, Any]:
    """The document with the sections in it, as far as their places are still there."""
    for section in sections:
        path = section_path(document, section.frame)
        if path is not None:
            document = paths.replaced(document, path, section.data)
    return document
