"""Lists of parts with pages of their own (一覧のページ): requirements and frames, moved, removed and added to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from eligibility.engine.document import REVIEW_LABELS
from eligibility.engine.errors import Finding
from programs.desk.editor.base import CONFLICT, EditorPage, gone, is_editable, url_of
from programs.desk.editor.criteria import sentence_of
from programs.desk.editor.findings import within
from programs.desk.editor.sections import NEW, Place, PlaceGone, place_at
from programs.desk.editor.summaries import summary_of
from programs.desk.editor.typed import MAX_ROWS
from programs.drafts import DraftRefused, StaleSection
from programs.models import Draft

UNDECIDED = "判定のしかたが、まだ決まっていません"


@dataclass(frozen=True, slots=True)
class Row:
    """A part in the list. `number` counts from 0."""

    number: int
    url: str
    name: str
    note: str
    findings: list[Finding]
    is_last: bool


def list_page(request: HttpRequest, draft: Draft, place: Place) -> HttpResponse:
    """Show the list, or move or remove a part of it. A removal is asked for twice."""
    page = EditorPage(request, draft, place)
    if request.method != "POST":
        return _shown(page)
    action, _, number = request.POST.get("op", "").partition(":")
    items = place.stored if isinstance(place.stored, list) else []
    is_row = number.isascii() and number.isdigit() and len(number) < 6 and int(number) < len(items)
    if action not in ("up", "down", "remove"):
        raise BadRequest("no such button")
    if not is_row:
        return _changed_meanwhile(page)
    if action == "remove" and "sure" not in request.POST and is_editable(request, draft):
        return page.render("desk/editor/remove.html", {"row": _row(page, int(number), items)})
    return _saved(page, _moved(items, int(number), action), action)


def _shown(page: EditorPage, *, status: int = 200) -> HttpResponse:
    items = page.place.stored if isinstance(page.place.stored, list) else []
    context = {
        "rows": [_row(page, number, items) for number in range(len(items))],
        "findings": [finding for finding in page.checked.findings if finding.path == page.place.path],
        "add_url": url_of(page.draft, f"{page.place.path}.{NEW}"),
        "is_full": len(items) >= MAX_ROWS,
    }
    return page.render("desk/editor/list.html", context, status=status)


def _row(page: EditorPage, number: int, items: list[Any]) -> Row:
    item = items[number] if isinstance(items[number], dict) else {}
    path = f"{page.place.path}.{number}"
    return Row(
        number=number,
        url=url_of(page.draft, path),
        name=str(item.get("name_ja") or item.get("text") or item.get("slug") or item.get("id") or f"{number + 1}件目"),
        note=_note(page, item),
        findings=within(page.checked.findings, path),
        is_last=number + 1 == len(items),
    )


def _note(page: EditorPage, item: dict[str, Any]) -> str:
    if page.place.path == "frames":
        return summary_of("benefit", item.get("benefit"))
    if item.get("review"):
        return f"判定しません：{REVIEW_LABELS.get(str(item['review']), item['review'])}"
    if item.get("criterion"):
        return f"判定：{sentence_of(item['criterion'], page.around.vocabulary)}"
    return UNDECIDED


def _moved(items: list[Any], number: int, action: str) -> list[Any]:
    rest = items[:number] + items[number + 1 :]
    place = number + (1 if action == "down" else -1)
    return rest if action == "remove" else [*rest[: max(0, place)], items[number], *rest[max(0, place) :]]


def _saved(page: EditorPage, items: list[Any], action: str) -> HttpResponse:
    try:
        page.save(items)
    except StaleSection as stale:
        return _changed_meanwhile(page, stale.by)
    except PlaceGone:
        return gone(page.request, page.draft)
    except DraftRefused as refused:
        messages.error(page.request, str(refused))
        page.draft.refresh_from_db()
        return _shown(page, status=CONFLICT)
    return page.saved(page.place.path, "削除しました。" if action == "remove" else "順番を変えました。")


def _changed_meanwhile(page: EditorPage, by: str = "") -> HttpResponse:
    page.draft.refresh_from_db()
    page.place = place_at(page.draft.document, page.place.path)
    who = f"{by} さん" if by else "ほかの人"
    messages.warning(page.request, f"{who}がこの一覧を先に直しました。今の一覧を見て、もう一度操作してください。")
    return _shown(page, status=CONFLICT)
