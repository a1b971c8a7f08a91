from django.urls import path

from applications.summaries import views

app_name = "applications"

urlpatterns = [
    path("check/<str:owner_token>/summary/", views.summary, name="summary"),
    path("check/<str:owner_token>/summary/<uuid:pk>/retry/", views.retry, name="summary-retry"),
    path("check/<str:owner_token>/summary/<uuid:pk>/download/", views.download, name="summary-download"),
]
