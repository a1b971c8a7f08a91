"""How a programme of a frozen report is laid out on paper: what all its frames share once, sources by number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from portal.common.charts import Bar, range_text

# The page's ✗ is in neither of our fonts.
MARKS = {"met": "✓", "unmet": "×", "unknown": "–", "review": "審査"}
MARK_WORDS = {"met": "満たす", "unmet": "満たさない", "unknown": "未確認", "review": ""}

NOTE_KEYS = ("documents", "steps", "exclusions", "not_required", "open_points", "time_notes")

_CASE = re.compile(r"場合\d+")  # how eligibility.engine.steps opens each case

Part = Mapping[str, Any]


def number_sources(programmes: Iterable[Part]) -> dict[str, dict[str, Any]]:
    """One entry per cited document, in reading order: its number, full title and every line cited, by programme."""
    entries: dict[str, dict[str, Any]] = {}
    for programme in programmes:
        for source in _cited(programme):
            entry = entries.setdefault(source["document"], _entry(source, programme, len(entries) + 1))
            lines = entry["cited"].setdefault(programme["short_name"], [])
            if source["lines"] not in lines:
                lines.append(source["lines"])
    for entry in entries.values():
        entry["places"] = [
            {"programme": name, "lines": "、".join(sorted(lines, key=_first_line))}
            for name, lines in entry["cited"].items()
        ]
    return entries


def show_programme(programme: Part, sources: Mapping[str, Part]) -> dict[str, Any]:
    """The programme with numbered sources, and what all its frames have in common taken out of them."""
    frames = [_frame(frame, sources) for frame in programme["frames"]]
    shared_rows = _shared([frame["rows"] for frame in frames])
    shared_rounds = frames[0]["rounds"] if len({repr(frame["rounds"]) for frame in frames}) == 1 else []
    for frame in frames:
        frame["own_rows"] = [row for row in frame["rows"] if row not in shared_rows]
        frame["own_rounds"] = [] if shared_rounds else frame["rounds"]
    notes = {key: [_note(note, sources) for note in programme[key]] for key in NOTE_KEYS}
    return {
        **programme,
        **notes,
        "frames": frames,
        "shared_rows": shared_rows,
        "shared_rounds": shared_rounds,
        "bars": [bar for frame in frames if (bar := _bar(programme, frame))],
    }


def _shared(rows_of_frames: Sequence[list[Part]]) -> list[Part]:
    """Rows that every frame has word for word; none where there is one frame only."""
    first, *others = rows_of_frames
    return [row for row in first if others and all(row in rows for rows in others)]


def _frame(frame: Part, sources: Mapping[str, Part]) -> dict[str, Any]:
    rows = [
        {
            **_note(row, sources),
            "mark": MARKS[row["status"]],
            "mark_word": MARK_WORDS[row["status"]],
            "actual": row["actual"] or "―",
        }
        for row in frame["rows"]
    ]
    amount = frame["amount"]
    return {
        **frame,
        "rows": rows,
        "amount_parts": amount_parts(amount) if amount else [],
        "cases": _cases(amount["steps"]) if amount else [],
    }


def amount_parts(amount: Part) -> list[str]:
    """The ends of a range, each of which stays on one line: "7,500,000円〜", "12,000,000円"."""
    low, tilde, high = amount["text"].partition("〜")
    return [part for part in (low + tilde, high) if part]


def _cases(steps: Iterable[str]) -> list[list[str]]:
    """The arithmetic as one chain per case (場合1, 場合2 …), which takes a line or two instead of four."""
    cases: list[list[str]] = [[]]
    for step in steps:
        if _CASE.search(step) and cases[-1]:
            cases.append([])
        cases[-1].append(step)
    return [case for case in cases if case]


def _note(note: Part, sources: Mapping[str, Part]) -> dict[str, Any]:
    """With `refs` in words: "［1］624・630行"."""
    lines: dict[int, list[str]] = {}
    for source in note["sources"]:
        cited = lines.setdefault(sources[source["document"]]["number"], [])
        if source["lines"] not in cited:
            cited.append(source["lines"])
    refs = "　".join(f"［{number}］{'・'.join(sorted(cited, key=_first_line))}行" for number, cited in lines.items())
    return {**note, "refs": refs}


def _bar(programme: Part, frame: Part) -> Bar | None:
    """A deduction is no money received, so it has no place beside subsidies."""
    amount = frame["amount"]
    if amount is None or amount["low"] is None or amount["is_deduction"]:
        return None
    label = f"{programme['short_name']}　{frame['name']}"
    return Bar(label, amount["low"], amount["high"], range_text(amount["low"], amount["high"]))


def _entry(source: Part, programme: Part, number: int) -> dict[str, Any]:
    titles = (full for full in programme["source_titles"] if full.startswith(f"{source['title']}（"))
    return {
        "number": number,
        "document": source["document"],
        "title": next(titles, source["title"]),
        "cited": {},
    }


def _first_line(lines: str) -> int:
    return int(lines.split("-")[0])


def _cited(programme: Part) -> Iterator[Part]:
    for frame in programme["frames"]:
        for row in frame["rows"]:
            yield from row["sources"]
    for key in NOTE_KEYS:
        for note in programme[key]:
            yield from note["sources"]
