"""Addresses: sheets for many clients at once."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def placeholder(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [path("batches/", placeholder, name="batches")]
