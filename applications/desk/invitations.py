"""Pages: inviting somebody, and taking up an invitation by the link in its mail."""

from __future__ import annotations

import uuid

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from applications.access import manager_page
from applications.desk.finding import found_or_404
from applications.desk.members import render_members
from applications.desk.organisation_forms import ConfirmForm, InviteForm
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Invitation, Membership
from applications.organisations import invitations as service
from applications.organisations.invitations import InvitationGone, InvitationRefused, Ticket
from applications.organisations.tokens import digest_of
from applications.selectors import desk
from portal.accounts.forms import NewAccountForm
from portal.accounts.models import User
from portal.accounts.people import AccountExists, account_with
from portal.common.throttling import limited


@manager_page
@limited("invitations")
@require_POST
def invite(request: HttpRequest, acting: Membership) -> HttpResponse:
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            ticket = service.invite(acting=acting, **form.cleaned_data)
        except InvitationRefused as refused:
            form.add_error("email", str(refused))
        else:
            return _sent(request, ticket)
    return render_members(request, acting, form)


@manager_page
@limited("invitations")
@require_POST
def resend(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    try:
        ticket = service.resend(acting=acting, invitation=found_or_404(desk.invitation(acting, pk)))
    except InvitationRefused as refused:
        messages.error(request, str(refused))
        return redirect("supporters:members")
    return _sent(request, ticket)


@manager_page
@require_POST
def revoke(request: HttpRequest, acting: Membership, pk: uuid.UUID) -> HttpResponse:
    invitation = found_or_404(desk.invitation(acting, pk))
    service.revoke(acting=acting, invitation=invitation)
    messages.success(request, f"{invitation.email} への招待を取り消しました。")
    return redirect("supporters:members")


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def take_up(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever holds the link: as somebody new, or with the account they are signed in with."""
    invitation = desk.invitation_of(digest_of(token))
    if invitation is None:
        return render(request, "supporters/organisation/gone.html", {"invitation": None}, status=404)
    try:
        if not invitation.is_open:
            raise InvitationGone(invitation)
        if isinstance(request.user, User):
            return _with_account(request, invitation, request.user)
        return _as_new(request, invitation)
    except InvitationGone as gone:
        return _gone(request, gone.invitation)


def _as_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewAccountForm(request.POST if request.method == "POST" else None, email=invitation.email)
    known = account_with(invitation.email) is not None
    if request.method == "POST" and not known and form.is_valid():
        name, password = form.cleaned_data["name"], form.cleaned_data["password1"]
        try:
            user = service.accept_as_new(invitation=invitation, name=name, password=password)
        except AccountExists:
            known = True
        else:
            return perform_login(request, user, redirect_url=resolve_url("supporters:home"))
    context = {"invitation": invitation, "form": form, "known": known}
    return render(request, "supporters/organisation/join.html", context, status=UNPROCESSABLE if form.errors else 200)


def _with_account(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    """The link may have been passed on, or opened with somebody else's browser: another address is asked about."""
    is_theirs = account_with(invitation.email) == user
    form = ConfirmForm({"confirmed": is_theirs or request.POST.get("confirmed")} if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            service.accept(invitation=invitation, user=user)
        except InvitationRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"「{invitation.organisation}」に参加しました。")
            return redirect("supporters:home")
    context = {"invitation": invitation, "form": form, "is_theirs": is_theirs, "place": desk.membership_of(user)}
    return render(
        request, "supporters/organisation/join_signed_in.html", context, status=UNPROCESSABLE if form.errors else 200
    )


def _gone(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Pressed twice is once: who is in by this very invitation goes on to the desk."""
    place = desk.membership_of(request.user)
    if invitation.accepted_at and place and place.organisation_id == invitation.organisation_id:
        return redirect("supporters:home")
    return render(request, "supporters/organisation/gone.html", {"invitation": invitation}, status=410)


def _sent(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    email = ticket.invitation.email
    if service.mail(ticket):
        messages.success(request, f"{email} に招待メールを送りました。リンクは{service.DAYS}日間使えます。")
    else:
        advice = "しばらくしてから「もう一度送る」を押してください。"
        messages.error(request, f"{email} への招待は登録しましたが、メールを送れませんでした。{advice}")
    return redirect("supporters:members")
