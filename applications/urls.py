"""Addresses of the desk: the PDF of a self-check below its link; the supporter's desk; what verifies its sheets."""

from django.urls import include, path

urlpatterns = [
    path("", include("applications.summaries.urls")),
    path("desk/", include("applications.desk.urls")),
    path("verify/", include("applications.sheets.urls")),
]
