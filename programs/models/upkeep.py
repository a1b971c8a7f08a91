"""Keeping true (鮮度の管理): official links and what was mailed to whom."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """An official address that a published document names, and what the last nightly check found."""

    class Outcome(models.TextChoices):
        UNCHECKED = "unchecked", "未確認"
        WORKS = "works", "開ける"
        BROKEN = "broken", "切れている"
        BLOCKED = "blocked", "確かめられない"

    url = models.URLField("アドレス", max_length=500, unique=True)
    outcome = models.CharField("結果", max_length=10, choices=Outcome.choices, default=Outcome.UNCHECKED)
    detail = models.CharField("くわしい結果", max_length=200, blank=True)
    # Since when the outcome is what it is; a link that is broken for one night may only have been down.
    since = models.DateTimeField("この結果になった日時", null=True, blank=True)
    checked_at = models.DateTimeField("最後の確認", null=True, blank=True)
    # Slugs of the programmes whose documents in force name it.
    programs = models.JSONField("使っている制度", default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公式のリンク"
        ordering = ("url",)

    def __str__(self) -> str:
        return self.url


class Reminder(models.Model):
    """Something an owner was told (お知らせ): `key` names it with its date, so that nothing is mailed twice."""

    class Kind(models.TextChoices):
        SOURCE = "source", "出典の確認が6か月ない"
        ENDING = "ending", "まもなく終わる"
        LINK = "link", "リンクが切れている"

    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=300)
    program = models.SlugField("制度", max_length=60)
    text = models.CharField("内容", max_length=300)
    listed_at = models.DateTimeField("一覧に載せた日時", auto_now_add=True)
    # Null: nobody to mail to yet, or the mail server was down; tried again the next day.
    mailed_at = models.DateTimeField("送信", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "担当者へのお知らせ"
        ordering = ("-listed_at",)
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_reminder_of_a_thing")]

    def __str__(self) -> str:
        return self.text
