"""The register of sources: all of them, one with its numbered lines, adding one, noting a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.uploads import Limits, sent, takes_files
from programs.desk.access import READ, WRITE, desk_page, officer
from programs.desk.pages import UNPROCESSABLE, desk_render
from programs.desk.source_forms import TOO_LONG, CheckForm, LinesForm, SourceForm
from programs.upkeep import sources as service
from programs.upkeep.reminders import needs_check
from programs.upkeep.source_texts import MAX_BYTES, LineRange, UnreadableText, quoted, read_lines, search
from programs.upkeep.sources import SourceEntry, SourceRefused

PER_PAGE = 50
# All shipped sources are on one page, so that #L943 opens; a text of more lines has pages.
LINES_PER_PAGE = 3000
UPLOADS = Limits(files=1, each=MAX_BYTES, total=MAX_BYTES)


@dataclass(frozen=True, slots=True)
class Row:
    """A source in the list."""

    source: SourceEntry
    needs_check: bool


@dataclass(frozen=True, slots=True)
class NumberedLine:
    number: int
    text: str
    is_marked: bool
    begins_mark: bool
    ends_mark: bool  # below it stands how to cite


@desk_page(READ)
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    rows = [Row(entry, needs_check(entry, today)) for entry in service.registry()]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    return desk_render(request, "desk/sources/sources.html", "出典の資料", {"page": page})


@desk_page(READ)
@require_safe
def source(request: HttpRequest, name: str) -> HttpResponse:
    return _source_page(request, _entry_or_404(name), CheckForm())


def _source_page(request: HttpRequest, entry: SourceEntry, check_form: CheckForm) -> HttpResponse:
    lines = service.lines_of(entry.name)
    form = LinesForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    wanted = _wanted_lines(form, len(lines))
    page = Paginator(lines, LINES_PER_PAGE).get_page(_page_number(request, wanted))
    context = {
        "source": entry,
        "needs_check": needs_check(entry, timezone.localdate()),
        "line_count": len(lines),
        "form": form,
        "words": words,
        "hits": search(lines, words),
        "wanted": wanted,
        "quote": quoted(lines, wanted) if wanted else "",
        "lines": _numbered(page, wanted),
        "page": page,
        "check_form": check_form,
    }
    status = UNPROCESSABLE if form.errors or check_form.errors else 200
    return desk_render(request, "desk/sources/source.html", entry.title, context, status=status)


def _wanted_lines(form: LinesForm, count: int) -> LineRange | None:
    """The lines pointed at; the form says what is wrong with them."""
    typed = form.cleaned_data.get("lines", "")
    if not typed:
        return None
    try:
        return read_lines(typed, count)
    except UnreadableText as error:
        form.add_error("lines", str(error))
        return None


def _page_number(request: HttpRequest, wanted: LineRange | None) -> str | int | None:
    if "p" in request.GET or wanted is None:
        return request.GET.get("p")
    return (wanted.first - 1) // LINES_PER_PAGE + 1


def _numbered(page: Page[Any], wanted: LineRange | None) -> list[NumberedLine]:
    marked = range(wanted.first, wanted.last + 1) if wanted else range(0)
    first, last = (wanted.first, wanted.last) if wanted else (0, 0)
    return [
        NumberedLine(number, text, number in marked, number == first, number == last)
        for number, text in enumerate(page, page.start_index())
    ]


def _too_long(request: HttpRequest) -> HttpResponse:
    form = SourceForm({})
    form.errors.clear()
    form.add_error(None, TOO_LONG)
    return _add_page(request, form)


@desk_page(WRITE)
@takes_files(UPLOADS, refusing=_too_long)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _add_page(request, SourceForm())
    form = SourceForm(request.POST, request.FILES, sent=sent(request, "file"))
    if not form.is_valid():
        return _add_page(request, form)
    given = form.cleaned_data
    wanted = {key: given[key] for key in ("name", "title", "publisher", "url", "text")}
    try:
        row = service.add_source(**wanted, day=given["date"], user=officer(request))
    except SourceRefused as refused:
        form.add_error("name", str(refused))
        return _add_page(request, form)
    read_as = f"（文字コード：{form.encoding}）" if form.encoding else ""
    messages.success(request, f"登録しました{read_as}。行の区切りが原本どおりか、下で確かめてください。")
    return redirect("desk:source", row.name)


def _add_page(request: HttpRequest, form: SourceForm) -> HttpResponse:
    status = UNPROCESSABLE if form.is_bound else 200
    return desk_render(request, "desk/sources/add.html", "出典の資料を登録する", {"form": form}, status=status)


@desk_page(WRITE)
@require_POST
def check(request: HttpRequest, name: str) -> HttpResponse:
    entry = _entry_or_404(name)
    form = CheckForm(request.POST)
    if not form.is_valid():
        return _source_page(request, entry, form)
    note, today = form.cleaned_data["note"], timezone.localdate()
    service.check_source(name=name, user=officer(request), today=today, note=note)
    messages.success(request, "今日、確認したことを記録しました。")
    return redirect("desk:source", name)


def _entry_or_404(name: str) -> SourceEntry:
    entry = service.find(name)
    if entry is None:
        raise Http404
    return entry
