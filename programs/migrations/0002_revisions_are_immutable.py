"""Published revisions cannot be changed, whoever asks: a trigger on both databases refuses updates."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = """
CREATE TRIGGER programs_revision_immutable BEFORE UPDATE ON programs_revision
BEGIN SELECT RAISE(ABORT, 'a published revision is immutable'); END
"""
POSTGRESQL = """
CREATE FUNCTION programs_revision_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a published revision is immutable'; END $$;
CREATE TRIGGER programs_revision_immutable BEFORE UPDATE ON programs_revision
FOR EACH ROW EXECUTE FUNCTION programs_revision_immutable();
"""


def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP TRIGGER programs_revision_immutable ON programs_revision")
        editor.execute("DROP FUNCTION programs_revision_immutable()")
    else:
        editor.execute("DROP TRIGGER programs_revision_immutable")


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
