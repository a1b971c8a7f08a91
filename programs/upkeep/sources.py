"""Sources (出典の資料): which there are, who cites them, adding one, and noting that one was checked.

A source is a file of fixtures/sources/ or a row that an officer added. Neither is ever changed: citations count its
lines. A corrected text is a new source under a new name.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from eligibility.engine.document import ProgrammeDocument
from programs import rulebook
from programs.audit import record
from programs.documents import shipped_source_lines
from programs.models import Draft, SourceCheck, SourceText
from programs.models.drafts import OPEN_STATES
from programs.selectors import revisions_in_force
from programs.upkeep.source_texts import cleaned

if TYPE_CHECKING:
    from portal.accounts.models import User

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.txt")
MAX_NAME = 100
MAX_FIRST_WORDS = 60
NO_SUCH_SOURCE = "この資料は登録されていません。"


class SourceRefused(Exception):
    """What was asked of a source cannot be done. The message, in Japanese, is for the officer."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A document in force with the keys of its rows."""

    document: ProgrammeDocument
    version_id: int
    revision_id: int


@dataclass(frozen=True, slots=True)
class Use:
    """A version in force or an open draft that names a source. `source_id`: what its citations call it."""

    label: str
    program: str
    source_id: str
    version_id: int | None = None
    draft_id: int | None = None


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source as the register shows it. `added`: the officer's row, without its text; None of a shipped file."""

    name: str
    title: str
    publisher: str
    date: date | None
    url: str
    added: SourceText | None
    uses: tuple[Use, ...]
    last_check: SourceCheck | None

    @property
    def programs(self) -> tuple[str, ...]:
        """The programmes with a version in force that names it."""
        return tuple(dict.fromkeys(use.program for use in self.uses if use.version_id is not None))


@dataclass(frozen=True, slots=True)
class _Named:
    """What one document says of a source that it names."""

    title: str
    publisher: str
    date: date | None
    url: str
    use: Use


def documents_in_force() -> list[InForce]:
    """Every document in force, in order of programme and announcement."""
    compiled = rulebook.current().versions
    rows = revisions_in_force().values_list("version__programme__slug", "version__slug", "version_id", "pk")
    return [
        InForce(compiled[key].document, version_id, revision_id)
        for program, version, version_id, revision_id in rows
        if (key := f"{program}@{version}") in compiled
    ]


def registry() -> list[SourceEntry]:
    """All sources, the newest first."""
    named = _named_by_documents()
    checks = _last_checks()
    added = {row.name: row for row in SourceText.objects.defer("text").select_related("added_by")}
    names = {**added, **shipped_source_lines()}
    entries = [_entry(name, added.get(name), named[name], checks.get(name)) for name in names]
    return sorted(entries, key=lambda entry: (entry.date or date.min, entry.title), reverse=True)


def find(name: str) -> SourceEntry | None:
    """The source of this name, looked up among those there are."""
    added = None
    if name not in shipped_source_lines():
        if not is_well_named(name):  # NUL and the like do not reach the database
            return None
        added = SourceText.objects.defer("text").select_related("added_by").filter(name=name).first()
        if added is None:
            return None
    return _entry(name, added, _named_by_documents()[name], _last_checks(name).get(name))


def lines_of(name: str) -> Sequence[str]:
    """The lines of a source that `find` has found."""
    shipped = shipped_source_lines().get(name)
    return shipped if shipped is not None else SourceText.objects.get(name=name).text.split("\n")


def is_well_named(name: str) -> bool:
    return len(name) <= MAX_NAME and NAME.fullmatch(name) is not None


def name_fault(name: str) -> str:
    """Why a new source cannot have this name; empty if it can."""
    if not is_well_named(name):
        return f"名前は英小文字・数字・ハイフン・下線で書き、.txt で終えてください（{MAX_NAME}字まで）。"
    if name in shipped_source_lines() or SourceText.objects.filter(name=name).exists():
        return _taken(name)
    return ""


def add_source(*, name: str, title: str, publisher: str, day: date, url: str, text: str, user: User) -> SourceText:
    """A new source, for good. Raises SourceRefused for its name and UnreadableText for its text."""
    plain = cleaned(text)
    fault = name_fault(name)
    if fault:
        raise SourceRefused(fault)
    try:
        with transaction.atomic():
            row = SourceText.objects.create(
                name=name,
                title=title,
                publisher=publisher,
                date=day,
                url=url,
                text=plain,
                sha256=hashlib.sha256(plain.encode()).hexdigest(),
                added_by=user,
            )
            record("出典の資料を登録", user=user, place=name, reason=title)
    except IntegrityError as error:  # somebody took the name since it was looked at
        raise SourceRefused(_taken(name)) from error
    return row


@transaction.atomic
def check_source(*, name: str, user: User, today: date, note: str = "") -> SourceCheck:
    """Note that the source was looked at today and still says what is cited. The same note twice is once."""
    if find(name) is None:
        raise SourceRefused(NO_SUCH_SOURCE)
    check, is_new = SourceCheck.objects.get_or_create(document=name, checked_on=today, checked_by=user, note=note)
    if is_new:
        record("出典を確認", user=user, place=name, reason=note)
    return check


def _taken(name: str) -> str:
    return f"「{name}」という名前は、もう使われています。直した本文は、別の名前の新しい資料として登録してください。"


def _entry(name: str, added: SourceText | None, named: Sequence[_Named], last_check: SourceCheck | None) -> SourceEntry:
    """A row says itself what it is; a shipped file is described by the documents that name it."""
    first = named[0] if named else None
    told = added or first
    return SourceEntry(
        name=name,
        title=told.title if told else _first_words(name),
        publisher=told.publisher if told else "",
        date=told.date if told else None,
        url=told.url if told else "",
        added=added,
        uses=tuple(source.use for source in named),
        last_check=last_check,
    )


def _first_words(name: str) -> str:
    """What a shipped file begins with: its name says nothing."""
    words = next((line.strip() for line in shipped_source_lines()[name] if line.strip()), name)
    return words if len(words) <= MAX_FIRST_WORDS else f"{words[:MAX_FIRST_WORDS]}…"


def _named_by_documents() -> Mapping[str, list[_Named]]:
    """By the name of the source: documents in force first, then open drafts."""
    found: defaultdict[str, list[_Named]] = defaultdict(list)
    for row in documents_in_force():
        document = row.document
        label = f"{document.identity.short_name}（{document.version}）"
        for source in document.sources:
            use = Use(label, document.program, source.id, version_id=row.version_id)
            found[source.document].append(_Named(source.title, source.publisher, source.date, source.url, use))
    for draft in Draft.objects.filter(state__in=OPEN_STATES).order_by("program", "version"):
        for name, named in _named_by_draft(draft):
            found[name].append(named)
    return found


def _named_by_draft(draft: Draft) -> Iterator[tuple[str, _Named]]:
    """A draft may be half-finished: what has not the shape of a source is passed over."""
    sources = draft.document.get("sources")
    for source in sources if isinstance(sources, list) else []:
        if isinstance(source, dict) and isinstance(source.get("document"), str):
            use = Use(f"{draft.name}（{draft.version}）の案", draft.program, _words(source, "id"), draft_id=draft.pk)
            yield (
                source["document"],
                _Named(
                    _words(source, "title") or source["document"],
                    _words(source, "publisher"),
                    _day(_words(source, "date")),
                    _words(source, "url"),
                    use,
                ),
            )


def _words(source: Mapping[str, Any], key: str) -> str:
    value = source.get(key)
    return value if isinstance(value, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _last_checks(name: str | None = None) -> dict[str, SourceCheck]:
    checks = SourceCheck.objects.select_related("checked_by").order_by("checked_on", "pk")
    return {check.document: check for check in (checks if name is None else checks.filter(document=name))}
