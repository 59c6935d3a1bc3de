"""Labels that staff put on conversations and on single messages."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation
from conversations.models.message import Message


class Colour(models.TextChoices):
    """One of the look's tints: a label is never told by its colour alone."""

    GREY = "grey", _("Grey")
    TEAL = "teal", _("Teal")
    BLUE = "blue", _("Blue")
    VIOLET = "violet", _("Violet")
    AMBER = "amber", _("Amber")
    RED = "red", _("Red")


class Label(models.Model):
    """A word that reviewers agreed on."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour.choices, default=Colour.GREY)
    description = models.CharField(_("meaning"), max_length=200, blank=True, help_text=_("When to give it."))

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class LabelUse(models.Model):
    """A label on a conversation, or on one message of it."""

    label = models.ForeignKey(Label, models.CASCADE, related_name="uses", verbose_name=_("label"))
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="label_uses")
    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="label_uses")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("label in use")
        verbose_name_plural = _("labels in use")
        constraints = (
            models.UniqueConstraint(
                fields=("label", "conversation"), condition=models.Q(message=None), name="label_once_on_conversation"
            ),
            models.UniqueConstraint(fields=("label", "message"), name="label_once_on_message"),
        )
        indexes = (models.Index(fields=("label", "conversation"), name="label_use_by_label"),)

    def __str__(self) -> str:
        return str(self.label)
