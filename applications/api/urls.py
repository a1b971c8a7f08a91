"""Addresses of the organisation's API, below /api/v1/."""

from django.urls import path, re_path

from applications.api import batches, clients, consultations, sheets, views

urlpatterns = [
    path("clients/", clients.Clients.as_view(), name="clients"),
    path("clients/<uuid:pk>/", clients.OneClient.as_view(), name="client"),
    path("clients/<uuid:pk>/evaluations/", clients.ClientEvaluations.as_view(), name="client_evaluations"),
    path("clients/<uuid:pk>/history/", clients.ClientHistory.as_view(), name="client_history"),
    path("consultations/", consultations.Consultations.as_view(), name="consultations"),
    path("consultations/<uuid:pk>/", consultations.OneConsultation.as_view(), name="consultation"),
    path("consultations/<uuid:pk>/steps/<int:step>/", consultations.OneStep.as_view(), name="step"),
    path("consultations/<uuid:pk>/sheets/", sheets.ConsultationSheets.as_view(), name="consultation_sheets"),
    path("sheets/<uuid:pk>/", sheets.OneSheet.as_view(), name="sheet"),
    path("sheets/<uuid:pk>/file/", sheets.SheetFile.as_view(), name="sheet_file"),
    path("batches/", batches.Batches.as_view(), name="batches"),
    path("batches/<uuid:pk>/", batches.OneBatch.as_view(), name="batch"),
    path("batches/<uuid:pk>/sheets/", batches.BatchSheets.as_view(), name="batch_sheets"),
    path("batches/<uuid:pk>/archive/", batches.BatchArchive.as_view(), name="batch_archive"),
    path("batches/<uuid:pk>/joined/", batches.BatchJoined.as_view(), name="batch_joined"),
    path("seals/<str:code>/", sheets.OneSeal.as_view(), name="seal"),
    # Line breaks too, which <path:…> does not match.
    re_path(r"^(?P<rest>[\w\W]+)$", views.NothingHere.as_view(), name="nothing"),
]
