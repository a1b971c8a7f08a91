"""The self-check (自社診断) of a company, its questions to the bureau, and what a draft would change for companies."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from eligibility.exact_json import ExactDecoder, ExactEncoder
from portal.common.jobs import Job
from programs.models import Draft


class SelfCheck(models.Model):
    """The answers of one company, without an account.

    Two tokens open it. The owner's stands only in the owner's address; here is its SHA-256, so that nobody who reads
    the database can edit a check. The share token opens the read-only result and is stored as it is, because the
    owner sees it again on the page; null while nothing is shared.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_hash = models.CharField("所有者リンクのSHA-256", max_length=64, unique=True, editable=False)
    share_token = models.CharField("共有リンクの鍵", max_length=64, unique=True, null=True, blank=True, editable=False)
    # Raw contract profile: what was answered, nothing else.
    profile = models.JSONField("回答", default=dict, blank=True, encoder=ExactEncoder, decoder=ExactDecoder)
    # Keys that were answered 「わからない」; absent from the profile like those never asked.
    unknown = models.JSONField("わからないと答えた項目", default=list, blank=True)
    # Null: the day of looking.
    as_of = models.DateField("基準日", null=True, blank=True)
    title = models.CharField("名前", max_length=100, blank=True)
    is_demo = models.BooleanField("デモ", default=False)
    # The owner's word: only then do officers' impact previews count it, as a number among others.
    agrees_to_counting = models.BooleanField("集計への同意", default=False)
    # Made on the preview page of a draft: answered by the draft's rules while its preview is open.
    preview = models.ForeignKey(
        Draft, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="試した案"
    )
    created_at = models.DateTimeField("作成", auto_now_add=True)
    updated_at = models.DateTimeField("最終変更", auto_now=True)
    expires_at = models.DateTimeField("保存期限", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "自社診断"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.title or f"診断 {self.pk}"

    @property
    def is_shared(self) -> bool:
        return self.share_token is not None


class Impact(Job):
    """The impact preview (影響の試算) of one draft as its document was at that time.

    `result`: see eligibility.impacts.previews; null until done.
    """

    doorbell = "eligibility.tasks.preview_impact"

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="impacts", verbose_name="制度の案")
    document_hash = models.CharField("文書のハッシュ", max_length=64)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="依頼者")
    result = models.JSONField("結果", null=True, blank=True)

    class Meta(Job.Meta):
        verbose_name = verbose_name_plural = "影響の試算"
        ordering = ("-created_at",)


class Ticket(models.Model):
    """「この判定はおかしい？」: a company's doubt about one answer, with the proof as it was shown.

    It goes with its self-check: what the owner deletes is gone here too.
    """

    class State(models.TextChoices):
        OPEN = "open", "未回答"
        ANSWERED = "answered", "回答済み"

    self_check = models.ForeignKey(SelfCheck, models.CASCADE, related_name="tickets", verbose_name="自社診断")
    program = models.SlugField("制度", max_length=60)
    version = models.SlugField("版", max_length=60)
    frame = models.SlugField("枠", max_length=60)
    requirement = models.CharField("要件", max_length=60, blank=True)
    message = models.TextField("おかしいと思う点", max_length=2000)
    # As the page showed it (eligibility.tickets.proof_of): verdict, each requirement with value and source, amounts.
    proof = models.JSONField("判定の根拠")
    rules_hash = models.CharField("規則のハッシュ", max_length=64)
    state = models.CharField("状態", max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.TextField("回答", max_length=4000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="回答者"
    )
    answered_at = models.DateTimeField("回答日時", null=True, blank=True)
    created_at = models.DateTimeField("受付", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "判定への質問"
        ordering = ("state", "-created_at")

    def __str__(self) -> str:
        return f"{self.program}@{self.version}/{self.frame}"
