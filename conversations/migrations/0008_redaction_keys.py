"""The keys to redacted exports."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0007_quotas")]

    operations = [
        migrations.CreateModel(
            name="RedactionKey",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("is_of_others", models.BooleanField(default=False)),
                ("sitting", models.CharField(blank=True, max_length=64)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="kept until"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="redaction_keys",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "redaction key",
                "verbose_name_plural": "redaction keys",
                "ordering": ("-created_at",),
                "default_permissions": (),
            },
        ),
    ]
