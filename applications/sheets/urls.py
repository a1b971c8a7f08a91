"""The public address printed on every final sheet."""

from django.urls import path

from applications.sheets import views

app_name = "sheets"

urlpatterns = [path("", views.verify, name="verify")]
