"""Support organisations (支援機関), their people, and the keys their tools sign in with."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from portal.common.prefectures import PREFECTURES


class Organisation(models.Model):
    """A support organisation. Everything below it is seen by its members only."""

    class Kind(models.TextChoices):
        CERTIFIED = "certified", "認定経営革新等支援機関"
        SHOKOKAI = "shokokai", "商工会"
        CHAMBER = "chamber", "商工会議所"
        OTHER = "other", "その他の支援機関"

    name = models.CharField("名称", max_length=200, unique=True)
    kind = models.CharField("種類", max_length=10, choices=Kind.choices)
    prefecture = models.CharField("都道府県", max_length=2, choices=sorted(PREFECTURES.items()), blank=True)
    address = models.CharField("所在地", max_length=200, blank=True)
    telephone = models.CharField("電話番号", max_length=30, blank=True)
    email = models.EmailField("メールアドレス", blank=True)
    created_at = models.DateTimeField("登録日時", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "支援機関"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's place in an organisation: the acting user of every read and write of the supporter's desk.

    One at a time; it ends by `left_at`, and with it everything the person could see.
    """

    class Role(models.TextChoices):
        MANAGER = "manager", "管理者"
        ADVISER = "adviser", "相談員"

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships", verbose_name="支援機関")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name="利用者"
    )
    role = models.CharField("役割", max_length=10, choices=Role.choices, default=Role.ADVISER)
    joined_at = models.DateTimeField("参加日時", default=timezone.now)
    left_at = models.DateTimeField("離任日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "職員"
        ordering = ("joined_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(left_at=None), name="one_membership_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.organisation}：{self.user}"

    @property
    def is_manager(self) -> bool:
        return self.role == self.Role.MANAGER

    @property
    def is_active(self) -> bool:
        return self.left_at is None


class Invitation(models.Model):
    """An invitation by mail. The address in the mail holds the token; here is its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations", verbose_name="支援機関")
    email = models.EmailField("メールアドレス")
    role = models.CharField("役割", max_length=10, choices=Membership.Role.choices, default=Membership.Role.ADVISER)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="招待した人"
    )
    created_at = models.DateTimeField("招待日時", default=timezone.now)
    expires_at = models.DateTimeField("有効期限")
    accepted_at = models.DateTimeField("参加日時", null=True, blank=True)
    revoked_at = models.DateTimeField("取消日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "招待"
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}：{self.email}"

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.revoked_at is None and timezone.now() < self.expires_at


class ApiToken(models.Model):
    """A key (APIキー) that an organisation's own tools sign in with; it acts as the member who made it.

    Shown once. `prefix` are its first characters, so that people can tell keys apart; here is its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="tokens", verbose_name="作成者")
    name = models.CharField("用途", max_length=100)
    prefix = models.CharField("先頭の文字", max_length=12, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    can_write = models.BooleanField("書き込みを許す", default=False)
    created_at = models.DateTimeField("作成日時", default=timezone.now)
    last_used_at = models.DateTimeField("最終利用", null=True, blank=True)
    revoked_at = models.DateTimeField("失効日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "APIキー"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name}（{self.prefix}…）"


class Event(models.Model):
    """What was done in an organisation that its manager may have to answer for (操作の記録). Never changed."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="events", verbose_name="支援機関")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="操作した人")
    action = models.CharField("操作", max_length=40)
    # Names and counts, never a client's answers.
    detail = models.CharField("内容", max_length=300, blank=True)
    at = models.DateTimeField("日時", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "操作の記録"
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["organisation", "-at"], name="event_by_organisation")]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.action}"

    @classmethod
    def record(cls, acting: Membership, action: str, detail: str = "") -> Event:
        """To be called in the transaction of what it tells of."""
        cut: dict[str, Any] = {"action": action, "detail": detail[:300]}
        return cls.objects.create(organisation_id=acting.organisation_id, user_id=acting.user_id, **cut)
