"""Which address belongs to whom."""

from django.contrib import admin
from django.urls import include, path

from portal.common.throttling import limited
from portal.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/desk/", include("programs.desk.urls")),
    path("admin/desk/", include("eligibility.desk.urls")),
    path("admin/login/", limited("logins")(admin.site.login)),
    path("admin/", admin.site.urls),
    path("accounts/", include("portal.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("portal.api_urls")),
    path("", include("programs.urls")),
    path("", include("applications.urls")),
    path("", include("eligibility.urls")),
]
