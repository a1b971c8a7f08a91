"""What every page of the editor has: its place, the way there, whether it may be changed, and refused saves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from programs import drafts, paths
from programs.desk.access import WRITE, officer
from programs.desk.editor import saving
from programs.desk.editor.saving import Stamps
from programs.desk.editor.sections import Place, Style, parents_of, place_at
from programs.desk.editor.surroundings import Surroundings, surroundings_of
from programs.desk.editor.typed import PREFIX
from programs.desk.pages import draft_render
from programs.documents import vocabulary
from programs.models import Draft, DraftState
from programs.words.comparison import differences

CONFLICT = 409
_SENT_AGAIN = re.compile(r"f-.*|kind|op|copy")
# Inputs that nobody typed: numbers of rows, parts that are there, sealed criteria.
_MARKERS = re.compile(r".*-(total|here|(when|criterion|of)(-\d+)?)")


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


def url_of(draft: Draft, path: str) -> str:
    """The address of the editor's page at a path, of the list of sections for ""."""
    return reverse("desk:edit_section", args=[draft.pk, path]) if path else reverse("desk:edit", args=[draft.pk])


def is_editable(request: HttpRequest, draft: Draft) -> bool:
    return draft.state == DraftState.DRAFT and officer(request).has_perm(WRITE)


class EditorPage:
    """A page at a place of a draft, for one request."""

    def __init__(self, request: HttpRequest, draft: Draft, place: Place) -> None:
        self.request = request
        self.draft = draft
        self.place = place

    @cached_property
    def around(self) -> Surroundings:
        return surroundings_of(self.draft.document, with_register=self.place.path == "sources")

    @cached_property
    def checked(self) -> drafts.Checked:
        """What the linter says of the draft as it is stored."""
        return drafts.checked(self.draft, timezone.localdate())

    @property
    def crumbs(self) -> list[Link]:
        parents = [
            Link(place.short_title, url_of(self.draft, place.path))
            for place in parents_of(self.draft.document, self.place.path)
        ]
        return [Link("章の一覧", url_of(self.draft, "")), *parents]

    @property
    def back(self) -> Link:
        return self.crumbs[-1]

    @property
    def parent(self) -> str:
        """The path of the page around this one, "" for the list of sections."""
        parents = parents_of(self.draft.document, self.place.path)
        return parents[-1].path if parents else ""

    @property
    def stamps(self) -> Stamps:
        return saving.stamps_of(self.draft.document, self.place)

    @property
    def stamps_seen(self) -> Stamps:
        return Stamps(self.request.POST.get("stamp", ""), self.request.POST.get("around", ""))

    def render(self, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
        here = {
            "place": self.place,
            "crumbs": self.crumbs,
            "back": self.back,
            "stamps": self.stamps,
            "is_editable": is_editable(self.request, self.draft),
        }
        return draft_render(
            self.request, template, self.draft, "edit", here | dict(context), section=self.place.title, status=status
        )

    def save(self, data: Any) -> Place:
        return saving.save(
            draft=self.draft, place=self.place, data=data, seen=self.stamps_seen, user=officer(self.request)
        )

    def saved(self, path: str, message: str, *, spot: str | None = None) -> HttpResponseRedirect:
        """`spot`: the id of the element to go to; None: browsers stay where they are on the page."""
        messages.success(self.request, message)
        return redirect(url_of(self.draft, path) + ("" if spot is None else f"#{spot}"))

    def spot_in_parent(self, path: str) -> str:
        """The id of the element that stands for the page at `path` in the page around it; "": its top."""
        parents = parents_of(self.draft.document, path)
        if not parents:
            return ""
        steps = path.removeprefix(f"{parents[-1].path}.").split(".")
        return "-".join(["item" if parents[-1].style is Style.LIST else PREFIX, *steps])

    def stale(self, stale: drafts.StaleSection, data: Any) -> HttpResponse:
        """What is stored beside what was sent, to choose from: nothing is overwritten unseen."""
        self.draft.refresh_from_db()
        self.place = place_at(self.draft.document, self.place.path)
        wanted = paths.replaced(self.draft.document, self.place.store, saving.put(self.place, data))
        context = {
            "stale": stale,
            "differences": differences(self.draft.document, wanted, vocabulary()),
            "sent": sent(self.request),
        }
        return self.render("desk/editor/conflict.html", context, status=CONFLICT)


def sent(request: HttpRequest) -> list[tuple[str, str]]:
    """The inputs of the page as they came, to send them again."""
    posted = request.POST
    return [(name, value) for name in posted if _SENT_AGAIN.fullmatch(name) for value in posted.getlist(name)]


def gone(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The row that a page was about is not there any more, or another: what was typed is shown, to be copied."""
    inputs = [(name, value) for name, value in sent(request) if name.startswith("f-") and not _MARKERS.fullmatch(name)]
    typed = [value for _, value in inputs if value]
    return draft_render(
        request, "desk/editor/gone.html", draft, "edit", {"typed": typed}, section="編集", status=CONFLICT
    )
