"""Groups for the three kinds of staff. What they may do is Django's permissions, to be changed in the admin."""

from __future__ import annotations

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

READING = (
    "view_conversation", "view_message", "view_attachment", "review_conversation", "view_label", "view_labeluse",
    "view_project", "view_criterion", "view_case", "view_note", "view_assessment", "view_rating", "view_savedfilter",
    "add_hold", "view_hold",
)  # fmt: skip
GROUPS = {
    "Reviewers": READING,
    "Exporters": ("view_conversation", "view_message", "view_attachment", "export_conversation", "view_dashboard"),
    "Administrators": None,
}


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make each group that is not there; the rights of one that is are its administrators' choice."""
    # Permissions are made after all migrations otherwise, too late for this one.
    config = installed.get_app_config("conversations")
    here = schema_editor.connection.alias
    create_permissions(config, verbosity=0, using=here)
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    own = permission.objects.using(here).filter(content_type__app_label="conversations")
    for name, codenames in GROUPS.items():
        made, is_new = group.objects.using(here).get_or_create(name=name)
        if is_new:
            made.permissions.set(own if codenames is None else own.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
