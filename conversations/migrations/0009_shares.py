"""Links by which others read a conversation, and who may read by them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0005_keeping")]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="sharing",
            field=models.CharField(
                choices=[
                    ("off", "Nobody: there are no links"),
                    ("members", "People with an account here"),
                    ("anyone", "Everybody who has the link"),
                ],
                default="members",
                help_text="By a link that its owner makes, a conversation can be read as it was then.",
                max_length=10,
                verbose_name="shared links are read by",
            ),
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="title")),
                ("lengths", models.JSONField(default=dict, editable=False)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("sealed", models.TextField(editable=False)),
                (
                    "made_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="made"),
                ),
                (
                    "taken_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="shows it as of"
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires")),
                ("stopped_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="stopped")),
                (
                    "stopped_by",
                    models.CharField(blank=True, editable=False, max_length=150, verbose_name="stopped by"),
                ),
                ("is_barred", models.BooleanField(default=False, editable=False)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "leaf",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.message",
                    ),
                ),
            ],
            options={
                "verbose_name": "shared link",
                "verbose_name_plural": "shared links",
                "ordering": ("-made_at", "-pk"),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("stopped_at", None)),
                        fields=("conversation",),
                        name="one_link_of_a_conversation",
                    )
                ],
            },
        ),
    ]
