"""Which clients a list shows, and in which order: one query for the page, for files and for the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import takewhile
from operator import or_

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from applications.clients.words import found_by, tagged
from applications.models import Client, Match, Membership
from applications.selectors import desk

# What a programme says of a client by its best frame, and the short name of it everywhere in the desk (whole sentences:
# eligibility.report.verdict_label). REVIEW: eligible as far as asked, with points left to check.
ELIGIBLE, REVIEW, NEEDS_INFO, NOT_ELIGIBLE = "eligible", "review", "needs_info", "not_eligible"
VERDICTS = {
    ELIGIBLE: "要件を満たす",
    REVIEW: "満たす（要確認あり）",
    NEEDS_INFO: "まだ判定できない",
    NOT_ELIGIBLE: "満たさない要件がある",
}
_BEST_FIRST = {verdict: Q(verdict=verdict) for verdict in VERDICTS} | {
    ELIGIBLE: Q(verdict=ELIGIBLE, open_review=0),
    REVIEW: Q(verdict=ELIGIBLE, open_review__gt=0),
}
ORDERS = {
    "name": ("name", "pk"),
    "kana": ("name_kana", "name", "pk"),
    "own_key": ("own_key", "name", "pk"),
    "updated": ("-updated_at", "pk"),
    "created": ("-created_at", "pk"),
}
ACTIVE, ENDED, ALL = "active", "ended", "all"
MINE, NOBODY = "me", "none"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list as somebody asks for it. `assigned`: MINE, NOBODY or a user's id; "" where it does not matter.

    `program`: a slug; `verdict`: one of VERDICTS, of that programme, or of any programme where none is named.
    """

    text: str = ""
    assigned: str = ""
    tag: str = ""
    state: str = ACTIVE
    program: str = ""
    verdict: str = ""
    order: str = "name"


def found(acting: Membership, wanted: Wanted) -> QuerySet[Client]:
    """The organisation's clients that fit, in order."""
    rows = desk.clients(acting).filter(found_by(wanted.text))
    if wanted.state != ALL:
        # IN, because Django writes an equation with a truth as NOT, for which SQLite uses no index.
        rows = rows.filter(is_archived__in=[wanted.state == ENDED])
    if wanted.tag:
        rows = rows.filter(tagged(wanted.tag))
    if wanted.assigned:
        rows = rows.filter(_assigned(acting, wanted.assigned))
    if wanted.program or wanted.verdict:
        rows = rows.filter(by_verdict(wanted.program, wanted.verdict))
    order = ORDERS[wanted.order]
    # Those without a reading or a number come last: they are no beginning of a list.
    blank = ExpressionWrapper(Q(**{order[0]: ""}), BooleanField())
    return rows.order_by(blank, *order) if wanted.order in ("kana", "own_key") else rows.order_by(*order)


def by_verdict(program: str = "", verdict: str = "") -> Q:
    """Clients whose best stored verdict of a programme (of all, where none is named) is this one."""
    matches = Match.objects.filter(client=OuterRef("pk"), **({"program": program} if program else {}))
    if not verdict:
        return Q(Exists(matches))
    better = reduce(or_, (_BEST_FIRST[other] for other in takewhile(verdict.__ne__, VERDICTS)), Q())
    is_said = Q(Exists(matches.filter(_BEST_FIRST[verdict])))
    return is_said & ~Q(Exists(matches.filter(better))) if better else is_said


def standing(verdict: str, open_review: int) -> str:
    """Which of VERDICTS one frame's result is: never eligible outright where something is left to a review."""
    return REVIEW if verdict == ELIGIBLE and open_review else verdict


def best_verdicts(clients: Iterable[Client]) -> dict[str, dict[str, int]]:
    """By client (its id as text): how many programmes say what, each by its best frame, the best verdicts first."""
    rows = Match.objects.filter(client__in=[client.pk for client in clients])
    best: dict[tuple[str, str], str] = {}
    rank = {verdict: place for place, verdict in enumerate(VERDICTS)}
    for client, program, verdict, review in rows.values_list("client_id", "program", "verdict", "open_review"):
        said = standing(verdict, review)
        known = best.setdefault((str(client), program), said)
        best[str(client), program] = min(known, said, key=rank.__getitem__)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(VERDICTS, 0))
    for (key, _), verdict in best.items():
        counts[key][verdict] += 1
    return dict(counts)


def tags_in_use(acting: Membership) -> list[str]:
    """Every tag of the organisation's active clients, once."""
    lists = desk.clients(acting).filter(is_archived=False).order_by().values_list("tags", flat=True).distinct()
    return sorted({tag for tags in lists for tag in tags})


def _assigned(acting: Membership, assigned: str) -> Q:
    if assigned == NOBODY:
        return Q(assigned_to=None)
    return Q(assigned_to_id=acting.user_id if assigned == MINE else int(assigned))
