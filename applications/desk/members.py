"""Pages: who is in the organisation, their roles, and leaving."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications.access import manager_page, member_page
from applications.desk.finding import found_or_404
from applications.desk.organisation_forms import InviteForm, LeaveForm, RoleForm
from applications.desk.statuses import UNPROCESSABLE
from applications.models import Membership
from applications.organisations import members as service
from applications.organisations.members import MembershipRefused
from applications.selectors import desk
from portal.accounts.people import name_of

form_page = require_http_methods(["GET", "HEAD", "POST"])


@member_page
@require_safe
def members(request: HttpRequest, acting: Membership) -> HttpResponse:
    return render_members(request, acting, InviteForm())


def render_members(request: HttpRequest, acting: Membership, form: InviteForm) -> HttpResponse:
    """The page of the members, with the form that invites one more for managers."""
    context = {
        "area": "members",
        "acting": acting,
        "members": desk.members(acting),
        "invitations": desk.invitations(acting) if acting.is_manager else [],
        "form": form,
    }
    return render(
        request, "supporters/organisation/members.html", context, status=UNPROCESSABLE if form.errors else 200
    )


@manager_page
@form_page
def role(request: HttpRequest, acting: Membership, pk: int) -> HttpResponse:
    member = found_or_404(desk.member(acting, pk))
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": member.role})
    if request.method == "POST" and form.is_valid():
        try:
            changed = service.change_role(acting=acting, member=member, role=form.cleaned_data["role"])
        except MembershipRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{name_of(changed.user)}さんの役割は「{changed.get_role_display()}」です。")
            return redirect("supporters:members")
    context = {"area": "members", "member": member, "form": form}
    return render(request, "supporters/organisation/role.html", context, status=UNPROCESSABLE if form.errors else 200)


@member_page
@form_page
def leave(request: HttpRequest, acting: Membership, pk: int) -> HttpResponse:
    """One's own leaving, or as a manager that of another."""
    is_own = pk == acting.pk
    if not (is_own or acting.is_manager):
        return render(request, "supporters/403.html", {"acting": acting}, status=403)
    member = found_or_404(desk.member(acting, pk))
    form = LeaveForm(request.POST if request.method == "POST" else None, acting=acting, member=member)
    if request.method == "POST" and form.is_valid():
        try:
            count = service.end(acting=acting, member=member, successor=form.cleaned_data["successor"])
        except MembershipRefused as refused:
            form.add_error(None, str(refused))
        else:
            handed = f"担当していた支援先{count}社を引き継ぎました。" if count else ""
            messages.success(request, f"{name_of(member.user)}さんは離任しました。{handed}")
            return redirect("account_settings" if is_own else "supporters:members")
    count = desk.clients(acting).filter(assigned_to=member.user).count()
    context = {"area": "members", "member": member, "is_own": is_own, "form": form, "count": count}
    return render(request, "supporters/organisation/leave.html", context, status=UNPROCESSABLE if form.errors else 200)
