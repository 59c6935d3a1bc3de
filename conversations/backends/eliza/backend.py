"""ELIZA behind the interface of a backend: what it remembers is read from the request's messages, every time anew."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Sequence
from functools import cache
from pathlib import Path

from django.utils.translation.trans_null import gettext_noop

from conversations.backends.base import ChatEvent, ChatMessage, ChatRequest, Delta, Finish, ModelInfo
from conversations.backends.eliza.dialogue import Dialogue
from conversations.backends.eliza.script import Script, read_script
from conversations.backends.fitting import fitted

LANGUAGES = ("en", "de")
WORD_SECONDS = 0.025
# As many earlier turns are replayed for the sake of memory and variety, so that a long talk costs no more.
REPLAYED = 40
REPLAY_STEP = 20
INPUT = 4000

NOTE = gettext_noop("a 1966 program, not a language model")


class ElizaBackend:
    """The built-in model `eliza`. `delay` is seconds a word; 0 sends all words in one turn of the loop each."""

    fixed_models: tuple[ModelInfo, ...] = (
        ModelInfo("eliza", capabilities=frozenset({"completion"}), context_length=4096, family="eliza", note=NOTE),
    )

    def __init__(self, name: str = "eliza", address: str = "", *, delay: float = WORD_SECONDS) -> None:
        self.name = name
        self.address = address
        self._delay = delay
        for language in LANGUAGES:
            _script(language)  # read now: the first question should not wait for a file

    async def models(self) -> list[ModelInfo]:
        """Only itself."""
        return list(self.fixed_models)

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
        """See `ChatBackend.chat`. Of the options it knows `num_predict`, in words."""
        started = time.monotonic_ns()
        request = fitted(request, self.fixed_models[0].capabilities)
        words = re.findall(r"\s*\S+", reply_to(request.messages))
        limit = request.options.get("num_predict")
        sent = words[: max(limit, 1)] if isinstance(limit, int) and limit >= 0 else words
        thought = time.monotonic_ns()
        for word in sent:
            await asyncio.sleep(self._delay)
            yield Delta(word)
        ended = time.monotonic_ns()
        yield Finish(
            reason="length" if len(sent) < len(words) else "stop",
            prompt_tokens=sum(len(message.content.split()) for message in request.messages),
            reply_tokens=len(sent),
            prompt_duration=thought - started,
            reply_duration=ended - thought,
            total_duration=ended - started,
        )

    async def aclose(self) -> None:
        """Nothing to give back."""


def reply_to(messages: Sequence[ChatMessage]) -> str:
    """The answer to a path. When its last message is the assistant's own, only what is still to be said of it."""
    begun = messages[-1].content if messages and messages[-1].role == "assistant" else ""
    said = [message.content[:INPUT] for message in messages if message.role == "user"] or [""]
    # From a fixed grid, so that the next turn replays the same ones.
    said = said[max(0, len(said) - REPLAYED) // REPLAY_STEP * REPLAY_STEP :]
    dialogues = {language: Dialogue(_script(language)) for language in LANGUAGES}
    spoken = LANGUAGES[0]
    answer = ""
    for text in said:
        spoken = _language(text, dialogues, spoken)
        answer = dialogues[spoken].answer(text)
    if not begun:
        return answer
    if answer.startswith(begun) and answer != begun.rstrip():
        return answer[len(begun) :]
    further = dialogues[spoken].go_on(begun)
    return further if begun[-1:].isspace() else f" {further}"


def _language(text: str, dialogues: dict[str, Dialogue], before: str) -> str:
    known = {language: dialogue.knows(text) for language, dialogue in dialogues.items()}
    best = max(known.values())
    return before if known[before] == best else next(language for language in known if known[language] == best)


@cache
def _script(language: str) -> Script:
    return read_script(Path(__file__).parent / f"{language}.txt")
