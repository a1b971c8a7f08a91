"""Doorbells: an id goes in, one service does the work."""

from celery import shared_task

from eligibility.impacts import previews as impact

# Seconds. A hundred thousand saved profiles take a few minutes; one that hangs says nothing and is swept before.
TIME_LIMIT = 900


@shared_task(time_limit=TIME_LIMIT)
def preview_impact(pk: str) -> None:
    impact.preview_impact(pk)
