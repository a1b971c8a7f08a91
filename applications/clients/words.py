"""What a list of clients is searched in: one folded text per client, the same on every database."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from applications.models import Client
from portal.common.japanese import fold

_MARK = "\n"  # between the parts: nothing that is typed holds it once it is folded


def search_text(client: Client) -> str:
    """Names, numbers, tags (as "#tag") and notes."""
    plain = (client.name, client.name_kana, client.corporate_number, client.own_key, client.notes)
    parts = [*(fold(part) for part in plain), *(f"#{fold(tag)}" for tag in client.tags)]
    return _MARK + _MARK.join(parts) + _MARK


def found_by(text: str) -> Q:
    """Clients that have every word of `text` somewhere."""
    words = Q()
    for word in text.split():
        words &= Q(search_text__contains=fold(word))
    return words


def tagged(tag: str) -> Q:
    return Q(search_text__contains=f"{_MARK}#{fold(tag)}{_MARK}")


def clean_tags(typed: str | Iterable[str]) -> list[str]:
    """Tags as typed into one line (読点・カンマ・空白 between them), or as a list: trimmed, each once, in order."""
    pieces = (
        typed.replace("、", ",").replace("，", ",").replace("　", ",").replace(" ", ",").split(",")
        if isinstance(typed, str)
        else typed
    )
    by_fold: dict[str, str] = {}
    for piece in pieces:
        tag = piece.strip().lstrip("#＃").strip()
        if tag:
            by_fold.setdefault(fold(tag), tag[:30])
    return list(by_fold.values())[:20]
