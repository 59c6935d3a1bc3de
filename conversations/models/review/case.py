"""A conversation in a review project: how far its review is, who has it, and what reviewers noted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation
from conversations.models.message import Message
from conversations.models.review.project import Project

NOTE_LIMIT = 10_000  # characters


class Status(models.TextChoices):
    """How far a review is."""

    NEW = "new", _("New")
    IN_REVIEW = "in_review", _("In review")
    FOLLOW_UP = "follow_up", _("Needs follow-up")
    DONE = "done", _("Done")


class Case(models.Model):
    """A conversation in a project's queue; `version` counts its changes, so that two reviewers see each other's."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="cases", verbose_name=_("project"))
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="cases")
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.NEW)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("assignee")
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = (
            ("review_conversation", _("Can review conversations")),
            ("export_conversation", _("Can export other people's conversations")),
            ("view_dashboard", _("Can see the figures of the site")),
        )
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("project", "conversation"), name="case_once_in_project"),)
        indexes = (models.Index(fields=("project", "status", "id"), name="case_queue"),)

    def __str__(self) -> str:
        return f"{self.project}: {self.conversation_id}"


class Note(models.Model):
    """A reviewer's private words on a conversation, or on one message of it. Its owner never sees them.

    One that was taken in a project's queue belongs to that `case`; its verbs are in `conversations.review.notes`.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="notes")
    case = models.ForeignKey(Case, models.CASCADE, null=True, blank=True, related_name="notes")
    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="+", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    text = models.TextField(_("text"), max_length=NOTE_LIMIT)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text[:60]
