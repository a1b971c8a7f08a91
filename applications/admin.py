"""What staff see of PDF jobs: how they went, and whose verification code is on a paper. Never the answers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from applications.models import Summary


@admin.register(Summary)
class SummaryAdmin(admin.ModelAdmin):
    list_display = ("code", "state", "attempts", "created_at", "finished_at", "pages")
    list_filter = ("state",)
    search_fields = ("code__exact",)
    fields = (*list_display, "content_hash", "size", "error", "error_detail")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
