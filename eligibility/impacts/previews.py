"""What publishing a draft would change for companies (影響の試算): ask for it, count, and what to warn of.

The draft's version alone is compared: what it would replace against what the draft says, on the day the draft is
announced, so that the same draft and the same companies always give the same numbers. Calls being open or closed has
no part in it. Two populations are counted and never added up: the saved self-checks whose owners agreed, and made-up
companies (eligibility.impacts.population).

`Impact.result`: {"format": 1, "as_of": day, "before": {"key", "revision"} or None, "saved": numbers, "seeded": numbers}
with the masked numbers of eligibility.impacts.effects and, of the made-up companies, "losses": [how many of those
eligible before are not any more or undecided, how many those were].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from eligibility.engine.calendar import AsOf
from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.errors import DocumentRefused
from eligibility.engine.hashing import document_hash
from eligibility.engine.profile import parse_profile
from eligibility.impacts.effects import Effect, Judge, Tally, masked
from eligibility.impacts.population import companies
from eligibility.industries import division_of, divisions
from eligibility.models import Impact
from eligibility.results import readable_profile
from eligibility.selectors import counted_checks
from portal.common import jobs
from portal.common.jobs import JobError, JobState
from portal.common.prefectures import PREFECTURES
from programs import rulebook
from programs.audit import record
from programs.documents import document_of, vocabulary
from programs.drafts import DraftRefused, checked, locked
from programs.models import Draft, DraftState

if TYPE_CHECKING:
    from portal.accounts.models import User

FORMAT = 1
# Profiles read, and companies counted, between two signs of life.
CHUNK = 200
Profile = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Before:
    """What companies are told now of the version that the draft would take the place of."""

    document: ProgrammeDocument
    revision: int

    def as_json(self) -> dict[str, Any]:
        return {"key": self.document.key, "revision": self.revision}


@transaction.atomic
def request_impact(*, draft: Draft, user: User, again: bool = False) -> Impact:
    """The preview of the draft as it stands: a new job, or the one there is. `again`: also where one is finished.

    Raises DraftRefused for a draft that is not sound or is not open any more.
    """
    row = locked(draft)
    digest = document_hash(_sound_document(row))
    latest = row.impacts.first()
    if latest is not None and latest.state == JobState.QUEUED:
        return latest  # it will count the draft as it finds it
    if latest is not None and latest.document_hash == digest:
        if latest.has_failed:
            Impact.jobs().retry(latest.pk)
            latest.refresh_from_db()
        if latest.is_open or not again:
            return latest
    impact = Impact.objects.create(draft=row, document_hash=digest, requested_by=user)
    record("影響の試算を依頼", user=user, draft=row)
    impact.ring()
    return impact


def preview_impact(pk: str) -> None:
    """The job: claim the row, count, finish. Twice is the same as once."""
    jobs.run(Impact, pk, _count)


def refusal_of(draft: Draft) -> str | None:
    """Why the draft's impact cannot be previewed now, in Japanese; None where it can."""
    try:
        _sound_document(draft)
    except DraftRefused as refused:
        return str(refused)
    return None


def latest_impact(draft: Draft) -> Impact | None:
    """The preview asked for last, whatever its state."""
    return draft.impacts.first()


def finished_impact(draft: Draft) -> Impact | None:
    """The newest preview that has a result."""
    done = draft.impacts.filter(state=JobState.DONE, result__format=FORMAT)
    return done.order_by("-finished_at").first()


def is_outdated(impact: Impact, draft: Draft) -> bool:
    """Whether the draft, or what it would replace, is another than was counted."""
    try:
        document = read_document(draft.document)
    except DocumentRefused:
        return True
    before = before_of(draft, document)
    counted = impact.result["before"] if impact.result else None
    return document_hash(document) != impact.document_hash or counted != (before.as_json() if before else None)


def before_of(draft: Draft, document: ProgrammeDocument) -> Before | None:
    """What is in force of the draft's own version; of a new one, what is in force on the day it is announced, or else
    what it was copied from. None: there is nothing that it would replace.
    """
    rules = rulebook.current()
    version = rules.versions.get(document.key) or rules.in_force(document.program, AsOf(document.time.announced))
    if version is not None:
        return Before(version.document, version.revision)
    if draft.copied_from is None:
        return None
    return Before(document_of(draft.copied_from), draft.copied_from.number)


def warning_of(draft: Draft) -> str | None:
    """What stands on the draft's pages when it takes too much away, by its newest result. None: nothing to warn of."""
    impact = finished_impact(draft)
    if impact is None or impact.result is None:
        return None
    shares = [
        f"{words}{lost * 100 / eligible:.1f}％"
        for words, lost, eligible in _losses(impact.result)
        if lost * 100 > settings.IMPACT_WARNING_PERCENT * eligible
    ]
    if not shares:
        return None
    return (
        f"この案では、今は対象になる会社のうち、{'、'.join(shares)}が対象から外れるか、判定が決まらなくなります"
        f"（目安は{settings.IMPACT_WARNING_PERCENT}％まで）。"
    )


def _losses(result: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Whose losses, and how many of how many.

    Of the saved checks it says what the numbers shown say themselves and no more: those seen to lose, of all that may
    have been eligible. Nobody is behind a made-up company, so that there a warning may rest on hidden numbers too.
    """
    effects = result["saved"].get("effects")
    if effects is not None:
        lost = sum(effects[effect] or 0 for effect in (Effect.LOSES, Effect.UNSURE))
        others = sum(effects[effect] or 0 for effect in (Effect.GAINS, Effect.OPENS, Effect.CLOSES, Effect.OTHER))
        least = "少なくとも" if None in effects.values() else ""
        yield f"同意のあった自社診断で{least}", lost, result["saved"]["companies"] - others
    lost, eligible = result["seeded"]["losses"]
    yield "架空の会社で", lost, eligible


def notices(draft: Draft) -> list[str]:
    """For the draft's overview: the warning, whether it is of an older draft, and that nobody has looked yet."""
    if not draft.is_open:
        return []
    impact = finished_impact(draft)
    if impact is None:
        return [] if draft.state == DraftState.DRAFT else ["この案の影響の試算は、まだ行われていません。"]
    warning = warning_of(draft)
    old = "影響の試算のあとに、この案か、今の制度が変わっています。もう一度試算してください。"
    return [*([warning] if warning else []), *([old] if is_outdated(impact, draft) else [])]


def _sound_document(draft: Draft) -> ProgrammeDocument:
    if not draft.is_open:
        raise DraftRefused("公開前の案だけ、影響を試算できます。")
    found = checked(draft, timezone.localdate())
    if found.document is None or found.errors:
        raise DraftRefused(f"文書の検査で{len(found.errors)}件の誤りがあります。直してから試算してください。")
    return found.document


def _count(impact: Impact) -> dict[str, Any]:
    """The work: the draft as it is now, which may be later than it was asked for."""
    try:
        document = _sound_document(impact.draft)
    except DraftRefused as refused:
        raise JobError(str(refused)) from refused
    before = before_of(impact.draft, document)
    count = _Count(impact, before, document)
    saved, seeded = count.tally(_saved_profiles(), "自社診断"), count.tally(_seeded_profiles(), "架空の会社")
    result = {
        "format": FORMAT,
        "as_of": document.time.announced.isoformat(),
        "before": before.as_json() if before else None,
        "saved": masked(saved, _rows()),
        "seeded": {**masked(seeded, _rows()), "losses": list(seeded.losses)},
    }
    return {"result": result, "document_hash": document_hash(document)}


class _Count:
    """Counts one population after the other, and says so."""

    def __init__(self, impact: Impact, before: Before | None, after: ProgrammeDocument) -> None:
        self._impact = impact
        self._before = Judge(before.document if before else None, vocabulary())
        self._after = Judge(after, vocabulary())
        self._as_of = AsOf(after.time.announced)
        self._done = 0
        self._all = counted_checks().count() + settings.IMPACT_COMPANIES

    def tally(self, profiles: Iterator[Profile], words: str) -> Tally:
        tally = Tally({"prefecture": _prefecture, "industry": _industry})
        while chunk := list(islice(profiles, CHUNK)):
            for profile in chunk:
                before = self._before.standing(profile, self._as_of)
                tally.add(profile, before, self._after.standing(profile, self._as_of))
            self._done += len(chunk)
            # Checks may have come since they were counted.
            percent = min(99, self._done * 100 // max(self._all, 1))
            self._impact.beat(percent, f"{words}を数えています")
        return tally


def _prefecture(profile: Profile) -> str:
    return str(profile.get("prefecture", ""))


def _industry(profile: Profile) -> str:
    return division_of(profile.get("industry", ""))


def _rows() -> dict[str, tuple[str, ...]]:
    return {"prefecture": tuple(PREFECTURES), "industry": tuple(division.code for division in divisions())}


def _saved_profiles() -> Iterator[Profile]:
    """Page by page, each by a query of its own: a cursor held open would stop SQLite's writers."""
    last = None
    while True:
        rows = counted_checks().order_by("pk").values_list("pk", "profile")
        page = list((rows if last is None else rows.filter(pk__gt=last))[:CHUNK])
        if not page:
            return
        last = page[-1][0]
        for _, profile in page:
            yield readable_profile(profile, vocabulary())


def _seeded_profiles() -> Iterator[Profile]:
    for raw in islice(companies(), settings.IMPACT_COMPANIES):
        yield parse_profile(raw, vocabulary())
