"""A node of a conversation's tree: what somebody said, or a reply with its state, its text and how it came about."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import OperationalError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.models.statements import lock
from conversations.rendering import RENDERER_VERSION, render

if TYPE_CHECKING:
    from conversations.models.user import User


class Role(models.TextChoices):
    """Who speaks."""

    SYSTEM = "system", _("System")
    USER = "user", _("User")
    ASSISTANT = "assistant", _("Assistant")
    TOOL = "tool", _("Tool")


class State(models.TextChoices):
    """Where a reply is; everything else a person sees is `complete` from the start."""

    QUEUED = "queued", _("Queued")
    LOADING = "loading", _("Loading")
    STREAMING = "streaming", _("Streaming")
    COMPLETE = "complete", _("Complete")
    STOPPED = "stopped", _("Stopped")
    INTERRUPTED = "interrupted", _("Interrupted")
    FAILED = "failed", _("Failed")


RUNNING = (State.QUEUED, State.LOADING, State.STREAMING)
AND_RUNNING = f"AND state IN ({', '.join(repr(state.value) for state in RUNNING)})"
"""For the end of `statements.select`."""
KEEP_AGAIN_SECONDS = 30.0


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> MessageQuerySet:
        """What `user` may read on the site: messages of their own conversations, neither of them in the trash."""
        return self.filter(conversation__owner=user, conversation__trashed_at=None, trashed_at=None)

    def roots_in_trash(self) -> MessageQuerySet:
        """The tops of deleted branches: what hangs below is in the trash with them, or before them."""
        return self.filter(trashed_at__isnull=False, parent__trashed_at=None, conversation__trashed_at=None)

    def besides_temporary(self) -> MessageQuerySet:
        """Without those of temporary chats, which are few and have an index."""
        chats = self.model._meta.get_field("conversation").related_model._default_manager.exclude(temporary_until=None)
        return self.exclude(conversation__in=chats.order_by().values("pk"))

    def running(self) -> MessageQuerySet:
        """Replies that somebody is writing, or says so, in no order: one would make SQLite read whole conversations."""
        return self.filter(state__in=RUNNING).order_by()


class Message(models.Model):
    """A turn. A parent's number is always smaller than its children's, which makes a path cheap to walk."""

    # Both are looked up by indexes that begin with them.
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="messages", db_index=False
    )
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.COMPLETE)
    content = models.TextField(_("content"), blank=True)
    thinking = models.TextField(_("thinking"), blank=True)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sender"),
        db_index=False,
    )
    client_id = models.UUIDField(null=True, blank=True, editable=False)
    attached = models.PositiveSmallIntegerField(_("attachments"), default=0, editable=False)  # how many it has
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)

    # A reply's
    backend_name = models.CharField(_("backend"), max_length=100, blank=True)
    model_name = models.CharField(_("model"), max_length=300, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    reason = models.CharField(_("finish reason"), max_length=40, blank=True)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    error_detail = models.TextField(_("error detail"), blank=True)
    metrics = models.JSONField(_("metrics"), default=dict, blank=True)
    provenance = models.JSONField(_("provenance"), default=dict, blank=True)
    # Of a reply: `[{"id", "name", "arguments", "malformed"?}]` that it asked for, and how sure it was of each token.
    tool_calls = models.JSONField(_("tool calls"), default=list, blank=True)
    logprobs = models.JSONField(_("token probabilities"), null=True, blank=True, editable=False)
    # Of a tool's answer (role `tool`): whose, and to which call of the reply above it.
    tool_name = models.CharField(_("tool"), max_length=200, blank=True)
    tool_call_id = models.CharField(max_length=200, blank=True, editable=False)
    lease = models.CharField(max_length=120, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    html = models.TextField(blank=True, editable=False)
    html_version = models.PositiveIntegerField(default=0, editable=False)
    html_kept_from: ClassVar[float] = 0.0  # monotonic

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("sender", "client_id", "role"), name="one_row_per_client_id"),)
        indexes = (
            models.Index(fields=("conversation", "id"), name="message_by_conversation"),
            models.Index(fields=("role", "created_at"), name="message_by_day"),
            # Begins with the state, so that it finds what runs anywhere too. A partial one is never chosen by SQLite,
            # which cannot compare its condition with a query's parameters.
            models.Index(fields=("state", "conversation"), name="message_by_state"),
            models.Index(fields=("trashed_at",), condition=models.Q(trashed_at__isnull=False), name="message_in_trash"),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether it is still being written."""
        return self.state in RUNNING

    @property
    def can_continue(self) -> bool:
        """A reply with an end that is not its own, or a call's message, which a reply can always follow."""
        if self.role == Role.TOOL:
            return not self.is_running
        cut_off = self.state == State.COMPLETE and self.reason == "length"
        return self.role == Role.ASSISTANT and (
            cut_off or self.state in (State.STOPPED, State.INTERRUPTED, State.FAILED)
        )

    @property
    def is_empty_answer(self) -> bool:
        """A reply that came to its own end, and has neither words nor calls. Thoughts are no words."""
        ended = self.role == Role.ASSISTANT and self.state == State.COMPLETE and self.reason != "length"
        return ended and not self.content.strip() and not self.tool_calls

    def rendered(self) -> str:
        """The content as safe HTML, kept with the message until the renderer changes."""
        if self.is_running:
            return ""
        if self.html_version != RENDERER_VERSION:
            self.html, self.html_version = render(self.content), RENDERER_VERSION
            self._keep_html()
        return self.html

    def _keep_html(self) -> None:
        """Who reads must be able to while nothing can be written; nor does every message of a page wait for it."""
        if time.monotonic() < Message.html_kept_from:
            return
        try:
            Message.objects.filter(pk=self.pk, content=self.content).update(
                html=self.html, html_version=self.html_version
            )
        except OperationalError:
            Message.html_kept_from = time.monotonic() + KEEP_AGAIN_SECONDS

    def descendants(self) -> list[int]:
        """The numbers of all messages that hang below this one, itself first."""
        found = {self.pk}
        rows = Message.objects.filter(conversation_id=self.conversation_id, pk__gt=self.pk).order_by("pk")
        for pk, parent in rows.values_list("pk", "parent_id"):
            if parent in found:
                found.add(pk)
        return sorted(found)

    def trash(self) -> tuple[int, ...]:
        """Take it and everything below off every path; the replies among them that were being written end."""
        now = timezone.now()
        with transaction.atomic():
            lock(self.conversation)  # nobody asks below it, or goes on with a reply there
            below = Message.objects.filter(pk__in=self.descendants(), trashed_at=None)
            stopped = tuple(below.running().values_list("pk", flat=True))
            below.running().update(state=State.STOPPED, finished_at=now)
            below.update(trashed_at=now)
            self.conversation.choose(self.conversation.newest_below(self.parent_id))
        return stopped

    def restore(self) -> None:
        """Undo `trash`: it comes back with what went with it, and is shown."""
        with transaction.atomic():
            lock(self.conversation)
            Message.objects.filter(pk__in=self.descendants(), trashed_at=self.trashed_at).update(trashed_at=None)
            self.trashed_at = None
            self.conversation.choose(self.conversation.newest_below(self.pk))

    def show(self) -> None:
        """Choose the branch that this message is on, down to its newest end."""
        self.conversation.choose(self.conversation.newest_below(self.pk))


def question_of(message: Message) -> Message | None:
    """What a person said that `message` follows from, past the calls of tools between; itself when they said it."""
    found: Message | None = message
    while found is not None and found.role != Role.USER:
        found = found.parent
    return found


def siblings_of(messages: list[Message]) -> dict[int, list[int]]:
    """For each message, the numbers of all with the same parent, oldest first, itself included."""
    if not messages:
        return {}
    by_parent: dict[int | None, list[int]] = {}
    parents = {message.parent_id for message in messages}
    rows = Message.objects.filter(conversation_id=messages[0].conversation_id, trashed_at=None)
    same = models.Q(parent_id__in=parents - {None})
    if None in parents:
        same |= models.Q(parent_id=None)
    for pk, parent in rows.filter(same).order_by("pk").values_list("pk", "parent_id"):
        by_parent.setdefault(parent, []).append(pk)
    return {message.pk: by_parent.get(message.parent_id, [message.pk]) for message in messages}
