"""The call's own clock: rounds with hours, days and months, deadlines alone, requests, and periods of a law."""

from typing import Any

import pytest
from pydantic import ValidationError

from eligibility.engine.availability import CallClock
from eligibility.engine.calendar import parse_as_of
from eligibility.engine.document import Round, Time
from tests.engine.shipped import ask

CITES = [{"source": "s", "lines": "1", "quote": "x"}]


def call(*rounds: dict[str, Any], announced: str = "2023-08-01", stage: str = "call") -> Time:
    parts = [{"id": f"r{n}", "name": f"第{n}回", "cites": CITES, **part} for n, part in enumerate(rounds, 1)]
    return Time.model_validate({"announced": announced, "stage": stage, "rounds": parts})


def law(**period: Any) -> Time:
    data = {"announced": "2021-03-15", "stage": "law", "period": {"cites": CITES, **period}}
    return Time.model_validate(data)


def at(when: Time, as_of: str, frame: str = "a") -> str:
    return CallClock(when, frame).at(parse_as_of(as_of)).value


DAYS = call({"opens": "2023-09-20", "closes": "2023-12-12"})
HOUR = call({"opens": "2023-09-20", "closes": "2023-12-12T17:00"})
MONTH = call({"opens": "2023-09", "closes": "2023-12-12"})
NO_END = call({"opens": "2023-09-20"})
DEADLINES = call({"closes": "2023-08-28"}, {"closes": "2023-10-02"})
TWO = call({"opens": "2023-09-01", "closes": "2023-09-10"}, {"opens": "2023-10-01", "closes": "2023-10-10"})


@pytest.mark.parametrize(
    ("when", "as_of", "status"),
    [
        (DAYS, "2023-07-01", "upcoming"),  # a preview before the announcement
        (DAYS, "2023-09-19", "upcoming"),
        (DAYS, "2023-09-19T23:59:59", "upcoming"),
        (DAYS, "2023-09-20", "open"),
        (DAYS, "2023-09-20T00:00", "open"),
        (DAYS, "2023-12-12", "open"),
        (DAYS, "2023-12-12T23:59:59", "open"),
        (DAYS, "2023-12-13T00:00", "closed"),
        (DAYS, "2023-12-13", "closed"),
        (HOUR, "2023-12-12", "open"),  # open at some moment of that day
        (HOUR, "2023-12-12T17:00", "open"),
        (HOUR, "2023-12-12T17:00:01", "closed"),
        (HOUR, "2023-12-12T08:00:00Z", "open"),  # 17:00 in Tokyo
        (HOUR, "2023-12-12T08:00:01Z", "closed"),
        (HOUR, "2023-12-13", "closed"),
        (MONTH, "2023-08-31", "upcoming"),
        (MONTH, "2023-09-01", "unknown"),
        (MONTH, "2023-12-12", "unknown"),
        (MONTH, "2023-12-13", "closed"),
        (NO_END, "2023-09-19", "upcoming"),
        (NO_END, "2023-09-20", "unknown"),
        (NO_END, "2030-01-01", "unknown"),
        (call({}), "2023-10-01", "unknown"),
        (call(), "2023-10-01", "unknown"),
        (DEADLINES, "2023-07-31", "upcoming"),
        (DEADLINES, "2023-08-01", "open"),
        (DEADLINES, "2023-08-28", "open"),
        (DEADLINES, "2023-08-29", "open"),  # the next round begins where the one before ended
        (DEADLINES, "2023-10-02", "open"),
        (DEADLINES, "2023-10-03", "closed"),
        (TWO, "2023-09-20", "upcoming"),
        (TWO, "2023-10-01", "open"),
        (TWO, "2023-10-11", "closed"),
        (call(stage="request"), "2023-10-01", "not_offered"),
    ],
)
def test_availability_of_a_call(when: Time, as_of: str, status: str) -> None:
    assert at(when, as_of) == status


def test_availability_of_rounds_printed_per_frame() -> None:
    when = call({"closes": "2023-08-28", "frames": ["a"]}, {"closes": "2023-10-02", "frames": ["b"]})
    assert [at(when, "2023-09-01", frame) for frame in ("a", "b", "c")] == ["closed", "open", "unknown"]
    assert at(when, "2023-08-01", "b") == "open"


@pytest.mark.parametrize(
    ("when", "as_of", "status"),
    [
        (law(last="2023-03-31"), "2021-03-20", "unknown"),  # only 創設
        (law(last="2023-03-31"), "2023-03-31", "unknown"),
        (law(last="2023-03-31"), "2023-04-01", "closed"),
        (law(), "2030-01-01", "unknown"),
        (law(first="2021-08-01", last="2023-03-31"), "2021-07-31", "upcoming"),
        (law(first="2021-08-01", last="2023-03-31"), "2021-08-01", "open"),
        (law(first="2021-08-01", last="2023-03-31"), "2023-03-31T23:59:59", "open"),
        (law(first="2021-08-01", last="2023-03-31"), "2023-04-01", "closed"),
        (law(first="2021-08-01"), "2099-01-01", "open"),
        (law(described_as_in_force=True), "2021-03-14", "upcoming"),
        (law(described_as_in_force=True), "2021-03-15", "open"),
        (law(described_as_in_force=True, last="2023-03-31"), "2023-04-01", "closed"),
    ],
)
def test_availability_of_a_law(when: Time, as_of: str, status: str) -> None:
    assert at(when, as_of) == status


@pytest.mark.parametrize(
    ("version", "frame", "as_of", "status"),
    [
        ("jigyo-saikochiku@r2-hosei3", "chusho-tsujo", "2021-02-28", "upcoming"),
        ("jigyo-saikochiku@r2-hosei3", "chusho-tsujo", "2021-03-15", "unknown"),
        ("it-donyu@r4-hosei2", "tsujo-a", "2023-08-01", "open"),
        ("it-donyu@r4-hosei2", "tsujo-a", "2023-10-30", "open"),
        ("it-donyu@r4-hosei2", "tsujo-a", "2023-10-31", "closed"),
        ("it-donyu@r4-hosei2", "digital-kiban", "2023-11-13", "open"),
        ("it-donyu@r4-hosei2", "shoryu-ikkatsu", "2023-10-30", "open"),
        ("it-donyu@r4-hosei2", "fukususha-renkei", "2023-10-03", "closed"),
        ("it-donyu@r4-hosei2", "security", "2023-10-31", "closed"),
        ("monozukuri@r4-hosei2", "tsujo", "2023-08-17", "upcoming"),
        ("monozukuri@r4-hosei2", "global", "2023-08-18", "open"),
        ("monozukuri@r4-hosei2", "global", "2023-11-08", "closed"),
        ("jizokuka@r4-hosei2", "sogyo", "2023-09-19", "upcoming"),
        ("jizokuka@r4-hosei2", "sogyo", "2023-12-12", "open"),
        ("jizokuka@r4-hosei2", "sogyo", "2023-12-13", "closed"),
        ("dx-toshi-zeisei@r3", "kojo-3", "2023-03-31", "unknown"),
        ("dx-toshi-zeisei@r3", "kojo-3", "2023-04-01", "closed"),
    ],
)
def test_availability_of_shipped_programmes(version: str, frame: str, as_of: str, status: str) -> None:
    assert ask(version, {}, as_of)[frame]["availability"] == status


@pytest.mark.parametrize("closes", ["2023-12-12T25:00", "2023-12-12T17:60", "2023-02-30"])
def test_round_refuses_a_moment_that_does_not_exist(closes: str) -> None:
    with pytest.raises(ValidationError):
        Round.model_validate({"id": "r1", "name": "第1回", "closes": closes, "cites": CITES})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2023-10-10", "2023-10-10"),
        ("2023-10-10T17:00", "2023-10-10T17:00:00+09:00"),
        ("2023-10-10T08:00:00Z", "2023-10-10T17:00:00+09:00"),
        ("2023-10-10T00:00:00-09:00", "2023-10-10T18:00:00+09:00"),
    ],
)
def test_as_of_is_in_japanese_time(text: str, shown: str) -> None:
    assert str(parse_as_of(text)) == shown


@pytest.mark.parametrize(
    "text",
    ["", "today", "2023-02-30", "2023-10-10T24:30", "20231010", "2023-W41", "2023-W41-2", "0001-01-01T00:00:00+14:00"],
)
def test_as_of_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_as_of(text)
