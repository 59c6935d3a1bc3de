"""Names conversations after their first exchange, when nobody needs the model for anything else."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace
from uuid import UUID

from conversations.backends.base import BackendError, ChatBackend, ChatMessage, ChatRequest, Delta
from conversations.generation.queue import FairQueue
from conversations.models import Conversation
from conversations.tasks import write
from conversations.text import clean_line

log = logging.getLogger(__name__)

_INSTRUCTION = (
    "Write a title for the conversation above, in its language: two to six words, no quotation marks, "
    "no full stop, nothing else."
)
_EXCERPT = 2000
_LIMIT = 80
_TRIES = 3
# Replies that end together are all told of before the first of them is named.
_MOMENT = 0.3
_PATIENCE = 20.0


async def suggest(queue: FairQueue, backend: ChatBackend, request: ChatRequest, reply: str, conversation: UUID) -> bool:
    """Ask the model for a title; whether the conversation took it. Gives way to people, and gives up quietly."""
    if backend.name == "eliza":
        return False  # it would answer the instruction with a question; the first words of the person's stay
    await asyncio.sleep(_MOMENT)
    for _try in range(_TRIES):
        title = await _in_spare_turn(queue, backend, _title_request(request, reply))
        if title:
            return await write(_store, conversation, title)
        await asyncio.sleep(2)
    return False


def _title_request(request: ChatRequest, reply: str) -> ChatRequest:
    """The same model with the same load-time options, so that nothing is loaded again."""
    kept = {name: value for name, value in request.options.items() if name == "num_ctx"}
    question = next((each.content for each in reversed(request.messages) if each.role == "user"), "")
    messages = [
        ChatMessage("user", question[:_EXCERPT]),
        ChatMessage("assistant", reply[:_EXCERPT]),
        ChatMessage("user", _INSTRUCTION),
    ]
    options = {**kept, "num_predict": 40, "temperature": 0.2}
    return replace(request, messages=messages, options=options, think=False, format=None, tools=(), logprobs=None)


async def _in_spare_turn(queue: FairQueue, backend: ChatBackend, request: ChatRequest) -> str:
    """The first line the model writes; empty when somebody else needed it."""
    work = asyncio.ensure_future(_ask(queue, backend, request))
    try:
        await asyncio.wait([work], timeout=_PATIENCE)
    finally:
        work.cancel()  # also when it is we who are cancelled; what is done stays done
    try:
        return await work
    except asyncio.CancelledError:
        return ""
    except BackendError as error:
        log.info("no title: %s", error.code)
        return ""


async def _ask(queue: FairQueue, backend: ChatBackend, request: ChatRequest) -> str:
    text = ""
    async with queue.spare_turn() as is_free:
        if is_free:
            async with aclosing(backend.chat(request)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        text += event.content
                    if "\n" in text.strip() or len(text) > 4 * _LIMIT:
                        break
    return _as_title(text)


def _as_title(text: str) -> str:
    first = next((line for line in text.strip().splitlines() if line.strip()), "")
    marks = "\"'“”„«»#*_` "
    return clean_line(first.strip(marks).removeprefix("Title:").lstrip(marks).rstrip(marks + "."), _LIMIT)


def _store(conversation: UUID, title: str) -> bool:
    return Conversation(pk=conversation).suggest_title(title)
