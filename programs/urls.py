"""Addresses of the programmes' pages. The preview's token is the key to a draft."""

from django.urls import path

from programs import views

app_name = "programs"

urlpatterns = [
    path("programs/", views.programmes, name="programmes"),
    path("programs/<slug:program>/", views.programme, name="programme"),
    path("programs/<slug:program>/<slug:version>/", views.programme, name="version"),
    path("preview/<str:token>/", views.preview, name="preview"),
]
