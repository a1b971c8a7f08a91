"""The cases of a draft at the desk: what they come to under it, and the form in which officers write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from eligibility import cases as service
from eligibility.case_words import case_changes, lost_expectations
from eligibility.cases import StaleCase
from eligibility.desk import case_pages as pages
from eligibility.desk.case_forms import CaseForm, Scene
from eligibility.desk.case_pages import Refusal
from eligibility.engine.cases import CaseDocument, canonical_profile, read_case
from eligibility.engine.errors import QuestionRefused
from eligibility.models import SelfCheck
from eligibility.results import readable_profile
from eligibility.selectors import check_shared_as
from portal.common.japanese import write_date
from programs import paths
from programs.desk.access import READ, WRITE, desk_page, officer
from programs.desk.pages import UNPROCESSABLE, draft_or_404, draft_render
from programs.documents import document_of, vocabulary
from programs.drafts import DraftRefused, checked
from programs.models import AcceptanceCase, Draft, DraftState
from programs.words.comparison import Difference

TAB = "cases"
_SHARED = re.compile(r"(?:^|/r/)([A-Za-z0-9_-]{1,64})/?$")
# Who a company is has no place in a case, which is kept and exported.
_LEFT_OUT = frozenset({"corporate_number"})


@desk_page(READ)
@require_safe
def cases(request: HttpRequest, pk: int) -> HttpResponse:
    return _list(request, draft_or_404(pk), Refusal())


def _list(request: HttpRequest, draft: Draft, refusal: Refusal) -> HttpResponse:
    document, facts = service.sound_document(draft), vocabulary()
    words = service.words_for(draft, document)
    if document is None:
        lines = [pages.line_not_run(row, draft, words, facts) for row in service.rows_of(draft)]
    else:
        lines = [pages.line_of_run(run, words, facts, refusal) for run in service.run_cases(draft, document)]
    context = {
        "lines": lines,
        "is_run": document is not None,
        "counts": {state: sum(line.state == state for line in lines) for state in ("same", "different", "accepted")},
        "refusal": refusal,
        "acts": service.acts(draft),
        "may_write": request.user.has_perm(WRITE) and draft.state == DraftState.DRAFT,
    }
    status = UNPROCESSABLE if refusal.message else 200
    return draft_render(request, "desk/cases/list.html", draft, TAB, context, status=status)


@desk_page(WRITE)
@require_POST
def accept(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    draft, reason = draft_or_404(pk), request.POST.get("reason", "")
    try:
        service.accept(
            draft=draft, slug=slug, stamp=request.POST.get("stamp", ""), reason=reason, user=officer(request)
        )
    except DraftRefused as refused:
        return _list(request, draft_or_404(pk), Refusal(slug, reason, str(refused)))
    messages.success(request, "この結果でよいことを記録しました。")
    return redirect(reverse("desk_checks:cases", args=[pk]) + f"#case-{slug}")


@desk_page(WRITE)
@require_POST
def take_back(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    try:
        service.take_back(draft=draft_or_404(pk), slug=slug, user=officer(request))
    except DraftRefused as refused:
        messages.error(request, str(refused))
    return redirect(reverse("desk_checks:cases", args=[pk]) + f"#case-{slug}")


@desk_page(WRITE)
@require_POST
def move(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    step = -1 if request.POST.get("to") == "up" else 1
    try:
        service.move_case(draft=draft_or_404(pk), slug=slug, step=step, user=officer(request))
    except DraftRefused as refused:
        messages.error(request, str(refused))
    return redirect(reverse("desk_checks:cases", args=[pk]) + f"#case-{slug}")


@desk_page(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    draft = draft_or_404(pk)
    row = _row_or_404(draft, slug)
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        try:
            service.delete_case(draft=draft, slug=slug, reason=reason, user=officer(request))
        except DraftRefused as refused:
            return _ask_to_delete(request, draft, row, reason=reason, error=str(refused))
        messages.success(request, f"事例「{read_case(row.document).name}」を消しました。")
        return redirect(reverse("desk_checks:cases", args=[pk]) + "#")
    return _ask_to_delete(request, draft, row)


def _ask_to_delete(
    request: HttpRequest, draft: Draft, row: AcceptanceCase, *, reason: str = "", error: str = ""
) -> HttpResponse:
    context = {
        "case": read_case(row.document),
        "slug": row.slug,
        "is_inherited": service.is_inherited(row, draft),
        "reason": reason,
        "error": error,
    }
    status = UNPROCESSABLE if error else 200
    return draft_render(request, "desk/cases/delete.html", draft, TAB, context, status=status)


@dataclass(frozen=True, slots=True)
class _Page:
    """The form of one case on its way through a request. `slug` is "" for a new one.

    `original`: the case as it is stored, or of which this is a copy.
    """

    request: HttpRequest
    draft: Draft
    slug: str
    scene: Scene
    stamp: str
    original: CaseDocument | None

    def lost(self) -> list[str]:
        if self.original is None:
            return []
        words = service.words_for(self.draft, self.scene.document)
        return lost_expectations(self.original, self.scene.document, words)

    def show(self, form: CaseForm, *, show_errors: bool = False, added: str = "", **more: Any) -> HttpResponse:
        """`more`: error (of the whole), notice, changes (what somebody else saved meanwhile)."""
        own = {"error": "", "notice": "", "changes": list[Difference](), "share": "", "stamp": self.stamp} | more
        context = {
            **own,
            "form": form,
            "slug": self.slug,
            "topics": pages.fact_topics(form, added=added, show_errors=show_errors),
            "to_add": pages.facts_to_add(form),
            "expects": pages.expect_rows(form, show_errors=show_errors),
            "industries": pages.industry_options() if "industry" in form.keys else [],
            "errors": form.error_links() if show_errors else [],
            "show_errors": show_errors,
            "lost": self.lost(),
            "may_run": service.sound_document(self.draft) is not None,
        }
        status = UNPROCESSABLE if show_errors or own["error"] else 200
        section = f"事例「{form['name'].value() or '新しい事例'}」"
        template = "desk/cases/form.html"
        return draft_render(self.request, template, self.draft, TAB, context, section=section, status=status)


@desk_page(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new case: empty, or as a copy of another one (?copy=)."""
    draft, copied = draft_or_404(pk), request.GET.get("copy", "")
    original = _stored(draft, copied)
    page = _Page(request, draft, "", _scene(draft), "", original)
    if request.method == "POST":
        return _posted(page)
    if copied and original is None:
        raise Http404
    return page.show(CaseForm.of_case(page.scene, _copy(original) if original is not None else None))


@desk_page(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    draft = draft_or_404(pk)
    if request.method == "POST":
        stamp, original = request.POST.get("stamp", ""), _stored(draft, slug)
        return _posted(_Page(request, draft, slug, _scene(draft, is_change=True), stamp, original))
    row = _row_or_404(draft, slug)
    original = read_case(row.document)
    page = _Page(request, draft, slug, _scene(draft, is_change=True), paths.stamp(row.document), original)
    return page.show(CaseForm.of_case(page.scene, original))


def _posted(page: _Page) -> HttpResponse:
    """Save, or change the form as one of its other buttons says; then nothing is stored."""
    data, scene = page.request.POST, page.scene
    if "remove" in data:
        return page.show(CaseForm.posted(scene, data, remove=data["remove"]))
    match data.get("do", "save"):
        case "add":
            return page.show(CaseForm.posted(scene, data, add=data.get("add", "")), added=data.get("add", ""))
        case "rows":
            return page.show(CaseForm.posted(scene, data))
        case "prefill":
            return _prefilled(page)
        case "share":
            return _from_share(page)
        case _:
            return _saved(page)


def _saved(page: _Page) -> HttpResponse:
    form = CaseForm.posted(page.scene, page.request.POST)
    if not form.is_valid():
        return page.show(form, show_errors=True)
    user, reason = officer(page.request), form.reason()
    try:
        row = service.save_case(
            draft=page.draft, case=form.case(), stamp=page.stamp, user=user, slug=page.slug, reason=reason
        )
    except DraftRefused as refused:
        return page.show(form, error=str(refused))
    except StaleCase as stale:
        return _stale(page, form, stale)
    messages.success(page.request, f"事例「{form.case().name}」を保存しました。")
    return redirect(reverse("desk_checks:cases", args=[page.draft.pk]) + f"#case-{row.slug}")


def _stale(page: _Page, form: CaseForm, stale: StaleCase) -> HttpResponse:
    """What somebody else saved meanwhile beside what was typed; saving again then puts this in its place."""
    if stale.stored is None:
        error = "この事例は、画面を開いたあとに消されました。残すときは「写し」として新しく作ってください。"
        return page.show(form, error=error)
    words = service.words_for(page.draft, page.scene.document)
    typed = form.case().model_copy(update={"id": page.slug})
    return page.show(
        form,
        error="この事例は、画面を開いたあとにほかの人が保存しました。まだ保存していません。違いを確かめてください。",
        changes=case_changes(stale.stored, typed, words, vocabulary()),
        stamp=stale.stamp,
    )


def _prefilled(page: _Page) -> HttpResponse:
    form = CaseForm.posted(page.scene, page.request.POST)
    question, document = form.question(), service.sound_document(page.draft)
    if document is None:
        return page.show(form, error="この案には文書の検査の誤りがあるので、まだ動かせません。")
    if question is None:
        return page.show(form, show_errors=True, error="会社の回答と基準日を直すと、結果を出せます。")
    try:
        outcome = service.answer_to(question, document)
    except QuestionRefused as refused:
        return page.show(form, error="".join(problem.message for problem in refused.problems))
    notice = "この案の結果を入れました（まだ保存していません）。資料のとおりかを確かめてから保存してください。"
    return page.show(form.with_outcome(outcome), notice=notice)


def _from_share(page: _Page) -> HttpResponse:
    form, share = CaseForm.posted(page.scene, page.request.POST), page.request.POST.get("share", "").strip()
    token = _SHARED.search(share)
    check = check_shared_as(token[1]) if token else None
    if check is None:
        error = "この共有リンクの診断は見つかりません。「…/r/」で始まるリンクをそのまま貼ってください。"
        return page.show(form, error=error, share=share)
    profile, left_out = _profile_of(check)
    notice = "自社診断の回答を入れました（まだ保存していません）。法人番号は入れません。"
    if left_out:
        notice += f"今の項目では読めない回答を{left_out}件、入れませんでした。"
    filled = form.with_profile(profile)
    if check.as_of is not None and not filled.sent.get("as_of"):
        sent = filled.sent.copy()
        sent["as_of"] = write_date(check.as_of)
        filled = CaseForm.posted(page.scene, sent)
    return page.show(filled, notice=notice)


def _profile_of(check: SelfCheck) -> tuple[dict[str, Any], int]:
    """The answers that can still be read, without who the company is; and how many cannot."""
    readable = readable_profile(check.profile, vocabulary())
    kept = {key: value for key, value in check.profile.items() if key in readable and key not in _LEFT_OUT}
    return canonical_profile(kept, vocabulary()), len(check.profile) - len(readable)


def _scene(draft: Draft, *, is_change: bool = False) -> Scene:
    """The frames of the draft as far as it can be read, else those it was copied from."""
    document = checked(draft, timezone.localdate()).document
    if document is None and draft.copied_from is not None:
        document = document_of(draft.copied_from)
    if document is None:
        raise Http404
    return Scene(document, vocabulary(), is_change)


def _copy(original: CaseDocument) -> CaseDocument:
    return original.model_copy(update={"name": f"{original.name}（写し）"})


def _row(draft: Draft, slug: str) -> AcceptanceCase | None:
    return next((row for row in service.rows_of(draft) if row.slug == slug), None)


def _stored(draft: Draft, slug: str) -> CaseDocument | None:
    row = _row(draft, slug) if slug else None
    return read_case(row.document) if row is not None else None


def _row_or_404(draft: Draft, slug: str) -> AcceptanceCase:
    row = _row(draft, slug)
    if row is None:
        raise Http404
    return row
