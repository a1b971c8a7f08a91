"""Rows of cells back into rounds and rate tables (シートの読み取り). Only what a cell changes is changed.

Rows are matched by their number; one without a number is new. A row that is not there is a fault: it is removed by
writing 「削除」 into it, never by being lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from eligibility.engine.benefit_terms import MONEY_LABELS
from portal.common.japanese import NotReadable
from programs import paths
from programs.drafts import SLUG
from programs.exchange.workbooks import cells
from programs.exchange.workbooks.cells import Fault, Typed
from programs.exchange.workbooks.layout import (
    ADD_ON,
    BASE_CAP,
    DELETE,
    DELETED,
    NUMBER,
    Group,
    Row,
    Sheet,
    Value,
    cite_titles,
    condition,
    frame_labels,
    groups,
    items_of,
    tier_columns,
)
from programs.exchange.workbooks.reading import Grid
from programs.words.document_words import DocumentWords

# 「経費・投資額」, and each of its words alone.
_EDGES = {word: key for key, label in MONEY_LABELS.items() for word in (label, *label.split("・"))}
_RATE_TITLE = re.compile(r"率\d+")
_TIER_TITLE = re.compile(r"率\d|段")


@dataclass(slots=True)
class Line:
    """A row of a sheet. `before`: the row as the draft has it, None for a new one."""

    grid: Grid
    place: int
    columns: Mapping[str, int]
    before: Row | None = None
    faults: list[Fault] = field(default_factory=list)

    def value(self, title: str) -> Typed:
        column, row = self.columns.get(title), self.grid.rows[self.place]
        return row[column] if column is not None and column < len(row) else None

    def words(self, title: str) -> str:
        return str(self.value(title) or "").strip()

    def has(self, title: str) -> bool:
        return self.value(title) not in (None, "")

    def is_changed(self, *titles: str) -> bool:
        """Whether any of these cells says something else than the draft; those of a new row always do."""
        before = self.before
        return before is None or any(not _same(self.value(title), before.cells.get(title, "")) for title in titles)

    def read(self, title: str, reader: Callable[[Typed], Any]) -> Any:
        """The cell's value; where it cannot be read a fault is noted, and None."""
        try:
            return reader(self.value(title))
        except NotReadable as error:
            self.fault(title, str(error))
            return None

    def fault(self, title: str, message: str) -> None:
        cell = self.grid.address(self.place, self.columns.get(title, 0))
        self.faults.append(Fault(self.grid.title, cell, f"{title}：{message}"))

    @property
    def is_deleted(self) -> bool:
        return self.words(DELETE) == DELETED


def _same(typed: Typed, shown: Value) -> bool:
    if isinstance(typed, int | float) and not isinstance(typed, bool):
        return typed == shown or str(typed) == shown
    return ("" if typed is None else str(typed)).strip() == str(shown).strip()


# --- The table of a sheet ---------------------------------------------------------------------------------------------


def lines_of(sheet: Sheet, grid: Grid) -> tuple[list[Line], list[Fault]]:
    """The rows that say anything, matched with those of the draft, and the faults of the table as such."""
    columns, faults = columns_of(sheet, grid)
    if faults:
        return [], faults
    lines = [Line(grid, place, columns) for place in range(1, len(grid.rows)) if _says_something(grid.rows[place])]
    faults = _match(sheet, lines)
    for line in lines:
        _check_fixed(sheet, line)
    return lines, faults


def _says_something(values: Iterable[Typed]) -> bool:
    return any(value is not None and str(value).strip() for value in values)


def columns_of(sheet: Sheet, grid: Grid) -> tuple[dict[str, int], list[Fault]]:
    """Where each column is, by its title, whatever their order."""
    known = {column.title for column in sheet.columns}
    columns: dict[str, int] = {}
    faults: list[Fault] = []
    for place in range(max((len(row) for row in grid.rows), default=0)):
        values = [row[place] if place < len(row) else None for row in grid.rows]
        title, cell = str(values[0] or "").strip(), grid.address(0, place)
        if title in columns:
            faults.append(Fault(grid.title, cell, f"見出し「{title}」が二つあります。"))
        elif title in known:
            columns[title] = place
        elif _says_something(values):
            faults.append(Fault(grid.title, cell, f"見出し「{title}」は、この表にありません。"))
    missing = [column.title for column in sheet.columns if column.title not in columns]
    if missing:
        faults.append(Fault(grid.title, "", f"見出しがありません：{'、'.join(missing)}"))
    return columns, faults


def _match(sheet: Sheet, lines: Iterable[Line]) -> list[Fault]:
    rows = {row.number: row for row in sheet.rows}
    waiting = dict(rows)
    for line in lines:
        number = line.words(NUMBER)
        line.before = waiting.pop(number, None)
        if line.before is None and number in rows:
            line.fault(NUMBER, f"「{number}」の行が二つあります。写して増やした行は、番号を空にしてください。")
        elif line.before is None and number:
            line.fault(NUMBER, f"番号「{number}」の行は、この案にありません。新しい行は、番号を空にしてください。")
    advice = f"消すときは、行を残して「{DELETE}」の列に「{DELETED}」と書いてください。"
    return [Fault(sheet.title, "", f"番号「{number}」の行がありません。{advice}") for number in waiting]


def _check_fixed(sheet: Sheet, line: Line) -> None:
    if line.words(DELETE) not in ("", DELETED):
        line.fault(DELETE, f"「{DELETED}」と書くか、空にしてください。")
    if line.before is None:
        return
    for column in sheet.columns:
        if column.is_fixed and line.is_changed(column.title):
            line.fault(column.title, f"この列は変えられません。元は「{line.before.cells[column.title]}」です。")


# --- Rounds -----------------------------------------------------------------------------------------------------------


def read_rounds(document: Mapping[str, Any], lines: Iterable[Line]) -> list[dict[str, Any]] | None:
    """The rounds as the lines have them, None for none at all. Faults are noted in the lines."""
    stored = paths.read(document, "time.rounds") or []
    slugs = {label: slug for slug, label in frame_labels(document).items()}
    slugs |= {slug: slug for slug in frame_labels(document)}
    kept = [line for line in lines if not line.is_deleted]
    rounds = [_round(line, _stored(line, stored), slugs) for line in kept]
    _refuse_repeated(kept, rounds)
    return rounds or None


def _stored(line: Line, items: list[dict[str, Any]]) -> dict[str, Any]:
    """The part that the line stands for; a new one is empty."""
    return deepcopy(items[line.before.place]) if line.before else {}


def _round(line: Line, item: dict[str, Any], slugs: Mapping[str, str]) -> dict[str, Any]:
    _put(line, item, "id", "記号", _slug)
    _put(line, item, "name", "回の名前", cells.text)
    if line.is_changed("対象の枠"):
        _set(item, "frames", _frames(line, slugs))
    _put(line, item, "opens", "受付開始", cells.opening)
    _put(line, item, "closes", "締切", cells.closing)
    _put(line, item, "tentative", "予定", cells.flag)
    _put_cites(line, item)
    return _ordered(item, ("id", "name", "frames", "opens", "closes", "tentative", "cites"))


def _frames(line: Line, slugs: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for name in (line.read("対象の枠", cells.text) or "").split("\n"):
        # Names may hold 「、」 themselves: a line that is a name as a whole is one.
        for part in [name] if name.strip() in slugs else re.split(r"[、,，]", name):
            slug = slugs.get(part.strip())
            if slug is None and part.strip():
                line.fault("対象の枠", f"「{part.strip()}」という枠はありません。枠ごとに改行して書いてください。")
            elif slug is not None and slug not in found:
                found.append(slug)
    return found


def _slug(typed: Typed) -> str:
    plain_text = cells.text(typed)
    if SLUG.fullmatch(plain_text) is None or len(plain_text) > 60:
        raise NotReadable("英小文字・数字・ハイフンで、60字までで入力してください（例：r15）。")
    return plain_text


def _refuse_repeated(lines: Iterable[Line], rounds: Iterable[Mapping[str, Any]]) -> None:
    seen: set[str] = set()
    for line, item in zip(lines, rounds, strict=True):
        name = item.get("id")
        if isinstance(name, str) and name in seen:
            line.fault("記号", f"「{name}」が二度使われています。")
        seen.add(str(name))


# --- Rates and caps ---------------------------------------------------------------------------------------------------


def read_benefit(benefit: Mapping[str, Any], lines: Iterable[Line], words: DocumentWords) -> dict[str, Any]:
    """The benefit as the lines have it. Faults are noted in the lines."""
    found: dict[str, Any] = deepcopy(dict(benefit))
    kinds = groups(benefit)
    known = _conditions(benefit, kinds, words)
    for group in kinds:
        own = [line for line in lines if not line.is_deleted and _is_of(line, group, kinds)]
        rows = [_row(line, _stored(line, items_of(benefit, group)), group, known) for line in own]
        if group.path == BASE_CAP and len(own) > 1:
            own[-1].fault("区分", f"{group.label}は一つだけです。")
        if rows != items_of(benefit, group):
            found = _replaced(found, group, rows)
    for line in lines:
        if line.before is None and not line.is_deleted and not any(_is_of(line, group, kinds) for group in kinds):
            _refuse_group(line, kinds)
    return found


def _is_of(line: Line, group: Group, kinds: Iterable[Group]) -> bool:
    if line.before is not None:
        return line.before.path == group.path
    if group.label == ADD_ON or line.words("区分") != group.label:
        return False
    is_only = sum(other.label == group.label for other in kinds) == 1
    return line.words("対象") == group.target or (is_only and not line.words("対象"))


def _refuse_group(line: Line, kinds: Iterable[Group]) -> None:
    label, target = line.words("区分"), line.words("対象")
    targets = [group.target for group in kinds if group.label == label]
    if label == ADD_ON:
        line.fault("区分", "上乗せには条件が要るので、Excelでは足せません。画面の「編集」で足してください。")
    elif targets:
        line.fault("対象", f"「{target}」はありません。{'、'.join(filter(None, targets)) or '空'}にしてください。")
    else:
        labels = "、".join(dict.fromkeys(group.label for group in kinds if group.label != ADD_ON))
        line.fault("区分", f"「{label}」という区分はありません。{labels} のどれかです。")


def _conditions(benefit: Mapping[str, Any], kinds: Iterable[Group], words: DocumentWords) -> dict[str, list[Any]]:
    """Each condition of the frame by its sentence."""
    known: dict[str, list[Any]] = {}
    for item in (item for group in kinds for item in items_of(benefit, group)):
        when = item.get("when")
        same = known.setdefault(condition(when, words), [])
        if when is not None and when not in same:
            same.append(when)
    return known


def _put_condition(line: Line, item: dict[str, Any], known: Mapping[str, list[Any]]) -> None:
    sentence = line.read("条件", cells.text)
    if not sentence:
        return
    found = known.get(sentence, [])
    if len(found) == 1:
        item["when"] = deepcopy(found[0])
    else:
        line.fault("条件", "新しい条件はExcelでは書けません。空にするか、この枠にある条件をそのまま写してください。")


def _row(line: Line, item: dict[str, Any], group: Group, known: Mapping[str, list[Any]]) -> dict[str, Any]:
    if line.before is None:
        _put_condition(line, item, known)
    if group.has_rates:
        _refuse_filled(line, ("額（円）", "額の幅の上（円）"))
        _put_tiers(line, item)
    else:
        _refuse_filled(line, [title for title in line.columns if _TIER_TITLE.match(title)])
        _put(line, item, "amount", "額（円）", cells.yen, is_required=True)
        _put(line, item, "amount_high", "額の幅の上（円）", cells.yen)
    _put_cites(line, item)
    return _ordered(item, ("id", "name", "when", "tiers", "amount", "amount_high", "cites"))


def _refuse_filled(line: Line, titles: Iterable[str]) -> None:
    for title in titles:
        if line.has(title) and line.is_changed(title):
            line.fault(title, "この区分の行では使いません。空にしてください。")


def _put_tiers(line: Line, item: dict[str, Any]) -> None:
    if not line.is_changed(*(title for title in line.columns if _TIER_TITLE.match(title))):
        return
    count = sum(1 for title in line.columns if _RATE_TITLE.fullmatch(title))
    titles = [[column.title for column in tier_columns(number)] for number in range(1, count + 1)]
    edge = _EDGES.get(line.words("段の数え方") or MONEY_LABELS["subsidy"])
    if edge is None:
        line.fault("段の数え方", f"「{'」か「'.join(MONEY_LABELS.values())}」と書いてください。")
    filled = [n for n, names in enumerate(titles) if any(line.has(title) for title in names)]
    if filled != list(range(len(filled))) or not filled:
        line.fault(titles[0][0], "率は、一番左から順に詰めて書いてください。")
    stored = item.get("tiers") or []
    item["tiers"] = [_tier(line, titles[n], stored[n] if n < len(stored) else {}, edge or "subsidy") for n in filled]


def _tier(line: Line, titles: list[str], stored: Mapping[str, Any], edge: str) -> dict[str, Any]:
    rate, high, up_to = titles
    tier = dict(stored)
    _put(line, tier, "rate", rate, cells.rate, is_required=True)
    _put(line, tier, "rate_high", high, cells.rate)
    _put(line, tier, "up_to", up_to, cells.yen)
    if tier.get("up_to") is not None and edge != tier.get("edge", "subsidy"):
        tier["edge"] = edge
    return _ordered(tier, ("rate", "rate_high", "up_to", "edge"))


def _replaced(benefit: dict[str, Any], group: Group, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if group.path != BASE_CAP:
        # An empty list is what every list but the rates is without a word; rates must not be empty, and the
        # document's check says so.
        return dict(paths.replaced(benefit, group.path, rows if rows or group.has_rates else None))
    row = rows[0] if rows else {}
    _set(benefit, "base_cap", row.get("amount"))
    _set(benefit, "base_cap_cites", row.get("cites"))
    return benefit


# --- Both -------------------------------------------------------------------------------------------------------------


def _put(
    line: Line, item: dict[str, Any], key: str, title: str, reader: Callable[[Typed], Any], *, is_required: bool = False
) -> None:
    """Put what a changed cell says; an empty one takes the key away."""
    if not line.is_changed(title):
        return
    if is_required and not line.has(title):
        line.fault(title, "入力してください。")
    _set(item, key, line.read(title, reader))


def _set(item: dict[str, Any], key: str, value: Any) -> None:
    if value is None or value is False or value in ("", []):
        item.pop(key, None)
    else:
        item[key] = value


def _put_cites(line: Line, item: dict[str, Any]) -> None:
    count = sum(1 for title in line.columns if title.startswith("出典"))
    titles = [cite_titles(number) for number in range(1, count + 1)]
    if not line.is_changed(*(title for names in titles for title in names)):
        return
    stored = item.get("cites") or []
    cites = []
    for place, names in enumerate(titles):
        if any(line.has(title) for title in names):
            cites.append(_cite(line, names, stored[place] if place < len(stored) else {}))
    _set(item, "cites", cites)


def _cite(line: Line, titles: tuple[str, str, str], stored: Mapping[str, Any]) -> dict[str, Any]:
    cite = dict(stored)
    readers = (("source", cells.text), ("lines", cells.lines), ("quote", cells.text))
    for title, (key, reader) in zip(titles, readers, strict=True):
        if not line.has(title):
            line.fault(title, "出典・行・引用は、三つとも入力するか、三つとも空にしてください。")
        _put(line, cite, key, title, reader)
    return _ordered(cite, ("source", "lines", "quote"))


def _ordered(item: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The schema's order, so that a draft reads as a document does; what else is there comes last."""
    known = [key for key in keys if key in item]
    return {key: item[key] for key in (*known, *(key for key in item if key not in known))}
