"""Kleene's three values: every group against its truth table, and as a property of what answers can still change."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.engine.truth import Judgement, Truth, all_of, any_of, at_least, known, negate, unknown

T, F, U = Truth.MET, Truth.UNMET, Truth.UNKNOWN
VALUES = (T, F, U)
judgements = st.lists(st.sampled_from(VALUES), min_size=1, max_size=5)


def judged(truths: tuple[Truth, ...] | list[Truth]) -> list[Judgement]:
    """Each unknown waits for a fact of its own."""
    return [unknown(f"fact{n}") if truth is U else known(truth is T) for n, truth in enumerate(truths)]


def completions(truths: tuple[Truth, ...] | list[Truth]) -> list[tuple[bool, ...]]:
    return list(product(*([True, False] if truth is U else [truth is T] for truth in truths)))


def common(outcomes: list[bool]) -> Truth:
    return U if len(set(outcomes)) > 1 else T if outcomes[0] else F


ALL_TABLE = {(T, T): T, (T, F): F, (T, U): U, (F, F): F, (F, U): F, (U, U): U}
ANY_TABLE = {(T, T): T, (T, F): T, (T, U): T, (F, F): F, (F, U): U, (U, U): U}


@pytest.mark.parametrize("pair", list(product(VALUES, repeat=2)))
def test_all_table(pair: tuple[Truth, Truth]) -> None:
    assert all_of(judged(pair)).truth is (ALL_TABLE.get(pair) or ALL_TABLE[pair[::-1]])


@pytest.mark.parametrize("pair", list(product(VALUES, repeat=2)))
def test_any_table(pair: tuple[Truth, Truth]) -> None:
    assert any_of(judged(pair)).truth is (ANY_TABLE.get(pair) or ANY_TABLE[pair[::-1]])


@pytest.mark.parametrize(("truth", "negated"), [(T, F), (F, T), (U, U)])
def test_not_table(truth: Truth, negated: Truth) -> None:
    assert negate(judged([truth])[0]).truth is negated


@pytest.mark.parametrize("triple", list(product(VALUES, repeat=3)))
@pytest.mark.parametrize("count", [1, 2, 3])
def test_groups_of_three_against_their_completions(triple: tuple[Truth, ...], count: int) -> None:
    outcomes = completions(triple)
    assert all_of(judged(triple)).truth is common([all(outcome) for outcome in outcomes])
    assert any_of(judged(triple)).truth is common([any(outcome) for outcome in outcomes])
    assert at_least(count, judged(triple)).truth is common([sum(outcome) >= count for outcome in outcomes])


@given(judgements, st.integers(1, 5))
def test_at_least_agrees_with_all_and_any(truths: list[Truth], count: int) -> None:
    assert at_least(len(truths), judged(truths)).truth is all_of(judged(truths)).truth
    assert at_least(1, judged(truths)).truth is any_of(judged(truths)).truth
    assert at_least(len(truths) + count, judged(truths)).truth is F


@given(judgements)
def test_de_morgan(truths: list[Truth]) -> None:
    negated = [negate(judgement) for judgement in judged(truths)]
    assert negate(all_of(judged(truths))).truth is any_of(negated).truth
    assert negate(any_of(judged(truths))).truth is all_of(negated).truth


@given(st.lists(st.tuples(st.sampled_from(VALUES), st.booleans(), st.booleans()), min_size=1, max_size=5), st.data())
def test_groups_are_monotone(parts: list[tuple[Truth, bool, bool]], data: st.DataObject) -> None:
    """Answering an unknown part never changes a settled group."""
    before = [truth for truth, _, _ in parts]
    after = [(T if answer else F) if truth is U and answered else truth for truth, answered, answer in parts]
    count = data.draw(st.integers(1, len(parts)))
    for group in (all_of, any_of, lambda found: at_least(count, found)):
        settled = group(judged(before)).truth
        assert settled is U or group(judged(after)).truth is settled


@given(judgements, st.integers(1, 5))
def test_missing_names_the_unknown_parts_only_while_unknown(truths: list[Truth], count: int) -> None:
    waiting = tuple(f"fact{n}" for n, truth in enumerate(truths) if truth is U)
    for judgement in (all_of(judged(truths)), any_of(judged(truths)), at_least(count, judged(truths))):
        assert judgement.missing == (waiting if judgement.truth is U else ())


def test_missing_names_a_fact_once() -> None:
    assert all_of([unknown("capital", "employees"), unknown("employees")]).missing == ("capital", "employees")


def test_unknown_without_missing_stays_unknown() -> None:
    """What the source leaves open is settled by no answer."""
    assert any_of([unknown(), known(False)]) == Judgement(U, ())
