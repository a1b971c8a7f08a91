"""Forms about an organisation and its people."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.models import Membership, Organisation
from applications.organisations.details import FIELDS, state_of
from applications.selectors import desk
from portal.accounts.forms import InOurWords, no_control_characters
from portal.accounts.people import LONGEST_ADDRESS, name_of
from portal.common.prefectures import PREFECTURES

ROLE_HELP = (
    "管理者は、職員の招待・離任と、APIキー・操作の記録を扱えます。相談や支援先の仕事は、どちらの役割でもできます。"
)


class InviteForm(InOurWords):
    email = forms.EmailField(
        label="招待する人のメールアドレス",
        help_text="この人だけが使えるリンクを送ります。",
        max_length=LONGEST_ADDRESS,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label="役割", help_text=ROLE_HELP, choices=Membership.Role.choices, initial=Membership.Role.ADVISER
    )


class RoleForm(InOurWords):
    role = forms.ChoiceField(label="役割", help_text=ROLE_HELP, choices=Membership.Role.choices)


class _Members(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{name_of(obj.user)}（{obj.get_role_display()}）"


class LeaveForm(InOurWords):
    """Who takes over the clients of a member who leaves."""

    successor = _Members(
        label="担当している支援先を引き継ぐ人",
        queryset=Membership.objects.none(),
        required=False,
        empty_label="引き継がない（担当者なしにする）",
    )

    def __init__(self, *args: Any, acting: Membership, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].queryset = desk.members(acting).exclude(pk=member.pk)  # type: ignore[attr-defined]


class DetailsForm(InOurWords):
    """`seen` comes back with what the form was made from, so that nobody overwrites what they have not seen."""

    prefecture = forms.ChoiceField(
        label="都道府県", required=False, choices=[("", "選んでください"), *sorted(PREFECTURES.items())]
    )
    address = forms.CharField(
        label="所在地",
        help_text="相談シートに載ります。例：徳島市幸町2丁目5番地",
        required=False,
        max_length=200,
        validators=[no_control_characters],
    )
    telephone = forms.CharField(
        label="電話番号",
        help_text="相談シートに載ります。例：088-000-0000",
        required=False,
        max_length=30,
        validators=[no_control_characters],
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    email = forms.EmailField(label="メールアドレス", help_text="支援機関としての連絡先。", required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    @classmethod
    def of(cls, organisation: Organisation, data: Any = None) -> DetailsForm:
        shown = {field: getattr(organisation, field) for field in FIELDS}
        return cls(data, initial={**shown, "seen": state_of(organisation)})


class ConfirmForm(forms.Form):
    """Joining with an account that has another mail address than the invitation went to."""

    confirmed = forms.BooleanField(
        error_messages={"required": "このアカウントで参加してよければ、チェックを入れてください。"}
    )
