"""What officers see: how PDF jobs went, and which support organisations there are with whom. Never what a company said.

A support organisation begins here: it is added together with the invitation of its first manager.
"""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from applications.models import Invitation, Membership, Organisation, Summary
from applications.organisations import invitations
from applications.organisations.invitations import InvitationRefused, Ticket
from portal.accounts.models import User
from portal.accounts.people import LONGEST_ADDRESS


@admin.register(Summary)
class SummaryAdmin(admin.ModelAdmin):
    list_display = ("code", "state", "attempts", "created_at", "finished_at", "pages")
    list_filter = ("state",)
    search_fields = ("code__exact",)
    fields = (*list_display, "content_hash", "size", "error", "error_detail")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OrganisationForm(forms.ModelForm):
    manager = forms.EmailField(
        label="招待する管理者のメールアドレス",
        help_text="支援機関を登録したあと、最初の管理者をここから招待します。保存すると、招待メールを送ります。",
        required=False,
        max_length=LONGEST_ADDRESS,
    )

    class Meta:
        model = Organisation
        fields = ("name", "kind", "prefecture", "address", "telephone", "email")


class _ReadOnly(admin.TabularInline):
    """Who is in, and who was invited: seen by officers, kept by the organisation's managers."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(_ReadOnly):
    model = Membership
    fields = readonly_fields = ("user", "role", "joined_at", "left_at")


class InvitationInline(_ReadOnly):
    model = Invitation
    fields = readonly_fields = ("email", "role", "invited_by", "created_at", "expires_at", "accepted_at", "revoked_at")


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    form = OrganisationForm
    list_display = ("name", "kind", "prefecture", "created_at")
    list_filter = ("kind", "prefecture")
    search_fields = ("name",)
    inlines = (MembershipInline, InvitationInline)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its clients would be gone with it, and they are not the officers'."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        address = form.cleaned_data.get("manager")
        if address:
            officer = cast(User, request.user)
            try:
                ticket = invitations.invite_manager(organisation=form.instance, email=address, by=officer)
            except InvitationRefused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                transaction.on_commit(lambda: self._mail(request, ticket))

    def _mail(self, request: HttpRequest, ticket: Ticket) -> None:
        email = ticket.invitation.email
        if invitations.mail(ticket):
            self.message_user(request, f"{email} に招待メールを送りました。", messages.SUCCESS)
        else:
            self.message_user(
                request, f"{email} に招待メールを送れませんでした。もう一度招待してください。", messages.ERROR
            )
