"""The JSON API and its description."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from eligibility.api import EvaluationView
from portal.api_docs import ApiDocsView

app_name = "api"
urlpatterns = [
    path("evaluations/", EvaluationView.as_view(), name="evaluations"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", ApiDocsView.as_view(), name="docs"),
    path("", include("applications.api.urls")),
]
