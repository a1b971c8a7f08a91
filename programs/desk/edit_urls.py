"""Addresses of the desk: edit."""

from django.urls import path

from programs.desk.editor import views

urlpatterns = [
    path("", views.sections, name="edit"),
    path("raw/", views.raw, name="raw"),
    path("at/", views.at, name="edit_at"),
    path("s/<str:path>/", views.section, name="edit_section"),
]
