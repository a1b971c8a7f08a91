"""Addresses: keys for the organisation's own tools, and how to use them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def placeholder(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [path("tools/", placeholder, name="tools")]
