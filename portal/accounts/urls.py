"""Addresses of one's own account; sign-in itself is allauth's."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def placeholder(request: HttpRequest) -> HttpResponse:
    raise Http404


urlpatterns = [path("", placeholder, name="account_settings")]
