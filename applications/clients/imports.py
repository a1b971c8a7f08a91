"""Lists of clients from files (一括登録): read and compared as one job, stored as another once a person confirmed."""

from __future__ import annotations


def run_import(pk: str) -> None:
    """The job of a ClientImport: reads while its stage is READING, stores while it is STORING. Twice is once."""
    raise NotImplementedError
