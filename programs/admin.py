"""The admin (管理画面): programmes, versions and revisions to read; drafts lead to the desk (programs.desk)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.accounts.models import User
from programs.audit import record
from programs.desk.access import officer
from programs.documents import document_of, vocabulary
from programs.models import (
    AuditEntry,
    Draft,
    Link,
    Programme,
    Publication,
    Reminder,
    Revision,
    SourceCheck,
    Version,
    VersionQuerySet,
)
from programs.words.readable import readable


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
    """Only the owner (担当者) is the installation's; everything else comes from the document."""

    list_display = ("slug", "name_ja", "kind", "owner")
    list_filter = ("kind", "owner")
    list_select_related = ("owner",)
    search_fields = ("slug", "name_ja", "short_name")
    fields = ("slug", "name_ja", "short_name", "kind", "owner")
    readonly_fields = ("slug", "name_ja", "short_name", "kind")
    inlines = (VersionsOfProgramme,)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("programs.change_programme")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Mails go to officers: nobody else can be an owner."""
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Programme, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "owner" in form.changed_data:
            record("担当者を変更", user=officer(request), program=obj.slug, reason=str(obj.owner or "なし"))


@admin.register(Version)
class VersionAdmin(ReadOnly):
    list_display = ("programme", "slug", "stage", "announced", "frame_count", "revision")
    list_filter = ("stage", "programme__kind")
    list_select_related = ("programme",)
    search_fields = ("slug", "programme__slug", "programme__name_ja", "programme__short_name")
    date_hierarchy = "announced"
    fields = ("programme", "slug", "stage", "announced", "revision", "work", "document")
    readonly_fields = ("revision", "work", "document")

    def get_queryset(self, request: HttpRequest) -> VersionQuerySet:
        return Version.objects.with_latest_revision().select_related("programme")

    @admin.display(description="改訂", ordering="latest_number")
    def revision(self, version: Version) -> int | None:
        return version.latest_number

    @admin.display(description="この版から")
    def work(self, version: Version) -> SafeString:
        last = version.revisions.first()
        if last is None:
            return SafeString("—")
        url = reverse("desk:new") + f"?source={last.pk}"
        if not version.publications.filter(ends__isnull=True).exists():
            return format_html('<a href="{}">訂正や次の版の案を作る</a>（この版は取り下げられています）', url)
        withdrawal = reverse("desk:withdraw", args=[version.pk])
        return format_html(
            '<a href="{}">訂正や次の版の案を作る</a>　<a href="{}">公開を取り下げる</a>', url, withdrawal
        )

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


@admin.register(Publication)
class PublicationAdmin(ReadOnly):
    list_display = ("version", "revision", "starts", "ends")
    list_select_related = ("version__programme", "revision__version__programme")
    list_filter = ("version__programme",)


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    """An entrance: drafts are worked on at the desk."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("programs.write_draft")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("desk:drafts")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return redirect("desk:new")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        is_key = object_id.isdecimal() and len(object_id) < 20
        return redirect("desk:draft", int(object_id)) if is_key else redirect("desk:drafts")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "who", "action", "program", "version", "place", "reason")
    list_filter = ("action", "program")
    list_select_related = ("user",)
    search_fields = ("program", "version", "place", "reason", "user__username")
    date_hierarchy = "at"
    fields = ("at", "who", "action", "program", "version", "place", "reason", "what")
    readonly_fields = fields

    @admin.display(description="だれが", ordering="user")
    def who(self, entry: AuditEntry) -> str:
        return str(entry.user) if entry.user else "しるべ（自動）"

    @admin.display(description="変更")
    def what(self, entry: AuditEntry) -> SafeString:
        return render_to_string("desk/_changes.html", {"changes": entry.changes})


@admin.register(Link)
class LinkAdmin(ReadOnly):
    list_display = ("url", "outcome", "detail", "since", "checked_at")
    list_filter = ("outcome",)
    search_fields = ("url",)


@admin.register(Reminder)
class ReminderAdmin(ReadOnly):
    list_display = ("listed_at", "kind", "program", "text", "mailed_at")
    list_filter = ("kind", "program")


@admin.register(SourceCheck)
class SourceCheckAdmin(ReadOnly):
    list_display = ("document", "checked_on", "checked_by", "note")
    list_filter = ("document",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SourceCheck]:
        return super().get_queryset(request).select_related("checked_by")


def _document_html(revision: Revision | None) -> SafeString:
    if revision is None:
        return SafeString("まだ公開されていません。")
    document = readable(document_of(revision), vocabulary())
    return render_to_string("admin/programs/document.html", {"document": document, "revision": revision})
