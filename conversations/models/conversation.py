"""A tree of messages with an owner, a title and settings; here are the verbs that grow it and choose its branches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conversations.ids import uuid7
from conversations.models.attachment import NO_FILES, Files
from conversations.models.keeping.lasting import Lasting, LastingQuerySet
from conversations.models.lease import Lease
from conversations.models.message import AND_RUNNING, RUNNING, Message, Role, State, question_of
from conversations.models.paths import Turn, walk_up
from conversations.models.statements import insert, lock, select, update
from conversations.sampling import Sampling
from conversations.text import clean_line, clean_text, is_blank

if TYPE_CHECKING:
    from conversations.models.user import User

TITLE_LIMIT = 120
FIRST_TITLE_LIMIT = 60
_CHUNK = 200
_FIRST_CHUNKS = (16, 48)
# Staff's list goes down an index with these and reads no row that a filter leaves out.
_FILTERED = ("id", "size", "trashed_at", "owner", "leaf", "backend_name", "model_name")


class Refused(ValueError):
    """A verb that cannot be carried out; `code` is one of `conversations.faults`."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.field = field


@dataclass(frozen=True, slots=True)
class Asked:
    """What was written: without `said` a reply alone; not `is_new` when repeated; `is_alone` without siblings."""

    said: Message | None
    reply: Message
    is_new: bool
    stopped: tuple[int, ...] = ()
    is_alone: bool = False


def first_title(text: str) -> str:
    """What a conversation is called until it is named: the first words of the first question."""
    return clean_line(clean_text(text), FIRST_TITLE_LIMIT)


class ConversationQuerySet(LastingQuerySet["Conversation"]):
    def to_grow(self, user: User, pk: UUID) -> Conversation | None:
        """The one of that number that is `visible_to` them, locked until the transaction ends."""
        names = [field.attname for field in Conversation._meta.concrete_fields]
        tail = "AND trashed_at IS NULL" + (" FOR UPDATE" if connection.features.has_select_for_update else "")
        rows = select(Conversation, names, tail, pk=pk, owner=user.pk)
        return Conversation.from_db(connection.alias, names, rows[0]) if rows else None

    def with_generating(self) -> ConversationQuerySet:
        """Each with `generating`: whether a reply is being written in it."""
        running = Message.objects.filter(conversation=models.OuterRef("pk"), state__in=RUNNING)
        return self.annotate(generating=models.Exists(running))


class Conversation(Lasting):
    """`leaf` is the end of the chosen path; everything else follows from the messages' parents."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations", verbose_name=_("owner")
    )
    title = models.CharField(_("title"), max_length=TITLE_LIMIT, blank=True)
    is_title_given = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last activity"), default=timezone.now, editable=False)
    leaf = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    size = models.PositiveIntegerField(_("messages"), default=0, editable=False)  # kept by triggers: `search.schema`

    backend_name = models.CharField(_("backend"), max_length=100, blank=True)
    model_name = models.CharField(_("model"), max_length=300, blank=True)
    system_prompt = models.TextField(_("system prompt"), blank=True)
    think = models.CharField(_("thinking"), max_length=6, blank=True)
    sampling = models.JSONField(_("sampling options"), default=dict, blank=True)
    response_format = models.JSONField(_("answer format"), null=True, blank=True)
    corrects_format = models.BooleanField(_("asks again for a fitting answer"), default=False)
    tools = models.JSONField(_("tools"), default=list, blank=True)
    # Names of tools that need no asking here any more.
    approved_tools = models.JSONField(default=list, blank=True, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-updated_at",)
        indexes = (
            models.Index(fields=("owner", "-updated_at"), name="conversation_by_activity"),
            models.Index(fields=("-updated_at", *_FILTERED), name="conversation_in_list"),
            models.Index(fields=("model_name", "-updated_at", "id"), name="conversation_by_model"),
            models.Index(
                fields=("trashed_at",), condition=models.Q(trashed_at__isnull=False), name="conversation_in_trash"
            ),
            models.Index(
                fields=("temporary_until",),
                condition=models.Q(temporary_until__isnull=False),
                name="conversation_going",
            ),
        )

    def __str__(self) -> str:
        return self.title or str(_("Temporary chat") if self.is_temporary else _("New chat"))

    def ask(
        self, sender: User, client_id: UUID, text: str, parent: int | None, lease: Lease, files: Files = NO_FILES
    ) -> Asked:
        """Write what `sender` said below `parent`, with its files, and an empty reply to it, in one transaction.

        The same `client_id` again gives the same rows. Raises Refused (`empty`, `not_found`, `conversation_busy`,
        `attachment_gone`).
        """
        text = clean_text(text)
        if is_blank(text) and not files:
            raise Refused("empty", "text")
        said = Message(conversation=self, parent_id=parent, role=Role.USER, content=text, attached=len(files))
        said.sender, said.client_id = sender, client_id
        with transaction.atomic(savepoint=False):
            if parent is not None:
                self._check_parent(parent)
            is_alone, running = parent == self.leaf_id, self._running() if self.leaf_id else ()
            if not insert(said):
                return self._asked_before(sender, client_id)
            if files and not files.give(sender, said):
                raise Refused("attachment_gone", "attachments")
            reply = self._reply_to(said, sender, client_id, lease)
            if not insert(reply):  # there is one to another command of that id
                said.delete()
                return self._asked_before(sender, client_id)
            self._stop(running)
            if not self.title and not self.is_temporary:
                self._take_first_title(first_title(text))
            self._touch(reply.created_at, leaf=reply.pk)
        return Asked(said, reply, is_new=True, stopped=running, is_alone=is_alone)

    def answer_again(
        self, sender: User, client_id: UUID, message: Message, lease: Lease, values: dict[str, object] | None = None
    ) -> Asked:
        """A new reply beside `message` (a reply), or below it (what somebody said), that begins with `values`."""
        question = question_of(message)
        if question is None:
            raise Refused("not_found")
        reply = self._reply_to(question, sender, client_id, lease)
        for name, value in (values or {}).items():
            setattr(reply, name, value)
        with transaction.atomic(savepoint=False):
            self._check_parent(question.pk)
            running = self._running()
            if not insert(reply):
                return self._asked_before(sender, client_id)
            self._stop(running)
            self._touch(reply.created_at, leaf=reply.pk)
        return Asked(None, reply, is_new=True, stopped=running)

    def resume(self, reply: Message, lease: Lease) -> bool:
        """Go on writing `reply` from the end of its text; False when it is running or complete."""
        now = timezone.now()
        with transaction.atomic():
            if not reply.can_continue or self.messages.running().exists():
                return False
            changed = Message.objects.filter(pk=reply.pk, state=reply.state, trashed_at=None).update(
                state=State.QUEUED, lease=lease.owner, lease_until=lease.until(now), reason="", error_code="",
                error_detail="", finished_at=None, html_version=0,
            )  # fmt: skip
            self._touch(now, leaf=self.newest_below(reply.pk))
        return changed == 1

    def _asked_before(self, sender: User, client_id: UUID) -> Asked:
        """What is there already under this `client_id`: the table takes one row of a role, whoever writes at once."""
        rows = {row.role: row for row in Message.objects.filter(sender=sender, client_id=client_id).order_by()}
        reply = rows.get(Role.ASSISTANT)
        if reply is None or reply.conversation_id != self.pk:
            raise Refused("not_found")
        return Asked(rows.get(Role.USER), reply, is_new=False)

    def _check_parent(self, pk: int) -> None:
        found = select(Message, ["state"], "AND trashed_at IS NULL", pk=pk, conversation=self.pk)
        if not found:
            raise Refused("not_found", "parent")
        if found[0][0] in RUNNING:
            raise Refused("conversation_busy")

    def _running(self) -> tuple[int, ...]:
        return tuple(pk for (pk,) in select(Message, ["pk"], AND_RUNNING, conversation=self.pk))

    def _stop(self, running: tuple[int, ...]) -> None:
        """Another branch is asked for: what is being written ends, and stays as its own branch."""
        if running:
            # The lease stays with the writer, who still completes the text.
            Message.objects.filter(pk__in=running, state__in=RUNNING).update(
                state=State.STOPPED, finished_at=timezone.now()
            )

    def _reply_to(self, question: Message, sender: User, client_id: UUID, lease: Lease) -> Message:
        now = timezone.now()
        return Message(
            conversation=self,
            parent=question,
            role=Role.ASSISTANT,
            state=State.QUEUED,
            sender=sender,
            client_id=client_id,
            backend_name=self.backend_name,
            model_name=self.model_name,
            lease=lease.owner,
            lease_until=lease.until(now),
            created_at=now,
        )

    def _touch(self, now: datetime, leaf: int | None) -> None:
        self.leaf_id, self.updated_at = leaf, now
        self.postpone(now)
        update(self, "leaf", "updated_at", *(("temporary_until",) if self.is_temporary else ()))

    def walk(self, leaf: int | None) -> Iterator[Message]:
        """The path's messages from `leaf` up to the root, read in chunks: who needs 40 pays for 40."""
        return walk_up(leaf, lambda most: list(self.messages.filter(pk__lte=most).order_by("-pk")[:_CHUNK]))

    def turns(self, leaf: int | None) -> Iterator[Turn]:
        """As `walk`, but only what a model is sent: a long context costs a fifth of the time.

        The first chunks are small: a context holds few long messages, however many the conversation has.
        """
        tail = "AND id <= %s ORDER BY id DESC LIMIT %s"
        sizes = chain(_FIRST_CHUNKS, repeat(_CHUNK))

        def read(most: int) -> list[Turn]:
            rows = select(Message, Turn._fields, tail, [most, next(sizes)], conversation=self.pk)
            return [Turn._make(row) for row in rows]

        return walk_up(leaf, read)

    def newest_below(self, top: int | None) -> int | None:
        """The newest end of the branch below `top` (itself when nothing hangs below; None: of the whole tree)."""
        end = top
        rows = self.messages.filter(trashed_at=None)
        if top is None:
            return rows.order_by("-pk").values_list("pk", flat=True).first()
        reach = {top}
        for pk, parent in rows.filter(pk__gt=top).order_by("pk").values_list("pk", "parent_id"):
            if parent in reach:
                reach.add(pk)
                end = pk
        return end

    def choose(self, leaf: int | None) -> None:
        """Make the path that ends at `leaf` the one that is shown and continued."""
        self.leaf_id = leaf
        Conversation.objects.filter(pk=self.pk).update(leaf_id=leaf)

    def settings(self) -> Sampling:
        """The sampling options; stored ones that are not accepted any more are dropped."""
        known = {key: value for key, value in self.sampling.items() if key in Sampling.model_fields}
        return Sampling.model_construct(**known)

    def rename(self, title: str) -> None:
        """Give it a title of a person's, which no machine replaces."""
        self.title, self.is_title_given = title, True
        Conversation.objects.filter(pk=self.pk).update(title=title, is_title_given=True)

    def suggest_title(self, title: str) -> bool:
        """Give it a machine's title in place of the first words, unless a person has; whether it was taken."""
        free = Conversation.objects.lasting().filter(pk=self.pk, is_title_given=False)
        return free.update(title=title) == 1

    def _take_first_title(self, title: str) -> None:
        if Conversation.objects.filter(pk=self.pk, title="").update(title=title):
            self.title = title

    def trash(self) -> tuple[int, ...]:
        """Off the list, to be restored or purged; the replies being written in it end."""
        with transaction.atomic():
            lock(self)
            stopped = self._running()
            self._stop(stopped)
            now = timezone.now()
            left = {"temporary_until": now} if self.is_temporary else {}  # its time is over, and nothing restores it
            Conversation.objects.filter(pk=self.pk).update(trashed_at=now, **left)
        return stopped
