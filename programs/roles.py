"""Roles of the officers' desk (役割): groups with permissions, made after every migration."""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.models import Group, Permission

WRITER = "制度の作成者"
PUBLISHER = "制度の公開者"
READ = "programs.view_draft"
WRITE = "programs.write_draft"
PUBLISH = "programs.publish_draft"

# Everybody at the desk reads everything; a publisher answers for what is public and may write too.
_READ = (
    "view_programme",
    "view_version",
    "view_revision",
    "view_draft",
    "view_auditentry",
    "view_link",
    "view_reminder",
    "view_sourcetext",
    "view_sourcecheck",
    "view_acceptancecase",
    "view_impact",
    "view_ticket",
)
_ROLES = {
    WRITER: (*_READ, "write_draft"),
    PUBLISHER: (*_READ, "write_draft", "publish_draft", "change_programme"),
}


def ensure_roles(apps: Any = installed, **kwargs: Any) -> None:
    """Both groups with their permissions. Runs after each app's migration, whatever their order: twice is once.

    `apps`: those that are migrated so far; without that of the groups there are none to make yet.
    """
    try:
        apps.get_model("auth", "Group")
    except LookupError:
        return
    for name, codenames in _ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(
            *Permission.objects.filter(content_type__app_label__in=("programs", "eligibility"), codename__in=codenames)
        )
