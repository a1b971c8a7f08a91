"""Addresses of the desk: the PDF of a self-check below its link; the supporter's desk and what belongs to it."""

from django.urls import include, path

urlpatterns = [
    path("", include("applications.summaries.urls")),
    path("desk/", include("applications.desk.urls")),
]
