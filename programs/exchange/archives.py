"""ZIP archives from outside (ZIPの読み込み): what is in one, within limits, without ever writing a file."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

MEGABYTE = 1024 * 1024
_ENTRY = b"PK\x01\x02"  # before each entry of the directory
_ENCRYPTED = 0x1
_CHUNK = 64 * 1024
# What zipfile raises over archives that nobody's program wrote.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, OverflowError)


class ArchiveRefused(Exception):
    """No archive, or one that could do harm. `faults`: every reason, in Japanese."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """So many files; so many bytes, unpacked, in each and in all of them together."""

    files: int
    each: int
    total: int


def is_archive(content: bytes) -> bool:
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def read_archive(content: bytes, limits: ArchiveLimits) -> dict[str, bytes]:
    """The files by their names, in the archive's order. Raises ArchiveRefused before anything large is unpacked."""
    with _opened(content, limits) as (archive, entries):
        return {entry.filename: _read(archive, entry) for entry in entries}


def inspect_archive(content: bytes, limits: ArchiveLimits) -> list[str]:
    """The names of the files, by the archive's directory alone: nothing is unpacked. Raises ArchiveRefused."""
    with _opened(content, limits) as (_, entries):
        return [entry.filename for entry in entries]


@contextmanager
def _opened(content: bytes, limits: ArchiveLimits) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    # Each entry costs memory before its name can be looked at.
    if content.count(_ENTRY) > 2 * limits.files:
        raise ArchiveRefused([f"ファイルが多すぎます。{limits.files}ファイルまでです。"])
    try:
        # Explorer on Japanese Windows writes names in CP932.
        with zipfile.ZipFile(BytesIO(content), metadata_encoding="cp932") as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            faults = [*_faults_together(entries, limits), *(f for entry in entries for f in _faults(entry, limits))]
            if faults:
                raise ArchiveRefused(faults)
            yield archive, entries
    except _BROKEN as error:
        raise ArchiveRefused(["ZIPとして読めません。壊れているか、途中で切れています。"]) from error


def _faults_together(entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> Iterator[str]:
    if len(entries) > limits.files:
        yield f"ファイルが多すぎます。{limits.files}ファイルまでです。"
    if sum(entry.file_size for entry in entries) > limits.total:
        yield f"展開すると大きすぎます。合わせて{limits.total // MEGABYTE}MBまでです。"
    names = [entry.filename for entry in entries]
    yield from (f"「{name}」が二つあります。" for name in sorted({n for n in names if names.count(n) > 1}))


def _faults(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> Iterator[str]:
    name = entry.filename
    if _is_hostile(entry.orig_filename):  # `filename` ends at the first NUL
        yield f"「{name}」という名前のファイルは受け取りません（上の階層や絶対の場所、制御文字が入っています）。"
    if entry.flag_bits & _ENCRYPTED:
        yield f"「{name}」は暗号化されています。パスワードを外してください。"
    elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield f"「{name}」の圧縮方式は扱えません。ふつうのZIPで作り直してください。"
    if entry.file_size > limits.each:
        yield f"「{name}」は大きすぎます。1ファイル{limits.each // MEGABYTE}MBまでです。"


def _is_hostile(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return not parts[0] or ":" in parts[0] or ".." in parts or any(ord(c) < 32 or ord(c) == 127 for c in name)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The file's bytes; no more are unpacked than the directory said, whatever the file itself says."""
    with archive.open(entry) as stream:
        content = b"".join(iter(lambda: stream.read(_CHUNK), b""))
    if len(content) != entry.file_size:
        raise zipfile.BadZipFile("the directory says another size")
    return content
