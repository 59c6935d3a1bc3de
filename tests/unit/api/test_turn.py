"""A turn that is read slowly, late, or not to its end."""

from __future__ import annotations

import json
from contextlib import aclosing

from asgiref.sync import async_to_sync

from conversations.api.messages.turn import MOST_FRAMES, Turn
from conversations.generation.tooling.events import told
from conversations.live.broadcasts import conversation_topic, hub
from conversations.models import Conversation, Message, State, User
from conversations.tasks import read

TEXT = "word " * (MOST_FRAMES + 100)


def running(conversation: Conversation) -> Message:
    return Message.objects.create(
        conversation=conversation, role="assistant", state=State.STREAMING, parent_id=conversation.leaf_id, lease="x"
    )


def turn_of(user: User, reply: Message) -> Turn:
    return Turn(lambda: user, user.pk, told(reply.parent_id or 0, [reply]), "en")


def end(reply: Message) -> None:
    Message.objects.filter(pk=reply.pk).update(state=State.COMPLETE, content=TEXT)


def delta(reply: Message, at: int) -> str:
    where = {"conversation": str(reply.conversation_id), "reply": reply.pk}
    return json.dumps({"type": "reply.delta", **where, "part": "content", "at": at, "text": TEXT[at : at + 5]})


def test_what_a_slow_reader_missed_comes_from_the_reply(alice: User, trains: Conversation) -> None:
    reply = running(trains)

    async def slowly() -> list[dict[str, object]]:
        found = []
        async with aclosing(turn_of(alice, reply).events()) as events:
            found.append(await anext(events))
            for at in range(0, len(TEXT), 5):
                await hub.publish_frame(conversation_topic(trains.pk), delta(reply, at), is_delta=True)
            await read(end, reply)
            found += [event async for event in events]
        return found

    asked, *told_of, finished = async_to_sync(slowly)()
    assert [asked["type"], finished["type"], finished["state"]] == ["asked", "reply.finished", "complete"]
    assert len(told_of) <= MOST_FRAMES + 1
    assert "".join(str(event.get("text") or event.get("content")) for event in told_of) == TEXT


def test_who_goes_away_is_told_nothing_more(alice: User, trains: Conversation) -> None:
    reply, topic = running(trains), conversation_topic(trains.pk)

    async def and_gone() -> list[bool]:
        async with aclosing(turn_of(alice, reply).events()) as events:
            await anext(events)
            during = topic in hub._topics  # the hub itself says yes wherever there may be other processes
        return [during, topic in hub._topics]

    assert async_to_sync(and_gone)() == [True, False]


def test_a_reply_that_is_deleted_meanwhile_ends_the_stream(alice: User, trains: Conversation) -> None:
    reply = running(trains)
    turn = turn_of(alice, reply)
    Message.objects.filter(pk=reply.pk).delete()

    async def whole() -> list[dict[str, object]]:
        return [event async for event in turn.events()]

    *_asked, failed = async_to_sync(whole)()
    assert (failed["type"], failed["code"]) == ("error", "not_found")


def test_somebody_elses_stays_unknown(charlie: User, trains: Conversation) -> None:
    turn = turn_of(charlie, Message.objects.get(conversation=trains, role="assistant"))

    async def whole() -> list[dict[str, object]]:
        return [event async for event in turn.events()]

    assert async_to_sync(whole)()[-1]["code"] == "not_found"
