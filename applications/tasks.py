"""Doorbells: an id goes in, one service does the work."""

from celery import shared_task
from django.db import transaction

from applications import matching
from applications.batches import delivering
from applications.batches import jobs as batches
from applications.clients import imports
from applications.sheets import jobs as sheets
from applications.summaries import jobs as summaries
from programs.models import Draft, Revision

# Below JOB_STALE_SECONDS, so that one that hangs is gone before another worker takes its job.
TIME_LIMIT = 120
# Of jobs that beat as they go on (lists of clients, joined files): they are alive as long as they beat.
LONG_TIME_LIMIT = 3600


@shared_task(time_limit=TIME_LIMIT)
def render_summary(pk: str) -> None:
    summaries.render_summary(pk)


@shared_task(time_limit=TIME_LIMIT)
def render_sheet(pk: str) -> None:
    sheets.render_sheet(pk)
    batches.settle_of_sheet(pk)


@shared_task(time_limit=LONG_TIME_LIMIT)
def deliver_batch(pk: str) -> None:
    batches.deliver_batch(pk)


@shared_task(time_limit=LONG_TIME_LIMIT)
def import_clients(pk: str) -> None:
    imports.run_import(pk)


@shared_task
def settle_batches() -> None:
    """Every minute: batches whose last sheet ended without anybody noticing."""
    batches.settle_all()


@shared_task(time_limit=TIME_LIMIT)
def refresh_matches() -> None:
    """Stored matches follow the day and the rules in force, run by run: between two, other jobs have their turn."""
    if matching.refresh_stale():
        refresh_matches.delay()


def follow_publication(draft: Draft, revision: Revision) -> None:
    """Stored matches follow new rules at once, not only with the next beat."""
    transaction.on_commit(refresh_matches.delay, robust=True)


@shared_task
def purge_expired_checks() -> None:
    """Every night (保存期限): what a company told us does not outlive the day it was promised."""
    summaries.purge()


@shared_task
def purge_files() -> None:
    """Every night: lists of clients that were kept long enough, and files that no row knows."""
    imports.purge_imports()
    sheets.remove_orphans()
    delivering.remove_orphans()
