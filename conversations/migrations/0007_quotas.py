"""Quotas, what is used of them, and the right to see to both for the group of administrators."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
from django.apps import apps as installed
from django.apps.registry import Apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def allow(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let the group of administrators, where it still is one, set quotas as it sets all else."""
    # Permissions are made after all migrations otherwise, too late for this one.
    config = installed.get_app_config("conversations")
    here = schema_editor.connection.alias
    create_permissions(config, verbosity=0, using=here)
    found = apps.get_model("auth", "Group").objects.using(here).filter(name="Administrators").first()
    if found is not None:
        of_models = {"content_type__app_label": "conversations", "content_type__model__in": ("quota", "usage")}
        found.permissions.add(*apps.get_model("auth", "Permission").objects.using(here).filter(**of_models))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("conversations", "0006_signin"),
    ]

    operations = [
        migrations.CreateModel(
            name="Quota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "messages_soft",
                    models.PositiveBigIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(1000000000000000)],
                        verbose_name="messages a day, warned from",
                    ),
                ),
                (
                    "messages_hard",
                    models.PositiveBigIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(1000000000000000)],
                        verbose_name="messages a day, at most",
                    ),
                ),
                (
                    "tokens_soft",
                    models.PositiveBigIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(1000000000000000)],
                        verbose_name="tokens a day, warned from",
                    ),
                ),
                (
                    "tokens_hard",
                    models.PositiveBigIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(1000000000000000)],
                        verbose_name="tokens a day, at most",
                    ),
                ),
                (
                    "group",
                    models.OneToOneField(
                        blank=True,
                        help_text="Who is in several groups has the widest limit of each kind. Neither chosen: for everybody else.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quota",
                        to="auth.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        help_text="What is set for a person holds instead of what their groups have.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quota",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "quota",
                "verbose_name_plural": "quotas",
                "ordering": ("user", "group"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("user", None), ("group", None), _connector="OR"), name="quota_of_one_kind"
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.comparison.Coalesce("user", 0),
                        django.db.models.functions.comparison.Coalesce("group", 0),
                        name="one_quota_each",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("messages", models.PositiveBigIntegerField(default=0, verbose_name="messages")),
                ("tokens", models.PositiveBigIntegerField(default=0, verbose_name="tokens")),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "usage",
                "verbose_name_plural": "usage",
                "ordering": ("-day", "user"),
                "indexes": [models.Index(fields=["-day", "user"], name="usage_by_day")],
                "constraints": [models.UniqueConstraint(fields=("user", "day"), name="usage_of_a_day")],
            },
        ),
        migrations.RunPython(allow, migrations.RunPython.noop),
    ]
