"""Wiring: settings, urls, Celery, accounts, shared pages. No knowledge of programmes."""

# Django must know the Celery app before any module declares a task.
from portal.celery import app as celery_app

__all__ = ["celery_app"]
