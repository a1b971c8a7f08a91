"""The drafts, one draft with its next steps, what it changes, its preview link and its trail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from eligibility.engine.errors import Finding
from portal.accounts.models import User
from programs import drafts as service
from programs import lifecycle, publishing
from programs.desk.access import PUBLISH, READ, WRITE, desk_page, officer
from programs.desk.forms import DraftFilterForm, MoveForm, NewDraftForm
from programs.desk.pages import UNPROCESSABLE, desk_render, draft_or_404, draft_render, notices_of
from programs.documents import vocabulary
from programs.drafts import DraftRefused
from programs.models import AuditEntry, Draft, DraftState, Revision, SourceText, Version
from programs.models.drafts import OPEN_STATES
from programs.words.comparison import differences as compare
from programs.words.comparison import label_of

PER_PAGE = 50
# Beat publishes every minute; a reservation that is so late has met a fault.
OVERDUE = timedelta(minutes=5)


@desk_page(READ)
@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    form = DraftFilterForm(request.GET)
    rows = _filtered(form) if form.is_valid() else Draft.objects.none()
    page = Paginator(rows.select_related("updated_by"), PER_PAGE).get_page(request.GET.get("p"))
    return desk_render(request, "desk/drafts.html", "制度の案", {"form": form, "page": page})


def _filtered(form: DraftFilterForm) -> QuerySet[Draft]:
    state, words = form.cleaned_data["state"], form.cleaned_data["q"]
    rows = Draft.objects.all()
    if state != "all":
        rows = rows.filter(state=state) if state else rows.filter(state__in=OPEN_STATES)
    if words:
        rows = rows.filter(
            Q(program__icontains=words)
            | Q(version__icontains=words)
            | Q(document__identity__short_name__icontains=words)
            | Q(document__identity__name_ja__icontains=words)
        )
    return rows


@desk_page(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    initial = {"source": request.GET.get("source", ""), "is_correction": request.GET.get("make", "new")}
    form = NewDraftForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("desk:edit", _opened(form.cleaned_data, officer(request)).pk)
        except DraftRefused as refused:
            form.add_error("version" if not form.cleaned_data["is_correction"] else None, str(refused))
    status = UNPROCESSABLE if form.errors else 200
    return desk_render(request, "desk/new.html", "新しい案を作る", {"form": form}, status=status)


def _opened(wanted: dict[str, Any], user: User) -> Draft:
    source: Revision = wanted["source"]
    if wanted["is_correction"]:
        return service.open_correction(version=source.version, user=user)
    return service.open_new_version(source=source, version=wanted["version"], program=wanted["program"], user=user)


@desk_page(PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, version_pk: int) -> HttpResponse:
    """Of any version in force: those that came with the code have no draft with a button."""
    version = get_object_or_404(Version.objects.select_related("programme"), pk=version_pk)
    form = MoveForm(request.POST) if request.method == "POST" else MoveForm()
    if form.is_valid():
        try:
            lifecycle.withdraw_version(version, user=officer(request), reason=form.cleaned_data["reason"])
            messages.success(request, f"{version} の公開を取り下げました。")
            return redirect("admin:programs_version_change", version.pk)
        except DraftRefused as refused:
            form.add_error("reason", str(refused))
    context, status = {"version": version, "form": form}, UNPROCESSABLE if form.errors else 200
    return desk_render(request, "desk/withdraw.html", "公開の取下げ", context, status=status)


@desk_page(READ)
@require_safe
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    return _overview(request, draft_or_404(pk), MoveForm(), "")


def _overview(request: HttpRequest, found: Draft, form: MoveForm, wanted: str) -> HttpResponse:
    """`wanted`: the move whose form is shown again with what is wrong in it."""
    checked = service.checked(found, timezone.localdate())
    obstacles = lifecycle.obstacles(found, checked) if found.state == DraftState.DRAFT else []
    writers = lifecycle.writers_of(found)
    last = publishing.last_revision(found.program, found.version)
    context = {
        "moves": [
            MoveChoice(move, form if move.name == wanted else MoveForm())
            for move in lifecycle.possible_moves(found, officer(request))
            if not (obstacles and move.name == "submit")
        ],
        "steps": _steps(found),
        "obstacles": obstacles,
        "notices": notices_of(found),
        "findings": _placed(checked.findings, found),
        "entries": found.entries.select_related("user")[:5],
        "may_write": request.user.has_perm(WRITE),
        "is_own": request.user.pk in writers,
        "preview_url": _preview_url(request, found),
        "newer": _newer(last, found),
        "sent_back": _sent_back(found),
        "is_withdrawn": found.is_open and last is not None and last.publication.ends is not None,
        "is_overdue": _is_overdue(found),
        "own_sources": _own_sources(found, writers),
    }
    status = UNPROCESSABLE if form.errors else 200
    return draft_render(request, "desk/draft.html", found, "overview", context, status=status)


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding of the linter with its place in officers' words."""

    level: str
    message: str
    path: str
    place: str


def _placed(findings: Iterable[Finding], found: Draft) -> list[PlacedFinding]:
    return [
        PlacedFinding(each.level, each.message, each.path, label_of(each.path, found.document) or each.path)
        for each in findings
    ]


@dataclass(frozen=True, slots=True)
class MoveChoice:
    """A button with what it asks for."""

    move: lifecycle.Move
    form: MoveForm

    @property
    def is_open(self) -> bool:
        """Folded: what goes back or cannot be undone. Unfolded where its form is shown again."""
        return self.form.is_bound or not (self.move.is_grave or self.move.is_back)

    @property
    def asks_moment(self) -> bool:
        return self.move.name == "schedule"


@dataclass(frozen=True, slots=True)
class Step:
    """One state on the way to publication, as the line of steps shows it."""

    label: str
    is_current: bool


_WAY = (DraftState.DRAFT, DraftState.IN_REVIEW, DraftState.APPROVED, DraftState.SCHEDULED, DraftState.PUBLISHED)


def _steps(found: Draft) -> list[Step]:
    way = _WAY if found.state in _WAY else (*_WAY, DraftState(found.state))
    return [Step(str(state.label), state == found.state) for state in way]


def _sent_back(found: Draft) -> AuditEntry | None:
    """Why the draft came back, while nobody has sent it on again."""
    if found.state not in (DraftState.DRAFT, DraftState.APPROVED):
        return None
    last = found.entries.filter(action__in=_TURNS).select_related("user").first()
    return last if last is not None and last.action in _BACK else None


_BACK = (lifecycle.MOVES["return"].label, lifecycle.COULD_NOT_PUBLISH)
_TURNS = (*_BACK, lifecycle.MOVES["submit"].label, lifecycle.MOVES["schedule"].label)


def _preview_url(request: HttpRequest, found: Draft) -> str:
    if found.preview_token is None:
        return ""
    return request.build_absolute_uri(reverse("programs:preview", args=[found.preview_token]))


def _is_overdue(found: Draft) -> bool:
    """Whether a reservation should have been kept by now."""
    if found.state != DraftState.SCHEDULED or found.publish_at is None:
        return False
    return found.publish_at <= timezone.now() - OVERDUE


def _own_sources(found: Draft, writers: set[int]) -> list[str]:
    """Texts that it cites and that one of its writers registered: an approver compares them with the originals."""
    listed = found.document.get("sources")
    sources = [source for source in listed if isinstance(source, dict)] if isinstance(listed, list) else []
    texts = SourceText.objects.filter(name__in=[str(source.get("document")) for source in sources])
    return list(texts.filter(added_by__in=writers).values_list("title", flat=True))


def _newer(last: Revision | None, found: Draft) -> Revision | None:
    """What was published of the version after this draft was made: it must be looked at before publishing."""
    return last if found.is_open and last != found.base else None


@desk_page(READ)
@require_POST
def move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    found, form = draft_or_404(pk), MoveForm(request.POST)
    if name not in lifecycle.MOVES:
        raise Http404
    if not form.is_valid():
        return _overview(request, found, form, name)
    wanted = {key: form.cleaned_data[key] for key in ("reason", "publish_at")}
    try:
        moved = lifecycle.move(found, name, user=officer(request), **wanted)
    except DraftRefused as refused:
        form.add_error(None, str(refused))
        return _overview(request, draft_or_404(pk), form, name)
    messages.success(request, f"「{lifecycle.MOVES[name].label}」をしました。今の状態：{moved.get_state_display()}")
    return redirect("desk:draft", pk)


@desk_page(READ)
@require_safe
def differences(request: HttpRequest, pk: int) -> HttpResponse:
    """Field by field: the draft beside what is in force of its version, or beside what it was copied from."""
    found = draft_or_404(pk)
    newer = _newer(publishing.last_revision(found.program, found.version), found)
    beside = (newer or found.base or found.copied_from) if found.is_open else found.copied_from
    changes = compare(beside.document if beside else None, found.document, vocabulary())
    context = {"beside": beside, "changes": changes, "newer": newer}
    return draft_render(request, "desk/differences.html", found, "differences", context)


@desk_page(WRITE)
@require_POST
def rebase(request: HttpRequest, pk: int) -> HttpResponse:
    found = draft_or_404(pk)
    try:
        service.rebase(draft=found, revision=int(request.POST.get("revision", "")), user=officer(request))
        messages.success(request, "新しい改訂の訂正として続けます。")
    except (ValueError, DraftRefused) as refused:
        messages.error(request, str(refused) if isinstance(refused, DraftRefused) else "改訂の番号が読めません。")
    return redirect("desk:differences", pk)


@desk_page(WRITE)
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    action = service.open_preview if request.POST.get("action") == "open" else service.close_preview
    try:
        action(draft=draft_or_404(pk), user=officer(request))
    except DraftRefused as refused:
        messages.error(request, str(refused))
    return redirect(reverse("desk:draft", args=[pk]) + "#preview")


@desk_page(READ)
@require_safe
def trail(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that was done to the draft's version, this draft's acts among it."""
    found = draft_or_404(pk)
    entries = AuditEntry.objects.filter(program=found.program, version=found.version).select_related("user", "draft")
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("p"))
    return draft_render(request, "desk/trail.html", found, "trail", {"page": page})
