"""Exact money (円): rates as printed, tiers, and amounts as whole numerators over one common denominator.

A rate schedule is a piecewise linear function of the covered cost. Its tiers are bounded in the subsidy
(「補助額50万円以下は3/4、50万円超は2/3」) or in the cost; both are marginal: a tier applies to what lies in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Annotated

from pydantic import AfterValidator

_RATE = re.compile(r"(\d{1,4})/(\d{1,4})")


def parse_rate(text: str) -> Fraction:
    """A rate as printed ("2/3", "3/100"). Raises ValueError unless it is a fraction above 0, at most 1."""
    match = _RATE.fullmatch(text)
    if match is None or int(match[2]) == 0:
        raise ValueError(f"率「{text}」は 2/3 の形（分数）で書いてください。")
    rate = Fraction(int(match[1]), int(match[2]))
    if not 0 < rate <= 1:
        raise ValueError(f"率「{text}」は0より大きく1以下です。")
    return rate


def _checked(text: str) -> str:
    parse_rate(text)
    return text


Rate = Annotated[str, AfterValidator(_checked)]


@dataclass(frozen=True, slots=True)
class Segment:
    """amount = slope x cost + offset, for costs up to and including `up_to` (None: without end)."""

    up_to: Fraction | None
    slope: Fraction
    offset: Fraction


def segments(tiers: Sequence[tuple[Fraction, int | None, bool]]) -> tuple[Segment, ...]:
    """The schedule of (rate, upper edge in yen or None, whether that edge is one of the cost) in printed order."""
    found: list[Segment] = []
    cost_from = subsidy_from = Fraction(0)
    for rate, edge, edge_is_cost in tiers:
        offset = subsidy_from - rate * cost_from
        if edge is None:
            found.append(Segment(None, rate, offset))
            break
        cost_to = Fraction(edge) if edge_is_cost else cost_from + (edge - subsidy_from) / rate
        found.append(Segment(cost_to, rate, offset))
        subsidy_from = rate * cost_to + offset
        cost_from = cost_to
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rate schedule over the common denominator `scale` of its benefit: whole numbers only at evaluation."""

    scale: int
    _edges: tuple[tuple[int, int], ...]  # cost <= numerator / denominator stays in the segment
    _lines: tuple[tuple[int, int], ...]  # slope and offset, times scale

    def amount(self, cost: int) -> int:
        """The subsidy for `cost` yen, in `scale`-ths of a yen."""
        for (numerator, denominator), (slope, offset) in zip(self._edges, self._lines, strict=False):
            if cost * denominator <= numerator:
                return slope * cost + offset
        slope, offset = self._lines[-1]
        return slope * cost + offset


def common_scale(schedules: Sequence[tuple[Segment, ...]]) -> int:
    return lcm(*(d for parts in schedules for s in parts for d in (s.slope.denominator, s.offset.denominator)), 1)


def compile_schedule(parts: tuple[Segment, ...], scale: int) -> Schedule:
    """`parts` (the last one without end) as whole numbers over `scale`, a multiple of every denominator in them."""
    edges = tuple((part.up_to.numerator, part.up_to.denominator) for part in parts if part.up_to is not None)
    lines = tuple((int(part.slope * scale), int(part.offset * scale)) for part in parts)
    return Schedule(scale, edges, lines)
