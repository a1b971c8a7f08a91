"""Intervals of whole yen (金額の幅)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Interval(NamedTuple):
    """Inclusive; `high` None where nothing bounds it."""

    low: int
    high: int | None

    @property
    def is_point(self) -> bool:
        return self.low == self.high


def interval_text(interval: Interval) -> str:
    """As people read it: 500,000円, 500,000円〜1,000,000円, or without a printed upper end."""
    if interval.is_point:
        return f"{interval.low:,}円"
    return f"{interval.low:,}円〜" + ("（上限の記載なし）" if interval.high is None else f"{interval.high:,}円")


def cut(amount: Interval, cap: Interval | None) -> Interval:
    """The smaller of amount and cap, end by end; no cap cuts nothing."""
    if cap is None:
        return amount
    if amount.high is None or cap.high is None:
        high = cap.high if amount.high is None else amount.high
    else:
        high = min(amount.high, cap.high)
    return Interval(min(amount.low, cap.low), high)


def hull(intervals: Sequence[Interval]) -> Interval | None:
    """The smallest interval around all; None for none."""
    if not intervals:
        return None
    if len(intervals) == 1:
        return intervals[0]
    highs = [interval.high for interval in intervals]
    bounded = [high for high in highs if high is not None]
    return Interval(min(i.low for i in intervals), max(bounded) if len(bounded) == len(highs) else None)
