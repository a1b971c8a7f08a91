"""manage.py evaluate in every form of the contract."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

SHOP = {
    "legal_form": "company",
    "industry": "58",
    "employees": 4,
    "with_commerce_association": True,
    "opens_sales_channels": True,
    "expenses": {"advertising": 300000},
}


def run(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    call_command("evaluate", *args)
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> list[dict[str, str]]:
    with pytest.raises(SystemExit) as stopped:
        call_command("evaluate", *args)
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    errors: list[dict[str, str]] = json.loads(said.err)["errors"]
    return errors


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(SHOP), encoding="utf-8")
    return path


def frames(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {result["frame"]: result for result in answer["results"]}


def test_one_profile(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(run(capsys, str(profile), "--as-of", "2023-10-17", "--program", "jizokuka"))
    assert list(answer) == ["as_of", "not_in_force", "results"]
    tsujo = frames(answer)["tsujo"]
    assert (tsujo["verdict"], tsujo["availability"]) == ("eligible", "open")
    assert tsujo["benefit"]["amount"] == 200000
    assert tsujo["benefit"]["rate"] == "2/3"
    assert tsujo["open_review"] == ["own-plan"]
    requirement = tsujo["requirements"][0]
    assert requirement["id"] == "small-business"
    assert requirement["source"] == {"document": "004_cbe6c34ac374a521.txt", "lines": "943"}
    assert frames(answer)["sogyo"]["missing"][:2] == ["used_specified_startup_support", "started_within_3_years"]


def test_before_anything_is_published_the_shipped_documents_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], profile: Path
) -> None:
    """A fresh clone can be asked before its database is made."""
    asked = ("--as-of", "2023-10-17", "--version", "jizokuka@r4-hosei2")
    published = run(capsys, str(profile), *asked)
    command = [sys.executable, "manage.py", "evaluate", str(profile), *asked]
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'new.sqlite3'}"}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == json.loads(published)
    assert "同梱の文書" in done.stderr


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(SHOP).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    answer = json.loads(run(capsys, "-", "--as-of", "2023-10-17", "--program", "jizokuka"))
    assert frames(answer)["tsujo"]["verdict"] == "eligible"


def test_a_programme_without_a_rule_in_force_is_named(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(run(capsys, str(profile), "--as-of", "2023-07-31", "--program", "jizokuka", "monozukuri"))
    assert answer["not_in_force"] == ["jizokuka"]
    assert {result["program"] for result in answer["results"]} == {"monozukuri"}


def test_a_named_version_is_evaluated_whatever_the_date(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, str(profile), "--as-of", "2020-01-01", "--version", "jizokuka@r4-hosei2")
    answer = json.loads(said)
    assert answer["not_in_force"] == []
    assert {result["availability"] for result in answer["results"]} == {"upcoming"}


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--as-of", "2023-13-01"), "bad_date"),
        (("--program", "no-such"), "unknown_program"),
        (("--version", "jizokuka@r9"), "unknown_version"),
        (("--version", "no-such@r1"), "unknown_program"),
    ],
)
def test_bad_names_and_dates_are_refused(
    profile: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], code: str
) -> None:
    assert [error["code"] for error in refused(capsys, str(profile), *args)] == [code]


def test_every_problem_of_a_profile_is_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    path.write_text(
        '{"employees": true, "capital": -1, "colour": 1, "monthly_sales": {"2020-13": 1, "2020-12": 1.5},'
        ' "industry": "00", "holds_gbizid_prime": null}',
        encoding="utf-8",
    )
    found = {(error["fact"], error["code"]) for error in refused(capsys, str(path), "--as-of", "2023-10-17")}
    assert found == {
        ("employees", "wrong_type"),
        ("capital", "out_of_range"),
        ("colour", "unknown_fact"),
        ("monthly_sales", "bad_date"),
        ("monthly_sales", "wrong_type"),
        ("industry", "unknown_value"),
        ("holds_gbizid_prime", "wrong_type"),
    }


@pytest.mark.parametrize("text", ["{", '{"employees": NaN}', '{"employees": 1, "employees": 2}', "[" * 9999])
def test_what_is_no_json_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    assert [error["code"] for error in refused(capsys, str(path))] == ["bad_json"]


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="no-such"):
        call_command("evaluate", "no-such.json")


def test_requests_answer_line_by_line_and_go_on_after_a_refusal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        json.dumps({"id": "a", "as_of": "2023-10-17", "profile": SHOP, "programs": ["jizokuka"]}),
        json.dumps({"id": "b", "as_of": "2023-10-17", "profile": {"colour": 1}}),
        "no json",
        json.dumps({"id": "d", "as_of": "2023-10-17", "profile": {}, "versions": ["it-donyu@r4-hosei2"]}),
        json.dumps({"id": "e", "as_of": "2023-10-17", "profile": {}, "colour": 1}),
    ]
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    answers = [json.loads(line) for line in run(capsys, "--requests", str(path)).splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b", None, "d", "e"]
    codes = [[error["code"] for error in answer.get("errors", [])] for answer in answers]
    assert codes == [[], ["unknown_fact"], ["bad_json"], [], ["unknown_fact"]]
    assert {result["frame"] for result in answers[3]["results"]} >= {"tsujo-a", "security"}


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    path = tmp_path / "profiles.jsonl"
    lines = [
        json.dumps({"id": "shop", "profile": SHOP}),
        json.dumps({"id": "bad", "profile": {"employees": -1, "colour": 1}}),
        "{",
        json.dumps({"id": 7, "profile": {}}),
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def read_rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [
            {
                **row,
                **{key: int(row[key]) if row[key] else None for key in ("amount", "amount_low", "amount_high")},
                **{key: row[key].split(";") if row[key] else [] for key in ("unmet", "missing")},
            }
            for row in csv.DictReader(lines)
        ]
    return rows


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_batch_agrees_with_the_single_evaluation_on_every_row(
    profiles: Path, profile: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    out = profiles.with_name(f"results.{kind}")
    run(capsys, "--batch", str(profiles), "--as-of", "2023-10-17", "--out", str(out))
    single = json.loads(run(capsys, str(profile), "--as-of", "2023-10-17"))["results"]
    rows = [row for row in read_rows(out) if row["profile_id"] == "shop"]
    assert len(rows) == len(single) == 26
    for row, result in zip(rows, single, strict=True):
        for key in ("program", "version", "frame", "availability", "verdict", "missing"):
            assert row[key] == result[key]
        for key in ("amount", "amount_low", "amount_high"):
            assert row[key] == result["benefit"][key]
        assert row["unmet"] == [r["id"] for r in result["requirements"] if r["status"] == "unmet"]
    errors = [json.loads(line) for line in out.with_suffix(".errors.jsonl").read_text("utf-8").splitlines()]
    assert [(error["line"], error["id"]) for error in errors] == [(2, "bad"), (3, None)]
    assert {error["code"] for error in errors[0]["errors"]} == {"out_of_range", "unknown_fact"}


@pytest.mark.parametrize(("source", "out"), [("p.jsonl", "p.jsonl"), ("r.errors.jsonl", "r.csv")])
def test_a_batch_never_writes_over_its_input(
    profiles: Path, capsys: pytest.CaptureFixture[str], source: str, out: str
) -> None:
    path = profiles.rename(profiles.with_name(source))
    before = path.read_bytes()
    refused(capsys, "--batch", str(path), "--as-of", "2023-10-17", "--out", str(path.with_name(out)))
    assert path.read_bytes() == before


def test_a_batch_line_may_not_ask_for_another_day(profiles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profiles.write_text(json.dumps({"id": "a", "as_of": "2021-03-15", "profile": SHOP}), encoding="utf-8")
    out = profiles.with_name("results.jsonl")
    run(capsys, "--batch", str(profiles), "--as-of", "2023-10-17", "--out", str(out))
    (error,) = (json.loads(line) for line in out.with_suffix(".errors.jsonl").read_text("utf-8").splitlines())
    assert [problem["fact"] for problem in error["errors"]] == ["as_of"]


@pytest.mark.parametrize(
    "args", [("--requests", "r.jsonl", "--as-of", "2023-10-17"), ("--batch", "p.jsonl", "--program", "jizokuka")]
)
def test_options_without_effect_are_refused(args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="使えません"):
        call_command("evaluate", *args)


def test_a_batch_that_fails_leaves_no_half_result(profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("eligibility.batches._rows", broken)
    out = profiles.with_name("results.csv")
    with pytest.raises(RuntimeError):
        call_command("evaluate", "--batch", str(profiles), "--as-of", "2023-10-17", "--out", str(out))
    assert [path.name for path in sorted(out.parent.iterdir())] == ["profiles.jsonl"]
