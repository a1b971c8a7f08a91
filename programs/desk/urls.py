"""Addresses of the officers' desk, below /admin/desk/."""

from django.urls import include, path

from programs.desk import overview

app_name = "desk"

urlpatterns = [
    path("", overview.drafts, name="drafts"),
    path("new/", overview.new, name="new"),
    path("withdraw/<int:version_pk>/", overview.withdraw, name="withdraw"),
    path("<int:pk>/", overview.draft, name="draft"),
    path("<int:pk>/move/<slug:name>/", overview.move, name="move"),
    path("<int:pk>/differences/", overview.differences, name="differences"),
    path("<int:pk>/rebase/", overview.rebase, name="rebase"),
    path("<int:pk>/preview/", overview.preview, name="preview"),
    path("<int:pk>/trail/", overview.trail, name="trail"),
    path("<int:pk>/edit/", include("programs.desk.edit_urls")),
    path("files/", include("programs.desk.files_urls")),
    path("sources/", include("programs.desk.sources_urls")),
]
