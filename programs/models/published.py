"""Programmes (支援制度), their versions and what was published of each.

The document is the truth. Every other column, and the rounds table, exist only to find and list; they are rebuilt
from the document in the transaction that stores it (programs.publishing) and written nowhere else.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery


class Programme(models.Model):
    """A programme through all its years (制度)."""

    slug = models.SlugField("記号", max_length=60, unique=True)
    name_ja = models.CharField("制度名", max_length=200)
    short_name = models.CharField("通称", max_length=40)
    kind = models.CharField("種別", max_length=20, choices=[("subsidy", "補助金"), ("tax", "税制")])
    # Of the installation, not of the document: who is mailed when a source grows old or a call ends.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="担当者"
    )

    class Meta:
        verbose_name = verbose_name_plural = "制度"
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.short_name


class VersionQuerySet(models.QuerySet["Version"]):
    def with_latest_revision(self) -> VersionQuerySet:
        latest = Revision.objects.filter(version=OuterRef("pk")).order_by("-number")
        return self.annotate(latest_number=Subquery(latest.values("number")[:1]))


class Version(models.Model):
    """A version of a programme (版), such as one budget's call."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="versions", verbose_name="制度")
    slug = models.SlugField("版", max_length=60)
    stage = models.CharField(
        "段階", max_length=10, choices=[("call", "公募"), ("request", "概算要求"), ("law", "税制・法律")]
    )
    announced = models.DateField("公表日", db_index=True)
    frame_count = models.PositiveSmallIntegerField("枠の数")

    latest_number: int | None  # annotated by with_latest_revision()

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "制度の版"
        ordering = ("programme__slug", "announced")
        constraints = [
            models.UniqueConstraint(fields=["programme", "slug"], name="one_version_of_a_name"),
            models.UniqueConstraint(fields=["programme", "announced"], name="one_version_announced_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.programme}（{self.slug}）"

    @property
    def key(self) -> str:
        return f"{self.programme.slug}@{self.slug}"


class RevisionQuerySet(models.QuerySet["Revision"]):
    def delete(self) -> tuple[int, dict[str, int]]:
        """What was published stays: an answer given by it must be reproducible. Raises ProtectedError."""
        raise models.ProtectedError("a published revision is never deleted", set(self[:1]))


class Revision(models.Model):
    """What was published of a version (公開された改訂): immutable; a correction is a new one with its reason.

    A trigger refuses updates on both databases (migration 0002), whoever asks; the manager refuses deletion.
    """

    class Origin(models.TextChoices):
        FIXTURE = "fixture", "同梱データ"
        DESK = "desk", "担当官"

    version = models.ForeignKey(Version, models.PROTECT, related_name="revisions", verbose_name="版")
    number = models.PositiveIntegerField("改訂番号")
    document = models.JSONField("文書")
    rules_hash = models.CharField("規則のハッシュ", max_length=64, db_index=True)
    document_hash = models.CharField("文書のハッシュ", max_length=64)
    origin = models.CharField("由来", max_length=10, choices=Origin.choices)
    reason = models.CharField("理由", max_length=200)
    published_at = models.DateTimeField("公開日時", auto_now_add=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公開された改訂"
        ordering = ("version", "-number")
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="one_revision_of_a_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revisions_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.version} 改訂{self.number}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise models.ProtectedError("a published revision is never deleted", {self})


class Publication(models.Model):
    """While a revision is what the portal answers by (公開期間): from `starts` until it is replaced or withdrawn.

    Half-open. No two of a version overlap: a constraint on PostgreSQL (migration 0005), the publishing service
    elsewhere, and never two open ones on either. A version without an open one is withdrawn.
    """

    version = models.ForeignKey(Version, models.PROTECT, related_name="publications", verbose_name="版")
    revision = models.OneToOneField(Revision, models.PROTECT, related_name="publication", verbose_name="改訂")
    starts = models.DateTimeField("公開開始")
    ends = models.DateTimeField("公開終了", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公開期間"
        ordering = ("version", "-starts")
        constraints = [
            models.UniqueConstraint(fields=["version"], condition=Q(ends__isnull=True), name="one_revision_in_force"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="publications_end_after_they_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision} {self.starts:%Y-%m-%d}〜"


class CallRound(models.Model):
    """A round (公募回) of the revision in force, to find and list by date. `frame` is empty where it is for all."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="rounds")
    frame = models.SlugField(max_length=60, blank=True)
    name = models.CharField("回", max_length=100)
    opens = models.CharField("受付開始", max_length=16, blank=True)
    closes = models.CharField("締切", max_length=16, blank=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "公募回"
        ordering = ("version", "closes", "pk")

    def __str__(self) -> str:
        return f"{self.version} {self.name}"
