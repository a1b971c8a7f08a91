"""One client company: made by hand or from a self-check's code, its own data, the end of its support, its removal."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from applications.access import manager_page, member_page
from applications.clients import clients, many
from applications.clients.clients import ClientRefused, StaleClient
from applications.desk import profiles
from applications.desk.client_conflicts import chosen_theirs, conflict_page, unanswered
from applications.desk.client_forms import ClientForm
from applications.desk.finding import client_or_404, sent_id, sent_stamp
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Client, Membership
from applications.selectors import desk


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, acting: Membership) -> HttpResponse:
    """The form carries the key that the client will have: sent twice, it makes one."""
    form = ClientForm(acting, data=request.POST if request.method == "POST" else None)
    twin = None
    if form.is_valid():
        answers = {key: answer.value for key, answer in form.answers().items()}
        try:
            client = clients.create(
                acting=acting, values=form.values(), profile=answers, pk=sent_id(request.POST.get("key", ""))
            )
        except ClientRefused as refused:
            form.refuse(refused)
            twin = twin_of(acting, refused)
        else:
            messages.success(request, f"「{client.name}」を登録しました。続けて、質問に答えてください。")
            return redirect(profiles.first_url(client))
    context = {"area": "clients", "form": form, "key": request.POST.get("key") or uuid.uuid4(), "twin": twin}
    return render(request, "supporters/clients/new.html", context, status=UNPROCESSABLE if form.errors else 200)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    client = client_or_404(acting, client_pk)
    is_sent = request.method == "POST"
    form = ClientForm(acting, client, request.POST if is_sent else None)
    twin, stamp = None, sent_stamp(request.POST) if is_sent else client.stamp
    if form.is_valid():
        theirs = chosen_theirs(request.POST)
        values = {key: value for key, value in form.values().items() if key not in theirs}
        answers = {key: answer for key, answer in form.answers().items() if key not in theirs}
        if unanswered(request.POST):
            return conflict_page(request, client, values, answers, tab="edit")
        try:
            saved = clients.save(
                acting=acting, client=client, stamp=stamp, values=values, answers=answers, reason="基本情報の変更"
            )
        except StaleClient as stale:
            return conflict_page(request, stale.current, values, answers, tab="edit")
        except ClientRefused as refused:
            form.refuse(refused)
            twin = twin_of(acting, refused)
        else:
            messages.success(request, "保存しました。" if saved.stamp != stamp else "変更はありませんでした。")
            return redirect("supporters:client_edit", client.pk)
    context = {"area": "clients", "client": client, "form": form, "stamp": stamp, "twin": twin}
    return render(request, "supporters/clients/edit.html", context, status=UNPROCESSABLE if form.errors else 200)


@member_page
@require_POST
def archive(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    """End the support of a client (`end`), or take it up again."""
    client, is_ended = client_or_404(acting, client_pk), "end" in request.POST
    many.set_archived(acting=acting, chosen=[client.pk], is_archived=is_ended)
    messages.success(request, "支援終了にしました。" if is_ended else "支援中に戻しました。")
    return redirect("supporters:client_edit", client.pk)


@manager_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, acting: Membership, client_pk: uuid.UUID) -> HttpResponse:
    """Shows what goes, and asks to confirm that this was read."""
    client = client_or_404(acting, client_pk)
    is_sent = request.method == "POST"
    if is_sent and request.POST.get("confirm") == "yes":
        clients.delete(acting=acting, client=client)
        messages.success(request, f"「{client.name}」を、履歴・相談・相談シートとともに削除しました。")
        return redirect("supporters:clients")
    context = {"area": "clients", "client": client, "goes": desk.belongings_of(client), "is_unconfirmed": is_sent}
    return render(request, "supporters/clients/delete.html", context, status=UNPROCESSABLE if is_sent else 200)


def twin_of(acting: Membership, refused: ClientRefused) -> Client | None:
    """The client that has the number already, to be linked to."""
    return next((desk.client(acting, pk) for pk in refused.twins.values()), None)
