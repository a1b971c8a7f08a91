"""Addresses: lists of clients from and to files."""

from django.urls import path

from applications.desk import exports, imports

urlpatterns = [
    path("imports/", imports.imports, name="imports"),
    path("imports/template/", exports.template, name="import_template"),
    path("imports/<uuid:pk>/", imports.imported, name="import"),
    path("imports/<uuid:pk>/progress/", imports.progress, name="import_progress"),
    path("imports/<uuid:pk>/rows/", imports.choose, name="import_rows"),
    path("imports/<uuid:pk>/confirm/", imports.confirm, name="import_confirm"),
    path("imports/<uuid:pk>/dismiss/", imports.dismiss, name="import_dismiss"),
    path("imports/<uuid:pk>/retry/", imports.retry, name="import_retry"),
    path("imports/<uuid:pk>/mend/", exports.to_mend, name="import_mend"),
    path("exports/", exports.exports, name="exports"),
]
