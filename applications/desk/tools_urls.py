"""Addresses: keys for the organisation's own tools, and how to use them."""

from django.urls import path

from applications.desk import tools

urlpatterns = [
    path("tools/", tools.tools, name="tools"),
    path("tools/guide/", tools.guide, name="api_guide"),
    path("tools/keys/new/", tools.new_key, name="key_new"),
    path("tools/keys/<uuid:pk>/revoke/", tools.revoke_key, name="key_revoke"),
]
