"""The full-text index of messages and the count of each conversation's: raw objects that no model describes."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from conversations.search import schema


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make them, and fill them from what is there."""
    schema.install(schema_editor.connection)
    schema.fill(schema_editor.connection)
    schema.count(schema_editor.connection)


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Undo it."""
    schema.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_groups")]

    operations = [migrations.RunPython(make, drop)]
