"""Whether a page is asked for as a whole, or by htmx, which draws the answer into the page that is open."""

from __future__ import annotations

from django.http import HttpRequest


def is_htmx(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]  # set by the middleware of django-htmx
