"""Keeping true (鮮度の管理): what must be looked at again, and telling each owner of it once.

Due are
- sources of versions in force that nobody has checked for six months. A source was last looked at when an officer
  noted so (SourceCheck); without such a note on the day it bears itself, or on the later day it was added here;
- programmes whose last call closes, or whose legal period ends, within 15 days from today and not before now. Of
  several versions in force the last end counts; ends that no source prints are not known and not counted;
- official links that were found broken on two nights or more: for one night a server may only have been down.
"""

from __future__ import annotations

import hashlib
import logging
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from eligibility.engine.document import ProgrammeDocument
from portal.common.japanese import write_date
from portal.common.locks import only_one
from programs.models import Link, Programme, Reminder
from programs.upkeep.sources import InForce, SourceEntry, documents_in_force, registry

logger = logging.getLogger(__name__)

MONTHS_BETWEEN_CHECKS = 6
DAYS_BEFORE_END = timedelta(days=15)
NIGHTS_BROKEN = timedelta(days=1)  # between the first night and the last: two nights
NOBODYS = "どの制度にも使われていない資料"


@dataclass(frozen=True, slots=True)
class DueSource:
    source: SourceEntry
    last_seen: date


@dataclass(frozen=True, slots=True)
class DueEnd:
    """`closes`: the last moment, Japanese time; `has_hour`: whether the source prints one."""

    row: InForce
    closes: datetime
    has_hour: bool

    @property
    def words(self) -> str:
        day = write_date(self.closes.date())
        return f"{day} {self.closes:%H:%M}" if self.has_hour else day


@dataclass(frozen=True, slots=True)
class DueLink:
    link: Link
    since: date


@dataclass(frozen=True, slots=True)
class Due:
    sources: tuple[DueSource, ...]
    ends: tuple[DueEnd, ...]
    links: tuple[DueLink, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing for one programme, as a Reminder row keeps it. A new date in `key` is a new thing to tell."""

    kind: Reminder.Kind
    key: str
    program: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What one run did: mails that went out, mails that failed, reminders that nobody can be mailed."""

    mails: int = 0
    failed: int = 0
    without_address: int = 0


def due(now: datetime) -> Due:
    """What is due at `now`, the most pressing first."""
    local = timezone.localtime(now)
    return Due(
        tuple(sorted(_unchecked_sources(local.date()), key=lambda source: source.last_seen)),
        tuple(sorted(_ends(local), key=lambda end: end.closes)),
        tuple(_broken_links()),
    )


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one: 31 August and six months are 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def needs_check(entry: SourceEntry, today: date) -> bool:
    """Whether a source that some programme cites was last seen too long ago."""
    return bool(entry.programs) and add_months(last_seen(entry), MONTHS_BETWEEN_CHECKS) <= today


def last_seen(entry: SourceEntry) -> date:
    """When somebody last looked at a source, as the module says."""
    if entry.last_check is not None:
        return entry.last_check.checked_on
    days = [entry.date, timezone.localdate(entry.added.added_at) if entry.added else None]
    return max((day for day in days if day is not None), default=date.min)


def _unchecked_sources(today: date) -> Iterator[DueSource]:
    for entry in registry():
        if needs_check(entry, today):
            yield DueSource(entry, last_seen(entry))


def _ends(local: datetime) -> Iterator[DueEnd]:
    by_program: defaultdict[str, list[DueEnd]] = defaultdict(list)
    for row in documents_in_force():
        end = _last_end(row)
        if end is not None:
            by_program[row.document.program].append(end)
    for ends in by_program.values():
        last = max(ends, key=lambda end: end.closes)
        if local <= last.closes and last.closes.date() <= local.date() + DAYS_BEFORE_END:
            yield last


def _last_end(row: InForce) -> DueEnd | None:
    ends = [_moment(text) for text in _printed_ends(row.document)]
    if not ends:
        return None
    closes, has_hour = max(ends)
    return DueEnd(row, closes, has_hour)


def _printed_ends(document: ProgrammeDocument) -> list[str]:
    period = document.time.period
    law = [period.last.isoformat()] if period is not None and period.last is not None else []
    return law + [round_.closes for round_ in document.time.rounds if round_.closes is not None]


def _moment(closes: str) -> tuple[datetime, bool]:
    """The printed end in Japanese time. A day without an hour lasts until midnight."""
    has_hour = "T" in closes
    printed = datetime.fromisoformat(closes)
    moment = printed if has_hour else datetime.combine(printed.date(), time.max)
    return timezone.make_aware(moment, timezone.get_default_timezone()), has_hour


def _broken_links() -> Iterator[DueLink]:
    for link in Link.objects.filter(outcome=Link.Outcome.BROKEN):
        if link.since is None or link.checked_at is None:
            continue
        since = timezone.localdate(link.since)
        if timezone.localdate(link.checked_at) - since >= NIGHTS_BROKEN:
            yield DueLink(link, since)


def notices(found: Due) -> list[Notice]:
    """What is due, once for each programme that it touches; for nobody's ("") where it touches none."""
    return [
        *(_source_notice(source, program) for source in found.sources for program in source.source.programs),
        *(_end_notice(end) for end in found.ends),
        *(_link_notice(link, program) for link in found.links for program in link.link.programs or ("",)),
    ]


def _source_notice(due_source: DueSource, program: str) -> Notice:
    entry = due_source.source
    text = f"出典「{entry.title}」を、{write_date(due_source.last_seen)}から6か月以上確認していません。"
    return _notice(Reminder.Kind.SOURCE, f"{program}:{entry.name}:{due_source.last_seen}", program, text)


def _end_notice(end: DueEnd) -> Notice:
    document = end.row.document
    what = "適用期間" if document.time.period is not None else "最後の公募"
    text = f"{what}が、{end.words}に終わります（版：{document.version}）。"
    return _notice(Reminder.Kind.ENDING, f"{document.key}:{end.closes:%Y-%m-%dT%H:%M}", document.program, text)


def _link_notice(due_link: DueLink, program: str) -> Notice:
    link, since = due_link.link, due_link.since
    address = hashlib.sha256(link.url.encode()).hexdigest()  # addresses may be longer than a key
    text = f"リンクが{write_date(since)}から切れています：{link.url}（{link.detail}）"
    return _notice(Reminder.Kind.LINK, f"{program}:{address}:{since}", program, text)


def _notice(kind: Reminder.Kind, key: str, program: str, text: str) -> Notice:
    return Notice(kind, key, program, text if len(text) <= 300 else f"{text[:299]}…")


def remind(now: datetime) -> Sent:
    """Mail each owner everything that is due and not mailed yet, in one mail. A second run at once does nothing.

    A mail that fails is logged and tried again by the next run; so is one whose success could not be noted.
    """
    with only_one("remind-owners") as is_only:
        if not is_only:
            return Sent()
        waiting = _waiting(notices(due(now)))
        by_address = _by_address(waiting)
        without = len(by_address.pop("", ()))
        sent = [_mailed(address, rows) for address, rows in sorted(by_address.items())]
        return Sent(mails=sum(sent), failed=len(sent) - sum(sent), without_address=without)


def _waiting(found: Sequence[Notice]) -> list[Reminder]:
    """The rows of what is due now, made where they are new, as far as they were not mailed."""
    rows = [Reminder(kind=notice.kind, key=notice.key, program=notice.program, text=notice.text) for notice in found]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    keys = {(notice.kind.value, notice.key) for notice in found}
    unsent = Reminder.objects.filter(mailed_at__isnull=True).order_by("program", "kind", "pk")
    return [row for row in unsent if (row.kind, row.key) in keys]


def _by_address(rows: Iterable[Reminder]) -> dict[str, list[Reminder]]:
    owners = _owner_addresses()
    found: defaultdict[str, list[Reminder]] = defaultdict(list)
    for row in rows:
        found[owners.get(row.program) or settings.PORTAL_OFFICERS_MAIL].append(row)
    return dict(found)


def _owner_addresses() -> dict[str, str]:
    """Mail addresses of the owners who still work here."""
    owned = Programme.objects.filter(owner__is_active=True).exclude(owner__email="")
    return dict(owned.values_list("slug", "owner__email"))


def _mailed(address: str, rows: Sequence[Reminder]) -> bool:
    try:
        EmailMessage(_subject(rows), _body(rows), to=[address]).send()
    except (OSError, ValueError):  # a server that is down or refuses; an address that is none
        logger.exception("reminder of %s things was not mailed; tried again by the next run", len(rows))
        return False
    Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=timezone.now())
    return True


def _subject(rows: Sequence[Reminder]) -> str:
    return render_to_string("programs/mail/due_subject.txt", {"count": len(rows)}).strip()


def _body(rows: Sequence[Reminder]) -> str:
    names = dict(Programme.objects.values_list("slug", "short_name"))
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[names.get(row.program, NOBODYS)].append(row.text)
    address = settings.PORTAL_BASE_URL.rstrip("/") + reverse("desk:due")
    return render_to_string("programs/mail/due.txt", {"groups": list(groups.items()), "url": address})
