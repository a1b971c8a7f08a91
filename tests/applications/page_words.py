"""What a page says, without its tags."""

import re
from html import unescape
from typing import Any


def text_of(response: Any) -> str:
    """The page's words with one space between its parts."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", "", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
