"""Addresses: client companies and their profiles."""

from django.urls import path

from applications.desk import client_codes, client_pages, clients, histories, profiles

urlpatterns = [
    path("clients/", clients.clients, name="clients"),
    path("clients/many/", clients.change_many, name="clients_many"),
    path("clients/new/", client_pages.new, name="client_new"),
    path("clients/from-code/", client_codes.from_code, name="client_from_code"),
    path("clients/<uuid:client_pk>/profile/", profiles.answers, name="answers"),
    path("clients/<uuid:client_pk>/profile/<slug:key>/", profiles.page, name="profile"),
    path("clients/<uuid:client_pk>/history/", histories.history, name="history"),
    path("clients/<uuid:client_pk>/history/<int:revision>/", histories.restore, name="restore"),
    path("clients/<uuid:client_pk>/edit/", client_pages.edit, name="client_edit"),
    path("clients/<uuid:client_pk>/archive/", client_pages.archive, name="client_archive"),
    path("clients/<uuid:client_pk>/delete/", client_pages.delete, name="client_delete"),
]
