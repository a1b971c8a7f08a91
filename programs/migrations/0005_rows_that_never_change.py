"""What must hold whoever asks: audit entries and source texts are never changed, and of a version no two revisions
are in force together (PostgreSQL; SQLite: the publishing service)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NEVER_CHANGED = ("programs_auditentry", "programs_sourcetext")
SQLITE = """
CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'a row of {table} is never changed'); END
"""
POSTGRESQL = """
CREATE FUNCTION {table}_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a row of {table} is never changed'; END $$;
CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_immutable();
"""
EXCLUSION = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE programs_publication ADD CONSTRAINT publications_never_overlap
EXCLUDE USING gist (version_id WITH =, tstzrange(starts, ends) WITH &&);
"""


def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = editor.connection.vendor == "postgresql"
    for table in NEVER_CHANGED:
        editor.execute((POSTGRESQL if is_postgresql else SQLITE).format(table=table))
    if is_postgresql:
        editor.execute(EXCLUSION)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = editor.connection.vendor == "postgresql"
    for table in NEVER_CHANGED:
        editor.execute(f"DROP TRIGGER {table}_immutable" + (f" ON {table}" if is_postgresql else ""))
        if is_postgresql:
            editor.execute(f"DROP FUNCTION {table}_immutable()")
    if is_postgresql:
        editor.execute("ALTER TABLE programs_publication DROP CONSTRAINT publications_never_overlap")


class Migration(migrations.Migration):
    dependencies = [("programs", "0004_published_is_in_force")]

    operations = [migrations.RunPython(create, drop)]
