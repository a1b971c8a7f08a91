"""The organisation's own tools (API): its keys, made and revoked by managers, and how to use them."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from applications.access import manager_page, member_page
from applications.desk.finding import found_or_404
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Membership
from applications.organisations import tokens
from applications.organisations.tokens import MOST, TooManyTokens
from applications.selectors import desk
from portal.accounts.forms import InOurWords, no_control_characters

# Of keys that no longer work, so many are still listed.
ENDED_SHOWN = 20


class KeyForm(InOurWords):
    name = forms.CharField(
        label="用途",
        help_text="どのソフトに使うキーかを書きます。あとで止めるときの目印になります。例：顧客管理ソフトとの連携",
        max_length=100,
        error_messages={"required": "用途を入力してください。"},
        validators=[no_control_characters],
    )
    can_write = forms.TypedChoiceField(
        label="このキーでできること",
        help_text="登録や変更が要らないなら「読み取りだけ」にしてください。漏れたときの被害が小さくなります。",
        choices=[
            ("no", "読み取りだけ（支援先・判定・シートを見る）"),
            ("yes", "読み取りと書き込み（登録・変更もする）"),
        ],
        coerce=lambda value: value == "yes",
    )

    @property
    def error_links(self) -> list[dict[str, Any]]:
        return [{"target": self[name].auto_id, "message": errors[0]} for name, errors in self.errors.items()]


@member_page
@require_safe
def tools(request: HttpRequest, acting: Membership) -> HttpResponse:
    context: dict[str, Any] = {"area": "tools", "acting": acting, "address": _address(request)}
    if acting.is_manager:
        ended = desk.tokens_ended(acting)[:ENDED_SHOWN]
        context |= {"keys": desk.tokens_in_use(acting), "ended": ended, "most": MOST}
    return render(request, "supporters/tools/tools.html", context)


@member_page
@require_safe
def guide(request: HttpRequest, acting: Membership) -> HttpResponse:
    limits = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    context = {
        "area": "tools",
        "acting": acting,
        "address": _address(request),
        "per_minute": limits["organisation"].partition("/")[0],
        "sheets_per_hour": limits["organisation-sheets"].partition("/")[0],
        "batches_per_hour": limits["organisation-batches"].partition("/")[0],
    }
    return render(request, "supporters/tools/guide.html", context)


@manager_page
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret")
def new_key(request: HttpRequest, acting: Membership) -> HttpResponse:
    """The secret stands in the answer to this very request and nowhere else: no address, no session, no log."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    is_full = False
    if form.is_valid():
        try:
            key, secret = tokens.create(acting=acting, **form.cleaned_data)
        except TooManyTokens:
            is_full = True
        else:
            return render(request, "supporters/tools/made.html", {"area": "tools", "key": key, "secret": secret})
    context = {"area": "tools", "form": form, "is_full": is_full, "most": MOST}
    return render(
        request, "supporters/tools/new.html", context, status=UNPROCESSABLE if form.errors or is_full else 200
    )


@manager_page
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_key(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    key = found_or_404(desk.tokens(acting).filter(pk=pk).first())
    if request.method == "POST":
        tokens.revoke(acting=acting, token=key)
        messages.success(request, f"APIキー「{key.name}」を止めました。")
        return redirect("supporters:tools")
    return render(request, "supporters/tools/revoke.html", {"area": "tools", "key": key})


def _address(request: HttpRequest) -> str:
    """Where the API begins, as a tool would write it."""
    return request.build_absolute_uri(reverse("api:clients")).removesuffix("clients/")
