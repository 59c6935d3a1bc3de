"""A hold: all of a person's conversations, or one conversation, are kept until it is lifted, whatever any rule says."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

REASON_LIMIT = 300  # characters


class HoldQuerySet(models.QuerySet["Hold"]):
    def active(self) -> HoldQuerySet:
        """Those that are not lifted."""
        return self.filter(lifted_at=None)


class Hold(models.Model):
    """On a person (`owner`) or on a `conversation`, one of the two. Rows are never changed but for being lifted."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="holds", verbose_name=_("person")
    )
    conversation = models.ForeignKey(
        "conversations.Conversation",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("conversation"),
    )
    reason = models.CharField(_("reason"), max_length=REASON_LIMIT)
    placed_by = models.CharField(_("placed by"), max_length=150, editable=False)
    placed_at = models.DateTimeField(_("placed"), default=timezone.now, editable=False)
    lifted_by = models.CharField(_("lifted by"), max_length=150, blank=True, editable=False)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True, editable=False)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("-placed_at", "-pk")
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(owner=None, conversation__isnull=False)
                | models.Q(owner__isnull=False, conversation=None),
                name="hold_on_one",
            ),
        )

    def __str__(self) -> str:
        return str(self.owner or self.conversation_id)

    def clean(self) -> None:
        """Raises ValidationError unless it is on one thing."""
        if (self.owner_id is None) == (self.conversation_id is None):
            raise ValidationError(_("Name a person or a conversation, one of the two."))

    def lift(self, by: str) -> None:
        """Let go; `by` is a user name."""
        self.lifted_at, self.lifted_by = timezone.now(), by
        self.save(update_fields=["lifted_at", "lifted_by"])
