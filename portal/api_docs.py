"""The page that describes the API, from local files only."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView


# Swagger UI sets style attributes while it draws; nowhere else are inline styles allowed.
@method_decorator(csp_update({"style-src": [SELF, "'unsafe-inline'"]}), name="dispatch")
class ApiDocsView(SpectacularSwaggerSplitView):
    url_name = "api:schema"
    http_method_names = ("get", "head")  # an answer to OPTIONS would have no template
