"""Asking for a paper (PDFの依頼): the same content is made once, what failed or was lost again, and few are kept."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from portal.common.jobs import JobState


def make_again(paper: Any) -> bool:
    """Try again what failed, or make anew a file that was lost. False for any other: pressed twice is pressed once."""
    jobs = type(paper).jobs()
    return jobs.redo(paper.pk) if paper.is_done and not paper.has_file else jobs.retry(paper.pk)


def ask_again(paper: Any) -> None:
    """It is the newest from now on, and made again where it has to be."""
    type(paper).objects.filter(pk=paper.pk).update(created_at=timezone.now())
    make_again(paper)


def remove_oldest(papers: QuerySet[Any], *, kept: int) -> None:
    """Of the finished ones, all but the newest `kept`."""
    finished = papers.filter(state__in=[JobState.DONE, JobState.FAILED]).order_by("-created_at", "-pk")
    newest = list(finished.values_list("pk", flat=True)[:kept])
    finished.exclude(pk__in=newest).delete()
