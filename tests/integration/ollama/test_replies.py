"""What works: replies, thinking, the list of models."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conversations.backends.base import (
    BackendRefused,
    Delta,
    Finish,
    Think,
)
from conversations.backends.ollama import OllamaBackend
from tests.integration.ollama.outcomes import TEXT, outcome, question
from tests.upstream import Model, Plan, Upstream
from tests.upstream.plans import line


async def test_a_reply_streams_and_finishes_with_its_metrics(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan(TEXT, thinking="Let me see", done={"eval_count": 5, "prompt_eval_duration": 0}))
    events = [event async for event in backend.chat(question("qwen3:8b", think=True))]
    deltas = [event for event in events if isinstance(event, Delta)]
    assert "".join(delta.content for delta in deltas) == TEXT
    assert "".join(delta.thinking for delta in deltas) == "Let me see"
    finish = events[-1]
    assert isinstance(finish, Finish)
    assert (finish.reason, finish.reply_tokens, finish.prompt_tokens) == ("stop", 5, 26)


async def test_the_request_is_ollamas_and_asks_for_no_compression(upstream: Upstream, backend: OllamaBackend) -> None:
    await outcome(backend, question(options={"seed": 1}, keep_alive="5m"))
    call = upstream.chats[0]
    assert call.value == {
        "model": "tiny:latest",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "options": {"seed": 1},
        "keep_alive": "5m",
    }
    assert call.headers["accept-encoding"] == "identity"
    assert call.headers["content-type"] == "application/json"
    assert not {"origin", "referer", "cookie", "authorization"} & set(call.headers)


async def test_text_keeps_every_separator(upstream: Upstream, backend: OllamaBackend) -> None:
    odd = ["a\u0085b", "\u2028", "\u2029\x0b", "\x1c😀", "é\x00", "<b>&"]
    upstream.plan(Plan(odd))
    assert await outcome(backend) == ("".join(odd).replace("\x00", ""), None)


async def test_a_body_cut_at_any_byte_reads_the_same(upstream: Upstream, backend: OllamaBackend) -> None:
    body = line("tiny", {"role": "assistant", "content": "é\u0085😀"})
    body += line("tiny", {"role": "assistant", "content": ""}, done=True)
    for cut in range(1, len(body)):
        upstream.plan(Plan(body=body, cuts=[cut]))
        assert await outcome(backend) == ("é\u0085😀", None), cut


async def test_a_stream_broken_off_at_any_byte_keeps_its_text_and_is_never_complete(
    upstream: Upstream, backend: OllamaBackend
) -> None:
    body = line("tiny", {"role": "assistant", "content": "One"}) + line("tiny", {"role": "assistant", "content": "Two"})
    done = line("tiny", {"role": "assistant", "content": ""}, done=True).rstrip()
    first, both = body.index(b"\n"), len(body)
    for cut in range(1, both + len(done)):
        upstream.plan(Plan(body=(body + done)[:cut], framing="close"))
        text, error = await outcome(backend)
        assert error is not None, cut
        assert text == ("" if cut < first else "One" if cut < both - 1 else "OneTwo"), cut
        assert error.code == ("upstream_protocol" if cut < first else "upstream_lost"), cut


@pytest.mark.parametrize("framing", ["chunked", "close", "length"])
async def test_every_framing_of_a_body_is_read(upstream: Upstream, backend: OllamaBackend, framing: Any) -> None:
    body = line("tiny", {"role": "assistant", "content": TEXT}, done=True).rstrip()
    upstream.plan(Plan(body=body, framing=framing, headers={"Content-Type": "text/plain"}))
    assert await outcome(backend) == (TEXT, None)


async def test_an_empty_answer_is_an_answer(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan([]))
    assert await outcome(backend) == ("", None)


async def test_tool_calls_pass(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan([], tool_calls=[{"function": {"index": 0, "name": "f", "arguments": {"a": 1}}}]))
    deltas = [event async for event in backend.chat(question()) if isinstance(event, Delta)]
    assert [(call.id, call.name, dict(call.arguments)) for call in deltas[0].tool_calls] == [("call_1", "f", {"a": 1})]


# Thinking


@pytest.mark.parametrize(
    ("model", "think", "sent"),
    [
        ("qwen3:8b", True, True),
        ("qwen3:8b", False, False),
        ("qwen3:8b", "high", "high"),
        ("qwen3:8b", None, "absent"),
        ("tiny:latest", True, "absent"),
        ("tiny:latest", False, "absent"),
        ("TINY", "low", "absent"),
    ],
)
@pytest.mark.parametrize("is_listed", [True, False])
async def test_think_is_sent_only_to_a_model_that_can(
    upstream: Upstream, backend: OllamaBackend, model: str, think: Think, sent: object, is_listed: bool
) -> None:
    if is_listed:
        await backend.models()
    assert (await outcome(backend, question(model, think)))[1] is None
    assert upstream.chats[0].value.get("think", "absent") == sent


# The list of models


@pytest.mark.parametrize("is_new", [True, False])
async def test_models_are_listed_with_their_capabilities(is_new: bool) -> None:
    with Upstream(capabilities_in_tags=is_new) as upstream:
        backend = OllamaBackend(address=upstream.address)
        models = {model.name: model for model in await backend.models()}
        assert models["qwen3:8b"].capabilities == frozenset({"completion", "tools", "thinking"})
        assert models["qwen3:8b"].context_length == 40960
        assert models["qwen3:8b"].parameter_size == "8.2B"
        assert not models["nomic-embed-text:latest"].can("completion")
        shown = [call for call in upstream.calls if call.path == "/api/show"]
        assert len(shown) == (0 if is_new else len(upstream.models))
        assert await backend.version() == "0.33.0"
        await backend.models()
        assert len([call for call in upstream.calls if call.path == "/api/show"]) == len(shown)
        await backend.aclose()


async def test_a_server_that_knows_no_capabilities_leaves_them_unknown() -> None:
    with Upstream(models=[Model("old:latest", None)]) as upstream:
        backend = OllamaBackend(address=upstream.address)
        assert [model.capabilities for model in await backend.models()] == [None]
        assert (await outcome(backend, question("old", think=True)))[1] is None
        await backend.aclose()


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"models":null}', b'{"models":[null,{},{"name":7}]}', b""])
async def test_a_strange_list_is_no_traceback(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(answer) + answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    backend = OllamaBackend(address=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    if answer.startswith(b"{"):
        assert await backend.models() == []
    else:
        with pytest.raises(BackendRefused, match="upstream_protocol"):
            await backend.models()
    await backend.aclose()
    server.close()
