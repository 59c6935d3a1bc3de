"""The door of a tab: it lets in who may, reads commands, calls one verb for each, and answers.

Handlers of one socket run one after another, so none of them waits for a reply. Whoever sits here is asked of the
database with each command that matters and every 15 seconds, because a socket outlives a session.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from channels.exceptions import StopConsumer
from django.conf import settings
from django.db import IntegrityError
from django.utils import translation

from conversations.faults import fault
from conversations.generation import asking, watching
from conversations.generation.engine import engine
from conversations.generation.fairness.quotas import bounded_standing
from conversations.generation.tooling import deciding
from conversations.keeping.temporary import CLEAN, presence
from conversations.live.access import SignedOut, Visitor
from conversations.live.broadcasts import SITE, conversation_topic, hub, user_topic
from conversations.live.bucket import Bucket
from conversations.live.door import Door
from conversations.live.protocol import CLOSE_BEHIND, CLOSE_GOING_AWAY, CLOSE_SIGNED_OUT, CLOSE_TOO_MANY, Frame
from conversations.live.protocol.commands import (
    Ack,
    Approve,
    Ask,
    BadFrame,
    Continue,
    Edit,
    Open,
    Ping,
    Regenerate,
    Resume,
    Stop,
    Watch,
    parse_command,
)
from conversations.live.protocol.events import Failed, Pong, Welcome
from conversations.live.rates import COMMANDS, MOST_TABS, SOCKETS
from conversations.live.refreshing import Refreshing
from conversations.live.tab import DONE, Tab
from conversations.models.conversation import Refused
from conversations.review.presence import Place
from conversations.signin import record
from conversations.tasks import STORAGE_ERRORS, read


class ChatConsumer(Door):
    """One tab. Events reach it through the hub (`push`)."""

    approves = True  # there are buttons for it

    def __init__(self) -> None:
        self._tab = Tab(self._send_frame)
        self._bucket = Bucket(rate=20, burst=60)
        self._user: int | None = None
        self._opened: UUID | None = None
        self._place = Place(self)
        self._checked_at = 0.0
        self._is_closed = False

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle a frame. (The base class hops to a database thread first, for every one.)"""
        match message["type"]:
            case "websocket.connect":
                await self._connect()
            case "websocket.receive":
                await self._receive(message)
            case "websocket.disconnect":
                presence.leave(self, is_closed=message.get("code") in CLEAN)
                raise StopConsumer

    @property
    def user(self) -> int | None:
        """Who sits there; None until that is known."""
        return self._user

    @property
    def language(self) -> str:
        """What they read."""
        return self._visitor.language

    # The hub's side

    def push(self, frame: str, *, is_delta: bool) -> Awaitable[None]:
        """See `broadcasts.Subscriber`."""
        if self._is_closed:
            return DONE
        sent = self._tab.push(frame, is_delta=is_delta)
        return self._give_up(sent) if self._tab.is_behind and self._tab.is_gone else sent

    async def recheck(self) -> None:
        """See `broadcasts.Subscriber`."""
        try:
            self._user = (await read(self._visitor.present)).pk
            self._checked_at = time.monotonic()
        except SignedOut:
            await self._close(CLOSE_SIGNED_OUT)

    async def refresh(self) -> None:
        """Something of other processes was lost on its way: look again who sits here, and at what."""
        await self.recheck()
        if self._opened is not None and not self._is_closed:
            with contextlib.suppress(Refused, SignedOut, *STORAGE_ERRORS):
                await self._tell_opened(self._opened)

    # Coming and going

    async def _connect(self) -> None:
        self._visitor = Visitor(self.scope)
        if not self._visitor.is_from_own_page:
            await self.send({"type": "websocket.close", "code": None, "reason": None})  # before accepting: a plain 403
            raise StopConsumer
        await self.send({"type": "websocket.accept"})
        if not SOCKETS.allows_here(self._visitor.address):
            await self._close(CLOSE_TOO_MANY)
            return
        await self.recheck()
        if self._user is not None and sum(tab._user == self._user for tab in tabs) >= MOST_TABS:
            await self._close(CLOSE_TOO_MANY)
        elif self._user is not None:
            tabs.add(self)
            await hub.subscribe(user_topic(self._user), self)
            await hub.subscribe(SITE, self)
            await self._tab.tell(Welcome(user=self._user, build=settings.STATIC_URL))
            with translation.override(self._visitor.language):
                states = engine.backend_events()
            for state in states:
                await self._tab.tell(state)
            quota = await read(bounded_standing, self._user)
            if quota is not None:
                await self._tab.tell(quota)

    async def _leave(self) -> None:
        self._is_closed = True
        presence.leave(self, is_closed=False)
        tabs.discard(self)
        await hub.unsubscribe(SITE, self)
        if self._user is not None:
            await hub.unsubscribe(user_topic(self._user), self)
        if self._opened is not None:
            await hub.unsubscribe(conversation_topic(self._opened), self)
        await self._place.leave()

    async def _give_up(self, sent: Awaitable[None]) -> None:
        await sent
        await self._close(CLOSE_BEHIND)

    async def _close(self, code: int) -> None:
        if not self._is_closed:
            if code == CLOSE_TOO_MANY:
                record.ward("a socket was closed: too many, or too fast", self._visitor.address, self._user)
            await self._leave()
            await self.send({"type": "websocket.close", "code": code})

    # Commands

    async def _receive(self, message: dict[str, Any]) -> None:
        if self._is_closed:
            return
        try:
            if not self._bucket.take():
                raise BadFrame("slow_down")
            text = message.get("text")
            if text is None:
                raise BadFrame("bad_frame")
            await self._carry_out(parse_command(text))
        except BadFrame as bad:
            await self._refuse(bad.code, bad.field, bad.client_id)
        except SignedOut:
            await self._close(CLOSE_SIGNED_OUT)
        if self._bucket.is_flooded:
            await self._close(CLOSE_TOO_MANY)

    async def _carry_out(self, command: Frame) -> None:
        client_id = getattr(command, "client_id", None)
        name = getattr(command, "type", "")
        try:
            if not isinstance(command, Ack | Ping) and not await COMMANDS.allows_soon(self._user):
                raise Refused("slow_down")
            await self._verbs[type(command)](self, command)
        except Refused as refused:
            await self._refuse(refused.code, refused.field, client_id, name)
        except (*STORAGE_ERRORS, IntegrityError):  # the latter: what it hangs below was purged in this moment
            await self._refuse("storage_busy", "", client_id, name)

    async def _refuse(self, code: str, field: str = "", client_id: UUID | None = None, re: str = "") -> None:
        known = fault(code)
        with translation.override(self._visitor.language):
            failed = Failed(
                code=code, text=str(known.text), advice=str(known.advice), field=field, retryable=known.retryable,
                client_id=client_id, re=re,
            )  # fmt: skip
        await self._tab.tell(failed)

    async def _open(self, command: Open) -> None:
        if self._opened is not None:
            await hub.unsubscribe(conversation_topic(self._opened), self)
        if self._opened != command.conversation:
            presence.leave(self, is_closed=True)
        self._opened = command.conversation
        if command.conversation is not None:
            await self._tell_opened(command.conversation)

    async def _tell_opened(self, conversation: UUID) -> None:
        # Subscribed once they may see it, so that no word reaches others, and before the state is read, so that
        # nothing falls between; offsets make repetitions harmless.
        try:
            is_temporary = await watching.admit(self._visitor.present, conversation)
            if self._is_closed or self._opened != conversation:
                return  # it left, or went on, while `refresh` looked: what is entered now nobody would leave
            if is_temporary:
                presence.enter(self, conversation)
            await hub.subscribe(conversation_topic(conversation), self)
            opened = await watching.open_conversation(self._visitor.present, conversation)
        except Refused:
            await hub.unsubscribe(conversation_topic(conversation), self)
            self._opened = None if self._opened == conversation else self._opened
            raise
        if opened is not None:
            await self._tab.tell(opened)

    async def _ask(self, command: Ask) -> None:
        await asking.ask(self._visitor.member, command, asker=self)
        if command.temporary and command.conversation == self._opened and not self._is_closed:
            presence.enter(self, command.conversation)

    async def _edit(self, command: Edit) -> None:
        await asking.edit(self._visitor.member, command, asker=self)

    async def _regenerate(self, command: Regenerate) -> None:
        await asking.regenerate(self._visitor.member, command, asker=self)

    async def _continue(self, command: Continue) -> None:
        await asking.resume(self._visitor.member, command.reply, approves=True)

    async def _stop(self, command: Stop) -> None:
        await asking.stop(self._visitor.member, command.reply, command.shown)

    async def _approve(self, command: Approve) -> None:
        await deciding.approve(self._visitor.member, command)

    async def _resume(self, command: Resume) -> None:
        text = await watching.reply_text(self._visitor.present, command)
        if text is not None:
            await self._tab.tell(text)

    async def _watch(self, command: Watch) -> None:
        await self._place.watch(self._visitor.present, command)

    async def _ack(self, command: Ack) -> None:
        if self._tab.acked(command.frames) and self._opened is not None:
            await self._tell_opened(self._opened)

    async def _ping(self, _command: Ping) -> None:
        if time.monotonic() - self._checked_at > settings.RECHECK_SECONDS:
            # What other processes say may be lost on its way, the end of a reply too: the database has it.
            await (self.refresh() if hub.is_distributed else self.recheck())
        live = engine.runner.running_in(self._opened) if self._opened else []
        await self._tab.tell(Pong(offsets={reply.id: reply.content.sent for reply in live}))

    _verbs: dict[type[Frame], Callable[..., Awaitable[None]]] = {
        Open: _open,
        Ask: _ask,
        Edit: _edit,
        Regenerate: _regenerate,
        Continue: _continue,
        Stop: _stop,
        Approve: _approve,
        Resume: _resume,
        Watch: _watch,
        Ack: _ack,
        Ping: _ping,
    }


tabs: set[ChatConsumer] = set()
refreshing = Refreshing(tabs)


async def close_all() -> None:
    """Tell every tab that the server goes away; they come back by themselves."""
    for tab in tuple(tabs):
        await tab._close(CLOSE_GOING_AWAY)
