"""Files that belong to a row: gone with it, once the transaction is committed."""

from __future__ import annotations

from django.db import transaction
from django.db.models.fields.files import FieldFile


def delete_with_row(file: FieldFile) -> None:
    """For a post_delete receiver. A file that was never written, or is gone already, is no error."""
    name = file.name
    if name:
        transaction.on_commit(lambda: file.storage.delete(name))
