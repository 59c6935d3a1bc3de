"""The process's replies: each comes to an end, however early it is stopped."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from conversations.backends.base import ChatMessage, ChatRequest, Delta
from conversations.backends.registry import Registry
from conversations.generation.live_reply import LiveReply
from conversations.generation.prompt import Prompt
from conversations.generation.runner import Runner
from conversations.generation.scribe import Ending
from conversations.ids import uuid7
from conversations.live.broadcasts import Hub
from conversations.models import Conversation, Message, State
from conversations.tasks import uncancel


async def test_a_reply_that_is_stopped_before_its_first_step_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    endings: list[Ending] = []
    runner = Runner(Registry([]), Hub())

    async def finish(ending: Ending) -> Any:
        endings.append(ending)

    monkeypatch.setattr(runner.scribe, "finish", finish)
    runner.start(Message(pk=1, conversation=Conversation(pk=uuid7()), role="assistant"), user=1)
    assert runner.stop(1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert [ending.state for ending in endings] == [State.STOPPED]
    assert runner.find(1) is None


async def test_the_end_of_a_reply_leaves_the_one_that_continues_it(monkeypatch: pytest.MonkeyPatch) -> None:
    storing: asyncio.Queue[asyncio.Future[Any]] = asyncio.Queue()
    runner = Runner(Registry([]), Hub())
    reply = Message(pk=1, conversation=Conversation(pk=uuid7()), role="assistant")

    async def finish(_ending: Ending) -> Any:
        stored = asyncio.get_running_loop().create_future()
        await storing.put(stored)
        return await stored

    monkeypatch.setattr(runner.scribe, "finish", finish)
    ends = []
    for _ in range(2):
        runner.start(reply, user=1)
        runner.stop(1)
        ends.append((runner.find(1), await storing.get()))
    (_first, first_end), (second, second_end) = ends

    first_end.set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert runner.find(1) is second

    second_end.set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert runner.find(1) is None


async def test_a_stop_that_meets_the_end_leaves_no_cut_text_that_is_called_complete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endings: list[Ending] = []
    runner = Runner(Registry([]), Hub())

    async def finish(ending: Ending) -> Any:
        endings.append(ending)

    async def take_turn(live: LiveReply, _found: Prompt, ending: Ending) -> Ending:
        live.append(Delta("all of the words"))
        runner.stop(1, shown=3)
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:  # as what waits below does when all has come already
            uncancel()
        return replace(ending, state=State.COMPLETE)

    monkeypatch.setattr(runner.scribe, "finish", finish)
    monkeypatch.setattr(runner, "_take_turn", take_turn)
    prompt = Prompt(ChatRequest("tiny", [ChatMessage("user", "hello")]), {}, wants_title=False)
    runner.start(Message(pk=1, conversation=Conversation(pk=uuid7()), role="assistant"), 1, prompt)
    for _ in range(20):
        await asyncio.sleep(0)
    assert [(ending.state, ending.content) for ending in endings] == [(State.STOPPED, "all")]
