"""No company can be read out of a table: not from its totals, and not by knowing how the cells are chosen."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.engine.evaluate import Verdict
from eligibility.engine.interval import Interval
from eligibility.impacts.effects import BY_ROW, PAID, Effect, Standing, Tally, masked
from eligibility.impacts.small_counts import SMALL, hidden

ELIGIBLE, OPEN, NOT = Verdict.ELIGIBLE, Verdict.NEEDS_INFO, Verdict.NOT_ELIGIBLE
VERDICTS = (ELIGIBLE, OPEN, NOT)
ROWS = {"place": ("a", "b", "c")}


def published(counts: Mapping[str, int]) -> tuple[Any, ...]:
    """What a reader sees of a table: the total, unless it is small itself, and the cells that are not hidden."""
    total = sum(counts.values())
    if 0 < total < SMALL:
        return ("small",)
    unseen = hidden(counts)
    return (total, *(None if key in unseen else count for key, count in counts.items()))


@pytest.mark.parametrize(("cells", "most"), [(2, 40), (3, 24), (4, 13)])
def test_who_knows_the_rule_cannot_tell_a_hidden_count_either(cells: int, most: int) -> None:
    """All tables up to a size: what looks the same could have been different in every cell that is hidden."""
    keys = [str(place) for place in range(cells)]
    possible: dict[tuple[Any, ...], list[set[int]]] = defaultdict(lambda: [set() for _ in keys])
    for counts in product(range(most + 1), repeat=cells):
        for seen, count in zip(possible[published(dict(zip(keys, counts, strict=True)))], counts, strict=True):
            seen.add(count)

    for table, values in possible.items():
        if table == ("small",):
            continue
        for shown, could_be in zip(table[1:], values, strict=True):
            assert len(could_be) == 1 if shown is not None else len(could_be) > 1, (table, values)


@given(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 60), min_size=2),
    st.sets(st.text("abcdefgh", min_size=1, max_size=2)),
)
def test_no_small_count_is_shown_and_none_follows_from_the_total(counts: dict[str, int], also: set[str]) -> None:
    also &= counts.keys()
    unseen = hidden(counts, also)

    assert also <= unseen
    assert not any(0 < count < SMALL for key, count in counts.items() if key not in unseen)
    if unseen and sum(counts.values()) >= SMALL:
        assert len(unseen) >= 2
        assert sum(counts[key] for key in unseen) >= SMALL


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert hidden({"a": 0, "b": 10, "c": 0}) == frozenset()


def test_one_small_count_takes_the_zeros_and_the_smallest_other_with_it() -> None:
    assert hidden({"a": 3, "b": 0, "c": 12, "d": 40}) == {"a", "b", "c"}


companies = st.lists(
    st.tuples(
        st.sampled_from([*ROWS["place"], ""]),
        st.sampled_from(VERDICTS),
        st.sampled_from(VERDICTS),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(1, 25),
    ),
    max_size=30,
)


def tally_of(drawn: list[tuple[str, Verdict, Verdict, int, int, int]]) -> Tally:
    tally = Tally({"place": lambda profile: profile["place"]})
    for place, before, after, old, new, times in drawn:
        for _ in range(times):
            tally.add({"place": place}, standing(before, old), standing(after, new))
    return tally


def standing(verdict: Verdict, million: int) -> Standing:
    return Standing(verdict, Interval(million, million) if verdict is ELIGIBLE else None)


@given(companies)
def test_all_that_is_kept_of_a_tally_keeps_the_rule(drawn: list[tuple[str, Verdict, Verdict, int, int, int]]) -> None:
    tally = tally_of(drawn)
    kept = masked(tally, ROWS)
    if kept["companies"] is None:
        assert kept == {"companies": None}
        assert 0 < tally.companies < SMALL
        return

    assert kept["companies"] == tally.companies
    assert_sealed(kept["effects"], {effect.value: tally.whole.effects[effect] for effect in Effect})
    for effect in BY_ROW:
        column = {key: kept["place"].get(key, {effect: 0})[effect] for key in [*ROWS["place"], ""]}
        counts = {key: tally.tables["place"][key].effects[effect] for key in column}
        if kept["effects"][effect] is None:
            assert set(column.values()) == {None}
        else:
            assert_sealed(column, counts)
    assert_yen_is_sealed(kept, tally)


def assert_sealed(shown: Mapping[str, int | None], counts: Mapping[str, int]) -> None:
    unseen = [key for key, count in shown.items() if count is None]
    assert all(shown[key] == counts[key] for key in shown if key not in unseen)
    assert not any(0 < (count or 0) < SMALL for count in shown.values())
    assert not unseen or (len(unseen) >= 2 and sum(counts[key] for key in unseen) >= SMALL)


def assert_yen_is_sealed(kept: dict[str, Any], tally: Tally) -> None:
    """Every sum shown, and what is left of the total without them, is of ten companies or more, or of none."""
    whole = tally.whole.yen.companies
    assert (kept["yen"]["total"] is None) == (0 < whole < SMALL)
    shares = {effect.value: tally.by_effect[effect].companies for effect in PAID}
    rows = {key: tally.tables["place"][key].yen.companies for key in [*ROWS["place"], ""]}
    for counts, shown in (
        (shares, {key: kept["yen"][key] for key in shares}),
        (rows, {key: kept["place"].get(key, {"yen": [0, 0]})["yen"] for key in rows}),
    ):
        unseen = [key for key, yen in shown.items() if yen is None]
        assert not any(0 < counts[key] < SMALL for key in shown if key not in unseen)
        if unseen and whole >= SMALL:
            assert len(unseen) >= 2
            assert sum(counts[key] for key in unseen) >= SMALL
    for effect in PAID:
        assert kept["effects"][effect] is not None or kept["yen"][effect] is None
    for row in kept["place"].values():
        assert None not in (row[effect] for effect in BY_ROW) or row["yen"] is None
