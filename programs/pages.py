"""What a programme's public page shows (制度のページ): a version as it stands on a day, of a revision or of a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from eligibility.engine.availability import Availability, CallClock, best_of
from eligibility.engine.calendar import TOKYO, AsOf
from eligibility.engine.document import ProgrammeDocument, Round
from eligibility.engine.facts import Vocabulary
from portal.common.japanese import write_moment
from programs.documents import document_of, vocabulary
from programs.models import Revision, Version
from programs.words.printed import Cell, PrintedProgramme, printed
from programs.words.readable import Readable, readable


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round with what it is at the moment of looking. "" where the source prints no such day."""

    name: str
    frames: str
    opens: str
    closes: str
    tentative: bool
    availability: str


@dataclass(frozen=True, slots=True)
class ExpenseGroup:
    """What is covered, for the frames that cover the same. No names: for all frames."""

    frames: tuple[str, ...]
    cell: Cell


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """`availability`: of the best frame. `rounds_ahead` are open, upcoming or not known; the others have ended."""

    document: ProgrammeDocument
    text: Readable
    table: PrintedProgramme
    availability: str
    rounds_ahead: tuple[RoundRow, ...]
    rounds_ended: tuple[RoundRow, ...]
    expenses: tuple[ExpenseGroup, ...]
    day: date

    @property
    def is_tax(self) -> bool:
        return self.document.identity.kind == "tax"

    @property
    def is_announced(self) -> bool:
        return self.document.time.announced <= self.day


@dataclass(frozen=True, slots=True)
class Standing:
    """A published version among its programme's. `current`: the one in force on the day, if any is yet."""

    revision: Revision
    current: Revision | None
    others: tuple[Revision, ...]

    @property
    def version(self) -> Version:
        return self.revision.version

    @property
    def is_past(self) -> bool:
        """A later version is in force."""
        return self.current is not None and self.version.announced < self.current.version.announced


def standing_of(revisions: Sequence[Revision], version: str | None, day: date) -> Standing | None:
    """The version of that name among `revisions` (in order of announcement); without a name the one in force on `day`.

    Before the first announcement that is the first to come. None: no such version.
    """
    announced = [revision for revision in revisions if revision.version.announced <= day]
    current = announced[-1] if announced else None
    if version is None:
        shown = current or next(iter(revisions), None)
    else:
        shown = next((revision for revision in revisions if revision.version.slug == version), None)
    if shown is None:
        return None
    return Standing(shown, current, tuple(revision for revision in reversed(revisions) if revision != shown))


def now() -> AsOf:
    instant = timezone.now().astimezone(TOKYO)
    return AsOf(instant.date(), instant)


def page_of_revision(revision: Revision) -> ProgrammePage:
    return programme_page(document_of(revision), vocabulary(), now())


def programme_page(document: ProgrammeDocument, facts: Vocabulary, as_of: AsOf) -> ProgrammePage:
    clocks = [CallClock(document.time, frame.slug) for frame in document.frames]
    table = printed(document, facts)
    rounds = _rounds(document, clocks, as_of)
    return ProgrammePage(
        document=document,
        text=readable(document, facts),
        table=table,
        availability=best_of(clock.at(as_of) for clock in clocks).value,
        rounds_ahead=tuple(row for row in rounds if row.availability != Availability.CLOSED),
        rounds_ended=tuple(row for row in rounds if row.availability == Availability.CLOSED),
        expenses=tuple(_expense_groups(table)),
        day=as_of.day,
    )


def _rounds(document: ProgrammeDocument, clocks: Iterable[CallClock], as_of: AsOf) -> list[RoundRow]:
    """In printed order. A round is the same for every frame it is for."""
    states = {state.round.id: state.availability for clock in clocks for state in clock.rounds(as_of)}
    names = {frame.slug: frame.name_ja for frame in document.frames}
    return [_round(round_, names, states.get(round_.id, Availability.UNKNOWN)) for round_ in document.time.rounds]


def _round(round_: Round, names: dict[str, str], availability: Availability) -> RoundRow:
    return RoundRow(
        round_.name,
        "、".join(names.get(slug, slug) for slug in round_.frames),
        write_moment(round_.opens) if round_.opens else "",
        write_moment(round_.closes) if round_.closes else "",
        round_.tentative,
        availability.value,
    )


def _expense_groups(table: PrintedProgramme) -> Iterable[ExpenseGroup]:
    names: dict[Cell, list[str]] = {}
    for frame in table.frames:
        names.setdefault(frame.expenses, []).append(frame.name)
    for cell, frames in names.items():
        yield ExpenseGroup(tuple(frames) if len(names) > 1 else (), cell)
