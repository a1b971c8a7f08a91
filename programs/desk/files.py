"""Documents as files: download what is in force, upload files, see what they would change, make drafts of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from eligibility.engine.document import dump_document, read_document
from eligibility.engine.errors import DocumentRefused, Finding
from portal.common.uploads import sent, takes_files
from programs.desk.access import READ, WRITE, desk_page, officer
from programs.desk.keeping import NotKept, TooMuchToKeep, kept, returned
from programs.desk.pages import UNPROCESSABLE, desk_render
from programs.documents import document_of
from programs.exchange import exports
from programs.exchange import imports as files
from programs.exchange.exports import FORMS, Form, NothingInForce
from programs.exchange.imports import UPLOADS, ImportRefused, Incoming, Planned, Step
from programs.models import Draft
from programs.selectors import revisions_in_force
from programs.words.comparison import Difference, label_of

PURPOSE = "files"
MAX_SHOWN = 200  # of the findings, and of the differences, of one file
TYPES = {"yaml": "application/yaml", "json": "application/json", "zip": "application/zip"}


@dataclass(frozen=True, slots=True)
class Said:
    """A finding as the page shows it. `place`: in officers' words, "" where the document could not be read."""

    level: str
    place: str
    path: str
    message: str

    @classmethod
    def of(cls, finding: Finding, document: Mapping[str, Any] | None) -> Said:
        path = "" if finding.path.startswith("(") else finding.path  # of the whole file
        return cls(finding.level, label_of(path, document) if document and path else "", path, finding.message)


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file of an upload as the page shows it. `more`: findings or differences that are not listed."""

    name: str
    key: str
    step: Step
    words: str
    notes: tuple[str, ...]
    findings: tuple[Said, ...]
    errors: int
    warnings: int
    changes: tuple[Difference, ...]
    change_count: int
    more: bool

    @classmethod
    def of(cls, item: Planned) -> FileReport:
        data = dump_document(item.document) if item.document else None
        findings = item.findings[:MAX_SHOWN]
        return cls(
            name=item.name,
            key=item.key,
            step=item.step,
            words=item.words,
            notes=item.notes,
            findings=tuple(Said.of(finding, data) for finding in findings),
            errors=sum(finding.level == "error" for finding in item.findings),
            warnings=sum(finding.level == "warning" for finding in item.findings),
            changes=item.changes[:MAX_SHOWN],
            change_count=len(item.changes),
            more=max(len(item.findings), len(item.changes)) > MAX_SHOWN,
        )


@desk_page(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@takes_files(UPLOADS)
def page(request: HttpRequest) -> HttpResponse:
    """What can be downloaded; a POST uploads files and shows what they would change."""
    if request.method != "POST":
        return _form(request, "")
    incoming = files.read_sent(sent(request, "files"))
    if not incoming:
        return _form(request, "ファイルを選んでください。")
    return _report(request, incoming, files.plan(incoming, timezone.localdate()), "")


@desk_page(WRITE)
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Make drafts of the files that the officer has just been shown."""
    try:
        data = returned(request.POST.get("kept", ""), purpose=PURPOSE, user=officer(request))
        incoming = [Incoming(name, read_document(document, name)) for name, document, _ in data]
    except (NotKept, DocumentRefused):  # refused now: the portal's own schema has changed since
        return _form(request, "確認から時間がたちすぎたか、別の人の確認です。もう一度ファイルを送ってください。")
    bases = {item.document.key: base for item, (_, _, base) in zip(incoming, data, strict=True) if item.document}
    try:
        drafts = files.import_drafts(incoming, bases, user=officer(request), today=timezone.localdate())
    except ImportRefused as refused:
        why = "確認したあとに、公開中の内容か案が変わりました。何も作っていません。もう一度確かめてください。"
        return _report(request, incoming, refused.planned, why)
    return _done(request, drafts)


def _form(request: HttpRequest, fault: str) -> HttpResponse:
    context = {"revisions": list(revisions_in_force()), "forms": FORMS, "fault": fault, "limits": UPLOADS}
    title = "ファイルの読み込み・書き出し"
    return desk_render(request, "desk/files/index.html", title, context, status=UNPROCESSABLE if fault else 200)


def _report(request: HttpRequest, incoming: Sequence[Incoming], planned: Sequence[Planned], why: str) -> HttpResponse:
    is_refused = any(item.step is Step.REFUSED for item in planned)
    wanted = [item for item in planned if item.step in (Step.CORRECTION, Step.NEW_VERSION)]
    fault, text = why, ""
    try:
        text = "" if is_refused else kept([_kept(item) for item in wanted], purpose=PURPOSE, user=officer(request))
    except TooMuchToKeep:
        fault = "一度に確かめられる量を超えています。ファイルを分けて送ってください。"
    context: dict[str, Any] = {
        "reports": [FileReport.of(item) for item in planned],
        "is_refused": is_refused,
        "draft_count": len(wanted),
        "kept": text if wanted else "",
        "fault": fault,
    }
    status = UNPROCESSABLE if is_refused or fault else 200
    return desk_render(request, "desk/files/report.html", "読み込む前の確認", context, status=status)


def _kept(item: Planned) -> list[Any]:
    return [item.name, dump_document(item.document) if item.document else {}, item.base]


def _done(request: HttpRequest, drafts: Sequence[Draft]) -> HttpResponse:
    messages.success(
        request, f"案を{len(drafts)}件作りました。まだ公開されていません。内容を確かめて、確認に出してください。"
    )
    return redirect("desk:draft", drafts[0].pk) if len(drafts) == 1 else redirect("desk:drafts")


@desk_page(READ)
@require_safe
def document(request: HttpRequest, program: str, version: str, form: str) -> HttpResponse:
    """One document in force."""
    try:
        revision = exports.in_force([f"{program}@{version}"])[0]
    except NothingInForce as error:
        raise Http404 from error
    text = exports.written(document_of(revision), _form_of(form))
    return attachment(text.encode(), f"{program}-{version}.{form}", TYPES[form])


@desk_page(READ)
@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """Many documents in force as a ZIP, with their cases."""
    try:
        revisions = exports.in_force(request.GET.getlist("document"))
    except NothingInForce as error:
        raise Http404 from error
    form = _form_of(request.GET.get("form", "yaml"))
    return attachment(exports.archive(exports.exported(revisions, form)), f"shirube-{form}.zip", TYPES["zip"])


def _form_of(name: str) -> Form:
    found = next((form for form in FORMS if form == name), None)
    if found is None:
        raise Http404
    return found


def attachment(content: bytes, name: str, content_type: str) -> HttpResponse:
    header = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": header or "attachment"})
