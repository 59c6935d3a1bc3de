"""Single calls of a model, without a conversation: what may be asked of one, its turn in the queue, its figures."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

from conversations.backends.base import ChatEvent, Finish, Phase
from conversations.backends.library import Ability
from conversations.generation.queue import FairQueue

Way = Literal["generate", "embed"]

TEXTS = 500  # at a time, as vectors
TEXT = 1024 * 1024  # characters of a prompt
IMAGES = 8


def ways_of(abilities: frozenset[Ability], capabilities: frozenset[str] | None) -> tuple[Way, ...]:
    """What a model can be tried with: both where its server does not tell what it can do."""
    fitting: dict[Way, frozenset[str]] = {
        "generate": frozenset({"completion", "insert"}),
        "embed": frozenset({"embedding"}),
    }
    return tuple(
        way for way, wanted in fitting.items() if way in abilities and (capabilities is None or wanted & capabilities)
    )


async def in_turn(
    queue: FairQueue, user: int, answer: AsyncGenerator[ChatEvent, None]
) -> AsyncGenerator[ChatEvent, None]:
    """An answer that takes its turn like a reply; `Phase("queued")` comes first when others are before it."""
    if not queue.is_free:
        yield Phase("queued")
    async with queue.turn(user, lambda position: None), aclosing(answer) as events:
        async for event in events:
            yield event


def figures(finish: Finish) -> dict[str, Any]:
    """The server's figures as pages and screens show them: only what it told, durations in milliseconds."""
    found: dict[str, Any] = {
        "prompt_tokens": finish.prompt_tokens,
        "reply_tokens": finish.reply_tokens,
        "load_ms": None if finish.load_duration is None else finish.load_duration / 1e6,
        "total_ms": None if finish.total_duration is None else finish.total_duration / 1e6,
    }
    if finish.reply_tokens and finish.reply_duration:
        found["tokens_per_second"] = round(finish.reply_tokens / finish.reply_duration * 1e9, 1)
    return {name: value for name, value in found.items() if value is not None}
