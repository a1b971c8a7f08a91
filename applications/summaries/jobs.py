"""What can be done with a PDF summary: ask for it, make it, ask again, remove it."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from applications.models import Summary
from applications.papers import files
from applications.papers.asking import ask_again, remove_oldest
from applications.papers.content import content_hash, verification_code
from applications.selectors.summaries import summaries_of
from applications.summaries.document import freeze, summary_html
from eligibility import checks
from eligibility.models import SelfCheck
from portal.common import jobs
from portal.common.jobs import JobState
from programs import rulebook

FOLDER = "summaries"
# A check keeps so many; asking for more removes the oldest finished ones.
KEPT_PER_CHECK = 20
# Rows removed in one transaction: SQLite lets nobody else write meanwhile.
PURGED_AT_ONCE = 50


def request_summary(*, check: SelfCheck, share_url: str) -> Summary | None:
    """The summary of what the check says today: a new job, or the one that has the same content already.

    `share_url`: the read-only link to print, "" while nothing is shared. None, and no job, for a check that tries a
    draft: on paper its banner is lost when the draft changes.
    """
    if check.preview_id is not None:
        return None
    context = freeze(check, rules=rulebook.current(), today=timezone.localdate(), share_url=share_url)
    digest = content_hash(context)
    with transaction.atomic():
        # One waits at a time: a newer wish replaces the one that no worker has begun.
        waiting = Summary.objects.filter(self_check=check, state=JobState.QUEUED).exclude(content_hash=digest)
        waiting.defer("context").delete()
        summary, created = Summary.objects.get_or_create(
            self_check=check, content_hash=digest, defaults=_new(context, digest)
        )
        if created:
            summary.ring()
            remove_oldest(summaries_of(check), kept=KEPT_PER_CHECK)
        else:
            ask_again(summary)
    summary.refresh_from_db()
    return summary


def retry(*, summary: Summary) -> bool:
    """The owner's "try again". False if it has not failed: pressed twice is pressed once."""
    with transaction.atomic():
        return Summary.jobs().retry(summary.pk)


def render_summary(pk: str) -> None:
    """The job: claim the row, make the PDF, finish. Twice is the same as once."""
    jobs.run(Summary, pk, _render)
    if not Summary.objects.filter(pk=pk).exists():
        default_storage.delete(file_name(pk))  # the check was deleted while we worked


def purge() -> None:
    """Remove expired checks with everything of theirs, then files that no row knows."""
    expired = Summary.objects.filter(self_check__expires_at__lte=timezone.now()).defer("context")
    while some := list(expired[:PURGED_AT_ONCE]):
        with transaction.atomic():
            for summary in some:
                summary.delete()
    checks.purge_expired()
    remove_orphans()


def remove_orphans() -> int:
    return files.remove_orphans(FOLDER, set(Summary.objects.values_list("file", flat=True)))


def file_name(pk: uuid.UUID | str) -> str:
    """122 random bits, never shown; files are not served by address anyway."""
    return f"{FOLDER}/{pk}.pdf"


def _new(context: dict[str, Any], digest: str) -> dict[str, Any]:
    pk = uuid.uuid4()
    return {"id": pk, "context": context, "code": verification_code(digest), "file": file_name(pk)}


def _render(summary: Summary) -> dict[str, Any]:
    summary.beat(10, "文面を作っています")
    pdf, pages = files.make_pdf(summary, summary_html(summary.context, code=summary.code))
    files.write_atomically(summary.file_name, pdf)
    return {"pages": pages, "size": len(pdf)}
