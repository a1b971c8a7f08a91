"""Forms of the desk beside the editor's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from programs.models import Draft, Revision

SLUG_ONLY = "英小文字・数字・ハイフンで書いてください（例：r5-hosei）。"


class RevisionField(forms.ModelChoiceField):
    """A published revision; one that is withdrawn says so."""

    def label_from_instance(self, obj: Revision) -> str:
        mark = "" if obj.publication.ends is None else "（今は掲載していません）"
        return f"{obj}{mark}"


class NewDraftForm(forms.Form):
    """Which published revision a new draft starts from, and what it is to be."""

    source = RevisionField(
        label="写し元",
        queryset=Revision.objects.none(),
        help_text="どの年度の、どの改訂からでも始められます。訂正は、その版のいちばん新しい改訂から作ります。",
        empty_label="選んでください",
    )
    is_correction = forms.TypedChoiceField(
        label="作るもの",
        choices=[("new", "新しい版（次の公募・次の年度など）"), ("correction", "今の版の訂正（誤りを直す）")],
        coerce=lambda value: value == "correction",
        widget=forms.RadioSelect,
        initial="new",
    )
    version = forms.SlugField(
        label="新しい版の名前",
        required=False,
        max_length=60,
        help_text="英小文字・数字・ハイフン。アドレスに使われます（例：r5-hosei、r6-dai16kai）。訂正のときは空のままにします。",
        error_messages={"invalid": SLUG_ONLY},
    )
    program = forms.SlugField(
        label="別の制度にするとき：制度の名前",
        required=False,
        max_length=60,
        help_text="いつもは空のままにします。後継の新しい制度をつくるときだけ、英小文字・数字・ハイフンで書きます。",
        error_messages={"invalid": SLUG_ONLY},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        revisions = Revision.objects.select_related("version__programme", "publication").order_by(
            "version__programme__slug", "-version__announced", "-number"
        )
        # Hundreds of whole documents only to name them would take a second.
        self.fields["source"].queryset = revisions.defer("document")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_correction") is False and not cleaned.get("version") and "version" not in self.errors:
            self.add_error("version", "新しい版の名前を書いてください。")
        source = cleaned.get("source")
        if cleaned.get("is_correction") and source is not None and source != source.version.revisions.first():
            self.add_error("source", "訂正は、その版のいちばん新しい改訂から作ります。新しい改訂を選んでください。")
        return cleaned


class MoveForm(forms.Form):
    """A word why, and for a reservation the moment (Japanese time)."""

    reason = forms.CharField(
        label="理由・連絡", required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
    publish_at = forms.SplitDateTimeField(
        label="公開する日時（日本時間）",
        required=False,
        input_date_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"],
        input_time_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.SplitDateTimeWidget(date_attrs={"type": "date"}, time_attrs={"type": "time"}),
    )

    def clean_publish_at(self) -> Any:
        moment = self.cleaned_data["publish_at"]
        if moment is not None and moment <= timezone.now():
            raise forms.ValidationError("これから先の日時を書いてください。")
        return moment


class DraftFilterForm(forms.Form):
    """The list of drafts, narrowed."""

    state = forms.ChoiceField(label="状態", required=False)
    q = forms.CharField(label="制度・版の名前", required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [("", "進行中"), ("all", "すべて"), *Draft._meta.get_field("state").flatchoices]
        self.fields["state"].choices = states  # type: ignore[attr-defined]
