"""How long a session may rest, a second factor for everybody, and what the provider must tell of a sign-in."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0009_shares")]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="everybody_second_factor",
            field=models.BooleanField(
                default=False,
                help_text="Until they have set one up, people see only the pages for that, and their tokens open nothing.",
                verbose_name="everybody needs a second factor",
            ),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="idle_days",
            field=models.PositiveSmallIntegerField(
                default=14,
                help_text="Then one signs in again. After 30 days every session ends.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(30),
                ],
                verbose_name="days without use until a session ends",
            ),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="oidc_acr",
            field=models.CharField(
                blank=True,
                help_text="Values of acr, with spaces between them: who signs in at the OpenID Connect provider comes in with one of these only. Empty: it is not asked.",
                max_length=200,
                verbose_name="strength that the provider must tell",
            ),
        ),
    ]
