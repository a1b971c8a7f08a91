"""Files sent to pages: refused where a page takes none, bounded where it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
MEGABYTE = 1024 * 1024


class RefuseUploads(FileUploadHandler):
    """Stops reading at the first file and drops the connection's rest, so that nothing large is taken in."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a page takes: so many files, so many bytes in each and in all of them together."""

    files: int
    each: int
    total: int

    @property
    def too_large(self) -> str:
        """Of a file with more than `each`."""
        return f"大きすぎます。1ファイル{self.each // MEGABYTE}MBまでです。"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came in. `refusal`: why it was not kept, in Japanese; its content is empty then."""

    name: str
    content: bytes
    refusal: str = ""


class BoundedUploads(FileUploadHandler):
    """Keeps small files in memory. What is beyond the limits is read to its end and dropped: a page can say so."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.refused: list[Sent] = []
        self._limits = limits
        self._files = self._total = 0
        self._chunks: list[bytes] = []

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        if content_length > 4 * self._limits.total:  # not even read to be dropped
            raise RequestDataTooBig("The files are far beyond what this page takes.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._chunks = []
        self._files += 1
        if self._files > self._limits.files:
            self._refuse(f"一度に送れるのは{self._limits.files}ファイルまでです。")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._total += len(raw_data)
        if start + len(raw_data) > self._limits.each:
            self._refuse(self._limits.too_large)
        if self._total > self._limits.total:
            self._refuse(f"一度に送れるのは、合わせて{self._limits.total // MEGABYTE}MBまでです。")
        self._chunks.append(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        return SimpleUploadedFile(self.file_name or "", b"".join(self._chunks), self.content_type or "")

    def _refuse(self, why: str) -> None:
        self._chunks = []
        self.refused.append(Sent(self.file_name or "", b"", why))
        raise SkipFile


def takes_files(limits: Limits, *, refusing: Callable[..., HttpResponseBase] | None = None) -> Callable[[View], View]:
    """A view that takes files within `limits` (`sent` has them); its form is checked against forgery as any other.

    `refusing`: the view that answers where the form is so large that it is not read; without it that is a bare 400.
    """

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def taking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # Before anything reads the body, and the check against forgery does: hence the two decorators.
            request.upload_handlers = [BoundedUploads(limits)]
            try:
                return protected(request, *args, **kwargs)
            except RequestDataTooBig:
                if refusing is None:
                    raise
                return refusing(request, *args, **kwargs)

        return cast(View, taking)

    return decorate


def sent(request: HttpRequest, field: str) -> list[Sent]:
    """The files of a field in the order of the form, and whatever was refused. For a view that takes_files."""
    kept = [Sent(file.name or "", file.read()) for file in request.FILES.getlist(field)]
    handlers = [handler for handler in request.upload_handlers if isinstance(handler, BoundedUploads)]
    return kept + [refused for handler in handlers for refused in handler.refused]
