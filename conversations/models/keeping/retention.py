"""How long the conversations of a group's people are kept."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

MOST_DAYS = 36_500


class Retention(models.Model):
    """Who is in several groups with a rule keeps theirs for the longest: what is deleted does not come back."""

    group = models.OneToOneField(
        "auth.Group", models.CASCADE, related_name="retention", verbose_name=_("group of people")
    )
    days = models.PositiveIntegerField(
        _("days after the last activity"),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_(
            "Then a conversation is deleted for good. Who is in several groups has the longest of their rules."
        ),
    )

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        ordering = ("group__name",)

    def __str__(self) -> str:
        return str(self.group)
