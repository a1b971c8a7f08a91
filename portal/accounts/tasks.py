"""Sessions that have ended are removed from the database."""

from celery import shared_task
from django.core.management import call_command


@shared_task
def clear_sessions() -> None:
    """Every night: an office opens hundreds a month, and each knows who signed in."""
    call_command("clearsessions")
