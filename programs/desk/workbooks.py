"""A draft's rates, caps and rounds as an Excel workbook: download it, upload it, see what it changes, save that."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import PurePosixPath
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.uploads import Limits, sent, takes_files
from programs import drafts
from programs.desk.access import READ, WRITE, desk_page, officer
from programs.desk.files import MAX_SHOWN, Said, attachment
from programs.desk.keeping import NotKept, TooMuchToKeep, kept, returned
from programs.desk.pages import UNPROCESSABLE, draft_or_404, draft_render
from programs.documents import vocabulary
from programs.drafts import DraftRefused, StaleSection
from programs.exchange.workbooks import saving
from programs.exchange.workbooks.cells import Fault
from programs.exchange.workbooks.guard import MAX_BYTES, WorkbookRefused
from programs.exchange.workbooks.layout import left_out, sheets
from programs.models import Draft, DraftState
from programs.words.comparison import differences

PURPOSE = "workbook"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAB = "workbook"


@desk_page(READ)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """What the workbook holds, the download, and where to send it."""
    return _form(request, draft_or_404(pk), [])


@desk_page(READ)
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    draft = draft_or_404(pk)
    return attachment(saving.workbook_of(draft), f"{draft.program}-{draft.version}.xlsx", EXCEL)


@desk_page(WRITE)
@require_http_methods(["POST"])
@takes_files(Limits(files=1, each=MAX_BYTES, total=MAX_BYTES))
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Compare the workbook with the draft. Writes nothing."""
    draft = draft_or_404(pk)
    files = sent(request, "workbook")
    if len(files) != 1:
        return _form(request, draft, [Fault("", "", "ブックを一つ選んでください。")])
    file = files[0]
    if file.refusal or PurePosixPath(file.name).suffix.lower() != ".xlsx":
        return _form(request, draft, [Fault("", "", file.refusal or "Excelブック（.xlsx）だけを読み込めます。")])
    try:
        return _report(request, draft, saving.plan(draft, file.content))
    except WorkbookRefused as refused:
        return _form(request, draft, refused.faults)


@desk_page(WRITE)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what the officer has just been shown."""
    draft = draft_or_404(pk)
    try:
        data = returned(request.POST.get("kept", ""), purpose=_purpose(draft), user=officer(request))
    except NotKept:
        why = "確認から時間がたちすぎたか、別の人の確認です。もう一度ブックを送ってください。"
        return _form(request, draft, [Fault("", "", why)])
    sections = [saving.Section(*section) for section in data]
    try:
        saving.save(draft, sections, user=officer(request))
    except StaleSection as stale:
        return _stale(request, draft_or_404(pk), sections, stale)
    except DraftRefused as refused:
        return _form(request, draft_or_404(pk), [Fault("", "", str(refused))])
    messages.success(request, "ブックの内容を案に保存しました。")
    return redirect("desk:draft", pk)


def _purpose(draft: Draft) -> str:
    return f"{PURPOSE}.{draft.pk}"


def _form(request: HttpRequest, draft: Draft, faults: list[Fault]) -> HttpResponse:
    context = {
        "sheets": sheets(draft.document, vocabulary()),
        "left_out": left_out(draft.document, vocabulary()),
        "faults": faults,
        "may_upload": request.user.has_perm(WRITE) and draft.state == DraftState.DRAFT,
    }
    return _render(request, "desk/files/workbook.html", draft, context, is_refused=bool(faults))


def _report(request: HttpRequest, draft: Draft, plan: saving.Plan) -> HttpResponse:
    if plan.faults:
        return _form(request, draft, list(plan.faults))
    if draft.state != DraftState.DRAFT:
        why = f"この案は「{draft.get_state_display()}」なので、直せません。下書きに戻してから送ってください。"
        return _form(request, draft, [Fault("", "", why)])
    try:
        data = [astuple(section) for section in plan.sections]
        text = kept(data, purpose=_purpose(draft), user=officer(request))
    except TooMuchToKeep:
        return _form(request, draft, [Fault("", "", "変わるところが多すぎます。シートを分けて送ってください。")])
    checked = drafts.check_data(plan.document, timezone.localdate())
    context = {
        "changes": plan.changes[:MAX_SHOWN],
        "change_count": len(plan.changes),
        "conflicts": plan.conflicts,
        "findings": [Said.of(finding, plan.document) for finding in checked.findings[:MAX_SHOWN]],
        "kept": text if plan.sections and not plan.conflicts else "",
        "why": "",
    }
    return _render(request, "desk/files/workbook_report.html", draft, context, is_refused=bool(plan.conflicts))


def _stale(request: HttpRequest, draft: Draft, sections: list[saving.Section], stale: StaleSection) -> HttpResponse:
    """Somebody saved a section while the officer looked at the comparison: it is shown again, against what is new."""
    wanted = saving.applied(draft.document, sections)
    when = timezone.localtime(stale.at)
    changes = differences(draft.document, wanted, vocabulary())
    context = {
        "changes": changes[:MAX_SHOWN],
        "change_count": len(changes),
        "conflicts": (),
        "findings": [],
        "kept": "",
        "why": f"確認しているあいだに、{stale.by} さんが{when:%H:%M}に保存しました。何も書き込んでいません。",
    }
    return _render(request, "desk/files/workbook_report.html", draft, context, is_refused=True)


def _render(
    request: HttpRequest, template: str, draft: Draft, context: dict[str, Any], *, is_refused: bool
) -> HttpResponse:
    status = UNPROCESSABLE if is_refused else 200
    return draft_render(request, template, draft, TAB, context, section="Excel", status=status)
