"""Forms of a batch: which clients it is for, and what it is called and as of when it is made."""

from __future__ import annotations

import uuid
from datetime import date
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils import timezone

from applications.desk.finding import sent_ids
from applications.desk.form_parts import day_field, error_links
from applications.models import Sheet
from eligibility.asking.forms import ErrorLink
from portal.common.japanese import write_date


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
    as_of = day_field(
        label="判定の基準日",
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
    def blank(cls, day: date | None = None) -> BatchForm:
        """`day`: of the page that led here; None for today."""
        return cls(initial={"key": uuid.uuid4(), "as_of": write_date(day or timezone.localdate())})

    def clients(self) -> list[uuid.UUID]:
        return sent_ids(cast(QueryDict, self.data), "client")

    def error_links(self) -> list[ErrorLink]:
        return error_links(self)
