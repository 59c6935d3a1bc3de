"""What a purge did: when, by which rule, how much. Numbers of conversations, and nothing of what they said."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Rule(models.TextChoices):
    """Why it went."""

    TRASH = "trash", _("Time in the trash was over")
    BRANCH = "branch", _("Deleted branches, time in the trash was over")
    RETENTION = "retention", _("Time after the last activity was over")
    OWNER = "owner", _("Its owner deleted it for good")
    LEFT = "left", _("A purge that was interrupted")


class PurgeReport(models.Model):
    """One rule of one purge. `keys` are the ids that the conversations had; `held` how many a hold kept."""

    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    rule = models.CharField(_("rule"), max_length=10, choices=Rule.choices)
    detail = models.CharField(_("details"), max_length=200, blank=True)
    conversations = models.PositiveIntegerField(_("conversations"), default=0)
    messages = models.PositiveIntegerField(_("messages"), default=0)
    files = models.PositiveIntegerField(_("files"), default=0)
    held = models.PositiveIntegerField(_("kept by a hold"), default=0)
    keys = models.JSONField(_("ids of the conversations"), default=list)

    class Meta:
        verbose_name = _("purge report")
        verbose_name_plural = _("purge reports")
        ordering = ("-at", "-pk")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_rule_display()}"
