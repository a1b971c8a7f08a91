"""What is published already is in force. A migration of its own: PostgreSQL alters no table with pending rows."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def put_in_force(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Each revision ran from its publication to the next one's."""
    publications = apps.get_model("programs", "Publication").objects
    for version in apps.get_model("programs", "Version").objects.all():
        revisions = list(version.revisions.order_by("number"))
        for number, revision in enumerate(revisions, start=1):
            ends = revisions[number].published_at if number < len(revisions) else None
            publications.create(version=version, revision=revision, starts=revision.published_at, ends=ends)


class Migration(migrations.Migration):
    dependencies = [("programs", "0003_drafts_and_their_life")]

    operations = [migrations.RunPython(put_in_force, migrations.RunPython.noop)]
