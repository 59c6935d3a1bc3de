"""What starts, continues and ends replies: each is checked, stored in one transaction, told to the tabs, and begun.

The socket, the API and the terminal come through here. `who` says who asks, each time anew and in the database's
thread: it raises when nobody may any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from conversations.generation.choices import SETTINGS, apply_settings, choose_model
from conversations.generation.engine import engine
from conversations.generation.entries import announce
from conversations.generation.fairness import quotas
from conversations.generation.fairness.share import check_share
from conversations.generation.insight import again
from conversations.generation.insight.building import build
from conversations.generation.prompt import Prompt
from conversations.generation.runner import Begin
from conversations.generation.scribe import own_lease
from conversations.generation.tooling.events import told
from conversations.generation.tooling.rows import follow
from conversations.keeping import temporary
from conversations.live.broadcasts import Subscriber, conversation_topic, hub
from conversations.live.protocol.commands import Ask, Edit, Regenerate
from conversations.live.protocol.events import Asked, MessageView, PathChanged, ReplyFinished, ReplyRestarted
from conversations.models import Conversation, Message, Role, State, User
from conversations.models.conversation import Asked as AskedRows
from conversations.models.conversation import Refused, first_title
from conversations.models.message import RUNNING, siblings_of
from conversations.models.statements import insert, lock
from conversations.structured.formats import Problem, problem_of
from conversations.tasks import read, spawn, write
from conversations.uploads.sending import check_sight, files_of
from conversations.uploads.showing import view_of

Who = Callable[[], User]


@dataclass(frozen=True, slots=True)
class Stored:
    """What a question left in the database: the event that tells it, and the reply to be written."""

    event: Asked
    reply: Message
    user: int
    is_new: bool
    stopped: tuple[int, ...]
    prompt: Prompt | None
    """None when it is still to be built."""
    uncounted: int = 0
    """How many messages of the person's day are to be counted with the end of the reply."""


async def ask(who: Who, command: Ask, asker: Subscriber | None = None) -> Asked:
    """Store a question with its empty reply and begin the reply; the same again for the same `client_id`.

    Raises Refused.
    """
    return await _begin(await write(_store_question, who, command, engine.registry.default_model()), asker)


async def edit(who: Who, command: Edit, asker: Subscriber | None = None) -> Asked:
    """Store another question beside a user's message, and begin the reply to it. Raises Refused."""
    return await _begin(await write(_store_edit, who, command), asker)


async def regenerate(who: Who, command: Regenerate, asker: Subscriber | None = None) -> Asked:
    """Begin another reply beside a reply, or one below a user's message. Raises Refused."""
    return await _begin(await write(_store_another, who, command), asker)


async def correct(reply: int, user: int, wrong: list[dict[str, Any]]) -> Begin | None:
    """Have an answer that is not what was wanted given again, once, where its conversation wants that.

    It is stored; what is returned begins it.
    """
    stored = await write(_store_correction, reply, user, [problem_of(each) for each in wrong])
    return None if stored is None else partial(_begin, stored, None)


async def resume(who: Who, reply: int, *, approves: bool = False) -> None:
    """Go on with a reply that ended early, or below a call's message. `approves`: who asks can be asked about calls.

    Raises Refused.
    """
    user, message, is_moved = await write(_store_resumption, who, reply)
    pk, topic = message.conversation_id, conversation_topic(message.conversation_id)
    event = ReplyRestarted(conversation=pk, reply=reply) if message.pk == reply else told(reply, [message])
    if is_moved:  # from another branch, which a tab may still show
        await hub.publish(topic, PathChanged(conversation=pk, leaf=message.conversation.leaf_id))
    await hub.publish(topic, event)
    engine.runner.start(message, user, approves=approves)


async def stop(who: Who, reply: int, shown: int | None) -> None:
    """End a reply, wherever it is written, cut after `shown` characters. Raises Refused."""
    message = await read(_visible_reply, who, reply)
    if engine.runner.stop(message.pk, shown):
        return
    content = await write(_store_stop, message, shown)
    if content is not None:
        await hub.signal(message.lease, "stop", reply=message.pk, shown=shown)
        finished = ReplyFinished(
            conversation=message.conversation_id,
            reply=message.pk,
            state=State.STOPPED,
            backend_name=message.backend_name,
            content_length=len(content),
            thinking_length=len(message.thinking),
        )
        await hub.publish(conversation_topic(message.conversation_id), finished)


async def _begin(stored: Stored, asker: Subscriber | None) -> Asked:
    """Acknowledge to the tab that asked before anything of the reply can reach it, then begin and tell the others."""
    frame = stored.event.model_dump_json()
    if asker is not None:
        await asker.push(frame, is_delta=False)
    if stored.is_new:
        await engine.let_go(stored.stopped)
        approves = getattr(asker, "approves", False)  # a terminal reads what a tab does, and has no buttons
        engine.runner.start(stored.reply, stored.user, stored.prompt, approves=approves, counts=stored.uncounted)
        topic = conversation_topic(stored.event.conversation)
        await hub.publish_frame(topic, frame, is_delta=False, besides=asker)
        spawn(announce(hub, stored.event.conversation, stored.user), "announce")
        if not stored.uncounted:
            spawn(quotas.tell(hub, stored.user), "quota")
    return stored.event


# In the database's thread


def _store_question(who: Who, command: Ask, default_model: tuple[str, str]) -> Stored:
    user = who()
    check_share(engine.runner, user, command.client_id, command.conversation)
    with transaction.atomic():  # a question that is refused leaves no empty conversation behind
        conversation = _conversation_for(user, command, default_model)
        files = files_of(command.attachments)
        check_sight(files, engine.registry.find(conversation.backend_name, conversation.model_name))
        rows = conversation.ask(user, command.client_id, command.text, command.parent, own_lease(), files)
        is_counted = rows.is_new and quotas.count(user.pk)
    return _stored(user, conversation, command.client_id, rows, uncounted=not is_counted)


def _store_edit(who: Who, command: Edit) -> Stored:
    user = who()
    with transaction.atomic():
        message = visible_message(user, command.message, is_to_grow=True)
        conversation = message.conversation
        check_share(engine.runner, user, command.client_id, conversation.pk)
        files = files_of(command.attachments, message)
        check_sight(files, engine.registry.find(conversation.backend_name, conversation.model_name))
        rows = conversation.ask(user, command.client_id, command.text, message.parent_id, own_lease(), files)
        is_counted = rows.is_new and quotas.count(user.pk)
    return _stored(user, conversation, command.client_id, rows, uncounted=not is_counted)


def _store_another(who: Who, command: Regenerate) -> Stored:
    user = who()
    with transaction.atomic():
        message = visible_message(user, command.message, is_to_grow=True)
        conversation = message.conversation
        check_share(engine.runner, user, command.client_id, conversation.pk)
        if command.model is not None and not command.exactly:
            choose_model(conversation, command.model)
        seen = files_of(None, message if message.role == Role.USER else message.parent)
        check_sight(seen, engine.registry.find(conversation.backend_name, conversation.model_name))
        values = again.to_repeat(message) if command.exactly else None
        rows = conversation.answer_again(user, command.client_id, message, own_lease(), values)
        is_counted = rows.is_new and quotas.count(user.pk)
    return _stored(user, conversation, command.client_id, rows, uncounted=not is_counted)


def _store_correction(reply: int, user: int, wrong: list[Problem]) -> Stored | None:
    with transaction.atomic():
        found = Message.objects.select_related("conversation__owner").filter(pk=reply).first()
        values = again.to_correct(found, wrong) if found else None
        if found is None or values is None or found.conversation.owner_id != user:
            return None
        lock(conversation := found.conversation)
        try:
            rows = conversation.answer_again(conversation.owner, client_id := uuid4(), found, own_lease(), values)
        except Refused:  # what it answers was deleted in this moment
            return None
    return _stored(conversation.owner, conversation, client_id, rows)


def _store_resumption(who: Who, reply: int) -> tuple[int, Message, bool]:
    user = who()
    with transaction.atomic():
        message = visible_message(user, reply, is_to_grow=True)
        check_share(engine.runner, user, None, message.conversation_id)
        quotas.count(user.pk, messages=0)
        if message.role == Role.TOOL:
            return user.pk, follow(message, user), False
        leaf = message.conversation.leaf_id
        if engine.runner.find(reply) is not None or not message.conversation.resume(message, own_lease()):
            raise Refused("conversation_busy" if message.is_running else "not_found", "reply")
    return user.pk, message, message.conversation.leaf_id != leaf


def _store_stop(message: Message, shown: int | None) -> str | None:
    """Nobody here writes it. The lease stays: its writer may still complete the text up to where it was cut."""
    content = message.content[:shown]
    running = Message.objects.filter(pk=message.pk, state__in=RUNNING)
    return content if running.update(state=State.STOPPED, content=content, html_version=0) else None


def _visible_reply(who: Who, reply: int) -> Message:
    return visible_message(who(), reply)


def visible_message(user: User, pk: int, *, is_to_grow: bool = False) -> Message:
    """The message, when `user` may see it. Raises Refused (`not_found`), alike for a foreign and an unknown one.

    Its conversation is locked until the end of the transaction when something is to be added: PostgreSQL would let
    another process start a reply there at the same time.
    """
    rows = Message.objects.visible_to(user).select_related("conversation").filter(pk=pk)
    found = (rows.select_for_update(of=("conversation",)) if is_to_grow else rows).first()
    if found is None:
        raise Refused("not_found", "message")
    return found


def _conversation_for(user: User, command: Ask, default_model: tuple[str, str]) -> Conversation:
    """The user's conversation of that id; made when nobody has one of that id."""
    made = None if command.parent is not None else _new_conversation(user, command, default_model)
    # Tried first, because it mostly is new. The id is the tab's choice: it may be somebody else's, or in the trash.
    if made is not None and made.model_name and insert(made):
        return made
    found = Conversation.objects.to_grow(user, command.conversation)
    if found is None:
        raise Refused("no_model", "model") if made and not made.model_name else Refused("not_found", "conversation")
    if apply_settings(found, command):
        found.save(update_fields=SETTINGS)
    return found


def _new_conversation(user: User, command: Ask, default_model: tuple[str, str]) -> Conversation:
    made = Conversation(pk=command.conversation, owner=user, title=first_title(command.text))
    if command.temporary:
        made.title, made.temporary_until = "", temporary.begin(user.pk)
    made.backend_name, made.model_name = default_model
    apply_settings(made, command)
    return made


def _stored(
    user: User, conversation: Conversation, client_id: UUID, rows: AskedRows, *, uncounted: bool = False
) -> Stored:
    new = [row for row in (rows.said, rows.reply) if row is not None]
    siblings = {row.pk: [row.pk] for row in new} if rows.is_alone else siblings_of(new)
    event = Asked(
        client_id=client_id,
        conversation=conversation.pk,
        parent=new[0].parent_id,
        messages=[_view(row, siblings[row.pk]) for row in new],
    )
    return Stored(event, rows.reply, user.pk, rows.is_new, rows.stopped, _prompt(rows), int(uncounted))


def _prompt(rows: AskedRows) -> Prompt | None:
    """Of a first question, for which nothing is to be read: waiting for a reader would take as long as storing it.

    A longer path is the readers', because everybody waits for the writer; and what fails there ends that reply alone.
    """
    said = rows.said
    if not rows.is_new or said is None or said.parent_id is not None or said.attached or rows.reply.conversation.tools:
        return None
    info = engine.registry.find(rows.reply.backend_name, rows.reply.model_name)
    return build(rows.reply, info)


def _view(message: Message, siblings: list[int]) -> MessageView:
    return MessageView(
        id=message.pk,
        parent=message.parent_id,
        role=message.role,
        state=message.state,
        content=message.content,
        thinking=message.thinking,
        model_name=message.model_name,
        backend_name=message.backend_name,
        client_id=message.client_id,
        siblings=siblings,
        created_at=message.created_at.isoformat(),
        attachments=[view_of(each) for each in message.attachments.defer("text")] if message.attached else [],
    )


engine.runner.correct = correct
