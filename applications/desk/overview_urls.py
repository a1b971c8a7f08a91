"""Addresses: the organisation's page, a client's results and what a person has seen of them."""

from django.urls import path

from applications.desk import client_results, overview, visits

urlpatterns = [
    path("", overview.home, name="home"),
    path("clients/<uuid:client_pk>/", client_results.client, name="client"),
    path("clients/<uuid:client_pk>/seen/", visits.confirm, name="visit_confirm"),
]
