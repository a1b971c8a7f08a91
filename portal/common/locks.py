"""One at a time (排他): work that must not run twice at once, whichever worker it runs in.

The lock goes with its holder: a killed worker leaves none behind, and none needs a time-out.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Whether this is the only holder of `name`; never waits. Not for work inside a transaction.

    On PostgreSQL for all workers of the database, elsewhere for all processes of this machine.
    """
    holding = _advisory_lock(name) if connection.vendor == "postgresql" else _file_lock(name)
    with holding as is_only:
        yield is_only


@contextmanager
def _advisory_lock(name: str) -> Iterator[bool]:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        is_only = bool(cursor.fetchone()[0])
    try:
        yield is_only
    finally:
        if is_only:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _file_lock(name: str) -> Iterator[bool]:
    with (Path(settings.VAR_DIR) / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True  # closing the file lets go of it
