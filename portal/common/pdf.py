"""HTML -> PDF bytes. The only module that imports WeasyPrint, and only when a PDF is made: 0.4 s and 50 MB.

The output is tagged (PDF/UA-1), its fonts are embedded and subset, and the same HTML gives the same bytes. Whatever
WeasyPrint complains about (a character without glyph, a missing stylesheet, font or image, CSS it does not know) is an
error: half a document is not handed out.
"""

from __future__ import annotations

import functools
import logging
import mimetypes
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation

# Templates name a static file as "static:css/summary.css": its source, whatever collectstatic calls it.
SCHEME = "static:"
_NO_GLYPH = re.compile(r"\.notdef glyph .*\((U\+[0-9A-F]+)\)", re.DOTALL)


class PdfError(Exception):
    """No PDF was made."""


class UnprintableText(PdfError):
    """The text has characters that no installed font can draw. `characters` are they, in order."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        super().__init__(f"no font draws {characters!r}")


def render_pdf(html: str, *, on_layout: Callable[[int], None] = lambda pages: None) -> bytes:
    """A whole HTML document as PDF/UA-1. `on_layout` hears the number of pages, when most of the work is done.

    Raises PdfError for anything WeasyPrint complains about.
    """
    from weasyprint import HTML

    with _complaints() as complaints:
        document = HTML(string=html, url_fetcher=_fetcher()).render(pdf_variant="pdf/ua-1")
        _refuse(complaints)
        on_layout(len(document.pages))
        pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
        _refuse(complaints)
    return pdf


@functools.cache
def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class StaticFilesOnly(URLFetcher):
        """Serves the project's static files. No network, no other file, no data: address."""

        def fetch(self, url: str, headers: object = None) -> Any:
            path = static_path(url)
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": content_type(path)})

    return StaticFilesOnly(fail_on_errors=False)


def static_path(url: str) -> Path:
    """The source of a "static:" address. Raises PdfError for every other one."""
    if not url.startswith(SCHEME):
        raise PdfError(f"a PDF may use the project's static files only, not {url!r}")
    try:
        found = finders.find(url.removeprefix(SCHEME))
    except SuspiciousFileOperation as error:
        raise PdfError(f"{url!r} leaves the static files") from error
    if not isinstance(found, str):
        raise PdfError(f"there is no static file {url!r}")
    return Path(found)


def content_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What WeasyPrint logs in this thread, warnings and worse."""
    handler = _Collector()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        yield handler.messages
    finally:
        logger.removeHandler(handler)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread = threading.get_ident()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.messages.append(record.getMessage())


def _refuse(complaints: list[str]) -> None:
    if not complaints:
        return
    codes = [match[1] for complaint in complaints if (match := _NO_GLYPH.search(complaint))]
    if codes:
        raise UnprintableText("".join(dict.fromkeys(chr(int(code[2:], 16)) for code in codes)))
    raise PdfError("; ".join(dict.fromkeys(complaints)))
