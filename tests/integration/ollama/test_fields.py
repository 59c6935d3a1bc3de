"""What Ollama refuses of a chat's fields comes back in plain words, under a code of its own (protocol page §2)."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.backends.base import ChatMessage, ChatRequest
from conversations.backends.ollama import OllamaBackend
from tests.integration.ollama.outcomes import outcome, question
from tests.upstream import Upstream

LONG = ChatMessage("user", "word " * 2000)


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"options": {"temperature": "hot"}}, "refused", 'option "temperature" must be of type float32'),
        ({"options": {"num_ctx": "big"}}, "refused", 'option "num_ctx" must be of type integer'),
        ({"options": {"use_mmap": 1}}, "refused", 'option "use_mmap" must be of type boolean'),
        ({"options": {"stop": "END"}}, "refused", 'option "stop" must be of type an array of strings'),
        ({"format": "xml"}, "refused", "invalid format"),
        ({"logprobs": 21}, "refused", "top_logprobs must be between 0 and 20"),
        ({"messages": [ChatMessage("user", "x", images=["%%%"])], "model_name": "gemma3"}, "refused", "illegal base64"),
        ({"messages": [LONG], "options": {"num_ctx": 512}, "truncate": False}, "too_much_context",
         "request (2500 tokens) exceeds the available context size (512 tokens), try increasing it"),
    ],
)  # fmt: skip
async def test_a_refusal_is_told_in_the_servers_words(
    backend: OllamaBackend, fields: dict[str, Any], code: str, words: str
) -> None:
    given = {"model_name": "tiny:latest", "messages": [ChatMessage("user", "Hello")], **fields}
    text, failure = await outcome(backend, ChatRequest(**given))
    assert failure is not None
    assert (text, failure.code) == ("", code)
    assert failure.detail.startswith(words)


async def test_what_is_too_long_is_left_out_unless_that_is_turned_off(
    backend: OllamaBackend, upstream: Upstream
) -> None:
    for truncate in (None, True):
        request = ChatRequest("tiny:latest", [LONG], options={"num_ctx": 512}, truncate=truncate)
        assert (await outcome(backend, request))[1] is None
    assert [call.value.get("truncate", "absent") for call in upstream.chats] == ["absent", True]


@pytest.mark.parametrize("keep_alive", ["5m", "300", "-1", "0", "1h30m", 300, 0, -1, 2.5])
async def test_every_form_of_keep_alive_is_accepted(backend: OllamaBackend, keep_alive: Any) -> None:
    assert (await outcome(backend, question(keep_alive=keep_alive)))[1] is None
