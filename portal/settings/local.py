"""A developer's machine and script/server: SQLite and a file-system broker unless told otherwise."""

import os
from pathlib import Path

from portal.settings.base import *


def local_secret_key(path: Path) -> str:
    """The key in `path`; made once, readable by its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(os.urandom(32).hex())
    return path.read_text()


SECRET_KEY = SECRET_KEY or local_secret_key(VAR_DIR / "secret_key")

ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]

# Static files straight from their sources: no collectstatic before a start.
WHITENOISE_USE_FINDERS = True
