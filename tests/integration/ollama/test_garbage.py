"""Answers that are no replies: garbage, too much of it, and other people's addresses."""

from __future__ import annotations

import asyncio
import gzip
import resource

import pytest

from conversations.backends.ollama import OllamaBackend
from tests.integration.ollama.outcomes import TEXT, outcome
from tests.upstream import Plan, Upstream
from tests.upstream.plans import line

# U15: garbage


@pytest.mark.parametrize(
    ("body", "text", "code"),
    [
        (b"<html><body>Welcome</body></html>", "", "upstream_protocol"),
        (b"", "", "upstream_protocol"),
        (b"\xff\xfe\x00\x01" * 100, "", "upstream_protocol"),
        (b'{"status":"ok"}\n', "", "upstream_protocol"),
        (b'[{"message":{"content":"x"}}]\n', "", "upstream_protocol"),
        (b'\xef\xbb\xbf{"message":{"content":"x"}}\r\n\r\n{"done":true}', "x", ""),
        (b'{"message":{"content":"x"}}{"done":true}\n', "x", ""),
        (b'{"message":{"content":"x"},"more":[1,{}]}\nnonsense\n{"done":true}\n', "x", ""),
        (b'{"message":{"content":7}}\n{"done":true}\n', "", ""),
    ],
)
async def test_garbage_is_skipped_or_told(
    upstream: Upstream, backend: OllamaBackend, body: bytes, text: str, code: str
) -> None:
    upstream.plan(Plan(body=body))
    found, error = await outcome(backend)
    assert (found, error.code if error else "") == (text, code)


async def test_a_server_that_does_not_speak_http_is_told() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n")
        writer.write(b"220 mail.example ESMTP ready\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    backend = OllamaBackend(address=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    _, error = await outcome(backend)
    assert error is not None
    assert (error.code, error.detail) == ("upstream_protocol", "not HTTP")
    await backend.aclose()
    server.close()


# U17: too much


async def test_a_line_without_end_is_given_up(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan(body=line("tiny", {"content": "kept"}) + b'{"message":{"content":"' + b"x" * 20_000_000))
    text, error = await outcome(backend)
    assert text == "kept"
    assert error is not None
    assert error.code == "answer_too_long"
    await upstream.closed()


async def test_a_gzip_bomb_is_given_up_without_filling_the_memory(upstream: Upstream, backend: OllamaBackend) -> None:
    bomb = gzip.compress(b"\n" * 200_000_000, compresslevel=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    upstream.plan(Plan(body=bomb, headers={"Content-Encoding": "gzip"}))
    _, error = await outcome(backend)
    assert error is not None
    assert error.code == "answer_too_long"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


async def test_a_compressed_answer_that_nobody_asked_for_is_read(upstream: Upstream, backend: OllamaBackend) -> None:
    body = gzip.compress(line("tiny", {"content": TEXT}, done=True))
    upstream.plan(Plan(body=body, headers={"Content-Encoding": "gzip"}, cuts=[1, 20]))
    assert await outcome(backend) == (TEXT, None)


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_a_compression_that_cannot_be_undone_is_told(
    upstream: Upstream, backend: OllamaBackend, encoding: str
) -> None:
    upstream.plan(Plan(body=b"not compressed at all", headers={"Content-Encoding": encoding}))
    _, error = await outcome(backend)
    assert error is not None
    assert error.code == "upstream_protocol"


# U19: redirects and proxies


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(upstream: Upstream, backend: OllamaBackend, status: int) -> None:
    with Upstream() as other:
        upstream.plan(Plan(status=status, body=b"", headers={"Location": f"{other.address}/api/chat"}))
        _, error = await outcome(backend)
        assert error is not None
        assert error.code == "upstream_protocol"
        assert other.calls == []


async def test_a_proxy_of_the_environment_is_not_used(
    upstream: Upstream, backend: OllamaBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Upstream() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        assert await outcome(backend) == ("Yes, that works.", None) or upstream.chats
        assert proxy.calls == []
