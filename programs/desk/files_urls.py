"""Addresses of the desk: files and workbooks."""

from django.urls import path

from programs.desk import files, workbooks

urlpatterns = [
    path("", files.page, name="files"),
    path("confirm/", files.confirm, name="files_confirm"),
    path("archive/", files.archive, name="files_archive"),
    path("document/<slug:program>/<slug:version>.<str:form>", files.document, name="files_document"),
    path("<int:pk>/workbook/", workbooks.page, name="workbook"),
    path("<int:pk>/workbook/download/", workbooks.download, name="workbook_download"),
    path("<int:pk>/workbook/upload/", workbooks.upload, name="workbook_upload"),
    path("<int:pk>/workbook/confirm/", workbooks.confirm, name="workbook_confirm"),
]
