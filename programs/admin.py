"""The officers' desk (担当官の画面): programmes, their versions and each published document, to read."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from programs.documents import document_of, vocabulary
from programs.models import Programme, Revision, Version, VersionQuerySet
from programs.readable import readable


class ReadOnly(admin.ModelAdmin):
    """Nothing published is changed here: a correction is a new revision."""

    class Media:
        css = {"all": ["css/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class VersionsOfProgramme(admin.TabularInline):
    model = Version
    fields = ("slug", "stage", "announced", "frame_count")
    readonly_fields = fields
    can_delete = False
    show_change_link = True
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Programme)
class ProgrammeAdmin(ReadOnly):
    list_display = ("slug", "name_ja", "kind")
    list_filter = ("kind",)
    search_fields = ("slug", "name_ja", "short_name")
    inlines = (VersionsOfProgramme,)


@admin.register(Version)
class VersionAdmin(ReadOnly):
    list_display = ("programme", "slug", "stage", "announced", "frame_count", "revision")
    list_filter = ("stage", "programme__kind")
    list_select_related = ("programme",)
    search_fields = ("slug", "programme__slug", "programme__name_ja", "programme__short_name")
    date_hierarchy = "announced"
    fields = ("programme", "slug", "stage", "announced", "revision", "document")
    readonly_fields = ("revision", "document")

    def get_queryset(self, request: HttpRequest) -> VersionQuerySet:
        return Version.objects.with_latest_revision().select_related("programme")

    @admin.display(description="改訂", ordering="latest_number")
    def revision(self, version: Version) -> int | None:
        return version.latest_number

    @admin.display(description="文書")
    def document(self, version: Version) -> SafeString:
        return _document_html(version.revisions.first())


@admin.register(Revision)
class RevisionAdmin(ReadOnly):
    list_display = ("version", "number", "origin", "reason", "published_at")
    list_filter = ("origin", "version__programme")
    list_select_related = ("version__programme",)
    search_fields = ("version__programme__slug", "version__slug", "rules_hash", "document_hash")
    fields = (
        "version",
        "number",
        "origin",
        "reason",
        "published_at",
        "rules_hash",
        "document_hash",
        "readable_document",
    )
    readonly_fields = ("published_at", "readable_document")

    @admin.display(description="文書")
    def readable_document(self, revision: Revision) -> SafeString:
        return _document_html(revision)


def _document_html(revision: Revision | None) -> SafeString:
    if revision is None:
        return SafeString("まだ公開されていません。")
    document = readable(document_of(revision), vocabulary())
    return render_to_string("admin/programs/document.html", {"document": document, "revision": revision})
