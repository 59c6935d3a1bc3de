"""A turn as a stream: the question, the reply as it is written, the calls of tools, until the last reply has its end.

It listens as a tab does, and only while somebody reads: what it missed before, or while its reader was slow, it takes
from the replies themselves, by the offsets of what it has told.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from django.utils import translation

from conversations.api.messages.bodies import error_of
from conversations.faults import fault
from conversations.generation import watching
from conversations.generation.asking import visible_message
from conversations.generation.engine import engine
from conversations.generation.tooling.events import told
from conversations.live.access import SignedOut
from conversations.live.broadcasts import conversation_topic, hub, user_topic
from conversations.live.protocol import Frame
from conversations.live.protocol.commands import Resume
from conversations.live.protocol.events import Asked, Failed, Pong, ReplyFinished, ReplyText
from conversations.models import Message, Role, User
from conversations.models.conversation import Refused
from conversations.tasks import read

Event = dict[str, Any]
Who = Callable[[], User]
HEARTBEAT = 15.0  # seconds of silence; proxies hang up after 30 or 60
MOST_FRAMES = 500
MOST_CHARACTERS = 256 * 1024


class Turn:
    """What follows from one question; a subscriber (`broadcasts.Subscriber`) while `events` is read."""

    def __init__(self, who: Who, user: int, asked: Asked, language: str) -> None:
        self._who, self._language = who, language
        self._topics = (conversation_topic(asked.conversation), user_topic(user))
        self._asked = asked
        self._frames: list[str] = []
        self._size = 0
        self._has_lost = self._is_signed_out = False
        self._wake = asyncio.Event()
        self._open: dict[int, dict[str, int]] = {}
        self.messages: list[int] = []
        """The replies and the calls of tools so far, in their order."""
        self._follow([asked.messages[-1].id])

    async def events(self) -> AsyncGenerator[Event, None]:
        """Everything from the beginning, also of a turn that has long begun or ended."""
        try:
            for topic in self._topics:
                await hub.subscribe(topic, self)
            yield _plain(self._asked)
            for event in await self._missed():
                yield event
            while self._open:
                for event in await self._next():
                    yield event
        except Refused as refused:
            yield self.failed(refused.code)
        except SignedOut:
            yield self.failed("not_found")
        finally:
            for topic in self._topics:
                await hub.unsubscribe(topic, self)

    def failed(self, code: str) -> Event:
        """That it cannot be told any further, in the words of who asked."""
        words = fault(code)
        with translation.override(self._language):
            return _plain(Failed(code=code, text=str(words.text), advice=str(words.advice), retryable=words.retryable))

    async def push(self, frame: str, *, is_delta: bool) -> None:
        """See `broadcasts.Subscriber`. Beyond the bounds all stays away: it is read from the replies later."""
        if len(self._frames) < MOST_FRAMES and self._size < MOST_CHARACTERS:
            self._frames.append(frame)
            self._size += len(frame)
        else:
            self._has_lost = True
        self._wake.set()

    async def recheck(self) -> None:
        """See `broadcasts.Subscriber`."""
        try:
            await read(self._who)
        except SignedOut:
            self._is_signed_out = True
            self._wake.set()

    async def _next(self) -> list[Event]:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._wake.wait()
        except TimeoutError:
            await read(self._who)
            offsets = {reply: have["content"] for reply, have in self._open.items()}
            return [*await self._missed(), _plain(Pong(offsets=offsets))]
        return await self._take_frames()

    async def _take_frames(self) -> list[Event]:
        self._wake.clear()
        if self._is_signed_out:
            raise SignedOut
        frames, has_lost = self._frames, self._has_lost
        self._frames, self._size, self._has_lost = [], 0, False
        found: list[Event] = []
        for frame in frames:
            found += await self._taken(json.loads(frame))
        return [*found, *await self._missed()] if has_lost else found

    async def _missed(self) -> list[Event]:
        """How what is open stands now. Raises Refused when it was deleted."""
        found: list[Event] = []
        for reply in sorted(self._open):
            live = engine.runner.find(reply)
            if live is not None and reply in self._open:
                found += [_plain(live.as_phase()), *self._text(_plain(live.as_text()))]
            elif reply in self._open:
                for event in await read(_stored, self._who, reply):
                    found += await self._taken(_plain(event))
        return found

    async def _taken(self, event: Event) -> list[Event]:
        """What the reader is told of it."""
        reply = event.get("reply")
        if event["type"] == "asked":
            return self._grown(event)
        if reply not in self._open:
            return []
        match event["type"]:
            case "reply.delta":
                return await self._delta(event)
            case "reply.text":
                return self._text(event)
            case "reply.finished":
                rest = await self._rest(event)
                del self._open[reply]
                return [*rest, event, *await self._second_try(event)]
        return [event]

    def _grown(self, event: Event) -> list[Event]:
        """Calls of tools, and the reply that reads them; a person's next question is another turn."""
        new = [each["id"] for each in event["messages"]]
        is_ours = event["parent"] in self.messages and event["messages"][0]["role"] != Role.USER
        if not is_ours or new[-1] in self.messages:
            return []
        self._follow(new)
        return [event]

    async def _second_try(self, finished: Event) -> list[Event]:
        """An answer that does not fit its form may be given once more, beside it; that is stored before its end."""
        if not finished["metrics"].get("format", {}).get("wrong"):
            return []
        second = await read(_correction_of, self._who, finished["reply"])
        if second is None or second.pk in self.messages:
            return []
        self._follow([second.pk])
        found = [_plain(told(second.parent_id or 0, [second]))]
        for event in await read(_stored, self._who, second.pk):
            found += await self._taken(_plain(event))
        return found

    async def _delta(self, event: Event) -> list[Event]:
        have = self._open[event["reply"]]
        known = have[event["part"]] - event["at"]
        if known < 0:
            return await self._resumed(event["reply"])
        if known >= len(event["text"]):
            return []
        have[event["part"]] += len(event["text"]) - known
        return [{**event, "at": event["at"] + known, "text": event["text"][known:]}]

    def _text(self, event: Event) -> list[Event]:
        """All of a reply from some offset on, cut to what is new."""
        have = self._open[event["reply"]]
        new: Event = {}
        for part, known in have.items():
            behind = known - event[f"{part}_at"]
            new |= {f"{part}_at": known, part: event[part][behind:] if behind >= 0 else ""}
            have[part] += len(new[part])
        return [{**event, **new}] if new["content"] or new["thinking"] else []

    async def _rest(self, finished: Event) -> list[Event]:
        have = self._open[finished["reply"]]
        is_whole = all(have[part] >= finished[f"{part}_length"] for part in have)
        return [] if is_whole else await self._resumed(finished["reply"])

    async def _resumed(self, reply: int) -> list[Event]:
        have = self._open[reply]
        wanted = Resume(reply=reply, content_at=have["content"], thinking_at=have["thinking"])
        text = await watching.reply_text(self._who, wanted)
        return [] if text is None else self._text(_plain(text))

    def _follow(self, messages: list[int]) -> None:
        self.messages += messages
        self._open.update({each: {"content": 0, "thinking": 0} for each in messages})


def _correction_of(who: Who, reply: int) -> Message | None:
    """The second try at what `reply` answered. Raises Refused."""
    rows = visible_message(who(), reply).conversation.messages.filter(pk__gt=reply, trashed_at=None)
    return rows.filter(provenance__corrects__0=reply).first()


def _stored(who: Who, reply: int) -> list[Frame]:
    """The turn from `reply` on as the database has it. Raises Refused."""
    found: list[Frame] = []
    message: Message | None = visible_message(who(), reply)
    while message is not None:
        found.append(_text_of(message))
        if message.is_running:
            break
        below = Message.objects.filter(parent=message, trashed_at=None, role__in=(Role.TOOL, Role.ASSISTANT)).last()
        if below is not None:
            found.append(told(message.pk, [below]))
        found.append(_end_of(message))
        message = below
    return found


def _text_of(message: Message) -> ReplyText:
    return ReplyText(
        conversation=message.conversation_id,
        reply=message.pk,
        state=message.state,
        content=message.content,
        thinking=message.thinking,
    )


def _end_of(message: Message) -> ReplyFinished:
    return ReplyFinished(
        conversation=message.conversation_id,
        reply=message.pk,
        state=message.state,
        backend_name=message.backend_name,
        reason=message.reason,
        content_length=len(message.content),
        thinking_length=len(message.thinking),
        metrics=message.metrics,
        error=error_of(message),
    )


def _plain(event: Frame) -> Event:
    return event.model_dump(mode="json")
