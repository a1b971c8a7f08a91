"""Addresses: the organisation's page, and a client's results."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def placeholder(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [path("", placeholder, name="home")]
