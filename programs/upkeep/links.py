"""Official links (公式のリンク): the addresses that documents in force and added sources name, checked every night.

Each link's result is stored as soon as it is known, so that a run that is killed goes on where it was.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.common.locks import only_one
from programs.models import Link, SourceText
from programs.upkeep.link_checker import Found, LinkChecker
from programs.upkeep.sources import documents_in_force

logger = logging.getLogger(__name__)

# Links of one task. With every link at its slowest a task still ends before the broker gives it to somebody else.
CHUNK = 20
# A link checked within this time was checked tonight.
NIGHT = timedelta(hours=12)
MAX_URL = 500


def addresses() -> dict[str, tuple[str, ...]]:
    """Every address with the programmes in force that name it: none for a source that nobody cites."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in documents_in_force():
        document = row.document
        for url in (*(desk.url for desk in document.identity.desks), *(source.url for source in document.sources)):
            found[url].add(document.program)
    for url in SourceText.objects.values_list("url", flat=True):
        found[url] |= set()
    too_long = [url for url in found if len(url) > MAX_URL]
    for url in too_long:
        logger.warning("not checked, longer than %s characters: %s…", MAX_URL, url[:80])
    return {url: tuple(sorted(programs)) for url, programs in found.items() if url and url not in too_long}


@transaction.atomic
def refresh() -> None:
    """Make the rows those of the addresses now in use: new ones unchecked, others gone, `programs` as they are."""
    wanted = addresses()
    known = {link.url: link for link in Link.objects.all()}
    Link.objects.filter(url__in=known.keys() - wanted.keys()).delete()
    new = [Link(url=url, programs=list(wanted[url])) for url in wanted.keys() - known.keys()]
    Link.objects.bulk_create(new, ignore_conflicts=True)
    moved = _moved(known, wanted)
    Link.objects.bulk_update(moved, ["programs"])


def _moved(known: Mapping[str, Link], wanted: Mapping[str, tuple[str, ...]]) -> list[Link]:
    moved = []
    for url in known.keys() & wanted.keys():
        link, programs = known[url], list(wanted[url])
        if link.programs != programs:
            link.programs = programs
            moved.append(link)
    return moved


def check_some(now: datetime, checker: LinkChecker | None = None) -> bool:
    """Check up to CHUNK links that were not checked tonight. Whether others wait; False while another run is at it."""
    with only_one("check-links") as is_only:
        if not is_only:
            return False
        refresh()
        asking = checker or LinkChecker()
        for link in _waiting(now)[:CHUNK]:
            _store(link, _asked(asking, link), timezone.now())
        return _waiting(now).exists()


def _asked(checker: LinkChecker, link: Link) -> Found:
    """One link that the checker cannot bear stops no other."""
    try:
        return checker.check(link.url)
    except Exception:
        logger.exception("checking %s failed", link.url)
        return Found(Link.Outcome.BLOCKED, "確かめる途中で問題が起きました。")


def _waiting(now: datetime) -> QuerySet[Link]:
    return Link.objects.filter(Q(checked_at__isnull=True) | Q(checked_at__lt=now - NIGHT)).order_by("pk")


def _store(link: Link, found: Found, moment: datetime) -> None:
    values = {"outcome": found.outcome, "detail": found.detail, "checked_at": moment}
    if found.outcome != link.outcome:
        values["since"] = moment
    Link.objects.filter(pk=link.pk).update(**values)
