"""Kleene's three values (三値論理): what is not known is never taken for no."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Truth(StrEnum):
    """Outcome of a criterion. `UNKNOWN`: some completion of the absent facts meets it and another does not."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


class Judgement(NamedTuple):
    """Outcome of one criterion and, while unknown, the absent facts that can still move it, in asking order.

    Unknown with nothing missing means that no fact settles it: the source itself leaves it open.
    """

    truth: Truth
    missing: tuple[str, ...] = ()


MET = Judgement(Truth.MET)
UNMET = Judgement(Truth.UNMET)


def known(outcome: bool) -> Judgement:
    return MET if outcome else UNMET


def unknown(*missing: str) -> Judgement:
    return Judgement(Truth.UNKNOWN, missing)


def distinct(keys: Iterable[str]) -> tuple[str, ...]:
    """`keys` without repeats, first appearance first."""
    return tuple(dict.fromkeys(keys))


def all_of(judgements: Iterable[Judgement]) -> Judgement:
    open_ones: list[Judgement] = []
    for judgement in judgements:
        if judgement.truth is Truth.UNMET:
            return UNMET
        if judgement.truth is Truth.UNKNOWN:
            open_ones.append(judgement)
    return _still_open(open_ones) if open_ones else MET


def any_of(judgements: Iterable[Judgement]) -> Judgement:
    open_ones: list[Judgement] = []
    for judgement in judgements:
        if judgement.truth is Truth.MET:
            return MET
        if judgement.truth is Truth.UNKNOWN:
            open_ones.append(judgement)
    return _still_open(open_ones) if open_ones else UNMET


def at_least(count: int, judgements: Iterable[Judgement]) -> Judgement:
    met = 0
    open_ones: list[Judgement] = []
    for judgement in judgements:
        if judgement.truth is Truth.MET:
            met += 1
        elif judgement.truth is Truth.UNKNOWN:
            open_ones.append(judgement)
    if met >= count:
        return MET
    return _still_open(open_ones) if met + len(open_ones) >= count else UNMET


def negate(judgement: Judgement) -> Judgement:
    if judgement.truth is Truth.UNKNOWN:
        return judgement
    return known(judgement.truth is Truth.UNMET)


def _still_open(judgements: list[Judgement]) -> Judgement:
    return Judgement(Truth.UNKNOWN, distinct(fact for judgement in judgements for fact in judgement.missing))
