"""Forms of the sources: adding one, noting that one was checked, finding lines."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.validators import URLValidator

from portal.common.characters import NO_CHARACTER_OF_A_LINE
from portal.common.japanese import NotReadable, read_date
from portal.common.uploads import Sent
from programs.upkeep.source_texts import UnreadableText, cleaned, decoded
from programs.upkeep.sources import MAX_NAME, name_fault

TOO_LONG = "貼り付けた本文が長すぎて受け取れませんでした。テキストファイル（1MBまで）にして選んでください。"


def refuse_control_characters(value: str) -> None:
    if NO_CHARACTER_OF_A_LINE.search(value):
        raise forms.ValidationError("文字ではない制御文字が入っています。")


def refuse_credentials(value: str) -> None:
    try:
        host = urlsplit(value).netloc
    except ValueError:  # no address at all: the other validator says so
        return
    if "@" in host:
        raise forms.ValidationError("アドレスに利用者名やパスワードを入れないでください。")


class SourceForm(forms.Form):
    """A new source: what it is, and its text pasted or as a file."""

    name = forms.CharField(
        label="資料の名前（ファイル名）",
        max_length=MAX_NAME,
        help_text="英小文字・数字・ハイフン・下線で書きます（例：jizokuka-15kai-yoryo.txt）。制度の文書は、この名前で資料を指します。",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    title = forms.CharField(
        label="表題",
        max_length=200,
        validators=[refuse_control_characters],
        help_text="表紙にあるとおりに書きます（例：小規模事業者持続化補助金 第15回公募 公募要領）。",
    )
    publisher = forms.CharField(
        label="発行者",
        max_length=100,
        validators=[refuse_control_characters],
        help_text="例：中小企業庁、四国経済産業局",
    )
    date = forms.CharField(label="発行日", max_length=40, help_text="例：2024年1月16日、令和6年1月16日、2024-01-16")
    url = forms.CharField(
        label="掲載先のアドレス",
        required=False,
        max_length=500,
        validators=[URLValidator(schemes=["http", "https"]), refuse_credentials],
        help_text="公開されているページ。毎晩、開けるかどうかを確かめます。",
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    text = forms.CharField(
        label="本文を貼り付ける",
        required=False,
        strip=False,  # citations count the lines as they are
        help_text="PDFやウェブページから写した文。貼り付けるか、下でファイルを選ぶか、どちらか一つが要ります。",
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="または、テキストファイルを選ぶ",
        required=False,
        help_text="1MBまでの .txt。文字コードは UTF-8 か Shift_JIS（自動で見分けます）。",
        widget=forms.FileInput(attrs={"accept": ".txt,text/plain"}),
    )

    def __init__(self, *args: Any, sent: Sequence[Sent] = (), **kwargs: Any) -> None:
        """`sent`: the files as the upload handler kept or refused them."""
        super().__init__(*args, **kwargs)
        self._sent = sent
        self.encoding = ""  # how the file was read, in words

    @property
    def had_file(self) -> bool:
        """A form that is shown again has lost it: browsers do not fill file fields."""
        return bool(self._sent)

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        name = typed if typed.endswith(".txt") else f"{typed}.txt"
        fault = name_fault(name)
        if fault:
            raise forms.ValidationError(fault)
        return name

    def clean_date(self) -> datetime.date:
        try:
            return read_date(self.cleaned_data["date"])
        except NotReadable as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        refusals = [file.refusal for file in self._sent if file.refusal]
        if refusals:
            self.add_error("file", refusals[0])
        elif "file" not in self.errors:
            self._read_text(given)
        return given

    def _read_text(self, given: dict[str, Any]) -> None:
        """Puts the checked text into `text`, wherever it came from."""
        pasted = given.get("text") or ""
        if bool(self._sent) == bool(pasted.strip()):
            words = "どちらか一つだけにしてください。" if self._sent else "どちらかで本文を入れてください。"
            self.add_error("text", f"本文は、貼り付けるか、ファイルを選ぶか、{words}")
            return
        try:
            if self._sent:
                read = decoded(self._sent[0].content)
                given["text"], self.encoding = read.text, read.encoding
            given["text"] = cleaned(given["text"])
        except UnreadableText as error:
            self.add_error("file" if self._sent else "text", str(error))


class CheckForm(forms.Form):
    """「確認した」, with a word about what was seen."""

    note = forms.CharField(
        label="メモ",
        required=False,
        max_length=200,
        validators=[refuse_control_characters],
        help_text="例：第15回の公募要領と見比べた",
    )


class LinesForm(forms.Form):
    """What is looked for in a source, and which lines are pointed at."""

    q = forms.CharField(label="言葉を探す", required=False, max_length=200)
    lines = forms.CharField(label="行を指す", required=False, max_length=20, help_text="例：943、943-945")
