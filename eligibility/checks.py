"""What can be done with a self-check (自社診断). Every function is one use case and one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from eligibility.models import SelfCheck
from eligibility.selectors import token_hash
from programs.models import Draft


class AnswerState(StrEnum):
    """How a question was left: with a value, with 「わからない」, or not at all."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question; `value` is the raw contract value where the state is KNOWN.

    `parts`: of an answer by month, the months that were asked. Months that were not stay as they are.
    """

    state: AnswerState
    value: Any = None
    parts: frozenset[str] = frozenset()


UNKNOWN = Answer(AnswerState.UNKNOWN)
BLANK = Answer(AnswerState.BLANK)


def known(value: Any) -> Answer:
    return Answer(AnswerState.KNOWN, value)


@dataclass(frozen=True, slots=True)
class NewCheck:
    """A check just made, with its owner's token: the only time that it can be read."""

    check: SelfCheck
    owner_token: str


def new_token() -> str:
    """256 random bits for an address."""
    return secrets.token_urlsafe(32)


def days_kept() -> int:
    days: int = settings.SELF_CHECK_DAYS
    return days


def create(
    *,
    title: str = "",
    profile: Mapping[str, Any] | None = None,
    as_of: date | None = None,
    preview: Draft | None = None,
) -> NewCheck:
    """`preview`: the draft that the check tries (see eligibility.trials)."""
    token = new_token()
    check = SelfCheck.objects.create(
        owner_hash=token_hash(token),
        title=title,
        profile=dict(profile or {}),
        as_of=as_of,
        preview=preview,
        expires_at=_expiry(),
    )
    return NewCheck(check, token)


def create_from_demo(*, demo: SelfCheck) -> NewCheck:
    """An own check to play with, filled with the answers of a demo company; the demo stays as it is."""
    return create(title=f"{demo.title}（写し）", profile=demo.profile, as_of=demo.as_of)


@transaction.atomic
def save_page(*, check: SelfCheck, answers: Mapping[str, Answer]) -> SelfCheck:
    """Replace the answers to one page's questions; those of other pages stay."""
    row = _locked(check)
    row.profile, row.unknown = merge_answers(row.profile, row.unknown, answers)
    return _saved(row, "profile", "unknown")


def merge_answers(
    profile: Mapping[str, Any], unknown: Iterable[str], answers: Mapping[str, Answer]
) -> tuple[dict[str, Any], list[str]]:
    """The raw profile and the keys answered 「わからない」 once some questions are answered anew."""
    kept = {key: value for key, value in profile.items() if key not in answers}
    new = {key: value for key, answer in answers.items() if (value := _merged(profile.get(key), answer)) is not None}
    unsure = [key for key, answer in answers.items() if answer.state is AnswerState.UNKNOWN]
    return kept | new, sorted({*(key for key in unknown if key not in answers), *unsure})


@transaction.atomic
def set_as_of(*, check: SelfCheck, as_of: date | None) -> SelfCheck:
    row = _locked(check)
    row.as_of = as_of
    return _saved(row, "as_of")


@transaction.atomic
def share(*, check: SelfCheck) -> SelfCheck:
    """Make the read-only link; one that exists is kept, so that what was printed with it still opens."""
    row = _locked(check)
    row.share_token = row.share_token or new_token()
    return _saved(row, "share_token")


@transaction.atomic
def renew_share(*, check: SelfCheck) -> SelfCheck:
    """Replace the read-only link: the one given out before opens nothing any more."""
    row = _locked(check)
    row.share_token = new_token()
    return _saved(row, "share_token")


@transaction.atomic
def revoke_share(*, check: SelfCheck) -> SelfCheck:
    row = _locked(check)
    row.share_token = None
    return _saved(row, "share_token")


@transaction.atomic
def set_counting(*, check: SelfCheck, agrees: bool) -> SelfCheck:
    """Whether officers' impact previews may count the check. One of a demo or of a preview never agrees."""
    row = _locked(check)
    row.agrees_to_counting = agrees and can_be_counted(row)
    row.expires_at = _expiry()
    # `updated_at` stays: a PDF made before says the same as one made now.
    row.save(update_fields=["agrees_to_counting", "expires_at"])
    return row


def can_be_counted(check: SelfCheck) -> bool:
    """Whether it says what a company is: not made up, and not answered to try a draft."""
    return not check.is_demo and check.preview_id is None


@transaction.atomic
def delete(*, check: SelfCheck) -> None:
    """Remove the check and everything that hangs on it, for good."""
    SelfCheck.objects.filter(pk=check.pk).delete()


@transaction.atomic
def purge_expired(*, now: datetime | None = None) -> int:
    """Remove what has expired; how many checks that were. Twice is the same as once."""
    expired = SelfCheck.objects.filter(expires_at__lte=now or timezone.now())
    count = expired.count()
    expired.delete()
    return count


def _merged(stored: Any, answer: Answer) -> Any:
    """The value to keep, None for none: months of another date's table are neither shown nor lost."""
    if answer.state is AnswerState.UNKNOWN:
        return None
    if not answer.parts:
        return answer.value
    others = {part: value for part, value in (stored or {}).items() if part not in answer.parts}
    return {**others, **(answer.value or {})} or None


def _expiry() -> datetime:
    return timezone.now() + timedelta(days=days_kept())


def _locked(check: SelfCheck) -> SelfCheck:
    """The row as it is now, held until the transaction ends: two windows do not overwrite each other's pages."""
    return SelfCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)


def _saved(row: SelfCheck, *fields: str) -> SelfCheck:
    """Every change gives the check its full time again."""
    row.expires_at = _expiry()
    row.save(update_fields=[*fields, "expires_at", "updated_at"])
    return row
