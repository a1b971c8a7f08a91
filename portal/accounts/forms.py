"""The forms of signing in: allauth's, in our words and with the controls of our design."""

from __future__ import annotations

import json
from typing import Any, ClassVar, NamedTuple

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import MaxLengthValidator, RegexValidator

from portal.accounts.models import User
from portal.common.characters import NO_CHARACTER_OF_A_LINE

CODE_HELP = "アプリに表示されている6けたの数字。予備コード（8けた）も使えます。"
NEW_PASSWORD_HELP = "12文字以上。数字だけのもの、よくある言葉、名前やメールアドレスに似たものは使えません。"  # noqa: S105

no_control_characters = RegexValidator(NO_CHARACTER_OF_A_LINE, "改行などの制御文字は使えません。", inverse_match=True)


class Words(NamedTuple):
    """Label and help of a field."""

    label: str
    help: str = ""


class InOurWords(forms.Form):
    """Gives fields their words, and controls their class; what allauth writes into empty controls goes."""

    words: ClassVar[dict[str, Words]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in self.words:
                field.label, field.help_text = self.words[name]
            field.widget.attrs.pop("placeholder", None)
            if not isinstance(field.widget, forms.CheckboxInput | forms.HiddenInput):
                kind = "select" if isinstance(field.widget, forms.Select) else "input input--text"
                field.widget.attrs.setdefault("class", kind)


_PASSWORD = Words("パスワード")
_NEW_PASSWORDS = {
    "password1": Words("新しいパスワード", NEW_PASSWORD_HELP),
    "password2": Words("新しいパスワード（確認のためもう一度）"),
}


_LONGEST_LOGIN: int = User._meta.get_field("email").max_length or 0


class LoginForm(InOurWords, account_forms.LoginForm):
    words = {"login": Words("ユーザー名またはメールアドレス"), "password": _PASSWORD}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["login"].validators.append(MaxLengthValidator(_LONGEST_LOGIN))  # SQLite fails on an endless one


class ReauthenticateForm(InOurWords, account_forms.ReauthenticateForm):
    words = {"password": _PASSWORD}


class ChangePasswordForm(InOurWords, account_forms.ChangePasswordForm):
    words = {"oldpassword": Words("今のパスワード"), **_NEW_PASSWORDS}


class SetPasswordForm(InOurWords, account_forms.SetPasswordForm):
    words = _NEW_PASSWORDS


class ResetPasswordForm(InOurWords, account_forms.ResetPasswordForm):
    words = {"email": Words("メールアドレス", "登録しているメールアドレスを入力してください。")}


class ResetPasswordKeyForm(InOurWords, account_forms.ResetPasswordKeyForm):
    words = _NEW_PASSWORDS


class _CodeForm(InOurWords):
    """A code is six or eight digits: the short control, and the keyboard of digits on a telephone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"class": "input input--code", "inputmode": "numeric"}


class AuthenticateForm(_CodeForm, mfa_forms.AuthenticateForm):
    words = {"code": Words("確認コード", CODE_HELP)}


class ReauthenticateByCodeForm(_CodeForm, mfa_forms.ReauthenticateForm):
    words = {"code": Words("確認コード", CODE_HELP)}


class ActivateTOTPForm(_CodeForm, totp_forms.ActivateTOTPForm):
    words = {"code": Words("確認コード", "アプリに表示された6けたの数字。")}


_PASSKEY_NAME = Words("名前", "どの端末のものか、あとで分かる名前。例：事務所のパソコン")
_LONGEST_NAME = 50
_LONGEST_CREDENTIAL = 20_000  # characters; a real one has some 2,000


class AddPasskeyForm(InOurWords, passkey_forms.AddWebAuthnForm):
    words = {"name": _PASSKEY_NAME}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = str(_LONGEST_NAME)
        self.fields["passwordless"].initial = True

    def clean_name(self) -> str:
        """Cut, not refused: the device has stored its half by now."""
        name: str = super().clean_name()
        return name[:_LONGEST_NAME]

    def clean_credential(self) -> Any:
        """It is stored as it came: what PostgreSQL cannot store, or no device makes, is refused."""
        credential = self.cleaned_data["credential"]
        text = json.dumps(credential)
        if "\\u0000" in text or len(text) > _LONGEST_CREDENTIAL:
            raise forms.ValidationError("パスキーを読み取れませんでした。もう一度お試しください。")
        return credential


class EditPasskeyForm(InOurWords, passkey_forms.EditWebAuthnForm):
    words = {"name": _PASSKEY_NAME}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = str(_LONGEST_NAME)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        return name[:_LONGEST_NAME]


class NameForm(InOurWords):
    """A person's own name, kept as a whole."""

    name = forms.CharField(
        label="氏名",
        max_length=100,
        validators=[no_control_characters],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class NewAccountForm(NameForm):
    """Name and password of a person who was invited. `email`: where the invitation went."""

    password1 = forms.CharField(
        label="パスワード",
        help_text=NEW_PASSWORD_HELP,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label="パスワード（確認のためもう一度）",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        person = User(username=self.email, email=self.email, last_name=self.cleaned_data.get("name", ""))
        validate_password(password, person)
        return password

    def clean_password2(self) -> str:
        password: str = self.cleaned_data["password2"]
        if password != self.cleaned_data.get("password1", password):
            raise forms.ValidationError("同じパスワードを入力してください。")
        return password
