"""What must not stand in a log: addresses that open something (a self-check, an invitation, ...), and API keys."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"/(check|r|preview|invitations|key)/[A-Za-z0-9_-]{20,}")

_API_KEY = re.compile(r"shirube_[A-Za-z0-9_-]{43}")


def masked(text: str) -> str:
    return _API_KEY.sub("shirube_***", _TOKEN.sub(r"/\1/***", text))


class MaskTokens(logging.Formatter):
    """A formatter that hides tokens wherever they come from: message, arguments or traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
