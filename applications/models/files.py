"""Files that belong to a row: gone with it, once the transaction is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.fields.files import FieldFile


class OnePdf:
    """Of a job whose result is one PDF: its field is called `file`, named when the row is made and there once done."""

    if TYPE_CHECKING:
        file: FieldFile
        is_done: bool

    @property
    def file_name(self) -> str:
        return self.file.name or ""

    @property
    def has_file(self) -> bool:
        """Finished, and its file not lost since."""
        return self.is_done and self.file.storage.exists(self.file_name)


def delete_with_row(file: FieldFile) -> None:
    """For a post_delete receiver. A file that was never written, or is gone already, is no error."""
    name = file.name
    if name:
        transaction.on_commit(lambda: file.storage.delete(name))
