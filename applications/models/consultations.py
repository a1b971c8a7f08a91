"""Consultations (相談) and the sheets (相談シート) made of them."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from applications.models.clients import Client
from applications.models.files import OnePdf, delete_with_row
from applications.models.organisations import Organisation
from eligibility.exact_json import ExactDecoder, ExactEncoder
from portal.common.jobs import Job


class Consultation(models.Model):
    """One consultation with one client. Closed (`closed_at`) by its final sheet: from then on it is only read.

    `programmes`: slugs of those chosen; `topics` and `open_questions`: lists of lines. `stamp` as in Client.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="consultations", verbose_name="支援先企業")
    held_on = models.DateField("相談日")
    adviser = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="担当者")
    topics = models.JSONField("相談のテーマ", default=list, blank=True)  # list of str
    notes = models.TextField("相談の内容", max_length=10000, blank=True)
    programmes = models.JSONField("検討する制度", default=list, blank=True)  # list of slugs
    open_questions = models.JSONField("確認が必要なこと", default=list, blank=True)  # list of str
    # Null: the day of the consultation.
    as_of = models.DateField("判定の基準日", null=True, blank=True)
    stamp = models.PositiveIntegerField(default=1, editable=False)
    closed_at = models.DateTimeField("確定日時", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("作成日時", default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField("最終変更", default=timezone.now)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "相談"
        ordering = ("-held_on", "-created_at")

    def __str__(self) -> str:
        return f"{self.held_on} {self.client_id}"

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class NextStep(models.Model):
    """An agreed next step (次の行動): what, who, until when."""

    class Owner(models.TextChoices):
        CLIENT = "client", "企業"
        ORGANISATION = "organisation", "支援機関"
        OTHER = "other", "その他"

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField("内容", max_length=300)
    owner = models.CharField("行う人", max_length=12, choices=Owner.choices, default=Owner.CLIENT)
    owner_name = models.CharField("氏名", max_length=100, blank=True)
    due_on = models.DateField("期日", null=True, blank=True)
    done_on = models.DateField("済んだ日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "次の行動"
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.text


class Batch(models.Model):
    """Sheets for many clients at once (一括作成). Each sheet is a job of its own; a delivery joins those that are done.

    Nothing here says how far it is: that is counted from the sheets.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="batches", verbose_name="支援機関")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="依頼者")
    title = models.CharField("名前", max_length=100, blank=True)
    as_of = models.DateField("判定の基準日")
    created_at = models.DateTimeField("依頼日時", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "一括作成"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.title or f"名前なし（{timezone.localtime(self.created_at):%Y-%m-%d %H:%M}）"


class Sheet(OnePdf, Job):
    """One consultation sheet as PDF, of a consultation or, in a batch, of a client alone.

    `context` is all it is made from; null until it is frozen (on request, in a batch by the job), never changed after.
    A final sheet cannot be changed (a trigger holds that) and is verified by its code (see Seal).
    """

    class Kind(models.TextChoices):
        DRAFT = "draft", "下書き"
        FINAL = "final", "確定版"

    doorbell = "applications.tasks.render_sheet"

    client = models.ForeignKey(Client, models.CASCADE, related_name="sheets", verbose_name="支援先企業")
    consultation = models.ForeignKey(
        Consultation, models.CASCADE, null=True, blank=True, related_name="sheets", verbose_name="相談"
    )
    batch = models.ForeignKey(Batch, models.CASCADE, null=True, blank=True, related_name="sheets")
    kind = models.CharField("種類", max_length=5, choices=Kind.choices, default=Kind.DRAFT)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="依頼者"
    )
    context = models.JSONField("内容", null=True, encoder=ExactEncoder, decoder=ExactDecoder, editable=False)
    content_hash = models.CharField("内容のSHA-256", max_length=64, blank=True, editable=False)
    code = models.CharField("照合コード", max_length=14, blank=True, db_index=True, editable=False)
    file = models.FileField("ファイル", max_length=100, editable=False)
    file_hash = models.CharField("ファイルのSHA-256", max_length=64, blank=True, editable=False)
    pages = models.PositiveSmallIntegerField("ページ数", default=0)
    size = models.PositiveIntegerField("大きさ（バイト）", default=0)

    class Meta(Job.Meta):
        verbose_name = verbose_name_plural = "相談シート"
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "client"], name="sheet_once_per_batch_and_client"),
            models.UniqueConstraint(
                fields=["consultation"], condition=models.Q(kind="final"), name="one_final_sheet_per_consultation"
            ),
            models.UniqueConstraint(
                fields=["consultation", "content_hash", "kind"],
                condition=~models.Q(content_hash=""),
                name="sheet_once_per_content",
            ),
        ]

    @property
    def is_final(self) -> bool:
        return self.kind == self.Kind.FINAL


class Delivery(Job):
    """The files of a batch once all its sheets are done or failed: a ZIP and one joined PDF. Made once per batch."""

    doorbell = "applications.tasks.deliver_batch"

    batch = models.OneToOneField(Batch, models.CASCADE, related_name="delivery")
    archive = models.FileField("ZIP", max_length=100, editable=False)
    archive_size = models.PositiveBigIntegerField(default=0)
    joined = models.FileField("結合したPDF", max_length=100, editable=False)
    joined_size = models.PositiveBigIntegerField(default=0)
    pages = models.PositiveIntegerField("ページ数", default=0)

    class Meta(Job.Meta):
        verbose_name = verbose_name_plural = "一括作成のファイル"
        ordering = ("-created_at",)


class Seal(models.Model):
    """What a verification code stands for (照合の記録). Outlives the client, holds nothing of it, is never changed."""

    code = models.CharField("照合コード", max_length=14, unique=True)
    content_hash = models.CharField("内容のSHA-256", max_length=64)
    file_hash = models.CharField("ファイルのSHA-256", max_length=64)
    pages = models.PositiveSmallIntegerField("ページ数")
    organisation_name = models.CharField("支援機関", max_length=200)
    as_of = models.DateField("判定の基準日")
    # ["slug@version r1 rules_hash", ...]
    rules = models.JSONField("判定に使った規則", default=list)
    issued_at = models.DateTimeField("確定日時", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "照合の記録"
        ordering = ("-issued_at",)

    def __str__(self) -> str:
        return self.code


@receiver(post_delete, sender=Sheet)
def delete_sheet_file(instance: Sheet, **kwargs: Any) -> None:
    delete_with_row(instance.file)


@receiver(post_delete, sender=Delivery)
def delete_delivery_files(instance: Delivery, **kwargs: Any) -> None:
    delete_with_row(instance.archive)
    delete_with_row(instance.joined)
