"""What can be done with a consultation, and what is refused."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from applications.clients import clients
from applications.consultations import consultations
from applications.consultations.choices import offer_for
from applications.consultations.consultations import (
    ClosedConsultation,
    ConsultationRefused,
    StaleConsultation,
    Step,
    state_of,
)
from applications.consultations.differences import conflicts
from applications.consultations.words import clean_lines, clean_text
from applications.models import Consultation, NextStep, Sheet
from applications.sheets.jobs import request_sheet
from tests.applications.consulting import HELD_ON, consultation_of
from tests.applications.supporters import adviser, client_of, manager, organisation
from tests.applications.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programmes")]


def test_what_is_said_is_what_is_stored() -> None:
    acting = adviser()
    made = consultation_of(
        acting,
        client_of(acting),
        Step("見積りを取る", "client", "𠮷野", date(2023, 11, 1)),
        Step("窓口に電話する", "organisation"),
        topics=["設備投資", " 設備投資 ", "", "髙﨑①㈱の件"],
        notes="一行目\r\n二行目\x00\x07\t終わり　",
        programmes=["jizokuka", "monozukuri"],
        open_questions=["決算書はあるか"],
    )
    stored = Consultation.objects.get()
    assert stored == made
    assert (stored.topics, stored.notes) == (["設備投資", "髙﨑①㈱の件"], "一行目\n二行目 終わり")
    assert (stored.programmes, stored.open_questions) == (["jizokuka", "monozukuri"], ["決算書はあるか"])
    assert (stored.adviser, stored.created_by, stored.stamp) == (acting.user, acting.user, 1)
    assert [(step.text, step.owner, step.owner_name, step.due_on) for step in stored.steps.all()] == [
        ("見積りを取る", "client", "𠮷野", date(2023, 11, 1)),
        ("窓口に電話する", "organisation", "", None),
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("held_on", None, "相談日"),
        ("held_on", date(1999, 12, 31), "2000年"),
        ("as_of", date(2101, 1, 1), "2100年"),
        ("notes", "あ" * 10_001, "10,000字まで"),
        ("topics", [f"テーマ{number}" for number in range(16)], "15件まで"),
        ("topics", ["あ" * 61], "60字まで"),
        ("open_questions", ["あ" * 301], "300字まで"),
        ("programmes", ["no-such-programme"], "選び直して"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_field(field: str, value: Any, words: str) -> None:
    acting = adviser()
    client = client_of(acting)
    with pytest.raises(ConsultationRefused) as refused:
        consultation_of(acting, client, **{field: value})
    assert words in refused.value.problems[field]
    assert not Consultation.objects.exists()


@pytest.mark.parametrize(
    "step",
    [
        Step("  \x00 "),
        Step("あ" * 301),
        Step("行く", owner_name="あ" * 101),
        Step("行く", owner="nobody"),
        Step("行く", due_on=date(1999, 1, 1)),
    ],
)
def test_an_impossible_step_stores_nothing_at_all(step: Step) -> None:
    acting = adviser()
    found = consultation_of(acting, client_of(acting), Step("はじめから"))
    with pytest.raises(ConsultationRefused, match="次の行動"):
        consultations.save(
            acting=acting, consultation=found, stamp=1, values={"notes": "x"}, steps=[Step("ほか"), step]
        )
    assert Consultation.objects.get().notes == ""
    assert [row.text for row in NextStep.objects.all()] == ["はじめから"]


def test_too_many_steps_are_refused() -> None:
    acting = adviser()
    client = client_of(acting)
    with pytest.raises(ConsultationRefused, match="30件"):
        consultation_of(acting, client, *[Step(f"行動{number}") for number in range(31)])


def test_the_adviser_is_a_member_now() -> None:
    acting, colleague = adviser(), manager()
    stranger = adviser("yoso", organisation("讃岐商工会"))
    found = consultation_of(acting, client_of(acting), adviser=colleague.user)
    with pytest.raises(ConsultationRefused) as refused:
        consultations.save(acting=acting, consultation=found, stamp=1, values={"adviser": stranger.user})
    assert "adviser" in refused.value.problems
    colleague.left_at = "2026-11-01T00:00:00Z"
    colleague.save()
    # Whoever advised then stays named, though they have left.
    saved = consultations.save(acting=acting, consultation=found, stamp=1, values={"notes": "その後"})
    assert (saved.adviser, saved.notes) == (colleague.user, "その後")


def test_a_programme_withdrawn_since_stays_chosen() -> None:
    acting = adviser()
    found = consultation_of(acting, client_of(acting))
    Consultation.objects.update(programmes=["withdrawn"])
    values = {"programmes": ["withdrawn", "jizokuka"]}
    assert consultations.save(acting=acting, consultation=found, stamp=1, values=values).programmes == [
        "withdrawn",
        "jizokuka",
    ]


def test_the_same_key_makes_one_and_another_clients_key_is_refused() -> None:
    acting, stranger = adviser(), adviser("yoso", organisation("讃岐商工会"))
    client, other, key = client_of(acting), client_of(acting, "ほかの店"), uuid.uuid4()
    values = {"held_on": HELD_ON}
    first = consultations.create(acting=acting, client=client, values=values, key=key)
    assert consultations.create(acting=acting, client=client, values=values, key=key) == first
    for person, elsewhere in ((acting, other), (stranger, client_of(stranger))):
        with pytest.raises(ConsultationRefused, match="使えません"):
            consultations.create(acting=person, client=elsewhere, values=values, key=key)
    assert Consultation.objects.get() == first


def test_steps_keep_that_they_were_done_and_those_left_out_go() -> None:
    acting = adviser()
    found = consultation_of(acting, client_of(acting), Step("甲"), Step("乙"))
    first, second = NextStep.objects.all()
    consultations.set_done(acting=acting, step=first, done_on=date(2023, 11, 2))
    steps = [Step("丙"), Step("甲を直した", pk=first.pk)]
    saved = consultations.save(acting=acting, consultation=found, stamp=1, steps=steps)
    assert saved.stamp == 2
    assert [(step.text, step.done_on) for step in NextStep.objects.all()] == [
        ("丙", None),
        ("甲を直した", date(2023, 11, 2)),
    ]
    # A row that somebody removed meanwhile is made again: nothing typed is lost.
    consultations.save(acting=acting, consultation=found, stamp=2, steps=[Step("乙", pk=second.pk)])
    assert [step.text for step in NextStep.objects.all()] == ["乙"]


def test_a_step_of_another_consultation_is_not_taken_over() -> None:
    acting = adviser()
    client = client_of(acting)
    theirs = consultation_of(acting, client, Step("よその行動"))
    mine = consultation_of(acting, client)
    consultations.save(acting=acting, consultation=mine, stamp=1, steps=[Step("横取り", pk=NextStep.objects.get().pk)])
    assert [step.text for step in theirs.steps.all()] == ["よその行動"]


def test_a_save_that_changes_nothing_is_none() -> None:
    acting = adviser()
    found = consultation_of(acting, client_of(acting), Step("行動"), notes="同じ")
    step = NextStep.objects.get()
    steps = [Step("行動", pk=step.pk)]
    assert (
        consultations.save(acting=acting, consultation=found, stamp=1, values={"notes": "同じ"}, steps=steps).stamp == 1
    )


def test_a_stale_save_is_refused_and_brings_what_is_stored() -> None:
    acting = adviser()
    found = consultation_of(acting, client_of(acting), Step("甲"), notes="はじめ")
    consultations.save(acting=acting, consultation=found, stamp=1, values={"notes": "同僚"})
    with pytest.raises(StaleConsultation) as stale:
        consultations.save(acting=acting, consultation=found, stamp=1, values={"notes": "自分"}, steps=[Step("乙")])
    assert stale.value.current.notes == "同僚"
    assert Consultation.objects.get().notes == "同僚"
    differing = conflicts(stale.value.current, {"notes": "自分", "topics": []}, [Step("乙", due_on=HELD_ON)])
    assert [(conflict.key, conflict.stored, conflict.mine) for conflict in differing] == [
        ("notes", "同僚", "自分"),
        ("steps", "甲（企業）", "乙（企業、2023年10月17日まで）"),
    ]


def test_a_closed_consultation_is_only_read_but_its_steps_get_done() -> None:
    acting = adviser()
    found = consultation_of(acting, client_of(acting), Step("見積りを取る"))
    request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.FINAL)
    before = state_of(found)
    for change in ({"values": {"notes": "あとから"}}, {"steps": []}):
        with pytest.raises(ClosedConsultation):
            consultations.save(acting=acting, consultation=found, stamp=2, **change)
    with pytest.raises(ClosedConsultation):
        request_sheet(acting=acting, consultation=found, kind=Sheet.Kind.DRAFT)
    assert state_of(Consultation.objects.get()) == before
    done = consultations.set_done(acting=acting, step=NextStep.objects.get(), done_on=date(2023, 12, 1))
    assert done.done_on == date(2023, 12, 1)
    assert consultations.set_done(acting=acting, step=done, done_on=None).done_on is None


def test_a_step_of_another_organisation_does_not_exist() -> None:
    acting, stranger = adviser(), adviser("yoso", organisation("讃岐商工会"))
    consultation_of(acting, client_of(acting), Step("見積りを取る"))
    with pytest.raises(NextStep.DoesNotExist):
        consultations.set_done(acting=stranger, step=NextStep.objects.get(), done_on=HELD_ON)


def test_programmes_are_offered_as_they_stand_for_the_client_on_the_day() -> None:
    acting = adviser()
    client = client_of(acting)
    offer = offer_for(client, HELD_ON, ["withdrawn", "it-donyu"])
    first, *_, last = offer.programmes
    assert (first.slug, first.verdict, first.availability) == ("jizokuka", "eligible", "open")
    assert (last.slug, last.verdict, last.is_chosen) == ("withdrawn", "", True)
    assert {choice.slug for choice in offer.programmes if choice.is_chosen} == {"withdrawn", "it-donyu"}
    # What the others would ask does not concern those chosen.
    blank = clients.create(acting=acting, values={"name": "さぬき屋"}, profile={})
    every = [choice.slug for choice in offer.programmes]
    asked = {tuple(chosen): set(offer_for(blank, HELD_ON, chosen).questions) for chosen in ([], ["jizokuka"], every)}
    assert not asked[()]
    assert set() < asked["jizokuka",] < asked[tuple(every)]
    assert {choice.today for choice in offer.programmes} >= {"closed"}
    # Before the first announcement no rule speaks for it.
    assert offer_for(client, date(2019, 1, 1)).programmes == ()


def test_typed_text_loses_what_cannot_be_kept() -> None:
    assert clean_text(" a\x00\x1b\u2028b\r\nc\rd\ud800 ") == "ab\nc\nd"
    assert clean_lines(["=cmd|'/c calc'!A0", "<script>", "<script>", "\x00"]) == ["=cmd|'/c calc'!A0", "<script>"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told() -> None:
    acting = adviser()
    found = consultation_of(acting, client_of(acting))

    def save(text: str) -> Consultation:
        return consultations.save(acting=acting, consultation=found, stamp=1, values={"notes": text})

    outcomes = at_once(lambda: save("甲"), lambda: save("乙"))
    (stored,) = [outcome for outcome in outcomes if isinstance(outcome, Consultation)]
    (stale,) = [outcome for outcome in outcomes if isinstance(outcome, StaleConsultation)]
    assert Consultation.objects.get().notes == stored.notes == stale.current.notes
