"""Working on drafts (案の編集): open one, save a section of it, see who else is in it.

Each write is one transaction.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from eligibility.engine.document import ProgrammeDocument, read_document
from eligibility.engine.errors import DocumentRefused, Finding
from eligibility.engine.linter import lint, lint_together
from programs import paths, publishing, rulebook
from programs.audit import record
from programs.documents import all_source_lines, vocabulary
from programs.models import Draft, DraftState, Presence, Revision, Version
from programs.models.drafts import OPEN_STATES
from programs.selectors import checked_days
from programs.words.comparison import differences

if TYPE_CHECKING:
    from portal.accounts.models import User

# Whoever asked for a page of the draft within this time is told to others as working on it.
PRESENT_FOR = timedelta(minutes=10)
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class DraftRefused(Exception):
    """What was asked of a draft cannot be done. The message, in Japanese, is for the officer."""


class StaleSection(Exception):
    """Somebody saved the section after this officer opened it: nothing was written."""

    def __init__(self, *, stored: Any, stamp: str, by: str, at: datetime) -> None:
        self.stored, self.stamp, self.by, self.at = stored, stamp, by, at
        super().__init__(f"saved by {by}")


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft's document as far as it is sound: `document` is None while the schema refuses it."""

    document: ProgrammeDocument | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == "error")


@transaction.atomic
def open_correction(*, version: Version, user: User) -> Draft:
    """A draft that corrects what is published of the version; the open one if there is one already."""
    publishing.lock(version.programme.slug)
    found = Draft.objects.filter(program=version.programme.slug, version=version.slug, state__in=OPEN_STATES).first()
    if found is not None:
        return found
    revision = version.revisions.first()
    if revision is None:
        raise DraftRefused("この版は、まだ公開されていません。")
    return _opened(revision, revision.document, user, base=revision, action="訂正の案を作成")


@transaction.atomic
def open_new_version(*, source: Revision, version: str, user: User, program: str = "") -> Draft:
    """A draft of a version that does not exist yet, as a copy of any revision. Raises DraftRefused."""
    program = program or source.version.programme.slug
    publishing.lock(program)
    for name, what in ((program, "制度"), (version, "版")):
        if SLUG.fullmatch(name) is None or len(name) > 60:
            raise DraftRefused(
                f"{what}の名前「{name}」は使えません。英小文字・数字・ハイフンで書いてください（例：r5-hosei）。"
            )
    if publishing.last_revision(program, version) is not None:
        raise DraftRefused(f"「{version}」という版はもう公開されています。その版の訂正の案を作ってください。")
    taken = f"「{version}」という版の案は、もう作られています。"
    if Draft.objects.filter(program=program, version=version, state__in=OPEN_STATES).exists():
        raise DraftRefused(taken)
    document = {**source.document, "program": program, "version": version}
    try:
        with transaction.atomic():
            return _opened(source, document, user, base=None, action="新しい版の案を作成")
    except IntegrityError as error:  # a new programme has no row to lock: somebody was faster
        raise DraftRefused(taken) from error


def _opened(source: Revision, document: Mapping[str, Any], user: User, *, base: Revision | None, action: str) -> Draft:
    draft = Draft.objects.create(
        program=document["program"],
        version=document["version"],
        document=document,
        base=base,
        copied_from=source,
        created_by=user,
        updated_by=user,
    )
    record(action, user=user, draft=draft, reason=f"{source} の写し")
    return draft


def locked(draft: Draft) -> Draft:
    """The row as it is now, held until the transaction ends."""
    return Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)


@transaction.atomic
def save_section(*, draft: Draft, path: str, data: Any, stamp: str, user: User, place: str = "") -> Draft:
    """Put `data` at `path` (None removes it) if the section is still the one that `stamp` names.

    Raises StaleSection (somebody else saved it meanwhile; nothing is written) and DraftRefused (not a draft any more).
    """
    row = locked(draft)
    _refuse_unless_draft(row)
    stored = paths.read(row.document, path)
    if paths.stamp(stored) != stamp:
        raise StaleSection(stored=stored, stamp=paths.stamp(stored), by=str(row.updated_by), at=row.updated_at)
    return _stored(row, paths.replaced(row.document, path, data), user, "編集", place)


@transaction.atomic
def replace_document(*, draft: Draft, document: Mapping[str, Any], user: User, action: str) -> Draft:
    """The whole document anew (from a file). Raises DraftRefused."""
    row = locked(draft)
    _refuse_unless_draft(row)
    named = {**document, "program": row.program, "version": row.version}
    return _stored(row, named, user, action, "")


@transaction.atomic
def rebase(*, draft: Draft, revision: int, user: User) -> Draft:
    """Take the newest revision as what this draft corrects, after its officer has seen the differences to it.

    `revision`: the number they saw. Nothing of the draft's text changes. Raises DraftRefused.
    """
    row = locked(draft)
    _refuse_unless_draft(row)
    last = publishing.last_revision(row.program, row.version)
    if last is None or last.number != revision:
        raise DraftRefused("表示したあとに、また新しい改訂が公開されています。差分をもう一度確かめてください。")
    row.base, row.updated_by = last, user
    row.save(update_fields=["base", "updated_by", "updated_at"])
    record("新しい改訂に合わせる", user=user, draft=row, place=f"改訂{last.number}")
    return row


def _refuse_unless_draft(row: Draft) -> None:
    if row.state != DraftState.DRAFT:
        raise DraftRefused(
            f"この案は「{row.get_state_display()}」なので、直せません。下書きに戻してから直してください。"
        )


def _stored(row: Draft, document: Mapping[str, Any], user: User, action: str, place: str) -> Draft:
    changes = differences(row.document, document, vocabulary())
    if document == row.document:
        return row
    row.document, row.updated_by = dict(document), user
    row.save(update_fields=["document", "updated_by", "updated_at"])
    record(action, user=user, draft=row, place=place, changes=changes)
    return row


def checked(draft: Draft, today: date) -> Checked:
    """What the linter says of the draft as it stands."""
    return check_data(draft.document, today)


def check_data(data: Any, today: date) -> Checked:
    try:
        document = read_document(data)
    except DocumentRefused as refused:
        return Checked(None, tuple(refused.findings))
    findings = lint(document, vocabulary(), all_source_lines(), checked=checked_days(), today=today)
    return Checked(document, (*findings, *_beside_the_others(document)))


def _beside_the_others(document: ProgrammeDocument) -> list[Finding]:
    """What is wrong with the document among those in force: predecessors, days of announcement."""
    published = rulebook.current().versions
    others = [version.document for key, version in published.items() if key != document.key]
    return [finding for finding in lint_together([*others, document]) if finding.file == document.key]


def be_present(*, draft: Draft, user: User, section: str) -> list[Presence]:
    """Note that the officer has a page of the draft open; who else has, the latest first.

    `section`: words of the page, which may be typed ones that it refuses: PostgreSQL keeps no NUL.
    """
    now, words = timezone.now(), section.replace("\x00", "")[:200]
    Presence.objects.update_or_create(draft=draft, user=user, defaults={"section": words, "seen_at": now})
    others = Presence.objects.filter(draft=draft, seen_at__gt=now - PRESENT_FOR).exclude(user=user)
    return list(others.select_related("user").order_by("-seen_at"))


@transaction.atomic
def open_preview(*, draft: Draft, user: User) -> Draft:
    """The secret link to the draft's page: a new one each time, so that an old one stops working."""
    row = locked(draft)
    if not row.is_open:
        raise DraftRefused("公開前の案だけ、下見のリンクを作れます。")
    row.preview_token = secrets.token_urlsafe(32)
    row.save(update_fields=["preview_token"])
    record("下見のリンクを作成", user=user, draft=row)
    return row


@transaction.atomic
def close_preview(*, draft: Draft, user: User) -> Draft:
    row = locked(draft)
    row.preview_token = None
    row.save(update_fields=["preview_token"])
    record("下見のリンクを停止", user=user, draft=row)
    return row
