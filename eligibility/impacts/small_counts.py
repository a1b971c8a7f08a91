"""Small counts (10未満の秘匿): which cells of a table must not be shown, so that no company can be read out of it.

Why it is done this way, and what it does not protect: docs/decisions/0007-impact-and-small-counts.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

SMALL = 10  # counts from 1 to 9 are never shown


def is_small(count: int) -> bool:
    return 0 < count < SMALL


def hidden(counts: Mapping[str, int], also: Collection[str] = ()) -> frozenset[str]:
    """The keys of one table's cells to hide, where the table's total is shown.

    `counts` are disjoint and add up to that total. With any count of 1 to 9, or any of `also` (hidden for another
    reason), everything up to 10 is hidden, zeros too: a known zero narrows down what the others can be. The smallest
    of the rest follow until at least two cells are hidden that make at least 10 companies, because the total gives
    their sum away. Equal counts are hidden together, so that their order says nothing.
    """
    if not also and not any(is_small(count) for count in counts.values()):
        return frozenset()
    limit = SMALL
    while True:
        chosen = [key for key, count in counts.items() if count <= limit or key in also]
        if (len(chosen) >= 2 and sum(counts[key] for key in chosen) >= SMALL) or len(chosen) == len(counts):
            return frozenset(chosen)
        limit = min(count for key, count in counts.items() if key not in chosen)
