"""Beat rings, and each task does its work once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.core import mail
from django.utils import timezone
from django.utils.module_loading import import_string

from portal.accounts.models import User
from programs import lifecycle, tasks
from programs.models import Draft, DraftState, Link, Programme
from programs.upkeep import links
from programs.upkeep.link_checker import Found
from tests.programs.officers import correction_of, publisher, writer

pytestmark = pytest.mark.django_db


def test_every_entry_of_the_schedule_names_a_task() -> None:
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        name = str(entry["task"])
        assert import_string(name).name == name
        assert name in current_app.tasks


def test_what_is_scheduled_is_published_when_its_time_has_come(programmes: None) -> None:
    author, approver = writer(), publisher()
    draft = correction_of("jizokuka", author)
    Draft.objects.filter(pk=draft.pk).update(
        state=DraftState.SCHEDULED, publish_at=timezone.now() + timedelta(minutes=5), reason="訂正"
    )
    tasks.publish_scheduled()
    draft.refresh_from_db()
    assert draft.state == DraftState.SCHEDULED
    Draft.objects.filter(pk=draft.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        tasks.publish_scheduled()
    draft.refresh_from_db()
    assert draft.state == DraftState.PUBLISHED
    assert draft.revision is not None
    assert draft.revision.number == 2
    assert lifecycle.possible_moves(draft, approver)


def test_the_reminders_go_out_once(programmes: None) -> None:
    owner: User = writer()
    owner.email = "owner@bureau.example"
    owner.save()
    Programme.objects.filter(slug="jizokuka").update(owner=owner)
    for _ in range(2):
        tasks.remind_owners()
    assert [message.to for message in mail.outbox] == [["owner@bureau.example"]]


def test_links_are_checked_chunk_by_chunk_until_none_is_left(programmes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker is replaced: no test reaches the network. The task rings again with a pause for the hosts."""

    class Works:
        def check(self, url: str) -> Found:
            return Found(Link.Outcome.WORKS, "")

    rung: list[dict[str, float]] = []
    monkeypatch.setattr(links, "LinkChecker", Works)
    monkeypatch.setattr(links, "CHUNK", 1)
    monkeypatch.setattr(tasks.check_links, "apply_async", lambda **options: rung.append(options))
    links.refresh()
    count = Link.objects.count()
    for _ in range(count):
        tasks.check_links()
    assert rung == [{"countdown": 1.0}] * (count - 1)
    assert set(Link.objects.values_list("outcome", flat=True)) == {"works"}
