"""What the person who asked thinks of a reply."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation
from conversations.models.message import Message

COMMENT_LIMIT = 2000  # characters


class RatingReason(models.TextChoices):
    """Why a thumb goes up or down. The first three, and the last, go with both."""

    NONE = "", _("No reason given")
    CORRECT = "correctness", _("Correctness")
    STYLE = "style", _("Tone or style")
    LENGTH = "length", _("Length")
    IGNORED = "instructions", _("Did not do what was asked")
    REFUSED = "refusal", _("Refused without need")
    HARMFUL = "harm", _("Harmful or offensive")
    OTHER = "other", _("Something else")


class Rating(models.Model):
    """One person's thumb on one reply: `value` is 1 (up) or -1 (down)."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="ratings", db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="ratings", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    value = models.SmallIntegerField(_("rating"), choices=((1, _("Good")), (-1, _("Bad"))))
    reason = models.CharField(_("reason"), max_length=20, choices=RatingReason.choices, blank=True)
    comment = models.TextField(_("comment"), blank=True, max_length=COMMENT_LIMIT)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = (
            models.UniqueConstraint(fields=("message", "user"), name="one_rating_of_a_person"),
            models.CheckConstraint(condition=models.Q(value__in=(1, -1)), name="rating_is_up_or_down"),
        )
        indexes = (
            models.Index(fields=("conversation", "value"), name="rating_of_conversation"),
            models.Index(fields=("value", "conversation"), name="rating_by_value"),
        )

    def __str__(self) -> str:
        return str(self.get_value_display())
