"""What must hold whoever asks: a final sheet's content, a seal and an entry of the record are never changed."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NEVER_CHANGED = ("applications_event", "applications_seal")
# Of a final sheet that has its content; how its job goes may change (its file may be lost and made again).
FROZEN = ("client_id", "consultation_id", "kind", "context", "content_hash", "code")

SQLITE = """
CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table} {when}
BEGIN SELECT RAISE(ABORT, 'a row of {table} is never changed'); END
"""
POSTGRESQL = """
CREATE FUNCTION {table}_immutable() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a row of {table} is never changed'; END $$;
CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table}
FOR EACH ROW {when} EXECUTE FUNCTION {table}_immutable();
"""


def _sheet(is_distinct: str) -> str:
    changes = " OR ".join(f"OLD.{column} {is_distinct} NEW.{column}" for column in FROZEN)
    return f"WHEN (OLD.kind = 'final' AND OLD.content_hash <> '' AND ({changes}))"


def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = editor.connection.vendor == "postgresql"
    trigger, is_distinct = (POSTGRESQL, "IS DISTINCT FROM") if is_postgresql else (SQLITE, "IS NOT")
    for table in NEVER_CHANGED:
        editor.execute(trigger.format(table=table, when=""))
    editor.execute(trigger.format(table="applications_sheet", when=_sheet(is_distinct)))


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = editor.connection.vendor == "postgresql"
    for table in (*NEVER_CHANGED, "applications_sheet"):
        editor.execute(f"DROP TRIGGER {table}_immutable" + (f" ON {table}" if is_postgresql else ""))
        if is_postgresql:
            editor.execute(f"DROP FUNCTION {table}_immutable()")


class Migration(migrations.Migration):
    dependencies = [("applications", "0002_supporters_desk")]

    operations = [migrations.RunPython(create, drop)]
