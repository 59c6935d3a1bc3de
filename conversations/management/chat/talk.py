"""A conversation held in this process: the engine on a thread of its own, and what happens in it as a queue.

The other thread, the main one, is left to a person's line editing and Ctrl-C.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings

from conversations.backends.registry import BackendState
from conversations.generation import asking
from conversations.generation.asking import Who
from conversations.generation.engine import engine
from conversations.generation.entries import settle
from conversations.generation.tooling import deciding
from conversations.ids import uuid7
from conversations.live.broadcasts import conversation_topic, hub
from conversations.live.protocol import TEXT_LIMIT
from conversations.live.protocol.commands import Approve, Ask, ModelChoice
from conversations.management.chat.wishes import Wishes
from conversations.management.finding import find_model
from conversations.models import Conversation
from conversations.models.conversation import Refused
from conversations.tasks import read, write

R = TypeVar("R")
Event = dict[str, Any]
_LOOK_SECONDS = 2.0


class Talk:
    """One person's talk with one model. Use it as a context manager; leaving it stores what is being written.

    It is a subscriber like a tab (`broadcasts.Subscriber`): what another door does to the conversation shows here.
    """

    def __init__(self, who: Who) -> None:
        self._who = who
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = Thread(target=self._run, name="engine", daemon=True)
        self._asking: Future[None] | None = None
        self._reply: int | None = None
        self._open: dict[int, str] = {}
        self._followed: set[int] = set()
        self._is_stored = False
        self.approves = False
        """Whether somebody sits here who can be asked about a call of a tool (`generation.asking` reads it)."""
        self.model: ModelChoice | None = None
        self.conversation = uuid7()
        self.went_on = False
        """Whether the last question followed something that was said elsewhere."""

    def __enter__(self) -> Talk:
        self._thread.start()
        self._loop, self._leaving = self._ready.result()
        self.call(hub.subscribe(conversation_topic(self.conversation), self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._leaving.set)
        self._thread.join(settings.DRAIN_SECONDS + 2)

    def call(self, work: Coroutine[Any, Any, R]) -> R:
        """Run `work` where the engine runs; Ctrl-C cancels it."""
        running = self._submit(work)
        try:
            return running.result()
        except KeyboardInterrupt:
            running.cancel()
            raise

    # Models

    def find_model(self, name: str) -> ModelChoice | None:
        """The model of that name ("": the site's first one); None when no backend has it."""
        return self.call(find_model(name))

    def backends(self) -> list[BackendState]:
        """How the backends stood when a model was looked for."""
        return engine.registry.states()

    # Asking

    def ask(self, text: str, wishes: Wishes, attachments: Sequence[UUID] = ()) -> None:
        """Say `text` at the conversation's end; from now on `next_event` tells of the reply. Raises Refused."""
        if len(text) > TEXT_LIMIT:
            raise Refused("too_long", "text")
        self._asking = self._submit(self._ask(text, wishes, attachments))
        self._asking.result()

    def next_event(self) -> Event:
        """Wait for what happens next to the reply that was asked for, as the socket's protocol has it.

        Calls of tools and the replies that read them belong to it: they are `asked` before what is above them ends.
        Raises Refused (`not_found`) when the reply was deleted for good while it was written.
        """
        is_gone = False
        while True:
            try:
                event = self._events.get(timeout=_LOOK_SECONDS)
            except Empty:
                if is_gone:
                    raise Refused("not_found") from None
                is_gone = not any(map(engine.runner.find, tuple(self._open)))
            else:
                if self._concerns(event):
                    return event

    @property
    def is_answering(self) -> bool:
        """Whether something of what was asked for is still to come."""
        return bool(self._open)

    def approve(self, message: int, decision: str) -> None:
        """A person's word on a call. Raises Refused when it does not wait any more."""
        command = Approve.model_validate({"message": message, "decision": decision})
        self.call(deciding.approve(self._who, command))

    def stop(self, shown: int) -> None:
        """End what is being written, a reply cut after `shown` characters; its `reply.finished` still comes."""
        if self._asking is not None:
            self._asking.result()
        for message, role in sorted(self._open.items()):
            self.call(asking.stop(self._who, message, shown if role == "assistant" else None))
            return

    def begin_anew(self) -> None:
        """The next question begins another conversation."""
        self.call(self._move(uuid7()))
        self._is_stored = False

    def go_on_with(self, conversation: Conversation) -> None:
        """The next question goes on with this one, with its own model."""
        self.call(self._move(conversation.pk))
        self._reply, self._is_stored = conversation.leaf_id, True
        self.model = None

    async def push(self, frame: str, *, is_delta: bool) -> None:
        """See `broadcasts.Subscriber`."""
        self._events.put(json.loads(frame))

    async def recheck(self) -> None:
        """See `broadcasts.Subscriber`: who asks is asked with each question."""

    def _concerns(self, event: Event) -> bool:
        if event["type"] == "asked" and event["parent"] in self._followed:
            self._follow(event["messages"])
            return True
        if event.get("reply") not in self._followed:
            return False
        if event["type"] == "reply.finished":
            self._open.pop(event["reply"], None)
        return True

    def _follow(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self._open.update({message["id"]: message["role"] for message in messages})
        self._followed.update(self._open)
        self._reply = messages[-1]["id"]

    async def _ask(self, text: str, wishes: Wishes, attachments: Sequence[UUID]) -> None:
        leaf = await read(self._leaf) if self._is_stored else None
        self.went_on = leaf != self._reply
        changed = wishes.changed
        if self._is_stored and "format" in changed and wishes.format is None:
            await write(self._forget_format)  # a question can only set one
        command = Ask(
            client_id=uuid4(),
            conversation=self.conversation,
            parent=leaf,
            text=text,
            model=self.model,
            think=wishes.think if "think" in changed else None,
            system_prompt=wishes.system if "system" in changed else None,
            sampling=wishes.options() if "sampling" in changed else None,
            response_format=wishes.format if "format" in changed else None,
            attachments=list(attachments),
            tools=wishes.tools if "tools" in changed else None,
        )
        asked = await asking.ask(self._who, command, self)
        self._open, self._followed, self._is_stored = {}, set(), True
        self._follow([asked.messages[-1].model_dump()])
        changed.clear()

    def _leaf(self) -> int | None:
        """Where the conversation ends now: another door may have gone on with it. Raises Refused."""
        found = Conversation.objects.visible_to(self._who()).filter(pk=self.conversation).values_list("leaf_id").first()
        if found is None:
            raise Refused("not_found", "conversation")
        return found[0]

    def _forget_format(self) -> None:
        own = Conversation.objects.visible_to(self._who()).filter(pk=self.conversation)
        own.update(response_format=None)

    async def _move(self, conversation: UUID) -> None:
        await hub.unsubscribe(conversation_topic(self.conversation), self)
        self.conversation, self._reply = conversation, None
        await hub.subscribe(conversation_topic(self.conversation), self)

    # The other thread

    def _run(self) -> None:
        asyncio.run(self._live())

    async def _live(self) -> None:
        leaving = asyncio.Event()
        engine.start()
        await engine.ready()
        self._ready.set_result((asyncio.get_running_loop(), leaving))
        try:
            await leaving.wait()
        finally:
            await settle()
            await engine.drain()

    def _submit(self, work: Coroutine[Any, Any, R]) -> Future[R]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)
