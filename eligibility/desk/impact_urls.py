"""Addresses of the desk: impact."""

from django.urls import path

from eligibility.desk import impact

urlpatterns = [
    path("", impact.impact, name="impact"),
    path("request/", impact.request_impact, name="impact-request"),
]
