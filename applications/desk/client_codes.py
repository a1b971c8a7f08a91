"""A client made from a self-check that its owner shared: looked at first, then made as it was seen."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from applications.access import member_page
from applications.clients import clients
from applications.clients.clients import ClientRefused
from applications.desk.client_forms import CodeForm, FromCheckForm
from applications.desk.client_pages import twin_of
from applications.desk.finding import sent_id
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Client, Membership
from eligibility.models import SelfCheck
from eligibility.selectors import check_shared_as
from programs.documents import vocabulary

NOT_FOUND = (
    "この閲覧用リンクの診断は見つかりません。リンクが途中で切れていないか確かめてください。"
    "共有が取り消されたか、保存期限を過ぎた可能性もあります。"
)
PREVIEW = "これは公開前の案を試した診断です。支援先としては登録できません。ふつうの自社診断のリンクをもらってください。"


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def from_code(request: HttpRequest, acting: Membership) -> HttpResponse:
    """Three steps at one address: the link is typed, the check is shown, the client is made (`make`)."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    check = _check(form) if form.is_valid() else None
    if check is None:
        context = {"area": "clients", "form": form}
        status = UNPROCESSABLE if form.errors else 200
        return render(request, "supporters/clients/code.html", context, status=status)
    if "make" not in request.POST:
        return _preview(request, acting, check, FromCheckForm(acting, initial=_proposed(acting, check)))
    return _make(request, acting, check, FromCheckForm(acting, request.POST))


def _make(request: HttpRequest, acting: Membership, check: SelfCheck, form: FromCheckForm) -> HttpResponse:
    if not form.is_valid():
        return _preview(request, acting, check, form)
    key = sent_id(request.POST.get("key", ""))
    try:
        client = clients.create_from_check(acting=acting, check=check, values=form.cleaned_data, pk=key)
    except ClientRefused as refused:
        form.refuse(refused)
        return _preview(request, acting, check, form, twin_of(acting, refused))
    messages.success(request, f"「{client.name}」を、自社診断の回答から登録しました。")
    return redirect("supporters:client", client.pk)


def _preview(
    request: HttpRequest, acting: Membership, check: SelfCheck, form: FromCheckForm, twin: Client | None = None
) -> HttpResponse:
    """`twin`: who has a number that was refused; `same`: who has the check's own 法人番号, told before it is tried."""
    same = clients.client_of_check(acting, check)
    texts = {key: text for key in vocabulary() if (text := clients.answer_of(check, key))}
    unsure = sum(key in check.unknown for key in texts)
    context = {
        "area": "clients",
        "check": check,
        "form": form,
        "twin": twin,
        "same": same,
        "code": check.share_token,
        "key": request.POST.get("key") or uuid.uuid4(),
        "answers": [(vocabulary().short_label(key), text) for key, text in texts.items()],
        "known": len(texts) - unsure,
        "unsure": unsure,
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "supporters/clients/from_check.html", context, status=status)


def _check(form: CodeForm) -> SelfCheck | None:
    """The check that the form names; None, with the reason in the form, where it cannot be used."""
    check = _first_shared(form.cleaned_data["code"])
    if check is None or check.preview_id is not None:
        form.add_error("code", NOT_FOUND if check is None else PREVIEW)
        return None
    return check


def _first_shared(tokens: Iterable[str]) -> SelfCheck | None:
    return next((check for token in tokens if (check := check_shared_as(token)) is not None), None)


def _proposed(acting: Membership, check: SelfCheck) -> dict[str, str]:
    return {"name": check.title, "assigned_to": str(acting.user_id)}
