"""A row of the log of changes for all that is there already.

Its triggers are installed by 0005, which makes the columns that they look at, and after each `migrate`.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from conversations.models.exports import triggers


def begin(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Log what is there."""
    triggers.log_all(schema_editor.connection)
    if schema_editor.connection.vendor == "postgresql":  # SQLite's numbers are the order
        schema_editor.execute('CREATE INDEX change_order ON conversations_change ("transaction", number)')


def end(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Log nothing more."""
    triggers.remove(schema_editor.connection)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX change_order")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_search")]

    operations = [migrations.RunPython(begin, end)]
