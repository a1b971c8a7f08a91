"""Doorbells: an id goes in, one service does the work."""

from celery import shared_task

from applications import summaries

# Below JOB_STALE_SECONDS, so that one that hangs is gone before another worker takes its job.
TIME_LIMIT = 120


@shared_task(time_limit=TIME_LIMIT)
def render_summary(pk: str) -> None:
    summaries.render_summary(pk)


@shared_task
def purge_expired_checks() -> None:
    """Every night (保存期限): what a company told us does not outlive the day it was promised."""
    summaries.purge()
