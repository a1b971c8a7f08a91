"""HTML -> PDF bytes. The only module that imports WeasyPrint, and only when a PDF is made: 0.4 s and 50 MB.

The output is tagged (PDF/UA-1), its fonts are embedded and subset, and the same HTML gives the same bytes. Whatever
WeasyPrint complains about (a character without glyph, a missing stylesheet, font or image, CSS it does not know) is an
error: half a document is not handed out.
"""

from __future__ import annotations

import atexit
import functools
import gc
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
_STYLESHEET = re.compile(rf'<link rel="stylesheet" href="({SCHEME}[^"]+)">')
# Layout makes objects by the hundred thousand, of which hardly any is garbage before its end: looking for it as often
# as Python does by default takes a fifth of the time.
_GC_WHILE_DRAWING = (50_000, 20, 100)
_of_thread = threading.local()
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

    with _complaints() as complaints, _seldom_collecting():
        styles = [_parsed(url, complaints) for url in _STYLESHEET.findall(html)]
        parsed = HTML(string=_STYLESHEET.sub("", html), url_fetcher=_fetcher())
        document = parsed.render(pdf_variant="pdf/ua-1", stylesheets=styles, font_config=_fonts())
        _refuse(complaints)
        on_layout(len(document.pages))
        pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
        _refuse(complaints)
    return pdf


def _parsed(url: str, complaints: list[str]) -> Any:
    """A stylesheet of ours, parsed once a thread until its file changes. Raises PdfError for one with a fault."""
    from weasyprint import CSS

    kept: dict[tuple[str, int], Any] = _of_thread.__dict__.setdefault("styles", {})
    key = url, static_path(url).stat().st_mtime_ns
    if key not in kept:
        found = CSS(url=url, url_fetcher=_fetcher(), font_config=_fonts())
        _refuse(complaints)
        kept[key] = found
    return kept[key]


def _fonts() -> Any:
    """Fonts are found and measured once a thread; Pango's own tables are not to be shared between threads."""
    from weasyprint.text.fonts import FontConfiguration

    if not hasattr(_of_thread, "fonts"):
        _of_thread.fonts = FontConfiguration()
        # It cannot be taken down any more once the interpreter has begun to go.
        atexit.register(_of_thread.__dict__.pop, "fonts", None)
    return _of_thread.fonts


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*_GC_WHILE_DRAWING)
    try:
        yield
    finally:
        gc.set_threshold(*before)


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
