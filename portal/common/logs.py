"""What must not stand in a log: the addresses that open a self-check or a draft are keys."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"/(check|r|preview)/[A-Za-z0-9_-]{20,}")


def masked(text: str) -> str:
    return _TOKEN.sub(r"/\1/***", text)


class MaskTokens(logging.Formatter):
    """A formatter that hides tokens wherever they come from: message, arguments or traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
