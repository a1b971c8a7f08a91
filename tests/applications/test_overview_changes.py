"""What changed between two moments, and which of rules, answers and day it came from."""

from dataclasses import replace

import pytest

from applications.overview.changes import Cause, Step, frame_changes, revised
from applications.overview.snapshots import FrameState, Snapshot, as_json, from_json

ELIGIBLE = FrameState(
    programme="持続化補助金",
    name="通常枠",
    version="r4",
    rules_hash="a",
    verdict="eligible",
    open_review=0,
    availability="open",
    kind="subsidy",
    low=500_000,
    high=500_000,
)
UNDECIDED = replace(ELIGIBLE, verdict="needs_info", high=750_000)
RULED_OUT = replace(ELIGIBLE, verdict="not_eligible", low=None, high=None)
KEY = "jizokuka/tsujo"


def walked(*states: FrameState | None) -> tuple[Step, ...]:
    """The three steps between four states of one frame; None where it does not exist."""
    then, by_rules, by_answers, now = [{} if state is None else {KEY: state} for state in states]
    return (
        Step(Cause.RULES, then, by_rules),
        Step(Cause.ANSWERS, by_rules, by_answers),
        Step(Cause.DAY, by_answers, now),
    )


def told(*states: FrameState | None, published: frozenset[str] = frozenset()) -> list[tuple[str, str, str, str]]:
    found = frame_changes(walked(*states), published)
    return [
        (change.label, change.before, change.after, "・".join(change.cause_labels))
        for frame in found
        for change in frame.changes
    ]


def test_nothing_changed() -> None:
    assert told(ELIGIBLE, ELIGIBLE, ELIGIBLE, ELIGIBLE) == []


def test_an_answer_decided_a_frame() -> None:
    assert told(UNDECIDED, UNDECIDED, ELIGIBLE, ELIGIBLE) == [
        ("判定", "まだ判定できません（確認が必要な項目があります）", "要件を満たしています", "回答が変わった"),
        ("金額の目安", "500,000円〜750,000円", "500,000円", "回答が変わった"),
    ]


def test_a_new_rule_ruled_it_out() -> None:
    stricter = replace(RULED_OUT, rules_hash="b")
    changes = told(ELIGIBLE, stricter, stricter, stricter)
    assert changes[0][1:] == ("要件を満たしています", "満たしていない要件があります", "規則が変わった")
    assert changes[1][2] == "計算していません"


def test_the_call_closed_with_the_day() -> None:
    closed = replace(ELIGIBLE, availability="closed")
    assert told(ELIGIBLE, ELIGIBLE, ELIGIBLE, closed) == [("受付", "受付中", "受付終了", "基準日が変わった")]


def test_each_thing_has_its_own_causes() -> None:
    """The answers decided the verdict; the amount moved with the rules and again with the answers."""
    richer = replace(UNDECIDED, rules_hash="b", low=600_000, high=900_000)
    decided = replace(richer, verdict="eligible", low=900_000)
    changes = told(UNDECIDED, richer, decided, decided)
    assert [(label, causes) for label, _, _, causes in changes] == [
        ("判定", "回答が変わった"),
        ("金額の目安", "規則が変わった・回答が変わった"),
    ]


def test_what_changed_there_and_back_is_no_change() -> None:
    looser = replace(ELIGIBLE, rules_hash="b")
    steps = walked(UNDECIDED, looser, replace(UNDECIDED, rules_hash="b"), replace(UNDECIDED, rules_hash="b"))
    assert frame_changes(steps, frozenset()) == []
    assert revised(steps, []) == ["持続化補助金"]


def test_a_review_that_is_open_is_told_from_eligible_outright() -> None:
    open_review = replace(ELIGIBLE, open_review=2)
    assert (
        told(ELIGIBLE, ELIGIBLE, open_review, open_review)[0][2] == "回答いただいた要件は満たしています（要確認 2件）"
    )


@pytest.mark.parametrize(
    ("published", "cause"),
    [
        (frozenset(), "基準日が変わった"),
        (frozenset({"jizokuka@r5"}), "規則が変わった"),
        (frozenset({"monozukuri@r5"}), "基準日が変わった"),
    ],
)
def test_a_version_of_a_later_day_is_news_only_if_it_was_published_since(published: frozenset[str], cause: str) -> None:
    later = replace(RULED_OUT, version="r5", rules_hash="c")
    assert {causes for _, _, _, causes in told(ELIGIBLE, ELIGIBLE, ELIGIBLE, later, published=published)} == {cause}


def test_a_new_frame_and_one_that_is_gone() -> None:
    assert told(None, ELIGIBLE, ELIGIBLE, ELIGIBLE) == [("新しい枠", "", "要件を満たしています", "規則が変わった")]
    assert told(None, None, None, ELIGIBLE) == [("新しい枠", "", "要件を満たしています", "基準日が変わった")]
    assert told(ELIGIBLE, None, None, None) == [("なくなった枠", "要件を満たしています", "", "規則が変わった")]


def test_rules_that_change_nothing_for_the_client_are_named_once() -> None:
    reworded = replace(ELIGIBLE, rules_hash="b")
    steps = walked(ELIGIBLE, reworded, reworded, reworded)
    assert frame_changes(steps, frozenset()) == []
    assert revised(steps, []) == ["持続化補助金"]
    changed = frame_changes(walked(ELIGIBLE, reworded, reworded, replace(reworded, availability="closed")), frozenset())
    assert revised(steps, changed) == []


def test_amounts_in_words() -> None:
    assert replace(ELIGIBLE, high=None).amount_text == "500,000円〜（上限の記載なし）"
    assert replace(ELIGIBLE, low=None, high=None).amount_text == "資料からは額が決まりません"
    assert replace(ELIGIBLE, kind="special_depreciation").amount_text == "特別償却 500,000円"


def test_a_snapshot_comes_back_as_it_was_kept() -> None:
    snapshot: Snapshot = {KEY: UNDECIDED, "jizokuka/sogyo": RULED_OUT}
    assert from_json(as_json(snapshot)) == snapshot


def test_a_snapshot_of_another_release_counts_as_not_seen() -> None:
    assert from_json({KEY: {"verdict": "eligible"}}) == {}


@pytest.mark.parametrize(("published", "cause"), [(frozenset(), Cause.DAY), (frozenset({"jizokuka@r5"}), Cause.RULES)])
def test_a_frame_that_a_later_version_does_not_have(published: frozenset[str], cause: Cause) -> None:
    gone, other = "jizokuka/sogyo", replace(ELIGIBLE, version="r5", rules_hash="c")
    before: Snapshot = {KEY: ELIGIBLE, gone: ELIGIBLE}
    steps = (
        Step(Cause.RULES, before, before),
        Step(Cause.ANSWERS, before, before),
        Step(Cause.DAY, before, {KEY: other}),
    )
    found = frame_changes(steps, published)
    assert [(change.label, change.causes) for frame in found for change in frame.changes] == [
        ("なくなった枠", (cause,))
    ]
