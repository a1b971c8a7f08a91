"""The self-check (自社診断): what one company answered, kept under an unguessable link until it expires."""

from __future__ import annotations

import uuid

from django.db import models

from eligibility.exact_json import ExactDecoder, ExactEncoder


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
