"""What a list of clients is searched in: one folded text per client, the same on every database."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Q

from applications.models import Client
from eligibility.engine.profile import is_corporate_number
from portal.common.japanese import NotReadable, fold, normalise

MAX_TAG, MAX_TAGS = 30, 20
_INVOICE = re.compile(r"^t(?=\d{13}$)")
_MARK = "\n"  # between the parts: nothing that is typed holds it once it is folded


def search_text(client: Client) -> str:
    """Names, numbers, tags (as "#tag") and notes."""
    plain = (client.name, client.name_kana, client.corporate_number, client.own_key, client.notes)
    parts = [*(fold(part) for part in plain), *(f"#{fold(tag)}" for tag in client.tags)]
    return _MARK + _MARK.join(parts) + _MARK


def found_by(text: str) -> Q:
    """Clients that have every word of `text` somewhere. An invoice number (T and 13 digits) finds its 法人番号."""
    words = Q()
    for word in text.split():
        words &= Q(search_text__contains=_INVOICE.sub("", fold(word)))
    return words


def tagged(tag: str) -> Q:
    return Q(search_text__contains=f"{_MARK}#{fold(tag)}{_MARK}")


def read_corporate_number(typed: str) -> str:
    """法人番号 as 13 digits; width, hyphens, spaces and the T of an invoice number are fine. Raises NotReadable."""
    plain = _INVOICE.sub("", normalise(typed).replace("-", "").casefold())
    if not re.fullmatch(r"[0-9]{13}", plain):
        raise NotReadable("法人番号は13桁の数字で入力してください。")
    if not is_corporate_number(plain):
        raise NotReadable("正しい法人番号ではありません。数字の打ち間違いがないか、13桁を確かめてください。")
    return plain


def clean_tags(typed: str | Iterable[str]) -> list[str]:
    """Tags as typed into one line (読点・カンマ・空白 between them), or as a list: trimmed, each once, in order."""
    pieces = re.split(r"[,，、\s]+", typed) if isinstance(typed, str) else typed
    by_fold: dict[str, str] = {}
    for piece in pieces:
        tag = piece.strip().lstrip("#＃").strip()
        if tag:
            by_fold.setdefault(fold(tag), tag)
    return list(by_fold.values())
