"""Doorbells of the programmes' side: beat rings, one service does the work. Twice is the same as once."""

import logging

from celery import shared_task
from django.utils import timezone

from programs import lifecycle
from programs.upkeep import links
from programs.upkeep import reminders as upkeep
from programs.upkeep.link_checker import BUDGET, PAUSE

logger = logging.getLogger(__name__)

# One chunk at its slowest, and half as much again for names that are slow to resolve.
LINKS_TIME_LIMIT = links.CHUNK * BUDGET * 1.5


@shared_task
def publish_scheduled() -> None:
    """Every minute (予約した公開)."""
    lifecycle.publish_due(timezone.now())


@shared_task(time_limit=LINKS_TIME_LIMIT)
def check_links() -> None:
    """Every night, chunk by chunk: between two, other jobs of this worker have their turn."""
    if links.check_some(timezone.now()):
        check_links.apply_async(countdown=PAUSE)


@shared_task
def remind_owners() -> None:
    """Every morning."""
    sent = upkeep.remind(timezone.now())
    logger.info("%s", sent)
