"""What the desk makes of a self-check: its PDF summary (まとめ)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver

from applications.models.files import OnePdf, delete_with_row
from eligibility.exact_json import ExactDecoder, ExactEncoder
from eligibility.models import SelfCheck
from portal.common.jobs import Job


class Summary(OnePdf, Job):
    """One PDF of one self-check. `context` is all it is made from: inputs, day, rules hashes and proof.

    The context never changes, so a retry gives the same PDF, and any answer given on any day can be given again.
    """

    doorbell = "applications.tasks.render_summary"

    self_check = models.ForeignKey(SelfCheck, on_delete=models.CASCADE, related_name="summaries", verbose_name="診断")
    context = models.JSONField("内容", encoder=ExactEncoder, decoder=ExactDecoder, editable=False)
    content_hash = models.CharField("内容のSHA-256", max_length=64, editable=False)
    code = models.CharField("照合コード", max_length=14, db_index=True, editable=False)
    # Named when the row is made; the file is there once the state is done. Every attempt writes the same name.
    file = models.FileField("ファイル", max_length=100, editable=False)
    pages = models.PositiveSmallIntegerField("ページ数", default=0)
    size = models.PositiveIntegerField("大きさ（バイト）", default=0)

    class Meta(Job.Meta):
        verbose_name = verbose_name_plural = "診断結果のPDF"
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(fields=["self_check", "content_hash"], name="summary_once_per_content"),
        ]

    @property
    def kilobytes(self) -> int:
        return max(1, round(self.size / 1024))


@receiver(post_delete, sender=Summary)
def delete_file(instance: Summary, **kwargs: Any) -> None:
    """Whatever removes the row (its check deleted or expired) removes the file with it."""
    delete_with_row(instance.file)
