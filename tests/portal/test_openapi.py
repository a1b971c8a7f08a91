"""The API keeps to its own description: schemathesis asks every operation what it allows and what it does not."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client as Browser
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from rest_framework.throttling import SimpleRateThrottle
from schemathesis import Case
from schemathesis.openapi import format as register_format

from applications.api.client_shapes import ClientDetail, ClientLine
from applications.api.consultation_shapes import ConsultationDetail, ConsultationLine
from applications.api.sheet_shapes import BatchDetail, BatchLine, SheetReply
from applications.consultations import consultations
from applications.consultations.consultations import FIRST_DAY, LAST_DAY
from applications.organisations import tokens
from eligibility.engine.facts import FactType
from eligibility.engine.profile import MAX_PERCENT_DECIMALS
from portal.wsgi import application
from programs.documents import vocabulary
from tests.applications.supporters import client_of, manager

pytestmark = pytest.mark.django_db

# Formats of our own say what no pattern can: check digits, names that exist.
register_format("corporate-number", st.sampled_from(["7000012050002", "8000012010038"]))
register_format("programme", st.sampled_from(["jizokuka", "monozukuri"]))
register_format("programme-version", st.sampled_from(["jizokuka@r4-hosei2"]))
register_format("member", st.just("kanri"))
register_format("date", st.dates(FIRST_DAY, LAST_DAY).map(str))


def description() -> dict[str, Any]:
    """The API's own, with one fact of each kind: a hundred more of the same kinds say nothing new."""
    described: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(public=True)))
    kept = {fact.key if fact.type is FactType.CODE else fact.type: fact.key for fact in vocabulary().values()}
    profile = described["components"]["schemas"]["Profile"]
    profile["properties"] = {key: profile["properties"][key] for key in kept.values()}
    return described


API = schemathesis.openapi.from_dict(description())
API.app = application
API.config.analysis.constants.enabled = False  # words out of our sources name nobody
API.config.generation.with_security_parameters = False  # the key is given below, and taken away by its own check
# Half of the ids are of what is there; filled by the fixture.
THERE: dict[str, uuid.UUID] = {}
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@API.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    kind = context.operation.path.split("/")[3]
    pk = (path_parameters or {}).get("id")
    if kind in THERE and isinstance(pk, str) and UUID.fullmatch(pk) and pk[-1] in "01234567":
        return {**(path_parameters or {}), "id": str(THERE[kind])}
    return path_parameters


@API.hook
def map_body(context: Any, body: Any) -> Any:
    """A schema cannot say that a percentage has at most nine decimals, nor that a count is never written 4.0."""
    profile = body.get("profile") if isinstance(body, dict) else None
    if isinstance(profile, dict):
        body = {**body, "profile": {key: plain_number(value) for key, value in profile.items()}}
    return body


def plain_number(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain_number(amount) for key, amount in value.items()}
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, MAX_PERCENT_DECIMALS)
    return value


@pytest.fixture
def key(programmes: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A key of a manager, whose organisation has one object of each kind; nothing is throttled."""
    monkeypatch.setattr(SimpleRateThrottle, "get_rate", lambda self: None)
    acting = manager()
    client = client_of(acting)
    consultation = consultations.create(
        acting=acting, client=client, values={"held_on": FIRST_DAY}, steps=[consultations.Step("見積を取る")]
    )
    THERE.update({"clients": client.pk, "consultations": consultation.pk})
    secret = tokens.create(acting=acting, name="試験", can_write=True)[1]
    # As Django's test client does: a request must not close the connection that holds the test's rows.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield secret
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    THERE.clear()


@API.parametrize()
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_it_keeps_to_its_description(case: Case, key: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {key}"})


def test_every_fact_is_described() -> None:
    described = SchemaGenerator().get_schema(public=True)["components"]["schemas"]["Profile"]
    assert list(described["properties"]) == list(vocabulary())
    assert not described["additionalProperties"]


def test_every_operation_says_who_may_use_it_and_how_it_refuses() -> None:
    operations = {
        f"{method} {path}": operation
        for path, methods in SchemaGenerator().get_schema(public=True)["paths"].items()
        for method, operation in methods.items()
    }
    public = {"post /api/v1/evaluations/", "get /api/v1/seals/{code}/"}
    assert public < set(operations)
    for name, operation in operations.items():
        refusals = {"405", "429"} | (set() if name in public else {"401", "404"})
        assert refusals <= set(operation["responses"]), name
        assert operation.get("security", []) == ([] if name in public else [{"apiKey": []}]), name
        assert operation["summary"], name


def test_answers_hold_what_is_described_and_nothing_else(key: str) -> None:
    """Fuzzing finds what is missing in an answer; this what is too much."""
    browser = Browser(headers={"Authorization": f"Bearer {key}"})

    def keys(address: str) -> set[str]:
        return set(browser.get(f"/api/v1/{address}").json())

    assert keys(f"clients/{THERE['clients']}/") == set(ClientDetail.model_fields)
    assert keys(f"consultations/{THERE['consultations']}/") == set(ConsultationDetail.model_fields)
    ordered = browser.post(f"/api/v1/consultations/{THERE['consultations']}/sheets/", {}, "application/json")
    sheet = ordered.json()
    assert set(sheet) == keys(f"sheets/{sheet['id']}/") == set(SheetReply.model_fields)
    order = {"as_of": "2023-10-17", "clients": [str(THERE["clients"])]}
    batch = browser.post("/api/v1/batches/", order, content_type="application/json").json()
    assert set(batch) == keys(f"batches/{batch['id']}/") == set(BatchDetail.model_fields)
    for address, shape in (("clients/", ClientLine), ("consultations/", ConsultationLine), ("batches/", BatchLine)):
        row = browser.get(f"/api/v1/{address}").json()["results"][0]
        assert set(row) == set(shape.model_fields) - {"profile", "unknown"}, address
