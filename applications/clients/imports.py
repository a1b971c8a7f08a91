"""Lists of clients from files (取り込み): read and compared as one job, stored as another once a person confirmed.

Nothing is stored in clients before the confirmation. Both jobs can be killed anywhere: what is read is read anew, and
a row is marked stored in the transaction that stores it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Container, Iterable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from openpyxl.utils import get_column_letter

from applications import matching
from applications.clients import clients, units
from applications.clients.clients import ClientRefused, StaleClient
from applications.clients.columns import Column, Layout, layout_of
from applications.clients.rows import Known, Reader, ReadRow, answers_of, compared, fields_of
from applications.clients.tables import MAX_ROWS, UPLOADS, Table, TableRefused, inspect, read_tables
from applications.models import Client, ClientImport, Event, ImportRow, Membership
from applications.papers.files import remove_orphans, write_atomically
from applications.selectors import desk
from eligibility.engine.errors import QuestionRefused
from portal.accounts.models import User
from portal.common import jobs
from portal.common.jobs import JobError, JobState

Stage, State = ClientImport.Stage, ImportRow.State
FOLDER = "imports"
KEPT = timedelta(days=30)
# Lists that wait for their confirmation, of one organisation.
MAX_OPEN = 20
# Rows that are compared and written at once, and clients stored in one transaction: SQLite lets nobody else write.
READ_AT_ONCE, STORED_AT_ONCE = 500, 50
# Seconds between two transactions on SQLite, whose waiting writers look again every tenth of a second: without a pause
# nobody else would get to save.
PAUSE = 0.12
GOOD = (State.NEW, State.CHANGED)
TO_MEND = (State.BROKEN, State.SKIPPED)
LEFT_OUT = "「登録しない」を選んだ行です。"


class ImportRefused(Exception):
    """The file is not taken. The message, in Japanese, says why."""


def request_import(*, acting: Membership, name: str, content: bytes) -> ClientImport:
    """Keep the file and have it read. Raises ImportRefused for what is no list, before any of it is unpacked."""
    if len(content) > UPLOADS.each:
        raise ImportRefused(UPLOADS.too_large)
    try:
        inspect(content)
    except TableRefused as refused:
        raise ImportRefused(str(refused)) from refused
    waiting = desk.imports(acting).filter(stage__in=[Stage.READING, Stage.WAITING]).exclude(state=JobState.FAILED)
    if waiting.count() >= MAX_OPEN:
        raise ImportRefused(f"確認待ちの取り込みが{MAX_OPEN}件あります。先に、登録するか取りやめてください。")
    pk = uuid.uuid4()
    write_atomically(_file_name(pk), content)
    with transaction.atomic():
        imported = ClientImport.objects.create(
            id=pk,
            organisation_id=acting.organisation_id,
            requested_by_id=acting.user_id,
            file=_file_name(pk),
            file_name=_shown_name(name),
        )
        imported.ring()
    return imported


@transaction.atomic
def confirm(*, acting: Membership, imported: ClientImport) -> bool:
    """Store the good rows, in the name of whoever confirms. False where there is nothing to confirm (any more)."""
    if not _hold(acting, imported):
        return False
    counts = counts_of(imported)
    if not any(counts[state] for state in GOOD):
        return False
    ClientImport.objects.filter(pk=imported.pk).update(stage=Stage.STORING, requested_by=acting.user_id)
    done = f"{imported.file_name}（新規{counts['new']}社、更新{counts['changed']}社）"
    Event.record(acting, "支援先の取り込み", done)
    return ClientImport.jobs().redo(imported.pk)


@transaction.atomic
def choose(*, acting: Membership, imported: ClientImport, number: int, is_left_out: bool) -> bool:
    """Leave a good row out of what will be stored (登録しない), or take it back. False where the list waits no more."""
    if not _hold(acting, imported):
        return False
    row = imported.rows.filter(number=number, state__in=GOOD if is_left_out else [State.SKIPPED]).first()
    if row is not None:
        row.problems = [problem for problem in row.problems if problem["message"] != LEFT_OUT]
        if is_left_out:
            row.state, row.problems = State.SKIPPED, [*row.problems, _problem(LEFT_OUT)]
        else:
            row.state = State.NEW if row.client_stamp is None else State.CHANGED
        row.save(update_fields=["state", "problems"])
        ClientImport.objects.filter(pk=imported.pk).update(counts=counts_of(imported))
    return True


@transaction.atomic
def dismiss(*, acting: Membership, imported: ClientImport) -> bool:
    """Give up what is not stored yet. False while it is in work, and where it is over already."""
    open_stages = (Stage.READING, Stage.WAITING, Stage.STORING)
    resting = ClientImport.objects.filter(pk=imported.pk, state__in=[JobState.DONE, JobState.FAILED])
    if not resting.filter(stage__in=open_stages).update(stage=Stage.DISMISSED):
        return False
    ImportRow.objects.filter(imported_id=imported.pk).exclude(state=State.STORED).delete()
    ClientImport.objects.filter(pk=imported.pk).update(counts=counts_of(imported))
    Event.record(acting, "支援先の取り込みを取りやめ", imported.file_name)
    transaction.on_commit(lambda: _remove_file(imported.pk))
    return True


@transaction.atomic
def retry(*, acting: Membership, imported: ClientImport) -> bool:
    """A failed job again, now in the name of whoever asks. False if it has not failed (pressed twice is once), and
    where it must fail again.
    """
    failed = ClientImport.objects.filter(pk=imported.pk, state=JobState.FAILED).exclude(file="")
    if not failed.update(requested_by=acting.user_id):
        return False
    return ClientImport.jobs().retry(imported.pk)


def can_retry(imported: ClientImport) -> bool:
    """Whether it may succeed the next time. A file that cannot be read was removed with the refusal."""
    return imported.has_failed and bool(imported.file)


def counts_of(imported: ClientImport) -> dict[str, int]:
    """How many rows are in each state."""
    found = ImportRow.objects.filter(imported_id=imported.pk).order_by().values_list("state").annotate(Count("pk"))
    return {**dict.fromkeys(State.values, 0), **dict(found)}


def run_import(pk: str) -> None:
    """The job of a ClientImport: reads while its stage is READING, stores while it is STORING. Twice is once."""
    jobs.run(ClientImport, pk, _work)
    over = [Stage.STORED, Stage.DISMISSED]
    if not ClientImport.objects.filter(pk=pk).exclude(stage__in=over).exists():
        _remove_file(pk)


def purge_imports() -> None:
    """Remove imports of more than 30 days ago with their rows, then files that no import knows."""
    for imported in ClientImport.objects.filter(created_at__lt=timezone.now() - KEPT).only("pk", "file"):
        with transaction.atomic():
            imported.delete()
    remove_orphans(FOLDER, set(ClientImport.objects.exclude(file="").values_list("file", flat=True)))


def _hold(acting: Membership, imported: ClientImport) -> bool:
    """Nobody else confirms, changes or dismisses it until the transaction ends. False where it waits no more."""
    waiting = desk.imports(acting).filter(pk=imported.pk, stage=Stage.WAITING, state=JobState.DONE)
    return bool(waiting.update(stage=Stage.WAITING))


def _work(imported: ClientImport) -> dict[str, Any]:
    acting = _acting(imported)
    if imported.stage == Stage.READING:
        return _read(imported, acting)
    if imported.stage == Stage.STORING:
        return _store(imported, acting)
    return {}


def _acting(imported: ClientImport) -> Membership:
    """Whoever asked for the job, as long as they may."""
    acting = desk.membership_of(imported.requested_by)
    if acting is None or acting.organisation_id != imported.organisation_id:
        raise JobError(
            "依頼した職員がこの支援機関から離れたため、中止しました。続けるには、ほかの職員が「もう一度」を押してください。"
        )
    return acting


def _read(imported: ClientImport, acting: Membership) -> dict[str, Any]:
    imported.beat(2, "ファイルを読んでいます")
    try:
        tables = read_tables(_content(imported))
        layout = layout_of(tables)
        rows = list(islice(layout.rows, MAX_ROWS + 1))
        if not rows:
            raise TableRefused("見出しの下に、企業の行がありません。")
        if len(rows) > MAX_ROWS:
            raise TableRefused(f"行が多すぎます。一度に{MAX_ROWS:,}社までです。ファイルを分けてください。")
    except TableRefused as refused:
        raise _refusal(imported, str(refused)) from refused
    with transaction.atomic():
        imported.beat(5, f"{len(rows):,}行を調べています")
        imported.rows.all().delete()  # of an attempt that was killed
    people = {member.user_id: member.user for member in desk.members(acting)}
    doubtful = units.doubtful(layout.columns, [row for _, row in rows])
    reader = Reader(layout, people.values(), doubtful)
    for start in range(0, len(rows), READ_AT_ONCE):
        some = [reader.read(number, row) for number, row in rows[start : start + READ_AT_ONCE]]
        known = _known(acting, some)
        compared_rows = [compared(reader, read, known, people) for read in some]
        for row in compared_rows:
            row.imported = imported
        done = start + len(some)
        with transaction.atomic():
            imported.beat(5 + 90 * done // len(rows), f"{done:,} / {len(rows):,}行を調べました")
            ImportRow.objects.bulk_create(compared_rows)
    columns = [*_columns(layout, doubtful), *_other_sheets(tables, layout)]
    return {"stage": Stage.WAITING, "columns": columns, "counts": counts_of(imported)}


def _content(imported: ClientImport) -> bytes:
    try:
        with default_storage.open(imported.file_path) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise _refusal(imported, "受け取ったファイルが見つかりません。もう一度ファイルを送ってください。") from error
    return content


def _refusal(imported: ClientImport, why: str) -> JobError:
    """The same file must fail again: it is not kept, so that nobody is offered to try it (`can_retry`)."""
    imported.beat(5, "ファイルを読めませんでした")  # whoever has lost the job removes nothing
    _remove_file(imported.pk)
    return JobError(why[:500])


def _known(acting: Membership, rows: Iterable[ReadRow]) -> Known:
    """The organisation's clients that these rows may mean, or that have the same names."""
    held = list(rows)
    mine = desk.clients(acting).defer("search_text")
    found: dict[Any, Client] = {}
    for key in ("pk", "corporate_number", "own_key", "name"):
        said = {getattr(row, key) for row in held} - {""}
        found |= {client.pk: client for client in mine.filter(**{f"{key}__in": said})}
    return Known.of(found.values())


def _columns(layout: Layout, doubtful: Mapping[Column, str]) -> list[dict[str, str]]:
    """For ClientImport.columns: those that are read, and those that are left out, in the file's order.

    "warning": of a column whose unit is in doubt, what its first such cell was read as.
    """
    found = {index: {"heading": heading[:200], "key": "", "label": ""} for index, heading in layout.left_out}
    for column in layout.columns:
        key = f"{column.target.key}:{column.target.part}".rstrip(":")
        found[column.index] = {"heading": column.heading[:200], "key": key, "label": column.label}
        if column in doubtful:
            found[column.index]["warning"] = units.column_advice(column, doubtful[column])
    return [{"letter": get_column_letter(index + 1), **said} for index, said in sorted(found.items())]


def _other_sheets(tables: Iterable[Table], layout: Layout) -> list[dict[str, str]]:
    """As columns that nobody reads: whoever looks at the preview sees that they were left out."""
    titles = [table.title for table in tables if table is not layout.table and table.title and table.rows]
    return [{"letter": "", "heading": f"シート「{title}」"[:200], "key": "", "label": ""} for title in titles]


def _store(imported: ClientImport, acting: Membership) -> dict[str, Any]:
    people = {member.user_id: member.user for member in desk.members(acting)}
    while _store_some(imported, acting, people):
        if connection.vendor == "sqlite":
            time.sleep(PAUSE)
    return {"stage": Stage.STORED, "counts": counts_of(imported)}


@transaction.atomic
def _store_some(imported: ClientImport, acting: Membership, people: Mapping[int, User]) -> bool:
    """The next rows with their clients, in one transaction. False where none is left."""
    counts = counts_of(imported)
    left = sum(counts[state] for state in GOOD)
    whole = left + counts[State.STORED] + counts[State.SKIPPED]
    # In the transaction: whoever has lost the job to another worker stores nothing more.
    imported.beat(100 * (whole - left) // (whole or 1), f"{whole - left:,} / {whole:,}行を処理しました")
    good = imported.rows.filter(state__in=GOOD).order_by("number").select_related("client")
    rows = list(good[:STORED_AT_ONCE])
    _lock(rows)
    twins = _new_twins(rows, imported, acting)
    with matching.together():
        for row in rows:
            _store_row(row, imported, acting, people, twins)
    ImportRow.objects.bulk_update(rows, ["state", "values", "changes", "problems", "client"])
    return bool(rows)


def _lock(rows: Iterable[ImportRow]) -> None:
    """In the order of their keys, as everybody does who changes several: no two wait for each other."""
    keys = [row.client_id for row in rows if row.client_id]
    list(Client.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))


def _new_twins(rows: Iterable[ImportRow], imported: ClientImport, acting: Membership) -> set[str]:
    """Names of clients that others made since the list was sent: of a list sent twice, the second finds them."""
    names = {row.name for row in rows if row.client_stamp is None}
    ours = ImportRow.objects.filter(imported_id=imported.pk, client__isnull=False).values("client")
    found = desk.clients(acting).filter(name__in=names, created_at__gt=imported.created_at).exclude(pk__in=ours)
    return set(found.values_list("name", flat=True))


def _store_row(
    row: ImportRow, imported: ClientImport, acting: Membership, people: Mapping[int, User], twins: Container[str]
) -> None:
    reason = f"取り込み：{imported.file_name}"[:100]
    fields = fields_of(row.values, people)
    try:
        with transaction.atomic():
            row.client = _stored(row, acting, fields, reason, twins)
    except StaleClient:
        _skip(row, "読み取った後に、ほかの人がこの支援先を変更しました。内容を確かめて、もう一度送ってください。")
    except ClientRefused as refused:
        _skip(row, " ".join(refused.problems.values()))
    except QuestionRefused as refused:
        _skip(row, " ".join(problem.message for problem in refused.problems))
    else:
        # What was stored stands in the client's history: no second copy of it stays here.
        row.state, row.values, row.changes = State.STORED, {}, []


def _stored(
    row: ImportRow, acting: Membership, fields: Mapping[str, Any], reason: str, twins: Container[str]
) -> Client:
    if row.client is not None:
        answers = answers_of(row.client, row.values)
        stamp = row.client_stamp or 0
        return clients.save(
            acting=acting, client=row.client, stamp=stamp, values=fields, answers=answers, reason=reason
        )
    if row.client_stamp is not None:
        raise ClientRefused({"": "読み取った後に、この支援先は削除されました。"})
    profile, unknown = row.values["profile"], row.values["unknown"]
    if row.name in twins and not (profile.get("corporate_number") or fields.get("own_key")):
        raise ClientRefused({"name": "ファイルを送った後に、同じ名前の支援先が登録されました。"})
    return clients.create(acting=acting, values=fields, profile=profile, unknown=unknown, reason=reason)


def _skip(row: ImportRow, why: str) -> None:
    row.state = State.SKIPPED
    row.values = {"cells": row.values["cells"]}
    row.problems = [_problem(why)]


def _problem(message: str) -> dict[str, str]:
    """Of a row as a whole."""
    return {"column": "", "letter": "", "cell": "", "message": message}


def _remove_file(pk: uuid.UUID | str) -> None:
    default_storage.delete(_file_name(pk))
    ClientImport.objects.filter(pk=pk).exclude(file="").update(file="")


def _file_name(pk: uuid.UUID | str) -> str:
    """122 random bits, never shown; files are not served by address anyway."""
    return f"{FOLDER}/{pk}"


def _shown_name(name: str) -> str:
    kept = "".join(character for character in name if character.isprintable())
    return kept[-200:] or "名前のないファイル"
