"""What every page of the desk has: the admin's own context, the draft with its tabs, who else is at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from programs import drafts
from programs.desk.access import NO_DRAFT, officer
from programs.desk.tabs import tabs
from programs.models import Draft

UNPROCESSABLE = 422

# What officers should know of a draft before they decide: each returns sentences. Apps above this one add theirs.
Notice = Callable[[Draft], list[str]]
_notices: list[Notice] = []


def add_notice(notice: Notice) -> None:
    if notice not in _notices:
        _notices.append(notice)


def notices_of(draft: Draft) -> list[str]:
    return [sentence for notice in _notices for sentence in notice(draft)]


@dataclass(frozen=True, slots=True)
class TabLink:
    label: str
    url: str
    is_current: bool


def draft_or_404(pk: int) -> Draft:
    return get_object_or_404(Draft.objects.select_related("base", "copied_from", "created_by", "updated_by"), pk=pk)


def desk_render(
    request: HttpRequest, template: str, title: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page of the desk without a draft."""
    base = {**admin.site.each_context(request), "title": title, **NO_DRAFT}
    return render(request, template, base | (context or {}), status=status)


def draft_render(
    request: HttpRequest,
    template: str,
    draft: Draft,
    tab: str,
    context: dict[str, Any] | None = None,
    *,
    section: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page of a draft: its tabs, and who else has it open. `section`: the words others are told."""
    links = [TabLink(t.label, reverse(t.url_name, args=[draft.pk]), t.key == tab) for t in tabs()]
    label = next((link.label for link in links if link.is_current), "")
    here = {
        "draft": draft,
        "tabs": links,
        "others": drafts.be_present(draft=draft, user=officer(request), section=section or label),
    }
    return desk_render(
        request, template, f"{draft.name}（{draft.version}）{label}", here | (context or {}), status=status
    )
