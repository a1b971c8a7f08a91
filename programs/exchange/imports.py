"""Documents from files (ファイルの読み込み): what officers send is compared with what is in force, then becomes drafts.

Nothing here publishes. All or nothing: one file that cannot be taken keeps every other one out. What `manage.py
load_programs` would do is told here too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from eligibility.engine.document import ProgrammeDocument, dump_document, read_document
from eligibility.engine.errors import DocumentRefused, Finding, errors_of
from eligibility.engine.hashing import document_hash
from eligibility.engine.linter import lint
from portal.common.uploads import Limits, Sent
from programs import drafts, loading, publishing
from programs.audit import record
from programs.documents import CASES, all_source_lines, vocabulary
from programs.exchange.archives import ArchiveLimits, ArchiveRefused, is_archive, read_archive
from programs.loading import Change
from programs.models import Draft, Revision, Version
from programs.models.drafts import OPEN_STATES
from programs.words.comparison import Difference, differences
from programs.yaml import MAX_BYTES, parse, read_file

if TYPE_CHECKING:
    from portal.accounts.models import User

UPLOADS = Limits(files=50, each=MAX_BYTES, total=5 * MAX_BYTES)
_UNPACKED = ArchiveLimits(files=UPLOADS.files, each=UPLOADS.each, total=UPLOADS.total)


class Step(StrEnum):
    """What taking a file makes of it."""

    CORRECTION = "correction"
    NEW_VERSION = "new_version"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


STEP_WORDS = {
    Step.CORRECTION: "公開中の版の訂正の案になります",
    Step.NEW_VERSION: "新しい版の案になります",
    Step.UNCHANGED: "公開中の改訂と同じなので、何もしません",
    Step.REFUSED: "読み込めません",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file as far as it could be read. `faults`: why nothing can be made of it."""

    name: str
    document: ProgrammeDocument | None = None
    faults: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What would become of a file now.

    `base`: names the revision that it was compared with ("" for a version that was never published).
    """

    name: str
    step: Step
    document: ProgrammeDocument | None = None
    findings: tuple[Finding, ...] = ()
    changes: tuple[Difference, ...] = ()
    base: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def words(self) -> str:
        return STEP_WORDS[self.step]

    @property
    def key(self) -> str:
        return self.document.key if self.document else ""


class ImportRefused(Exception):
    """Nothing was written. `planned`: every file as it stands now, with what keeps it out."""

    def __init__(self, planned: Sequence[Planned]) -> None:
        self.planned = planned
        super().__init__("import refused")


# --- Reading what officers send ---------------------------------------------------------------------------------------


def read_sent(sent: Sequence[Sent]) -> list[Incoming]:
    """The documents of the files that a page was sent: some .yaml and .json files, or one ZIP of them."""
    if len(sent) == 1 and is_archive(sent[0].content):
        return _read_archive(sent[0])
    return [_read(file) for file in sent]


def _read_archive(sent: Sent) -> list[Incoming]:
    try:
        files = read_archive(sent.content, _UNPACKED)
    except ArchiveRefused as refused:
        return [_faulty(sent.name, *refused.faults)]
    if not files:
        return [_faulty(sent.name, "ZIPの中にファイルがありません。")]
    return [_read(Sent(name, content)) for name, content in files.items()]


def _read(sent: Sent) -> Incoming:
    if sent.refusal:
        return _faulty(sent.name, sent.refusal)
    if is_archive(sent.content):
        return _faulty(sent.name, "ZIPは、一つだけで送ってください。ZIPの中のZIPも読み込めません。")
    if PurePosixPath(sent.name).stem == CASES:
        return Incoming(sent.name)  # an export has them beside the documents
    try:
        return Incoming(sent.name, read_document(parse(sent.content, sent.name), sent.name))
    except DocumentRefused as refused:
        return Incoming(sent.name, faults=tuple(refused.findings))


def _faulty(name: str, *messages: str) -> Incoming:
    return Incoming(name, faults=tuple(Finding("(file)", message, name) for message in messages))


# --- What would become of them ----------------------------------------------------------------------------------------


def plan(incoming: Iterable[Incoming], today: date) -> list[Planned]:
    """What taking the files would make of each now. Writes nothing."""
    files = list(incoming)
    keys = Counter(file.document.key for file in files if file.document)
    return [_planned(file, keys, today) for file in files]


def _planned(file: Incoming, keys: Mapping[str, int], today: date) -> Planned:
    document = file.document
    if document is None and not file.faults:
        return Planned(file.name, Step.UNCHANGED, notes=("事例のファイルは、ここでは読み込みません。",))
    if document is None:
        return Planned(file.name, Step.REFUSED, findings=file.faults)
    last = publishing.last_revision(document.program, document.version)
    fault = _obstacle(document, keys)
    checked = drafts.check_data(dump_document(document), today)
    return Planned(
        file.name,
        Step.REFUSED if fault else _step(document, last),
        document,
        (Finding("(file)", fault, file.name), *checked.findings) if fault else checked.findings,
        _changes(document, last),
        last.document_hash if last else "",
        _notes(last),
    )


def _obstacle(document: ProgrammeDocument, keys: Mapping[str, int]) -> str:
    if keys[document.key] > 1:
        return f"「{document.key}」のファイルが{keys[document.key]}つあります。一つにしてください。"
    if open_draft(document) is not None:
        return f"「{document.key}」には、もう案があります。その案を公開するか破棄してから、読み込んでください。"
    return ""


def _step(document: ProgrammeDocument, last: Revision | None) -> Step:
    if last is None:
        return Step.NEW_VERSION
    return Step.UNCHANGED if last.document_hash == document_hash(document) else Step.CORRECTION


def _changes(document: ProgrammeDocument, last: Revision | None) -> tuple[Difference, ...]:
    return tuple(differences(last.document, dump_document(document), vocabulary())) if last else ()


def _notes(last: Revision | None) -> tuple[str, ...]:
    if last is not None and last.publication.ends is not None:
        return (f"この版の公開は終わっています。最後に公開した{last}と比べています。",)
    return ()


def open_draft(document: ProgrammeDocument) -> Draft | None:
    """The draft of the document's version that officers are working on."""
    return Draft.objects.filter(program=document.program, version=document.version, state__in=OPEN_STATES).first()


# --- Drafts of them ---------------------------------------------------------------------------------------------------


def import_drafts(incoming: Sequence[Incoming], bases: Mapping[str, str], *, user: User, today: date) -> list[Draft]:
    """A draft of every document that differs from what was published: all of them or, on any obstacle, none.

    `bases`: for each document's key, the revision that the officer saw it compared with (Planned.base).
    Raises ImportRefused.
    """
    try:
        with transaction.atomic():
            return _import(incoming, bases, user, today)
    except IntegrityError as error:  # of a programme that is new there is no row yet to hold
        raise ImportRefused(plan(incoming, today)) from error


def _import(incoming: Sequence[Incoming], bases: Mapping[str, str], user: User, today: date) -> list[Draft]:
    for program in sorted({file.document.program for file in incoming if file.document}):
        publishing.lock(program)
    planned = plan(incoming, today)
    if any(item.step is Step.REFUSED or bases.get(item.key, "") != item.base for item in planned):
        raise ImportRefused(planned)
    return [draft for item in planned if (draft := _draft_of(item, user)) is not None]


def _draft_of(item: Planned, user: User) -> Draft | None:
    document = item.document
    if document is None or item.step is Step.UNCHANGED:
        return None
    data = dump_document(document)
    if item.step is Step.NEW_VERSION:
        return _new_version(document, data, item.name, user)
    version = Version.objects.get(programme__slug=document.program, slug=document.version)
    draft = drafts.open_correction(version=version, user=user)
    return drafts.replace_document(draft=draft, document=data, user=user, action="ファイルの読み込み")


def _new_version(document: ProgrammeDocument, data: Mapping[str, Any], name: str, user: User) -> Draft:
    draft = Draft.objects.create(
        program=document.program, version=document.version, document=data, created_by=user, updated_by=user
    )
    record("ファイルから新しい版の案を作成", user=user, draft=draft, reason=f"{name} の読み込み")
    return draft


# --- What the command would load --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """What loading a document would do. `changes`: from what is published to the file, also where the file loses."""

    document: ProgrammeDocument
    change: Change
    changes: tuple[Difference, ...]


def planned_loads(documents: Iterable[ProgrammeDocument]) -> list[Load]:
    """What loading these documents would do now. Writes nothing."""
    return [
        Load(
            document,
            loading.planned_change(document),
            _changes(document, publishing.last_revision(document.program, document.version)),
        )
        for document in documents
    ]


def read_paths(paths: Iterable[Path]) -> list[ProgrammeDocument]:
    """The documents of these files, checked as those of the fixtures are. Raises DocumentRefused with every finding."""
    documents: list[ProgrammeDocument] = []
    findings: list[Finding] = []
    texts = all_source_lines()
    for path in paths:
        try:
            documents.append(_read_path(path, texts))
        except DocumentRefused as refused:
            findings.extend(refused.findings)
    findings.extend(_named_twice(documents))
    if findings:
        raise DocumentRefused(findings)
    return documents


def _read_path(path: Path, texts: dict[str, list[str]]) -> ProgrammeDocument:
    document = read_document(read_file(path), str(path))
    findings = errors_of(lint(document, vocabulary(), texts))
    if findings:
        raise DocumentRefused([Finding(finding.path, finding.message, str(path)) for finding in findings])
    return document


def _named_twice(documents: Iterable[ProgrammeDocument]) -> list[Finding]:
    keys = Counter(document.key for document in documents)
    return [
        Finding("program", f"「{key}」のファイルが{count}つあります。一つにしてください。")
        for key, count in keys.items()
        if count > 1
    ]
