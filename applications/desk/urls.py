"""Addresses of the supporter's desk, below /desk/."""

from django.urls import include, path

app_name = "supporters"

urlpatterns = [
    path("", include("applications.desk.overview_urls")),
    path("", include("applications.desk.organisation_urls")),
    path("", include("applications.desk.clients_urls")),
    path("", include("applications.desk.imports_urls")),
    path("", include("applications.desk.consultations_urls")),
    path("", include("applications.desk.batches_urls")),
    path("", include("applications.desk.tools_urls")),
]
