"""Addresses: consultations and their sheets."""

from django.urls import path

from applications.desk import consultations, sheets

urlpatterns = [
    path("consultations/", consultations.consultations, name="consultations"),
    path("clients/<uuid:client_pk>/consultations/", consultations.of_client, name="client_consultations"),
    path("clients/<uuid:client_pk>/consultations/new/", consultations.new, name="consultation_new"),
    path("consultations/<uuid:pk>/", consultations.consultation, name="consultation"),
    path("consultations/<uuid:pk>/edit/", consultations.edit, name="consultation_edit"),
    path("consultations/<uuid:pk>/delete/", consultations.delete, name="consultation_delete"),
    path("consultations/<uuid:pk>/steps/<int:step>/", consultations.step_done, name="consultation_step"),
    path("consultations/<uuid:pk>/sheet/", sheets.sheet, name="consultation_sheet"),
    path("consultations/<uuid:pk>/final/", sheets.final, name="consultation_final"),
    path("sheets/<uuid:pk>/retry/", sheets.retry, name="sheet_retry"),
    path("sheets/<uuid:pk>/withdraw/", sheets.withdraw, name="sheet_withdraw"),
    path("sheets/<uuid:pk>/download/", sheets.download, name="sheet_download"),
]
