"""Tables of one number or one choice (帯・区分の表): rows that overlap or leave a gap, in the words of such tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eligibility.engine.criteria.compare import Number, OneOf
from eligibility.engine.facts import Fact
from eligibility.engine.ranges import range_of, span_of_numbers


class Fault(NamedTuple):
    """What is wrong with the row of a table, counted from 0. `is_gap`: some value falls into no row."""

    row: int
    message: str
    is_gap: bool = False


def band_faults(rows: Sequence[Number], fact: Fact, has_rest: bool) -> Iterator[Fault]:
    """Bands of one number, exactly: whole numbers step by one."""
    whole = range_of(fact).steps
    spans = [(span_of_numbers(row, fact), number) for number, row in enumerate(rows)]
    bands = sorted(spans, key=lambda band: (band[0].start, band[0].stop, band[1]))
    first, (reached, above) = bands[0], (bands[0][0].stop, bands[0][1])
    is_whole = first[0].start <= whole.start
    for band, number in bands[1:]:
        if band.start < reached:
            yield Fault(number, f"帯が{above + 1}行目と重なっています。")
        elif band.start > reached:
            is_whole = False
            if not has_rest:
                yield Fault(number, f"{above + 1}行目との間に、どの帯にも入らない値があります。", is_gap=True)
        if band.stop > reached:
            reached, above = band.stop, number
    is_whole = is_whole and reached >= whole.stop
    if has_rest:
        if is_whole:
            yield Fault(len(rows), "前の帯がすべての値を含むため、「それ以外」の行には届きません。")
        return
    if first[0].start > whole.start:
        yield Fault(first[1], "この帯より小さい値が、どの帯にも入りません。", is_gap=True)
    if reached < whole.stop:
        yield Fault(above, "この帯より大きい値が、どの帯にも入りません。", is_gap=True)


def choice_faults(rows: Sequence[OneOf], fact: Fact, has_rest: bool) -> Iterator[Fault]:
    """Rows of one choice among the values of an enum."""
    for number, row in enumerate(rows):
        if any(value in earlier.values for earlier in rows[:number] for value in row.values):
            yield Fault(number, "前の行と値が重なっています。")
    named = {value for row in rows for value in row.values}
    left = [choice.ja for choice in fact.values if choice.key not in named]
    if has_rest and not left:
        yield Fault(len(rows), "すべての値が前の行にあるため、「それ以外」の行には届きません。")
    if not has_rest and left:
        message = (
            f"どの行にも当てはまらない値があります（{'、'.join(left)}）。行を足すか「それ以外」の行を置いてください。"
        )
        yield Fault(len(rows) - 1, message, is_gap=True)
