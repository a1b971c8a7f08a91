"""Up to where a person has seen a client's results (確認の記録), and what changed since."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from applications import matching
from applications.clients.clients import Difference, differences
from applications.models import Client, Membership, Visit
from applications.overview.changes import Cause, FrameChange, Step, frame_changes, revised
from applications.overview.snapshots import as_json, from_json, snapshot_of
from applications.selectors import desk
from eligibility.engine.evaluate import RuleSet
from eligibility.evaluations import Evaluation
from programs.selectors import versions_published_since


@dataclass(frozen=True, slots=True)
class SinceVisit:
    """`frames`: whose result changed. `revised`: programmes with other rules and the same result. `answers`: fields
    and facts of the client that are otherwise now."""

    visit: Visit
    frames: tuple[FrameChange, ...]
    revised: tuple[str, ...]
    answers: tuple[Difference, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.frames or self.revised or self.answers)


class SeenIsOutdated(Exception):
    """What the person confirms is not what the client or the rules say any more."""


def since_visit(acting: Membership, client: Client, evaluation: Evaluation, rules: RuleSet) -> SinceVisit | None:
    """What changed between the acting person's last confirmation and `evaluation`; None before the first one.

    One that another release kept in another shape counts as none: it would make everything look new.
    """
    visit = desk.visit_of(acting, client)
    then = from_json(visit.verdicts) if visit is not None else {}
    if visit is None or len(then) < len(visit.verdicts):
        return None
    earlier = (desk.client_at(client, visit.stamp) if visit.stamp != client.stamp else None) or client
    by_rules = matching.evaluation_of_profile(earlier.profile, day=visit.as_of, rules=rules)
    by_answers = matching.evaluation_of_profile(client.profile, day=visit.as_of, rules=rules)
    now = snapshot_of(evaluation.results)
    with_rules, with_answers = snapshot_of(by_rules.results), snapshot_of(by_answers.results)
    steps = (
        Step(Cause.RULES, then, with_rules),
        Step(Cause.ANSWERS, with_rules, with_answers),
        Step(Cause.DAY, with_answers, now),
    )
    changed = frame_changes(steps, versions_published_since(visit.seen_at))
    return SinceVisit(visit, tuple(changed), tuple(revised(steps, changed)), tuple(differences(earlier, client)))


@transaction.atomic
def confirm(
    *, acting: Membership, client: Client, stamp: int, rules_key: str, evaluation: Evaluation, rules: RuleSet
) -> Visit:
    """Keep what the person has seen, in place of what they had seen before. Raises SeenIsOutdated.

    `stamp` and `rules_key` (matching.key_of) are those of the page that was confirmed.
    """
    day = evaluation.as_of.day
    if (stamp, rules_key) != (client.stamp, matching.key_of(day, rules)):
        raise SeenIsOutdated(f"{client.pk} is at {client.stamp}, seen at {stamp}")
    seen = {
        "seen_at": timezone.now(),
        "as_of": day,
        "stamp": stamp,
        "verdicts": as_json(snapshot_of(evaluation.results)),
    }
    visit, _ = Visit.objects.update_or_create(client=client, user_id=acting.user_id, defaults=seen)
    return visit
