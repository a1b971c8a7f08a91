"""How often one address may do what costs us something: make a self-check, ask for a PDF."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.throttling import SimpleRateThrottle

View = Callable[..., HttpResponse]


class _AddressThrottle(SimpleRateThrottle):
    """DRF's counter for a Django view; rates are in REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"throttle_{self.scope}_{self.get_ident(request)}"


def limited(scope: str) -> Callable[[View], View]:
    """Answer POST requests beyond the scope's rate with a page that says when to try again (429)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            throttle = _AddressThrottle(scope)
            if request.method == "POST" and not throttle.allow_request(request, view):  # type: ignore[arg-type]
                return too_many(request, ceil(throttle.wait() or 60))
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def too_many(request: HttpRequest, wait: int = 60) -> HttpResponse:
    """The page that asks to wait so many seconds (429)."""
    response = render(request, "429.html", {"minutes": ceil(wait / 60)}, status=429)
    response["Retry-After"] = str(wait)
    return response
