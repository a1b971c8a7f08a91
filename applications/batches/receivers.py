"""What must happen to batches when other things go."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete

from applications.batches.batches import take_back_deliveries
from applications.models import Client


def connect() -> None:
    """Called once, when the app is ready."""
    pre_delete.connect(_before_a_client_goes, sender=Client)


def _before_a_client_goes(instance: Client, **kwargs: Any) -> None:
    """In the transaction of the deletion: no crash leaves a ZIP with the sheet of a client that is gone."""
    take_back_deliveries(instance)
