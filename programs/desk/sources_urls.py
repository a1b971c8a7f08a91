"""Addresses of the desk: sources, and what is due. Names of sources end in .txt, so they are no other word here."""

from django.urls import path

from programs.desk import sources, upkeep

urlpatterns = [
    path("", sources.sources, name="sources"),
    path("new/", sources.add, name="source_add"),
    path("due/", upkeep.due, name="due"),
    path("<str:name>/", sources.source, name="source"),
    path("<str:name>/check/", sources.check, name="source_check"),
]
