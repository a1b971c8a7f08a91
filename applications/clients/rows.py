"""A row of a list as a change of one client (一行の読み取りと突き合わせ): what it says, and what that would change.

`values` of an ImportRow: fields of a client by name (of a person the id), facts that were answered under "profile"
(of amounts only the parts in the list), those answered 「わからない」 under "unknown", and the row's own texts under
"cells". A cell that is empty says nothing: what is stored stays.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from applications.clients import cells, units
from applications.clients.cells import CellRefused, NobodyKnown
from applications.clients.clients import LABELS, differences, set_answers, set_values
from applications.clients.columns import FIELD_LABELS, ID, Column, Layout
from applications.clients.tables import MAX_CELL, Cell, Row
from applications.models import Client, ImportRow
from eligibility.checks import UNKNOWN, Answer, known
from portal.accounts.models import User
from portal.common.japanese import fold
from programs.documents import vocabulary

State = ImportRow.State
# Of a cell, where it is named as a problem.
_SHOWN = 100
_TOTALS = {"計", "合計", "小計", "総計"}


@dataclass(slots=True)
class ReadRow:
    """What one row says. `problems`: see ImportRow; with `is_broken` it cannot be stored."""

    number: int
    cells: list[str]
    fields: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)
    is_broken: bool = False

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    @property
    def pk(self) -> str:
        return str(self.fields.get(ID, ""))

    @property
    def corporate_number(self) -> str:
        return str(self.facts.get("corporate_number", ""))

    @property
    def own_key(self) -> str:
        return str(self.fields.get("own_key", ""))

    @property
    def values(self) -> dict[str, Any]:
        return {**self.fields, "profile": self.facts, "unknown": self.unknown, "cells": self.cells}

    def breaks(self, message: str, column: Column | None = None) -> None:
        self.is_broken = True
        self.warns(message, column)

    def warns(self, message: str, column: Column | None = None) -> None:
        cell = self.cells[column.index] if column and column.index < len(self.cells) else ""
        self.problems.append(
            {
                "column": column.heading if column else "",
                "letter": column.letter if column else "",
                "cell": cell[:_SHOWN] + ("…" if len(cell) > _SHOWN else ""),
                "message": message,
            }
        )


class Reader:
    """Reads the rows of one list, each on its own and then against those before it."""

    def __init__(self, layout: Layout, people: Iterable[User], doubtful: Iterable[Column] = ()) -> None:
        """`doubtful`: columns whose unit is in doubt (applications.clients.units)."""
        self._columns = layout.columns
        self._doubtful = tuple(doubtful)
        self._people = cells.people_by_name(people)
        self._seen: dict[tuple[str, str], int] = {}  # (what it is told by, its value): the row
        self._clients: dict[Any, int] = {}  # a client's key: the row that changes it

    def read(self, number: int, row: Row) -> ReadRow:
        read = ReadRow(number, [cells.text_of(cell)[:MAX_CELL] for cell in row])
        for column in self._columns:
            cell = row[column.index] if column.index < len(row) else None
            if cells.is_blank(cell):
                continue
            try:
                self._read_cell(read, column, cell)
            except NobodyKnown as unknown:
                read.warns(str(unknown), column)
            except CellRefused as refused:
                read.breaks(str(refused), column)
        self._compare_with_rows_above(read)
        return read

    def claims(self, read: ReadRow, client: Client) -> None:
        """Two rows of a list are not two changes of one client."""
        first = self._clients.setdefault(client.pk, read.number)
        if first != read.number and not read.is_broken:
            read.breaks(f"{first}行目と同じ支援先（{client.name}）です。どちらかの行を消してください。")

    def warn_of_units(self, read: ReadRow) -> None:
        """Of amounts that are stored as yen and are probably none."""
        for column in self._doubtful:
            text = read.cells[column.index] if column.index < len(read.cells) else ""
            if units.is_too_small(column, text):
                read.warns(units.cell_advice(column, text), column)

    def column(self, key: str) -> Column | None:
        return next((column for column in self._columns if column.target.key == key), None)

    def _read_cell(self, read: ReadRow, column: Column, cell: Cell) -> None:
        key, part = column.target.key, column.target.part
        if key in FIELD_LABELS:
            read.fields[key] = self._field(key, cell)
            return
        value = cells.read_fact(vocabulary()[key], cell, part=part, factor=column.factor)
        if value is cells.UNKNOWN:
            read.unknown.append(key)
        elif part:
            read.facts.setdefault(key, {})[part] = value
        else:
            read.facts[key] = value

    def _field(self, key: str, cell: Cell) -> Any:
        if key == ID:
            return cells.read_id(cell)
        if key == "tags":
            return cells.read_tags(cell)
        if key == "notes":
            return cells.read_notes(cell)
        if key == "is_archived":
            return cells.read_flag(cell)
        if key == "assigned_to":
            person = cells.read_person(cell, self._people)
            return person.pk if person else None
        return cells.read_line(key, cell)

    def _compare_with_rows_above(self, read: ReadRow) -> None:
        said = {"corporate_number": read.corporate_number, "own_key": read.own_key, "name": fold(read.name)}
        if not any(said.values()) and not read.pk and not read.is_broken:
            read.breaks("企業名・法人番号・顧客番号のどれもないので、どの支援先か決められません。")
        if fold(read.name) in _TOTALS and not (read.corporate_number or read.own_key):
            read.breaks(
                "合計の行のようなので、登録しません。企業名であれば、顧客番号を付けてください。", self.column("name")
            )
        for key in said:
            first = self._seen.setdefault((key, said[key]), read.number) if said[key] else read.number
            if first == read.number:
                continue
            if key == "name":
                if not (read.pk or read.corporate_number or read.own_key):
                    read.warns(f"{first}行目と同じ企業名です。同じ企業でないか、確かめてください。", self.column(key))
            else:
                read.breaks(f"{first}行目と同じ番号です。どちらかの行を消してください。", self.column(key))


@dataclass(frozen=True, slots=True)
class Known:
    """Clients of the organisation that some rows may mean."""

    by_pk: Mapping[str, Client]
    by_number: Mapping[str, Client]
    by_own_key: Mapping[str, Client]
    names: frozenset[str]

    @classmethod
    def of(cls, clients: Iterable[Client]) -> Known:
        found = list(clients)
        return cls(
            {str(client.pk): client for client in found},
            {client.corporate_number: client for client in found if client.corporate_number},
            {client.own_key: client for client in found if client.own_key},
            frozenset(client.name for client in found),
        )


def compared(reader: Reader, read: ReadRow, known_clients: Known, people: Mapping[int, User]) -> ImportRow:
    """The row with what it would change of the client with its 法人番号, else with its own key, else of a new one."""
    client = _client_of(reader, read, known_clients)
    changes: list[list[str]] = []
    if not read.is_broken:
        reader.warn_of_units(read)
        changes = changes_of(client or Client(), read.values, people)
    state = _state(read, client, changes)
    return ImportRow(
        number=read.number,
        state=state,
        name=read.name or (client.name if client else ""),
        values={"cells": read.cells} if state in (State.BROKEN, State.SAME) else read.values,
        changes=changes,
        problems=read.problems,
        client=client,
        client_stamp=client.stamp if client else None,
    )


def _state(read: ReadRow, client: Client | None, changes: Sequence[object]) -> ImportRow.State:
    if read.is_broken:
        return State.BROKEN
    if client is None:
        return State.NEW
    return State.CHANGED if changes else State.SAME


def _client_of(reader: Reader, read: ReadRow, known_clients: Known) -> Client | None:
    by_pk = known_clients.by_pk.get(read.pk)
    by_number = known_clients.by_number.get(read.corporate_number)
    by_key = known_clients.by_own_key.get(read.own_key)
    client = by_pk or by_number or by_key
    if read.pk and by_pk is None:
        read.breaks("このしるべ番号の支援先はありません（削除されたなど）。新規に登録するには、空にしてください。")
    elif client is None:
        if not read.name and not read.is_broken:
            read.breaks(
                "この番号の支援先はまだありません。新しく登録するには、企業名が必要です。", reader.column("name")
            )
        elif read.name in known_clients.names:
            read.warns(
                "同じ名前の支援先が、すでに登録されています。新規に登録すると二つになります。", reader.column("name")
            )
    if client is None or (read.pk and by_pk is None):
        return None
    others = {"corporate_number": by_number, "own_key": by_key}
    for key, other in others.items():
        if other is not None and other.pk != client.pk:
            read.breaks(
                f"この番号は「{other.name}」のもので、「{client.name}」のものではありません。", reader.column(key)
            )
    if by_number is None and read.corporate_number and client.corporate_number:
        message = f"登録済みの法人番号（{client.corporate_number}）と違います。別の企業でないか、確かめてください。"
        read.warns(message, reader.column("corporate_number"))
    reader.claims(read, client)
    return client


def changes_of(client: Client, values: Mapping[str, Any], people: Mapping[int, User]) -> list[list[str]]:
    """[label, before, after] of everything that `values` change in a client, in words."""
    after = copy.copy(client)
    set_values(after, fields_of(values, people))
    set_answers(after, answers_of(client, values))
    return [[found.label, found.before, found.after] for found in differences(client, after)]


def fields_of(values: Mapping[str, Any], people: Mapping[int, User]) -> dict[str, Any]:
    """The fields that a row sets. Somebody who has left since it was read is assigned nothing."""
    found = {key: values[key] for key in LABELS if key in values}
    if "assigned_to" in found:
        found["assigned_to"] = people.get(found["assigned_to"])
    return found


def answers_of(client: Client, values: Mapping[str, Any]) -> dict[str, Answer]:
    """The facts that a row answers; amounts by month or category join those that the client has."""
    answers: dict[str, Answer] = dict.fromkeys(values["unknown"], UNKNOWN)
    for key, value in values["profile"].items():
        joined = {**client.profile.get(key, {}), **value} if isinstance(value, dict) else value
        answers[key] = known(joined)
    return answers
