"""Trash with an end, retention, holds, purge reports and temporary chats."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.apps import apps as installed
from django.apps.registry import Apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from conversations.models.exports import triggers

RIGHTS = {
    "Reviewers": ("add_hold", "view_hold"),
    "Administrators": (
        *("add_hold", "change_hold", "view_hold", "view_purgereport"),
        *("add_retention", "change_retention", "delete_retention", "view_retention"),
    ),
}


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is new may be done by the groups that came with the site, where they are still there."""
    config = installed.get_app_config("conversations")
    here = schema_editor.connection.alias
    create_permissions(config, verbosity=0, using=here)
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    own = permission.objects.using(here).filter(content_type__app_label="conversations")
    for name, codenames in RIGHTS.items():
        for found in group.objects.using(here).filter(name=name):
            found.permissions.add(*own.filter(codename__in=codenames))


def log_lasting(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The triggers of the log of changes know temporary chats from now on."""
    triggers.remove(schema_editor.connection)
    triggers.install(schema_editor.connection)


def log_nothing(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """They name columns that go; the ones before are put back after the migration."""
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("conversations", "0008_redaction_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("placed_by", models.CharField(editable=False, max_length=150, verbose_name="placed by")),
                (
                    "placed_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="placed"),
                ),
                ("lifted_by", models.CharField(blank=True, editable=False, max_length=150, verbose_name="lifted by")),
                ("lifted_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="lifted")),
            ],
            options={
                "verbose_name": "hold",
                "verbose_name_plural": "holds",
                "ordering": ("-placed_at", "-pk"),
                "default_permissions": ("add", "change", "view"),
            },
        ),
        migrations.CreateModel(
            name="PurgeReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="when")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("trash", "Time in the trash was over"),
                            ("branch", "Deleted branches, time in the trash was over"),
                            ("retention", "Time after the last activity was over"),
                            ("owner", "Its owner deleted it for good"),
                            ("left", "A purge that was interrupted"),
                        ],
                        max_length=10,
                        verbose_name="rule",
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=200, verbose_name="details")),
                ("conversations", models.PositiveIntegerField(default=0, verbose_name="conversations")),
                ("messages", models.PositiveIntegerField(default=0, verbose_name="messages")),
                ("files", models.PositiveIntegerField(default=0, verbose_name="files")),
                ("held", models.PositiveIntegerField(default=0, verbose_name="kept by a hold")),
                ("keys", models.JSONField(default=list, verbose_name="ids of the conversations")),
            ],
            options={
                "verbose_name": "purge report",
                "verbose_name_plural": "purge reports",
                "ordering": ("-at", "-pk"),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Retention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "days",
                    models.PositiveIntegerField(
                        help_text="Then a conversation is deleted for good. Who is in several groups has the longest of their rules.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(36500),
                        ],
                        verbose_name="days after the last activity",
                    ),
                ),
            ],
            options={
                "verbose_name": "retention rule",
                "verbose_name_plural": "retention rules",
                "ordering": ("group__name",),
            },
        ),
        migrations.AddField(
            model_name="conversation",
            name="purged_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="temporary_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="purge_due_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="retention_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="For people without a retention rule of their groups. Empty: until they delete them.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(36500),
                ],
                verbose_name="days that conversations are kept after the last activity",
            ),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="trash_days",
            field=models.PositiveSmallIntegerField(
                default=30,
                help_text="What somebody deleted can be restored for so long; then it goes for good.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(3650),
                ],
                verbose_name="days in the trash",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("trashed_at__isnull", False)), fields=["trashed_at"], name="conversation_in_trash"
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("temporary_until__isnull", False)),
                fields=["temporary_until"],
                name="conversation_going",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("trashed_at__isnull", False)), fields=["trashed_at"], name="message_in_trash"
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="conversation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="holds",
                to="conversations.conversation",
                verbose_name="conversation",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="holds",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddField(
            model_name="retention",
            name="group",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="retention",
                to="auth.group",
                verbose_name="group of people",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("conversation__isnull", False), ("owner", None)),
                    models.Q(("conversation", None), ("owner__isnull", False)),
                    _connector="OR",
                ),
                name="hold_on_one",
            ),
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
        migrations.RunPython(log_lasting, log_nothing),
    ]
