"""Drafts (案): a version's document while officers work on it, through its life until it is published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from programs.models.published import Revision


class DraftState(models.TextChoices):
    DRAFT = "draft", "下書き"
    IN_REVIEW = "in_review", "確認中"
    APPROVED = "approved", "承認済み"
    SCHEDULED = "scheduled", "公開予約"
    PUBLISHED = "published", "公開済み"
    WITHDRAWN = "withdrawn", "取下げ"
    DISCARDED = "discarded", "破棄"


OPEN_STATES = (DraftState.DRAFT, DraftState.IN_REVIEW, DraftState.APPROVED, DraftState.SCHEDULED)


class Draft(models.Model):
    """A draft of one version: a correction of what is published (`base`), or a new version copied from another.

    `document` is plain JSON and may be half-finished; only a sound one can leave the state DRAFT. The states and
    who may move between them: programs.lifecycle.
    """

    program = models.SlugField("制度", max_length=60)
    version = models.SlugField("版", max_length=60)
    document = models.JSONField("文書")
    state = models.CharField("状態", max_length=10, choices=DraftState.choices, default=DraftState.DRAFT)
    reason = models.CharField("作成・改訂の理由", max_length=200, blank=True)
    # The revision of this very version that it was made from; publishing over another one is refused.
    base = models.ForeignKey(Revision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="元の改訂")
    # What the text was copied from: the base, or any revision of any version.
    copied_from = models.ForeignKey(
        Revision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="写し元"
    )
    # What it became.
    revision = models.OneToOneField(
        Revision, models.PROTECT, null=True, blank=True, related_name="draft", verbose_name="公開された改訂"
    )
    publish_at = models.DateTimeField("公開日時", null=True, blank=True)
    # Opens the preview page; null while nobody outside may see the draft.
    preview_token = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="作成者")
    created_at = models.DateTimeField("作成", auto_now_add=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="最終更新者"
    )
    updated_at = models.DateTimeField("最終更新", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "制度の案"
        ordering = ("-updated_at",)
        permissions = [
            ("write_draft", "制度の案を作り、直すことができる"),
            ("publish_draft", "制度の案を承認し、公開することができる"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "version"], condition=Q(state__in=OPEN_STATES), name="one_open_draft_of_a_version"
            ),
            models.CheckConstraint(
                condition=Q(publish_at__isnull=False) | ~Q(state=DraftState.SCHEDULED), name="scheduled_has_a_moment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.version}）{self.get_state_display()}"

    @property
    def key(self) -> str:
        return f"{self.program}@{self.version}"

    @property
    def name(self) -> str:
        """The programme's short name as the draft has it, its slug while it has none."""
        identity = self.document.get("identity")
        name = identity.get("short_name") if isinstance(identity, dict) else None
        return name if isinstance(name, str) and name else self.program

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class Presence(models.Model):
    """Who has which page of a draft open (編集中の人), as far as their last request tells."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    section = models.CharField(max_length=200)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "user"], name="one_presence_of_a_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.section}"
