"""Which sheets a draft's workbook has: columns, and rows of plain values that the sheet of an unchanged draft shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

from eligibility.engine.benefit_terms import MONEY_LABELS, RateRow
from eligibility.engine.facts import Vocabulary
from portal.common.excel import written
from programs import paths
from programs.words.document_words import DocumentWords, name_of, plain, raw, slots_of

MAX_COLUMNS = 50
ROUNDS, GUIDE, FRAME_PREFIX = "公募回", "説明", "率と上限："
NUMBER, DELETE, DELETED, YES = "番号", "削除", "削除", "○"
TITLE_LENGTH = 31  # Excel takes no longer name of a sheet
MAX_TEXT = 32_767  # in a cell
_UNNAMEABLE = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")

Value = str | int
Cells = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Column:
    """`is_fixed`: shown to find one's way, not to be changed."""

    title: str
    width: int
    kind: Literal["text", "yen"] = "text"
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`path`, `place`: the list it is an item of (Group.path, "" for the rounds), and where in it."""

    number: str
    path: str
    place: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Sheet:
    """`frame`: the slug of the frame whose benefit it holds, "" for the rounds. Rows have a cell for every column."""

    title: str
    frame: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One list of rows within a benefit.

    `path`: from the benefit; `label`, `target`: 区分 and 対象 of its rows; `prefix`: of their numbers.
    """

    path: str
    label: str
    target: str
    prefix: str
    has_rates: bool = False


BASE_CAP = "base_cap"  # a figure of its own, shown as a list of at most one row
ADD_ON = "上乗せ"


def sheets(document: Mapping[str, Any], vocabulary: Vocabulary) -> tuple[Sheet, ...]:
    """The sheets of a draft's document in any state; a part that no sheet can hold has none (`left_out`)."""
    found = [_rounds_sheet(document)] if _has_rounds(document) else []
    words = DocumentWords(plain(document), vocabulary)
    titles: set[str] = set()
    for frame in _own_frames(document):
        title = _title(frame, titles)
        titles.add(title.casefold())
        found.append(_frame_sheet(title, frame, words))
    return tuple(sheet for sheet in found if sheet is not None)


def left_out(document: Mapping[str, Any], vocabulary: Vocabulary) -> list[str]:
    """Names of the frames with rates or caps, and of the rounds, that no sheet holds."""
    held = {sheet.frame for sheet in sheets(document, vocabulary)}
    names = [ROUNDS] if _has_rounds(document) and "" not in held else []
    return names + [
        _name(frame) for frame in frames_of(document) if groups(frame["benefit"]) and _slug(frame) not in held
    ]


def frames_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The frames whose benefit is written as far as being one."""
    return [frame for frame in _list(document.get("frames")) if isinstance(frame.get("benefit"), dict)]


def section_path(document: Mapping[str, Any], frame: str) -> str | None:
    """Where a sheet's content stands in the document now; None where no frame, or more than one, is called so."""
    if not frame:
        return "time.rounds"
    frames = document.get("frames")
    found = [n for n, item in enumerate(frames) if _slug(item) == frame] if isinstance(frames, list) else []
    return f"frames.{found[0]}.benefit" if len(found) == 1 else None


def texts_of(sheet: Sheet) -> dict[str, dict[str, str]]:
    """What the sheet says, by row number and column title, without empty cells."""
    return {
        row.number: {title: text for title, value in row.cells.items() if (text := str(value).strip())}
        for row in sheet.rows
    }


def items_of(benefit: Mapping[str, Any], group: Group) -> list[dict[str, Any]]:
    if group.path == BASE_CAP:
        has_cap = benefit.get("base_cap") is not None
        return [{"amount": benefit["base_cap"], "cites": benefit.get("base_cap_cites", [])}] if has_cap else []
    return _list(paths.read(benefit, group.path))


def groups(benefit: Mapping[str, Any]) -> list[Group]:
    """The lists of rows that a benefit has, or could have."""
    kind = benefit.get("kind")
    if kind == "subsidy":
        return list(_subsidy_groups(benefit))
    if kind in ("credit", "special_depreciation", "immediate_depreciation"):
        return [
            Group("rates", "控除率・償却率", "", "率", has_rates=True),
            Group(BASE_CAP, "投資額の上限", "", "投資額の上限"),
        ]
    return []


def _subsidy_groups(benefit: Mapping[str, Any]) -> Iterator[Group]:
    parts = _list(benefit.get("parts"))
    names = Counter(name_of(part) for part in parts)
    for n, part in enumerate(parts):
        name = name_of(part)
        target = name if name and names[name] == 1 else f"{name}（{n + 1}）"
        yield Group(f"parts.{n}.rates", "補助率", target, f"率{n + 1}-", has_rates=True)
        yield Group(f"parts.{n}.caps", "経費ごとの上限", target, f"経費上限{n + 1}-")
    yield Group("caps", "補助上限", "", "上限")
    yield Group("add_ons", ADD_ON, "", "上乗せ")


# --- Rounds -----------------------------------------------------------------------------------------------------------


def _has_rounds(document: Mapping[str, Any]) -> bool:
    time = document.get("time")
    return isinstance(time, dict) and (time.get("stage") == "call" or bool(time.get("rounds")))


def _rounds_sheet(document: Mapping[str, Any]) -> Sheet | None:
    rounds = _list(paths.read(document, "time.rounds"))
    labels = frame_labels(document)
    cites = _cite_count(rounds)
    columns = (
        Column(NUMBER, 8, is_fixed=True),
        Column("記号", 18),
        Column("回の名前", 22),
        Column("対象の枠", 28),
        Column("受付開始", 16),
        Column("締切", 20),
        Column("予定", 8),
        *_cite_columns(cites),
        Column(DELETE, 8),
    )
    rows = (Row(f"回{n + 1}", "", n, _round_cells(n, item, labels, cites)) for n, item in enumerate(rounds))
    return _fitting(Sheet(ROUNDS, "", columns, tuple(rows)))


def frame_labels(document: Mapping[str, Any]) -> dict[str, str]:
    """What a sheet calls each frame: its name, or its slug where two have that name."""
    frames = [frame for frame in _list(document.get("frames")) if _slug(frame)]
    names = Counter(_name(frame) for frame in frames)
    return {_slug(f): _name(f) if names[_name(f)] == 1 and "\n" not in _name(f) else _slug(f) for f in frames}


def _round_cells(place: int, item: Mapping[str, Any], labels: Mapping[str, str], cites: int) -> Cells:
    frames = item.get("frames")
    shown = [labels.get(slug, raw(slug)) for slug in frames] if isinstance(frames, list) else [_shown(frames)]
    return {
        NUMBER: f"回{place + 1}",
        "記号": _shown(item.get("id")),
        "回の名前": _shown(item.get("name")),
        "対象の枠": "\n".join(str(name) for name in shown),
        "受付開始": _shown(item.get("opens")),
        "締切": str(_shown(item.get("closes"))).replace("T", " "),
        "予定": YES if item.get("tentative") is True else "",
        **_cite_cells(item, cites),
        DELETE: "",
    }


# --- Rates and caps ---------------------------------------------------------------------------------------------------


def _frame_sheet(title: str, frame: Mapping[str, Any], words: DocumentWords) -> Sheet | None:
    benefit = frame["benefit"]
    items = [(group, n, item) for group in groups(benefit) for n, item in enumerate(items_of(benefit, group))]
    tiers = _tier_count(benefit, [item for group, _, item in items if group.has_rates])
    cites = _cite_count([item for _, _, item in items])
    columns = (
        Column(NUMBER, 14, is_fixed=True),
        Column("区分", 16, is_fixed=True),
        Column("対象", 22, is_fixed=True),
        Column("条件", 46, is_fixed=True),
        *(column for n in range(1, tiers + 1) for column in tier_columns(n)),
        *([Column("段の数え方", 12)] if tiers > 1 else []),
        Column("額（円）", 16, "yen"),
        Column("額の幅の上（円）", 16, "yen"),
        *_cite_columns(cites),
        Column(DELETE, 8),
    )
    rows = (_row(group, n, item, columns, words) for group, n, item in items)
    return _fitting(Sheet(title, _slug(frame), columns, tuple(rows)))


def tier_columns(number: int) -> tuple[Column, Column, Column]:
    """率, where the source leaves open which of two the upper one, and up to which amount."""
    return (
        Column(f"率{number}", 10),
        Column(f"率{number}の幅の上", 12),
        Column(f"段{number}の上の端（円）", 16, "yen"),
    )


def _tier_count(benefit: Mapping[str, Any], rates: Iterable[Mapping[str, Any]]) -> int:
    longest = max((len(_list(item.get("tiers"))) for item in rates), default=1)
    return max(2, longest + 1) if benefit.get("kind") == "subsidy" else max(1, longest)


def _row(group: Group, place: int, item: Mapping[str, Any], columns: Iterable[Column], words: DocumentWords) -> Row:
    number = group.prefix if group.path == BASE_CAP else f"{group.prefix}{place + 1}"
    known: dict[str, Value] = {
        NUMBER: number,
        "区分": group.label,
        "対象": name_of(item) if group.label == ADD_ON else group.target,
        "条件": condition(item.get("when"), words),
        **(_tier_cells(_list(item.get("tiers"))) if group.has_rates else _amount_cells(item)),
        **_cite_cells(item, MAX_COLUMNS),
    }
    return Row(number, group.path, place, {column.title: known.get(column.title, "") for column in columns})


def condition(when: Any, words: DocumentWords) -> str:
    """A criterion as a sentence, "" for 「それ以外」."""
    return words.of(slots_of(RateRow)["when"], plain(when)) if when is not None else ""


def _tier_cells(tiers: list[dict[str, Any]]) -> dict[str, Value]:
    cells: dict[str, Value] = {}
    for number, tier in enumerate(tiers, 1):
        rate, high, edge = tier_columns(number)
        cells[rate.title] = _shown(tier.get("rate"))
        cells[high.title] = _shown(tier.get("rate_high"))
        cells[edge.title] = _shown(tier.get("up_to"))
    edges = [tier for tier in tiers if tier.get("up_to") is not None]
    if edges:
        cells["段の数え方"] = MONEY_LABELS.get(edges[0].get("edge", "subsidy"), "")
    return cells


def _amount_cells(item: Mapping[str, Any]) -> dict[str, Value]:
    return {"額（円）": _shown(item.get("amount")), "額の幅の上（円）": _shown(item.get("amount_high"))}


# --- Both -------------------------------------------------------------------------------------------------------------


def cite_titles(number: int) -> tuple[str, str, str]:
    return f"出典{number}", f"行{number}", f"引用{number}"


def _cite_columns(most: int) -> Iterator[Column]:
    for number in range(1, most + 1):
        source, lines, quote = cite_titles(number)
        yield from (Column(source, 18), Column(lines, 12), Column(quote, 46))


def _cite_count(items: Iterable[Mapping[str, Any]]) -> int:
    return max(2, 1 + max((len(_list(item.get("cites"))) for item in items), default=0))


def _cite_cells(item: Mapping[str, Any], most: int) -> dict[str, Value]:
    cites = _list(item.get("cites"))
    cells: dict[str, Value] = {}
    for number in range(1, most + 1):
        cite = cites[number - 1] if number <= len(cites) else {}
        for title, key in zip(cite_titles(number), ("source", "lines", "quote"), strict=True):
            cells[title] = _shown(cite.get(key))
    return cells


def _fitting(sheet: Sheet) -> Sheet | None:
    texts = (value for row in sheet.rows for value in row.cells.values() if isinstance(value, str))
    if len(sheet.columns) > MAX_COLUMNS or any(len(t) > MAX_TEXT or written(t) != t for t in texts):
        return None
    return sheet


def _title(frame: Mapping[str, Any], taken: set[str]) -> str:
    name = _UNNAMEABLE.sub("・", FRAME_PREFIX + _name(frame))
    suffixes = ("" if number == 1 else f"（{number}）" for number in count(1))
    titles = (name[: TITLE_LENGTH - len(suffix)] + suffix for suffix in suffixes)
    return next(title for title in titles if title.casefold() not in taken)


def _own_frames(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    slugs = Counter(_slug(frame) for frame in _list(document.get("frames")))
    return [f for f in frames_of(document) if groups(f["benefit"]) and _slug(f) and slugs[_slug(f)] == 1]


def _slug(frame: Any) -> str:
    slug = frame.get("slug") if isinstance(frame, dict) else None
    return slug if isinstance(slug, str) else ""


def _name(frame: Mapping[str, Any]) -> str:
    return name_of(frame) or _slug(frame)


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _shown(value: Any) -> Value:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return "" if value is None else raw(value, length=None)
