"""Addresses: sheets for many clients at once."""

from django.urls import path

from applications.desk import batches

urlpatterns = [
    path("batches/", batches.batches, name="batches"),
    path("batches/new/", batches.new, name="batch_new"),
    path("batches/create/", batches.create, name="batch_create"),
    path("batches/<uuid:pk>/", batches.batch, name="batch"),
    path("batches/<uuid:pk>/retry/", batches.retry, name="batch_retry"),
    path("batches/<uuid:pk>/deliver/", batches.deliver, name="batch_deliver"),
    path("batches/<uuid:pk>/archive/", batches.archive, name="batch_archive"),
    path("batches/<uuid:pk>/joined/", batches.joined, name="batch_joined"),
    path("batches/<uuid:pk>/delete/", batches.delete, name="batch_delete"),
]
