"""Forms of a batch: which clients it is for, and what it is called and as of when it is made."""

from __future__ import annotations

import uuid
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from applications.desk.client_forms import chosen_clients
from applications.models import Sheet
from eligibility.asking.forms import FIRST_DAY, LAST_DAY, ErrorLink
from portal.common.japanese import NotReadable, read_date, write_date


class BatchForm(forms.Form):
    """`key` is the number that the batch will have: the form sent twice is one batch. `client`: ids, one box each."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(
        label="この一括作成の名前",
        max_length=100,
        required=False,
        widget=forms.TextInput({"class": "input input--text", "autocomplete": "off"}),
        help_text="あとで一覧から探すための名前です。例：秋の個別訪問",
    )
    as_of = forms.CharField(
        label="判定の基準日",
        max_length=40,
        widget=forms.TextInput({"class": "input input--code", "autocomplete": "off"}),
        help_text="この日の時点の制度と公募で判定します。「令和5年10月1日」「2023-10-01」のようにも書けます。",
    )

    kind = forms.ChoiceField(
        label="シートの種類",
        choices=[
            (Sheet.Kind.DRAFT, "下書き（訪問や相談の準備に使う。「下書き」と印刷されます）"),
            (Sheet.Kind.FINAL, "確定版（企業に渡す。照合コードで確かめられ、あとから変えられません）"),
        ],
        initial=Sheet.Kind.DRAFT,
        widget=forms.RadioSelect,
    )

    @classmethod
    def blank(cls) -> BatchForm:
        return cls(initial={"key": uuid.uuid4(), "as_of": write_date(timezone.localdate())})

    def clean_as_of(self) -> date:
        try:
            day = read_date(self.cleaned_data["as_of"])
        except NotReadable as error:
            raise ValidationError(str(error)) from error
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError(f"基準日は{FIRST_DAY.year}年から{LAST_DAY.year}年までの日付で入力してください。")
        return day

    def clients(self) -> list[uuid.UUID]:
        return chosen_clients(self.data)

    def error_links(self) -> list[ErrorLink]:
        """For components/error_summary.html."""
        return [ErrorLink(f"id_{name}", str(text)) for name, texts in self.errors.items() for text in texts]
