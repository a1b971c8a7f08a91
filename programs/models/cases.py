"""Acceptance cases (確認用の事例): a company, a day and what a version must answer, kept beside its programme."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from programs.models.drafts import Draft


class AcceptanceCase(models.Model):
    """One case of a version. `document` holds it as fixtures/programs/<program>/cases.yaml writes it."""

    program = models.SlugField("制度", max_length=60)
    version = models.SlugField("版", max_length=60)
    slug = models.SlugField("名前（英数字）", max_length=60)
    position = models.PositiveIntegerField("順番", default=0)
    document = models.JSONField("事例")
    # Changed at the desk: loading the files leaves it as it is.
    is_edited = models.BooleanField("担当官が編集", default=False)
    # Deleted at the desk: the row stays, so that loading the files does not bring the case back.
    is_removed = models.BooleanField("削除", default=False)
    updated_at = models.DateTimeField("最終更新", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "確認用の事例"
        ordering = ("program", "version", "position", "slug")
        constraints = [models.UniqueConstraint(fields=["program", "version", "slug"], name="one_case_of_a_name")]

    def __str__(self) -> str:
        return f"{self.program}@{self.version} {self.slug}"


class CaseAcceptance(models.Model):
    """A changed outcome that an officer accepts with a reason (結果の変更の承認), for exactly this outcome."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="case_acceptances", verbose_name="制度の案")
    case = models.ForeignKey(AcceptanceCase, models.CASCADE, related_name="acceptances", verbose_name="事例")
    outcome = models.JSONField("新しい結果")
    reason = models.CharField("理由", max_length=200)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="承認者")
    accepted_at = models.DateTimeField("承認", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "結果の変更の承認"
        ordering = ("draft", "case")
        constraints = [models.UniqueConstraint(fields=["draft", "case"], name="one_acceptance_of_a_case")]

    def __str__(self) -> str:
        return f"{self.case}：{self.reason}"
