"""The log of changes names what goes to the trash while it is being written."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from conversations.models.exports import triggers


def make_anew(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Those that are there pass it over. What does not fit yet is installed after the last migration."""
    triggers.remove(schema_editor.connection)
    if triggers.fit(schema_editor.connection):
        triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0010_sessions")]

    operations = [migrations.RunPython(make_anew, migrations.RunPython.noop)]
