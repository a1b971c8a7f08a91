"""A document as the table that a 公募要領 prints (枠の表): one column a frame, what it asks and pays one below another.

`printed` is the whole programme side by side; `printed_benefit` is the rate table of a single frame, line by line, as
its editor shows it. Both are made from the same figures, which programs.words.readable lists too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from eligibility.engine import citations
from eligibility.engine.benefit_terms import (
    BASIS_LABELS,
    ROUNDING_LABELS,
    TAX_LABELS,
    AddOn,
    Benefit,
    Bound,
    CapRow,
    OpenBenefit,
    RateRow,
    SubsidyBenefit,
    TaxBenefit,
)
from eligibility.engine.criteria import yen
from eligibility.engine.document import REVIEW_LABELS, Frame, ProgrammeDocument, Requirement
from eligibility.engine.facts import Vocabulary
from eligibility.engine.money import parse_rate
from eligibility.engine.steps import tiers_text
from programs.words.phrases import Source, Wording

REST = "それ以外"
ALWAYS = "すべての場合"
NOT_PRINTED = "記載なし"
UNDECIDED = "資料から決まりません"
# Characters from which words that come again are moved below the table.
FOOTNOTE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing printed in a cell: 「賃上げのとき」「2/3」.

    `label`: whose it is, where a cell has several kinds (a part of the expenses, an add-on). `condition`: when it
    applies, "" for always. `note`: what has to be known to read it right.
    """

    text: str
    label: str = ""
    condition: str = ""
    note: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """`blank` is shown where nothing is printed."""

    entries: tuple[Entry, ...] = ()
    blank: str = NOT_PRINTED

    @property
    def sources(self) -> tuple[Source, ...]:
        """Of all its entries, each once."""
        return tuple(dict.fromkeys(source for entry in self.entries for source in entry.sources))


@dataclass(frozen=True, slots=True)
class PrintedFrame:
    """A column of the table. `requirements` are the frame's own, beyond those that all frames share."""

    slug: str
    name: str
    summary: str
    requirements: Cell
    rate: Cell
    cap: Cell
    floor: Cell
    expenses: Cell

    @property
    def cells(self) -> tuple[Cell, ...]:
        """In the order of PrintedProgramme.heads."""
        return self.requirements, *self.figures, self.expenses

    @property
    def figures(self) -> tuple[Cell, Cell, Cell]:
        return self.rate, self.cap, self.floor


@dataclass(frozen=True, slots=True)
class PrintedProgramme:
    """The table: its columns are `frames`, its rows are named by `heads`.

    Long words that several figures share stand once in `footnotes` (mark, words); the figures have the mark.
    """

    heads: tuple[str, ...]
    frames: tuple[PrintedFrame, ...]
    footnotes: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
        """Each row's name with its cells, one a frame."""
        return tuple(zip(self.heads, zip(*(frame.cells for frame in self.frames), strict=True), strict=True))

    @property
    def has_floors(self) -> bool:
        return any(frame.floor.entries for frame in self.frames)


@dataclass(frozen=True, slots=True)
class BenefitCell:
    """A cell of a rate table that is `span` rows high."""

    head: str
    cell: Cell
    span: int = 1


@dataclass(frozen=True, slots=True)
class BenefitRow:
    """A line of a rate table. `cells` are those that begin here; a higher one above still stands beside it."""

    label: str
    condition: str
    cells: tuple[BenefitCell, ...]


@dataclass(frozen=True, slots=True)
class PrintedBenefit:
    """A frame's rate table. Without `rows` the source settles no amount, and `note` says why."""

    heads: tuple[str, ...]
    rows: tuple[BenefitRow, ...]
    note: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What a benefit pays, as three lists. `rate_name`: 補助率, 税額控除, …"""

    rate_name: str
    rates: tuple[Entry, ...]
    caps: tuple[Entry, ...]
    floors: tuple[Entry, ...]


def printed(document: ProgrammeDocument, vocabulary: Vocabulary) -> PrintedProgramme:
    wording = Wording(document.sources, vocabulary)
    is_tax = document.identity.kind == "tax"
    heads = ("枠ごとの要件", *_figure_heads(is_tax), "対象になる投資" if is_tax else "対象経費")
    frames = [_frame(frame, wording) for frame in document.frames]
    marks = _marks(frames)
    return PrintedProgramme(
        heads,
        tuple(_marked(frame, marks) for frame in frames),
        tuple((mark, text) for text, mark in marks.items()),
    )


def printed_benefit(frame: Frame, vocabulary: Vocabulary, sources: Iterable[citations.Source] = ()) -> PrintedBenefit:
    """`sources`: the document's, by which citations are called; without them by their ids."""
    wording, benefit = Wording(sources, vocabulary), frame.benefit
    heads = ("区分・条件", *_figure_heads(isinstance(benefit, TaxBenefit)))
    if isinstance(benefit, OpenBenefit):
        return PrintedBenefit(heads, (), benefit.reason, wording.sources(benefit.cites))
    lines = list(_lines(benefit, wording))
    floor = BenefitCell(heads[3], Cell(figures(benefit, wording).floors), len(lines))
    rows = [_row(line, heads) for line in lines]
    rows[0] = replace(rows[0], cells=(*rows[0].cells, floor))
    unit = benefit.rounding_unit if isinstance(benefit, SubsidyBenefit) else 1
    note = f"{ROUNDING_LABELS[str(unit)]}は切り捨てます。" if unit > 1 else ""
    return PrintedBenefit(heads, tuple(rows), note)


def figures(benefit: Benefit, wording: Wording) -> Figures:
    """Rates, caps with what is added to them, and floors, each with its condition and its sources."""
    if isinstance(benefit, OpenBenefit):
        sources = wording.sources(benefit.cites)
        return Figures("額", (Entry(UNDECIDED, note=benefit.reason, sources=sources),), (), ())
    floors = tuple(_floor(bound, wording) for bound in benefit.bounds)
    if isinstance(benefit, TaxBenefit):
        name = TAX_LABELS[benefit.kind]
        return Figures(name, _rates(benefit.rates, wording, percent=True), tuple(_tax_caps(benefit, wording)), floors)
    is_split = len(benefit.parts) > 1
    rates: list[Entry] = []
    caps: list[Entry] = []
    for part in benefit.parts:
        label = part.name if is_split else ""
        rates.extend(replace(entry, label=label) for entry in _rates(part.rates, wording))
        caps.extend(replace(entry, label=label) for entry in _caps(part.caps, wording))
    whole = "全体" if caps else ""
    caps.extend(replace(entry, label=whole) for entry in _caps(benefit.caps, wording))
    caps.extend(_added(add_on, wording) for add_on in benefit.add_ons)
    return Figures("補助率", tuple(rates), tuple(caps), floors)


def _figure_heads(is_tax: bool) -> tuple[str, str, str]:
    return ("控除率・償却率", "上限", "下限") if is_tax else ("補助率", "補助上限額", "下限・帯")


def _frame(frame: Frame, wording: Wording) -> PrintedFrame:
    found = figures(frame.benefit, wording)
    blank = UNDECIDED if isinstance(frame.benefit, OpenBenefit) else NOT_PRINTED
    return PrintedFrame(
        slug=frame.slug,
        name=frame.name_ja,
        summary=frame.summary,
        requirements=Cell(tuple(_requirement(r, wording) for r in frame.requirements), "共通の要件だけ"),
        rate=Cell(found.rates, blank),
        cap=Cell(found.caps, blank),
        floor=Cell(found.floors, blank),
        expenses=Cell(tuple(_expenses(frame, wording))),
    )


def _marks(frames: Iterable[PrintedFrame]) -> dict[str, str]:
    """A mark for every long condition or note that stands in more than one place, in reading order."""
    entries = [entry for frame in frames for cell in frame.figures for entry in cell.entries]
    counts = Counter(text for entry in entries for text in (entry.condition, entry.note))
    shared = [text for text, count in counts.items() if count > 1 and len(text) >= FOOTNOTE_LENGTH]
    return {text: f"※{number}" for number, text in enumerate(shared, 1)}


def _marked(frame: PrintedFrame, marks: Mapping[str, str]) -> PrintedFrame:
    rate, cap, floor = (
        replace(cell, entries=tuple(_with_marks(entry, marks) for entry in cell.entries)) for cell in frame.figures
    )
    return replace(frame, rate=rate, cap=cap, floor=floor)


def _with_marks(entry: Entry, marks: Mapping[str, str]) -> Entry:
    if entry.note in marks:
        entry = replace(entry, text=f"{entry.text}（{marks[entry.note]}）", note="")
    if entry.condition in marks and entry.label:
        entry = replace(entry, label=f"{entry.label}（{marks[entry.condition]}）", condition="")
    return replace(entry, condition=marks.get(entry.condition, entry.condition))


def _requirement(requirement: Requirement, wording: Wording) -> Entry:
    note = REVIEW_LABELS[requirement.review] if requirement.review else ""
    return Entry(requirement.text, note=note, sources=wording.sources(requirement.cites))


def _expenses(frame: Frame, wording: Wording) -> Iterator[Entry]:
    expenses = frame.expenses
    yield Entry(expenses.text, note=BASIS_LABELS[expenses.basis], sources=wording.sources(expenses.cites))
    if expenses.listed:
        yield Entry(wording.categories(expenses.listed), label="この診断で対象として数える区分")
    for part in expenses.conditional:
        condition, sources = wording.words(part.when), wording.sources(part.cites)
        yield Entry(wording.categories(part.categories), "条件つきで対象になる区分", condition, sources=sources)
    if expenses.excluded:
        yield Entry(wording.categories(expenses.excluded), label="対象にならない区分")


def _rates(rows: Sequence[RateRow], wording: Wording, *, percent: bool = False) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            _percent_text(row) if percent else tiers_text(row),
            condition=_condition(row, rows, wording),
            sources=wording.sources(row.cites),
        )
        for row in rows
    )


def _percent_text(row: RateRow) -> str:
    """税制 prints its rates in per cent: 3/100 as 3％; left as a fraction where that does not come out even."""
    tier = row.tiers[0]
    percents = [parse_rate(rate) * 100 for rate in (tier.rate, tier.rate_high) if rate is not None]
    if any(percent.denominator != 1 for percent in percents):
        return tiers_text(row)
    return "〜".join(f"{percent}％" for percent in percents) + (f"（{UNDECIDED}）" if len(percents) > 1 else "")


def _caps(rows: Sequence[CapRow], wording: Wording) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            _range(row), condition=_condition(row, rows, wording), note=_open(row), sources=wording.sources(row.cites)
        )
        for row in rows
    )


def _added(add_on: AddOn, wording: Wording) -> Entry:
    return Entry(
        f"＋{_range(add_on)}",
        f"上乗せ：{add_on.name}",
        wording.words(add_on.when),
        _open(add_on),
        wording.sources(add_on.cites),
    )


def _tax_caps(benefit: TaxBenefit, wording: Wording) -> Iterator[Entry]:
    if benefit.base_cap is not None:
        yield Entry(yen(benefit.base_cap), "投資額の上限", sources=wording.sources(benefit.base_cap_cites))
    cap = benefit.tax_cap
    if cap is not None:
        shared = "、".join(wording.label(fact) for fact in cap.shared_with)
        text = f"{wording.label(cap.of)}の{cap.percent}％" + (f"（{shared}と合わせて）" if shared else "")
        yield Entry(text, "控除額の上限", sources=wording.sources(cap.cites))


def _floor(bound: Bound, wording: Wording) -> Entry:
    return Entry(bound.text, sources=wording.sources(bound.cites))


def _range(row: CapRow | AddOn) -> str:
    return yen(row.amount) + (f"〜{yen(row.amount_high)}" if row.amount_high is not None else "")


def _open(row: CapRow | AddOn) -> str:
    return "幅のどこに当たるかは資料から決まりません" if row.amount_high is not None else ""


def _condition(row: RateRow | CapRow, rows: Sequence[RateRow | CapRow], wording: Wording) -> str:
    """A row without condition is 「それ以外」 after others, and needs no word where it is the only one."""
    return wording.words(row.when) or (REST if len(rows) > 1 else "")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a rate table before its columns: what begins on it, with its height."""

    label: str
    condition: str
    rate: tuple[Cell, int] | None
    cap: tuple[Cell, int] | None


def _row(line: _Line, heads: tuple[str, ...]) -> BenefitRow:
    begun = ((heads[1], line.rate), (heads[2], line.cap))
    return BenefitRow(
        line.label, line.condition, tuple(BenefitCell(head, *placed) for head, placed in begun if placed is not None)
    )


def _lines(benefit: SubsidyBenefit | TaxBenefit, wording: Wording) -> Iterator[_Line]:
    if isinstance(benefit, TaxBenefit):
        rates = _rates(benefit.rates, wording, percent=True)
        yield from _block("", rates, tuple(_tax_caps(benefit, wording)))
        return
    is_split = len(benefit.parts) > 1
    is_one = not is_split and not benefit.parts[0].caps
    for part in benefit.parts:
        caps = benefit.caps if is_one else part.caps
        yield from _block(part.name if is_split else "", _rates(part.rates, wording), _caps(caps, wording))
    if not is_one:
        for cap in _caps(benefit.caps, wording):
            yield _Line("全体", cap.condition or ALWAYS, _ALONE, (Cell((_bare(cap),)), 1))
    for add_on in benefit.add_ons:
        added = _added(add_on, wording)
        yield _Line(added.label, added.condition, _ALONE, (Cell((_bare(added),)), 1))


_ALONE = (Cell(blank="―"), 1)


def _block(label: str, rates: tuple[Entry, ...], caps: tuple[Entry, ...]) -> Iterator[_Line]:
    """Rates beside caps: line by line where both ask the same, else the one that asks nothing as high as the other.

    Where each asks something of its own, the caps stand in one cell with their conditions.
    """
    is_named = any(cap.label for cap in caps)
    is_aligned = not is_named and [rate.condition for rate in rates] == [cap.condition for cap in caps]
    by_cap = not is_named and len(rates) == 1 < len(caps) and not rates[0].condition
    height = len(caps if by_cap else rates)
    for place in range(height):
        condition = (caps if by_cap else rates)[place].condition or ALWAYS
        if is_aligned:
            yield _Line(label, condition, (Cell((_bare(rates[place]),)), 1), (Cell((_bare(caps[place]),)), 1))
        elif by_cap:
            rate = (Cell(rates), height) if place == 0 else None
            yield _Line(label, condition, rate, (Cell((_bare(caps[place]),)), 1))
        else:
            cap = (Cell(caps), height) if place == 0 else None
            yield _Line(label, condition, (Cell((_bare(rates[place]),)), 1), cap)


def _bare(entry: Entry) -> Entry:
    """Where the line itself names label and condition."""
    return replace(entry, label="", condition="")
