"""POST /api/v1/evaluations/ and its description."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]

URL = "/api/v1/evaluations/"
PROFILE = {"legal_form": "company", "industry": "58", "employees": 4, "payroll_growth": 1.5}


def ask(client: Client, body: Any, content_type: str = "application/json") -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(URL, data, content_type=content_type)


def test_it_answers_as_the_command_does(client: Client, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(PROFILE))
    call_command("evaluate", str(path), "--as-of", "2023-10-17")
    expected = json.loads(capsys.readouterr().out)
    assert ask(client, {"as_of": "2023-10-17", "profile": PROFILE}).json() == expected


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"profile": {"employees": "4"}}, ["wrong_type"]),
        ({"profile": {"colour": 1, "capital": -1}}, ["unknown_fact", "out_of_range"]),
        ({"profile": {}, "programs": ["x"], "versions": ["jizokuka@x"]}, ["unknown_program", "unknown_version"]),
        ({"profile": {}, "as_of": "yesterday"}, ["bad_date"]),
        ({"profile": {}, "programs": "jizokuka"}, ["wrong_type"]),
        ({}, ["wrong_type"]),
        ([], ["wrong_type"]),
        ("{", ["bad_json"]),
        (b"\xff", ["bad_json"]),
    ],
)
def test_a_bad_question_is_refused_with_every_problem(client: Client, body: Any, codes: list[str]) -> None:
    response = ask(client, body)
    assert response.status_code == 400
    assert [error["code"] for error in response.json()["errors"]] == codes


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"profile": {}, "as_of": "\\ud800"}', "bad_json"),
        ('{"profile": {"\\ud800": 1}}', "bad_json"),
        ('{"profile": {"value_added_growth": 1e9999999}}', "out_of_range"),
        ('{"profile": {"value_added_growth": -1e400}}', "out_of_range"),
    ],
)
def test_hostile_values_are_refused_not_crashed_on(client: Client, body: str, code: str) -> None:
    response = ask(client, body)
    assert response.status_code == 400
    assert [error["code"] for error in response.json()["errors"]] == [code]


def test_a_hundred_problems_are_enough(client: Client) -> None:
    response = ask(client, {"profile": {f"key{number}": 1 for number in range(500)}})
    assert len(response.json()["errors"]) == 100


def test_a_chunked_body_is_refused_with_its_reason(client: Client) -> None:
    response = client.post(URL, "", content_type="application/json", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411


def test_a_body_over_one_megabyte_is_refused(client: Client) -> None:
    response = ask(client, json.dumps({"profile": {}, "programs": ["x" * 1024 * 1024]}))
    assert response.status_code == 413
    assert response.json()["errors"][0]["code"] == "too_large"


def test_other_formats_and_methods_are_refused_in_the_same_shape(client: Client) -> None:
    assert ask(client, "employees=4", "application/x-www-form-urlencoded").json()["errors"][0]["code"]
    assert client.get(URL).status_code == 405


def test_too_many_questions_are_told_to_wait(client: Client, settings: Any) -> None:
    from eligibility.api import EvaluationThrottle

    rate = EvaluationThrottle().get_rate()
    allowed = int(rate.split("/")[0])
    for _ in range(allowed):
        assert ask(client, {"profile": {}, "programs": []}).status_code == 200
    response = ask(client, {"profile": {}, "programs": []})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert response.json()["errors"][0]["code"] == "throttled"


def test_the_description_is_complete_and_without_warnings() -> None:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "/api/v1/evaluations/" in out.getvalue()
