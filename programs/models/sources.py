"""Sources (出典): texts that officers add beside those in fixtures/sources/, and when each was last checked."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SourceText(models.Model):
    """A document's text, line by line, as citations count it. Never changed: a corrected text is a new one.

    A trigger refuses updates on both databases (migration 0005).
    """

    # As `sources.document` of a programme document names it, beside the files of fixtures/sources/.
    name = models.CharField("資料の名前（ファイル名）", max_length=100, unique=True)
    title = models.CharField("表題", max_length=200)
    publisher = models.CharField("発行者", max_length=100)
    date = models.DateField("発行日")
    url = models.URLField("掲載先", max_length=500, blank=True)
    text = models.TextField("本文")
    sha256 = models.CharField("本文のSHA-256", max_length=64, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登録者")
    added_at = models.DateTimeField("登録", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "出典の資料"
        ordering = ("-added_at",)

    def __str__(self) -> str:
        return f"{self.title}（{self.name}）"


class SourceCheck(models.Model):
    """An officer looked whether a source still says what we cite (出典の確認). The latest row counts."""

    document = models.CharField("資料の名前（ファイル名）", max_length=100, db_index=True)
    checked_on = models.DateField("確認日")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="確認者")
    note = models.CharField("メモ", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "出典の確認"
        ordering = ("document", "-checked_on", "-pk")

    def __str__(self) -> str:
        return f"{self.document} {self.checked_on}"
