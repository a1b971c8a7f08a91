"""Addresses of the desk's pages that need evaluation, below /admin/desk/."""

from django.urls import include, path

app_name = "desk_checks"

urlpatterns = [
    path("<int:pk>/cases/", include("eligibility.desk.cases_urls")),
    path("<int:pk>/impact/", include("eligibility.desk.impact_urls")),
    path("tickets/", include("eligibility.desk.tickets_urls")),
]
