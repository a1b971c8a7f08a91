"""The sweeper (掃除): beat runs it every minute, so that no job waits for a message or a worker that is gone."""

import logging

from celery import shared_task
from django.apps import apps

from portal.common.jobs import Job

logger = logging.getLogger(__name__)


@shared_task
def sweep_jobs() -> None:
    """All concrete Job models of all apps; each rings its own doorbell."""
    for model in apps.get_models():
        if issubclass(model, Job):
            swept = model.jobs().sweep()
            if swept.rung or swept.requeued or swept.failed:
                logger.warning("%s: %s", model._meta.label, swept)
