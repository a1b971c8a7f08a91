"""Forms of client companies: filtering the list, a client's own data, a shared code, changes to several at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms

from applications.clients import listing
from applications.clients.clients import LONGEST, ClientRefused
from applications.clients.words import clean_tags, read_corporate_number
from applications.desk.form_parts import People, error_links, set_choices, show_problems
from applications.models import Client, Membership
from eligibility.asking.forms import ErrorLink
from eligibility.checks import BLANK, Answer, known
from eligibility.results import programme_names
from portal.accounts.models import User
from portal.common.japanese import NotReadable

STATES = {listing.ACTIVE: "支援中", listing.ENDED: "支援終了", listing.ALL: "すべて"}
ORDERS = {
    "name": "企業名",
    "kana": "フリガナ",
    "own_key": "顧客番号",
    "updated": "最終変更が新しい順",
    "created": "登録が新しい順",
}
# token_urlsafe(32), as eligibility.checks makes them; demo companies have shorter ones.
_IN_LINK = re.compile(r"/r/([A-Za-z0-9_-]{1,64})")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_OWNERS_LINK = re.compile(r"/check/[A-Za-z0-9_-]{20}")

NOTHING_TICKED = "企業が選ばれていません。企業名の左のチェックを1社以上に付けてから、もう一度押してください。"

_INPUT = {"class": "input", "autocomplete": "off"}


class FilterForm(forms.Form):
    """What the list is asked for by its address. A value that is not offered counts as not given."""

    q = forms.CharField(label="ことば", required=False, max_length=200, widget=forms.TextInput(_INPUT))
    assigned = forms.ChoiceField(label="担当者", required=False)
    tag = forms.ChoiceField(label="タグ", required=False)
    state = forms.ChoiceField(label="状態", required=False, choices=STATES.items())
    program = forms.ChoiceField(label="制度", required=False)
    verdict = forms.ChoiceField(label="判定", required=False, choices=[("", "指定しない"), *listing.VERDICTS.items()])
    sort = forms.ChoiceField(label="並び順", required=False, choices=ORDERS.items())

    def __init__(self, acting: Membership, params: Any) -> None:
        super().__init__(params)
        special = [("", "指定しない"), (listing.MINE, "自分"), (listing.NOBODY, "担当者なし")]
        set_choices(self, "assigned", [*special, *People(acting).choices])
        set_choices(self, "tag", [("", "指定しない"), *((tag, tag) for tag in listing.tags_in_use(acting))])
        set_choices(self, "program", [("", "指定しない"), *programme_names().items()])
        for name, field in self.fields.items():
            if name != "q":
                field.widget.attrs["class"] = "select"

    def wanted(self) -> listing.Wanted:
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return listing.Wanted(
            text=given.get("q", ""),
            assigned=given.get("assigned", ""),
            tag=given.get("tag", ""),
            state=given.get("state", listing.ACTIVE),
            program=given.get("program", ""),
            verdict=given.get("verdict", ""),
            order=given.get("sort", "name"),
        )


class _PeopleForm(forms.Form):
    """A form in which one of the organisation's people is chosen, or nobody."""

    assigned_to = forms.ChoiceField(
        label="担当者", required=False, widget=forms.Select({"class": "select"}), initial=""
    )

    def __init__(self, acting: Membership, *args: Any, kept: User | None = None, **kwargs: Any) -> None:
        """`kept`: who is assigned now; offered also after having left."""
        super().__init__(*args, **kwargs)
        self._people = People(acting, kept)
        set_choices(self, "assigned_to", [("", "担当者なし"), *self._people.choices])

    def clean_assigned_to(self) -> User | None:
        return self._people.chosen(self.cleaned_data["assigned_to"])

    def error_links(self) -> list[ErrorLink]:
        return error_links(self)

    def refuse(self, refused: ClientRefused) -> None:
        show_problems(self, refused.problems)


class ClientForm(_PeopleForm):
    """A client's own data (基本情報), of a new client or of one that is there."""

    name = forms.CharField(
        label="企業名",
        max_length=LONGEST["name"],
        widget=forms.TextInput(_INPUT),
        help_text="登記や屋号のとおりに入力します。",
    )
    name_kana = forms.CharField(
        label="フリガナ", max_length=LONGEST["name_kana"], required=False, widget=forms.TextInput(_INPUT)
    )
    corporate_number = forms.CharField(
        label="法人番号",
        max_length=40,
        required=False,
        widget=forms.TextInput({"class": "input input--yen", "autocomplete": "off", "inputmode": "numeric"}),
        help_text="13桁の数字。個人事業主は空欄のままにします。同じ番号の企業は2回登録できません。",
    )
    own_key = forms.CharField(
        label="顧客番号",
        max_length=LONGEST["own_key"],
        required=False,
        widget=forms.TextInput({"class": "input input--yen", "autocomplete": "off"}),
        help_text="会員番号など、所属する支援機関で使っている番号。一覧のファイルを取り込むときの目印になります。",
    )
    tags = forms.CharField(
        label="タグ",
        max_length=700,
        required=False,
        widget=forms.TextInput(_INPUT),
        help_text="企業を分類する短いことば。いくつかあるときは、読点（、）か空白で区切ります。例：飲食、青年部、創業3年以内",
    )
    notes = forms.CharField(
        label="メモ",
        max_length=LONGEST["notes"],
        required=False,
        widget=forms.Textarea({"class": "textarea", "rows": 5}),
        help_text="所属する支援機関の職員だけが見ます。相談の記録は「相談」に書きます。",
    )
    field_order = ("name", "name_kana", "corporate_number", "own_key", "tags", "assigned_to", "notes")

    def __init__(self, acting: Membership, client: Client | None = None, data: Any = None) -> None:
        """Without a client: a new one, which the person who makes it is proposed to look after."""
        initial = initial_of(client) if client else {"assigned_to": str(acting.user_id)}
        self._had_number = bool(initial.get("corporate_number"))
        super().__init__(acting, data, initial=initial, kept=client.assigned_to if client else None)

    def clean_corporate_number(self) -> str:
        typed = self.cleaned_data["corporate_number"]
        try:
            return read_corporate_number(typed) if typed else ""
        except NotReadable as error:
            raise forms.ValidationError(str(error)) from error

    def clean_tags(self) -> list[str]:
        return clean_tags(self.cleaned_data["tags"])

    def values(self) -> dict[str, Any]:
        """Of a valid form: fields of the client."""
        return {name: value for name, value in self.cleaned_data.items() if name != "corporate_number"}

    def answers(self) -> Mapping[str, Answer]:
        """法人番号 is an answer of the profile. Left blank as it was, it stays what it was (「わからない」 perhaps)."""
        number = self.cleaned_data["corporate_number"]
        if not number and not self._had_number:
            return {}
        return {"corporate_number": known(number) if number else BLANK}


def initial_of(client: Client) -> dict[str, Any]:
    return {
        "name": client.name,
        "name_kana": client.name_kana,
        "corporate_number": client.corporate_number,
        "own_key": client.own_key,
        "tags": "、".join(client.tags),
        "assigned_to": str(client.assigned_to_id or ""),
        "notes": client.notes,
    }


class CodeForm(forms.Form):
    """The read-only link of a self-check, pasted with whatever stands around it."""

    code = forms.CharField(
        label="閲覧用リンク",
        max_length=2000,
        widget=forms.TextInput(_INPUT),
        help_text="企業が自社診断の結果ページで作った「閲覧用リンク」を貼り付けます。メールの文ごと貼り付けてもかまいません。",
    )

    def clean_code(self) -> list[str]:
        """The tokens that it may mean, the likeliest first."""
        plain = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        joined = re.sub(r"\s+", "", plain)
        if _OWNERS_LINK.search(joined) and not _IN_LINK.search(joined):
            raise forms.ValidationError(
                "これは企業本人だけが使うリンク（回答を変えられるリンク）です。このリンクは受け取らず、"
                "診断結果のページで「閲覧用リンク」を作って送ってもらってください。"
            )
        whole = [piece for piece in plain.split() if re.fullmatch(r"[A-Za-z0-9_-]{8,64}", piece)]
        tokens = [*_IN_LINK.findall(joined), *_IN_LINK.findall(plain), *_TOKEN.findall(joined), *whole]
        return list(dict.fromkeys(tokens))[:10]


class FromCheckForm(_PeopleForm):
    """What a client made from a self-check is called, and who looks after it."""

    name = forms.CharField(label="企業名", max_length=LONGEST["name"], widget=forms.TextInput(_INPUT))
    own_key = forms.CharField(
        label="顧客番号",
        max_length=LONGEST["own_key"],
        required=False,
        widget=forms.TextInput({"class": "input input--yen"}),
    )
    field_order = ("name", "own_key", "assigned_to")


class ManyForm(_PeopleForm):
    """A change to several chosen clients."""

    class Action:
        TAG, UNTAG, ASSIGN, END, RESUME = "tag", "untag", "assign", "end", "resume"

    action = forms.ChoiceField(
        label="変更",
        choices=[
            (Action.TAG, "タグを付ける"),
            (Action.UNTAG, "タグを外す"),
            (Action.ASSIGN, "担当者を変える"),
            (Action.END, "支援終了にする"),
            (Action.RESUME, "支援中に戻す"),
        ],
        widget=forms.Select({"class": "select"}),
    )
    tags = forms.CharField(label="タグ", max_length=200, required=False, widget=forms.TextInput(_INPUT))
    field_order = ("action", "tags", "assigned_to")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("action") in (self.Action.TAG, self.Action.UNTAG) and not clean_tags(cleaned.get("tags", "")):
            self.add_error("tags", "付ける（外す）タグを入力してください。")
        return cleaned
