"""Amounts whose unit nobody wrote (単位のない金額): read as yen, and told of where most look far too small for yen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from applications.clients.cells import plain_number, text_of
from applications.clients.columns import EXPENSES, Column, target_of
from applications.clients.tables import Row

# Yen: below it, the column is more likely in 千円 or 万円. Small expenses are ordinary, small yearly sales are not.
TOO_SMALL = 100_000
_TOO_SMALL_OF = {EXPENSES: 10_000, "annual_sales": 1_000_000}


def is_too_small(column: Column, text: str) -> bool:
    """Whether a cell has a number without a unit of its own that is too small for yen. Nothing is no amount."""
    number = plain_number(text)
    return number is not None and 0 < number < _TOO_SMALL_OF.get(column.target.key, TOO_SMALL)


def doubtful(columns: Iterable[Column], rows: Sequence[Row]) -> dict[Column, str]:
    """The columns without a unit of whose numbers more than half are too small, each with the first such cell."""
    found: dict[Column, str] = {}
    for column in columns:
        texts = [] if column.says_unit else _numbers(column, rows)
        small = [text for text in texts if is_too_small(column, text)]
        if 2 * len(small) > len(texts):
            found[column] = small[0]
    return found


def column_advice(column: Column, text: str) -> str:
    """What the column's first such cell was read as, and what to do where that is wrong."""
    return (
        f"{plain_number(text):,}円と読みました。万円の表なら見出しを「{_heading_with(column, '万円')}」に、"
        f"千円の表なら「{_heading_with(column, '千円')}」に直して、送り直してください。"
    )


def cell_advice(column: Column, text: str) -> str:
    """Of every such cell, in fewer words."""
    advised = _heading_with(column, "万円")
    return f"{plain_number(text):,}円と読みました。単位が違えば、見出しを「{advised}」などに直します。"


def _numbers(column: Column, rows: Sequence[Row]) -> list[str]:
    """The cells that are amounts by the column's unit; noughts are none."""
    texts = (text_of(row[column.index]) for row in rows if column.index < len(row))
    return [text for text in texts if plain_number(text)]


def _heading_with(column: Column, unit: str) -> str:
    """The heading with a unit behind it, so that it is still read as the same."""
    heading = f"{column.heading}（{unit}）"
    return heading if target_of(heading) == column.target else f"{column.target.label}（{unit}）"
