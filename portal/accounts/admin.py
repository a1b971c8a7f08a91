"""Accounts as officers see them: people with their one mail address, and help for who lost their telephone."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.http import HttpRequest

from portal.accounts.models import User
from portal.accounts.people import account_with, set_address


class PersonForm(UserChangeForm):
    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        other = account_with(email) if email else None
        if other is not None and other.pk != self.instance.pk:
            raise forms.ValidationError("このメールアドレスは、ほかの人のアカウントで使われています。")
        return email


@admin.register(User)
class PersonAdmin(UserAdmin):
    form = PersonForm

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """The old address must not open the account any more, by a new password sent there."""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            set_address(obj, obj.email)


admin.site.unregister(EmailAddress)  # a person has one address, and it is changed with the person
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class SecondFactorAdmin(admin.ModelAdmin):
    """Deleting is all: the person sets up a new one. The secrets themselves are shown to nobody."""

    list_display = ("user", "type", "created_at", "last_used_at")
    search_fields = ("user__username", "user__email", "user__last_name")
    list_select_related = ("user",)
    fields = list_display
    readonly_fields = list_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
