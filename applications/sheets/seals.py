"""Seals (照合の記録): what a code on paper stands for, and how a code that people type is read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product

from applications.models import Seal, Sheet, Summary
from applications.sheets.document import rules_of
from portal.common.japanese import write_date
from portal.common.jobs import JobError, JobState

CODE_LENGTH = 12
# Codes are base32: A-Z and 2-7. What else is typed was misread; a 1 may have been either of two letters.
_MEANT = {"0": "O", "1": "IL", "8": "B"}
_BETWEEN = re.compile(r"[\s\-‐‑‒–—―−ーｰ_・.]+")
_LETTERS = re.compile(r"[A-Z2-7]*")
# Codes that one typed code may stand for.
MAX_READINGS = 16


class CodeNotReadable(ValueError):
    """Typed text that is no code; the message is for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What is told of a genuine paper: never whose it is."""

    title: str
    code: str
    organisation: str  # "" for a paper that a company made by itself
    issued_at: datetime
    as_of_text: str
    pages: int
    file_hash: str  # "" where only the content's hash is kept
    content_hash: str
    rules: list[str]


def seal(sheet: Sheet) -> Seal:
    """The seal of a finished final sheet, made where it is missing: twice is once.

    Raises JobError where another file has been sealed under its code: that one must not be passed off as this.
    """
    context = sheet.context or {}
    found, _ = Seal.objects.get_or_create(
        code=sheet.code,
        defaults={
            "content_hash": sheet.content_hash,
            "file_hash": sheet.file_hash,
            "pages": sheet.pages,
            "organisation_name": context["organisation"]["name"],
            "as_of": date.fromisoformat(context["report"]["as_of"]),
            "rules": rules_of(context),
        },
    )
    if (found.content_hash, found.file_hash) != (sheet.content_hash, sheet.file_hash):
        raise JobError(
            "確定版のファイルが失われ、同じファイルをもう一度作れませんでした。お手元に保存した確定版をお使いください。"
        )
    return found


def is_sealed(sheet: Sheet) -> bool:
    return Seal.objects.filter(code=sheet.code).exists()


def verify(typed: str) -> Verified | None:
    """The paper that bears the code; None where there is none. Raises CodeNotReadable."""
    codes = readings(typed)
    sealed = list(Seal.objects.filter(code__in=codes)[:2])
    if len(sealed) == 1:
        return _of_seal(sealed[0])
    summaries = Summary.objects.filter(code__in=codes, state=JobState.DONE)
    summary = summaries.first() if not sealed else None
    return _of_summary(summary) if summary is not None else None


def readings(typed: str) -> list[str]:
    """The codes that typed text may stand for: any width and case, with or without hyphens, letters misread."""
    letters = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed)).upper()
    if len(letters) != CODE_LENGTH:
        raise CodeNotReadable(f"照合コードは英字と数字の{CODE_LENGTH}文字です。例：K7QD-XM2A-5RTE")
    choices = [_MEANT.get(letter, letter) for letter in letters]
    if not all(_LETTERS.fullmatch(choice) for choice in choices):
        raise CodeNotReadable("照合コードに使われない文字があります。英字（A～Z）と数字（2～7）だけです。")
    codes = ["".join(reading) for reading in product(*choices)]
    if len(codes) > MAX_READINGS:
        raise CodeNotReadable("読み違いやすい文字（1）が多すぎます。IかLかを確かめて、入力し直してください。")
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def _of_seal(found: Seal) -> Verified:
    return Verified(
        title="相談シート（確定版）",
        code=found.code,
        organisation=found.organisation_name,
        issued_at=found.issued_at,
        as_of_text=write_date(found.as_of),
        pages=found.pages,
        file_hash=found.file_hash,
        content_hash=found.content_hash,
        rules=found.rules,
    )


def _of_summary(found: Summary) -> Verified:
    return Verified(
        title="診断結果のまとめ（企業が自分で行った診断）",
        code=found.code,
        organisation="",
        issued_at=found.created_at,
        as_of_text=found.context["report"]["as_of_text"],
        pages=found.pages,
        file_hash="",
        content_hash=found.content_hash,
        rules=rules_of(found.context),
    )
