"""The audit trail (変更の記録): who did what when, field by field. Rows are only ever added."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from programs.models.drafts import Draft


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def delete(self) -> tuple[int, dict[str, int]]:
        """The trail stays whole. Raises ProtectedError."""
        raise models.ProtectedError("an audit entry is never deleted", set(self[:1]))


class AuditEntry(models.Model):
    """One act. `changes`: [{"path", "place", "before", "after", "kind"}] in officers' words, as compared then.

    A trigger refuses updates on both databases (migration 0005).
    """

    at = models.DateTimeField("日時", auto_now_add=True, db_index=True)
    # Null: the portal itself (a scheduled publication, the loading of fixtures).
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="だれが"
    )
    action = models.CharField("何を", max_length=40)
    draft = models.ForeignKey(
        Draft, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="制度の案"
    )
    program = models.SlugField("制度", max_length=60, blank=True)
    version = models.SlugField("版", max_length=60, blank=True)
    place = models.CharField("場所", max_length=200, blank=True)
    reason = models.TextField("理由", blank=True)
    changes = models.JSONField("変更", default=list, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "変更の記録"
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["program", "version", "-at"], name="audit_of_a_version")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise models.ProtectedError("an audit entry is never deleted", {self})
