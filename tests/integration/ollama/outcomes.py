"""What the tests of the Ollama backend share: how a reply ended, and a server that hangs up."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from conversations.backends.base import (
    BackendError,
    ChatMessage,
    ChatRequest,
    Delta,
    Finish,
    Think,
)
from conversations.backends.ollama import OllamaBackend
from conversations.faults import FAULTS

TEXT = "Good morning to you all"


def question(model: str = "tiny:latest", think: Think = None, **rest: Any) -> ChatRequest:
    return ChatRequest(model, [ChatMessage("user", "Hello")], think=think, **rest)


async def outcome(backend: OllamaBackend, request: ChatRequest | None = None) -> tuple[str, BackendError | None]:
    """The text that came, and the error at its end."""
    text = ""
    finishes = 0
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


class Hanging:
    """Answers that many questions, hangs up on the next one, and answers all later ones.

    Only what goes to its `address` is one: a site of another run may still look for a model server at this port.
    """

    def __init__(self, first_answers: int) -> None:
        self.questions = 0
        self._hangs_up_at = first_answers + 1

    async def __aenter__(self) -> Hanging:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}/own"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                if b" /own/" not in head.partition(b"\r\n")[0]:
                    break
                self.questions += 1
                if self.questions == self._hangs_up_at:
                    break
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"version":"1"}')
        except asyncio.IncompleteReadError:
            pass
        writer.close()
