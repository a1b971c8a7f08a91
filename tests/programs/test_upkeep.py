"""What is due, and that its owner is told once, in one mail."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from eligibility.engine.document import ProgrammeDocument, read_document
from portal.accounts.models import User
from programs.models import Link, Programme, Reminder, Revision, SourceCheck
from programs.publishing import publish, withdraw
from programs.upkeep import reminders as upkeep
from programs.upkeep import sources
from programs.upkeep.reminders import Sent, add_months, due, remind
from tests.programs.officers import writer

pytestmark = pytest.mark.django_db

SHIPPED = "004_cbe6c34ac374a521.txt"  # of 17 October 2023; cited by jizokuka and others


def at(year: int, month: int, day: int, hour: int = 7, minute: int = 30) -> datetime:
    return timezone.make_aware(datetime(year, month, day, hour, minute))


@pytest.fixture
def owner(programmes: None) -> User:
    """Answers for jizokuka."""
    user = writer("tantou")
    user.email = "tantou@bureau.example"
    user.save()
    Programme.objects.filter(slug="jizokuka").update(owner=user)
    return user


@pytest.fixture
def all_checked(owner: User) -> None:
    """No source is due for long."""
    for entry in sources.registry():
        sources.check_source(name=entry.name, user=owner, today=date(2024, 1, 1))


def old_source(user: User, name: str = SHIPPED, on: date = date(2023, 3, 1)) -> None:
    SourceCheck.objects.filter(document=name).delete()
    SourceCheck.objects.create(document=name, checked_on=on, checked_by=user)


def republished(document: ProgrammeDocument, time: dict[str, Any]) -> None:
    """A revision of the document with other parts of its time."""
    data = document.model_dump(mode="json")
    data["time"] = {**data["time"], **time}
    publish(read_document(data), origin=Revision.Origin.DESK, reason="時期")


def document_of(documents: list[ProgrammeDocument], program: str) -> ProgrammeDocument:
    return next(document for document in documents if document.program == program)


def with_last_close(documents: list[ProgrammeDocument], closes: str) -> None:
    document = document_of(documents, "jizokuka")
    rounds = document.time.model_dump(mode="json")["rounds"]
    republished(document, {"rounds": [{**rounds[0], "opens": None, "closes": closes}]})


def of_jizokuka(now: datetime) -> list[str]:
    return [end.words for end in due(now).ends if end.row.document.program == "jizokuka"]


# --- sources


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2024, 1, 15), date(2024, 7, 15)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2023, 7, 1), date(2024, 1, 1)),
        (date(2023, 12, 31), date(2024, 6, 30)),
    ],
)
def test_six_months_are_calendar_months(day: date, later: date) -> None:
    assert add_months(day, 6) == later


def test_a_source_is_due_six_months_after_its_own_date_while_nobody_checked_it(owner: User) -> None:
    assert SHIPPED not in [found.source.name for found in due(at(2024, 4, 16)).sources]
    found = next(found for found in due(at(2024, 4, 17)).sources if found.source.name == SHIPPED)
    assert found.last_seen == date(2023, 10, 17)


def test_a_check_begins_six_months_anew(owner: User) -> None:
    sources.check_source(name=SHIPPED, user=owner, today=date(2024, 5, 1))
    assert SHIPPED not in [found.source.name for found in due(at(2024, 10, 31)).sources]
    assert SHIPPED in [found.source.name for found in due(at(2024, 11, 1)).sources]


def test_an_added_source_is_due_six_months_after_it_was_added(
    owner: User, shipped_documents: list[ProgrammeDocument]
) -> None:
    """Its own date may be of years ago; somebody read it when adding it."""
    with time_machine.travel(at(2024, 5, 1), tick=False):
        sources.add_source(name="own.txt", title="t", publisher="p", day=date(2020, 1, 1), url="", text="x", user=owner)
    document = document_of(shipped_documents, "jizokuka")
    extra = document.sources[0].model_copy(update={"id": "own", "document": "own.txt", "date": date(2020, 1, 1)})
    revised = document.model_copy(update={"sources": (*document.sources, extra)})
    publish(revised, origin=Revision.Origin.DESK, reason="足す")
    assert "own.txt" not in [found.source.name for found in due(at(2024, 10, 31)).sources]
    assert "own.txt" in [found.source.name for found in due(at(2024, 11, 1)).sources]


def test_a_source_that_no_version_in_force_names_is_not_due(owner: User) -> None:
    for revision in Revision.objects.filter(version__programme__slug="jizokuka"):
        withdraw(revision, user=owner, reason="終わり")
    found = due(at(2030, 1, 1))
    assert all("jizokuka" not in source.source.programs for source in found.sources)
    assert all(source.source.programs for source in found.sources)


# --- ends


@pytest.mark.parametrize(
    ("closes", "now", "is_due"),
    [
        ("2024-03-16", at(2024, 3, 1), True),
        ("2024-03-17", at(2024, 3, 1), False),
        ("2024-03-01", at(2024, 3, 1, 23, 59), True),
        ("2024-02-29", at(2024, 3, 1, 0, 0), False),
        ("2024-03-01T17:00", at(2024, 3, 1, 17, 0), True),
        ("2024-03-01T17:00", at(2024, 3, 1, 17, 1), False),
    ],
)
def test_an_end_within_fifteen_days_is_due_until_it_is_past(
    owner: User, shipped_documents: list[ProgrammeDocument], closes: str, now: datetime, is_due: bool
) -> None:
    with_last_close(shipped_documents, closes)
    assert bool(of_jizokuka(now)) is is_due


def test_the_last_of_all_rounds_and_versions_counts(owner: User, shipped_documents: list[ProgrammeDocument]) -> None:
    with_last_close(shipped_documents, "2024-03-10")
    assert of_jizokuka(at(2024, 3, 1)) == ["2024年3月10日"]
    document = document_of(shipped_documents, "jizokuka")
    rounds = document.time.model_dump(mode="json")["rounds"]
    later = document.model_copy(update={"version": "r6"})
    republished(later, {"announced": "2024-02-01", "rounds": [{**rounds[0], "opens": None, "closes": "2024-06-30"}]})
    assert of_jizokuka(at(2024, 3, 1)) == []


def test_the_end_of_a_legal_period_is_due(owner: User, shipped_documents: list[ProgrammeDocument]) -> None:
    document = document_of(shipped_documents, "dx-toshi-zeisei")
    period = document.time.model_dump(mode="json")["period"]
    republished(document, {"period": {**period, "last": "2025-03-31"}})
    found = [end for end in due(at(2025, 3, 20)).ends if end.row.document.program == "dx-toshi-zeisei"]
    assert [end.words for end in found] == ["2025年3月31日"]


def test_an_end_that_no_source_prints_is_not_known(owner: User, shipped_documents: list[ProgrammeDocument]) -> None:
    document = document_of(shipped_documents, "jizokuka")
    rounds = document.time.model_dump(mode="json")["rounds"]
    republished(document, {"rounds": [{**rounds[0], "closes": None}]})
    assert of_jizokuka(at(2023, 12, 10)) == []


# --- links


@pytest.mark.parametrize(("nights", "is_due"), [(0, False), (1, True), (5, True)])
def test_a_link_is_due_when_it_was_broken_on_two_nights(owner: User, nights: int, is_due: bool) -> None:
    since = at(2024, 2, 1, 2, 41)
    Link.objects.create(
        url="https://x.example/",
        outcome=Link.Outcome.BROKEN,
        since=since,
        checked_at=since + timedelta(days=nights, minutes=-1 if nights else 0),
        programs=["jizokuka"],
    )
    assert bool(due(at(2024, 2, 10)).links) is is_due


@pytest.mark.parametrize("outcome", [Link.Outcome.BLOCKED, Link.Outcome.WORKS, Link.Outcome.UNCHECKED])
def test_a_link_that_is_not_broken_is_not_due(owner: User, outcome: Link.Outcome) -> None:
    Link.objects.create(url="https://x.example/", outcome=outcome, since=at(2024, 2, 1), checked_at=at(2024, 2, 9))
    assert due(at(2024, 2, 10)).links == ()


# --- mails


@pytest.mark.services
def test_an_owner_is_told_everything_in_one_mail_once(owner: User, all_checked: None, settings: Settings) -> None:
    settings.PORTAL_BASE_URL = "https://portal.example/"
    old_source(owner)
    Link.objects.create(
        url="https://x.example/?a=1&b=2",
        outcome=Link.Outcome.BROKEN,
        detail="ページがありません（404）。",
        since=at(2024, 2, 1),
        checked_at=at(2024, 2, 2),
        programs=["jizokuka"],
    )
    now = at(2024, 2, 3)
    assert remind(now).mails == 1
    (sent,) = mail.outbox
    assert sent.to == ["tantou@bureau.example"]
    assert sent.subject.startswith("【しるべ】担当の制度に確認が必要なことが2件")
    assert "\n" not in sent.subject
    body = str(sent.body)
    assert "■ 小規模事業者持続化補助金" in body
    assert "2023年3月1日から6か月以上確認していません" in body
    assert "https://x.example/?a=1&b=2（ページがありません（404）。）" in body
    assert "https://portal.example/admin/desk/sources/due/" in body
    assert remind(now).mails == 0
    assert remind(now + timedelta(days=1)).mails == 0
    assert len(mail.outbox) == 1
    assert not Reminder.objects.filter(program="jizokuka", mailed_at__isnull=True).exists()


def test_a_new_cycle_is_a_new_thing_to_tell(owner: User, all_checked: None) -> None:
    old_source(owner, on=date(2023, 3, 1))
    remind(at(2024, 2, 3))
    sources.check_source(name=SHIPPED, user=owner, today=date(2024, 2, 4))
    assert remind(at(2024, 2, 5)).mails == 0
    for entry in sources.registry():
        if entry.name != SHIPPED:
            sources.check_source(name=entry.name, user=owner, today=date(2024, 8, 1))
    assert remind(at(2024, 8, 5)).mails == 1
    assert len(mail.outbox) == 2


def test_what_was_mended_meanwhile_is_not_mailed(owner: User, all_checked: None) -> None:
    """The row of a thing that could not be mailed waits; nobody is told of what is no longer so."""
    old_source(owner)
    Programme.objects.update(owner=None)
    remind(at(2024, 2, 3))
    assert Reminder.objects.exists()
    sources.check_source(name=SHIPPED, user=owner, today=date(2024, 2, 4))
    Programme.objects.filter(slug="jizokuka").update(owner=owner)
    assert remind(at(2024, 2, 5)).mails == 0


def test_without_an_owner_the_officers_are_told(owner: User, all_checked: None, settings: Settings) -> None:
    settings.PORTAL_OFFICERS_MAIL = "all@bureau.example"
    old_source(owner)
    Programme.objects.update(owner=None)
    assert remind(at(2024, 2, 3)).mails == 1
    assert mail.outbox[0].to == ["all@bureau.example"]


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_without_anybody_it_is_listed_and_told_to_the_next_owner(
    owner: User, all_checked: None, settings: Settings, change: dict[str, Any]
) -> None:
    settings.PORTAL_OFFICERS_MAIL = ""
    old_source(owner)
    User.objects.filter(pk=owner.pk).update(**change)
    sent = remind(at(2024, 2, 3))
    assert sent.mails == 0
    assert sent.without_address == Reminder.objects.filter(mailed_at__isnull=True).count() > 0
    User.objects.filter(pk=owner.pk).update(email="new@bureau.example", is_active=True)
    assert remind(at(2024, 2, 4)).mails == 1


class Down(EmailBackend):
    """A mail server that is down for one address."""

    def send_messages(self, messages: Any) -> int:
        if messages[0].to == ["tantou@bureau.example"]:
            raise ConnectionRefusedError("mail server")
        return int(super().send_messages(messages))


def test_a_mail_that_fails_is_tried_the_next_day_and_stops_no_other(
    owner: User, all_checked: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PORTAL_OFFICERS_MAIL = "all@bureau.example"
    locmem = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Down"
    old_source(owner)
    Link.objects.create(
        url="https://x.example/", outcome=Link.Outcome.BROKEN, since=at(2024, 2, 1), checked_at=at(2024, 2, 2)
    )
    sent = remind(at(2024, 2, 3))
    assert sent.failed == 1
    assert [message.to for message in mail.outbox] == [["all@bureau.example"]]
    assert Reminder.objects.filter(program="jizokuka", mailed_at__isnull=True).exists()
    assert "not mailed" in caplog.text
    settings.EMAIL_BACKEND = locmem
    assert remind(at(2024, 2, 4)) == Sent(mails=1)
    assert mail.outbox[-1].to == ["tantou@bureau.example"]


def test_a_link_of_no_programme_is_told_to_the_officers(owner: User, all_checked: None, settings: Settings) -> None:
    settings.PORTAL_OFFICERS_MAIL = "all@bureau.example"
    Link.objects.create(
        url="https://x.example/" + "x" * 400,
        outcome=Link.Outcome.BROKEN,
        since=at(2024, 2, 1),
        checked_at=at(2024, 2, 2),
    )
    assert remind(at(2024, 2, 3)).mails == 1
    assert upkeep.NOBODYS in mail.outbox[0].body
    assert len(Reminder.objects.get().text) == 300


def test_the_page_says_what_to_do_and_whose_it_is(owner: User, client: Client) -> None:
    old_source(owner)
    Link.objects.create(
        url="javascript:alert(1)",
        outcome=Link.Outcome.BROKEN,
        since=at(2024, 2, 1),
        checked_at=at(2024, 2, 2),
        programs=["jizokuka"],
    )
    client.force_login(owner)
    with time_machine.travel(at(2023, 12, 1), tick=False):
        page = client.get("/admin/desk/sources/due/").content.decode()
    assert "15日以内に終わる制度（1件）" in page
    assert "2023年12月12日" in page
    assert "tantou" in page
    revision = Revision.objects.get(version__programme__slug="jizokuka")
    assert f"/admin/desk/new/?source={revision.pk}" in page
    assert "切れている" in page
    assert 'href="javascript' not in page


def test_the_page_of_links_begins_with_the_broken_ones(owner: User, client: Client) -> None:
    for number, outcome in enumerate(Link.Outcome):
        Link.objects.create(url=f"https://{number}.example/", outcome=outcome)
    client.force_login(owner)
    page = client.get("/admin/desk/sources/due/").content.decode()
    places = [
        page.index(f"https://{list(Link.Outcome).index(outcome)}.example/")
        for outcome in (Link.Outcome.BROKEN, Link.Outcome.BLOCKED, Link.Outcome.UNCHECKED, Link.Outcome.WORKS)
    ]
    assert places == sorted(places)
