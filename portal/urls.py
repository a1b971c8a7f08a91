"""Which address belongs to whom."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.views.generic import RedirectView

from portal.accounts.views import officers_sign_in
from portal.common.throttling import too_many
from portal.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/desk/", include("programs.desk.urls")),
    path("admin/desk/", include("eligibility.desk.urls")),
    path("admin/login/", officers_sign_in),
    path("admin/password_change/", login_required(RedirectView.as_view(pattern_name="account_change_password"))),
    path("admin/", admin.site.urls),
    path("accounts/", include("portal.accounts.urls")),
    path("api/v1/", include("portal.api_urls")),
    path("", include("programs.urls")),
    path("", include("applications.urls")),
    path("", include("eligibility.urls")),
]

handler429 = too_many  # allauth's, for those of its limits that are no message of a form
