"""Addresses: lists of clients from and to files."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
