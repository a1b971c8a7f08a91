"""The public page that verifies a code: read as people type it, told nothing of the client."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client as Browser

from applications.models import Seal, Summary
from applications.sheets.seals import CodeNotReadable, readings, verify
from eligibility.checks import NewCheck
from portal.common.jobs import JobState

pytestmark = pytest.mark.django_db
CODE = "K7QD-XM2A-5RTE"


@pytest.fixture
def seal() -> Seal:
    return Seal.objects.create(
        code=CODE,
        content_hash="c" * 64,
        file_hash="f" * 64,
        pages=5,
        organisation_name="阿波商工会<b>",
        as_of=date(2023, 10, 17),
        rules=["jizokuka@r4-hosei2 r1 abc"],
    )


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "k7qdxm2a5rte",
        " Ｋ７ＱＤ－ｘｍ２ａ　５ＲＴＥ\n",
        "K7QD‐XM2A–5RTEー",
        "K7QD XM2A 5RTE",
    ],
)
def test_a_code_is_read_as_people_type_it(seal: Seal, typed: str) -> None:
    found = verify(typed)
    assert found is not None
    assert (found.code, found.organisation, found.pages, found.file_hash) == (CODE, "阿波商工会<b>", 5, "f" * 64)


@pytest.mark.parametrize(
    ("code", "typed"),
    [("OOQD-XM2A-5RTE", "00QDXM2A5RTE"), ("ILQD-XM2A-5RTE", "11QDXM2A5RTE"), ("BBQD-XM2A-5RTE", "88QDXM2A5RTE")],
)
def test_letters_that_look_like_figures_are_found(seal: Seal, code: str, typed: str) -> None:
    assert verify(typed) is None
    Seal.objects.create(code=code, pages=1, as_of=date(2023, 1, 1), organisation_name="讃岐商工会")
    found = verify(typed)
    assert found is not None
    assert found.code == code


def test_what_may_be_either_of_two_is_neither() -> None:
    for code in ("ILQD-XM2A-5RTE", "LIQD-XM2A-5RTE"):
        Seal.objects.create(code=code, pages=1, as_of=date(2023, 1, 1))
    assert verify("11QDXM2A5RTE") is None


@pytest.mark.parametrize(
    "typed", ["", "K7QD", CODE + "A", "K7QD-XM2A-5RT?", "9" * 12, "１" * 12, "あ" * 12, "\x00" * 12]
)
def test_what_is_no_code_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(CodeNotReadable):
        readings(typed)


def test_opening_the_address_of_a_qr_code_only_fills_in_the_form(client: Browser, seal: Seal) -> None:
    page = client.get(f"/verify/?code={CODE}").content.decode()
    assert f'value="{CODE}"' in page
    assert "阿波商工会" not in page


def test_a_genuine_code_says_what_it_stands_for(client: Browser, seal: Seal) -> None:
    answer = client.post("/verify/", {"code": "k7qd xm2a 5rte"})
    page = answer.content.decode()
    for words in ("阿波商工会&lt;b&gt;", "2023年10月17日", "f" * 64, "jizokuka@r4-hosei2 r1 abc", "<dd>5</dd>"):
        assert words in page
    assert "no-store" in answer["Cache-Control"]


def test_an_unknown_code_says_what_to_check(client: Browser, seal: Seal) -> None:
    page = client.post("/verify/", {"code": "AAAA-AAAA-AAAA"}).content.decode()
    assert "見つかりませんでした" in page
    assert "下書き" in page
    assert "阿波商工会" not in page


@pytest.mark.parametrize("typed", ["", "x" * 5000, "<script>", "\x00"])
def test_a_code_that_cannot_be_read_is_no_server_error(client: Browser, typed: str) -> None:
    answer = client.post("/verify/", {"code": typed})
    assert answer.status_code == 422
    assert "<script>&" not in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


def test_guessing_is_stopped_and_reading_is_not(client: Browser) -> None:
    statuses = [client.post("/verify/", {"code": CODE}).status_code for _ in range(62)]
    assert statuses.count(200) == 60
    assert statuses[-1] == 429
    assert client.get("/verify/").status_code == 200


def test_the_code_of_a_companys_own_summary_is_known_too(client: Browser, new_check: NewCheck) -> None:
    summary = Summary.objects.create(
        self_check=new_check.check,
        content_hash="c" * 64,
        code=CODE,
        file="x.pdf",
        pages=12,
        context={"report": {"as_of_text": "2023年10月17日", "programmes": []}},
    )
    assert verify(CODE) is None  # not made yet
    Summary.objects.filter(pk=summary.pk).update(state=JobState.DONE)
    page = client.post("/verify/", {"code": CODE}).content.decode()
    assert "診断結果のまとめ" in page
    assert "𠮷野製作所" not in page
