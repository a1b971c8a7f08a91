"""Addresses: client companies and their profiles."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def placeholder(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [path("clients/", placeholder, name="clients")]
