"""What the tests of the OpenAI-compatible backend share: a question, and how its reply ended."""

from __future__ import annotations

from collections.abc import Mapping

from conversations.backends.base import BackendError, ChatMessage, ChatRequest, Delta, Finish, Think
from conversations.backends.openai import OpenAIBackend
from conversations.faults import FAULTS

TEXT = "Good morning to you all"
KEY = "sk-proj-0123456789abcdefghij"


def question(
    model: str = "tiny:latest", think: Think = None, options: Mapping[str, object] | None = None
) -> ChatRequest:
    return ChatRequest(model, [ChatMessage("user", "Hello")], options or {}, think)


async def outcome(backend: OpenAIBackend, request: ChatRequest | None = None) -> tuple[str, BackendError | None]:
    """The text that came, and the error at its end."""
    text, finishes = "", 0
    failure: BackendError | None = None
    try:
        async for event in backend.chat(request or question()):
            text += event.content if isinstance(event, Delta) else ""
            finishes += isinstance(event, Finish)
    except BackendError as error:
        failure = error
    assert finishes == (0 if failure else 1)
    assert failure is None or (failure.code in FAULTS and len(failure.detail) <= 300)
    return text, failure
