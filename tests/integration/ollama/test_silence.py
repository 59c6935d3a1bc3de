"""Nobody there, nobody answering, and connections that died in the pool."""

from __future__ import annotations

import asyncio
import gc

from conversations.backends.base import (
    BackendDown,
    BackendError,
    BackendLost,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    Delta,
    Finish,
    Phase,
)
from conversations.backends.ollama import OllamaBackend
from tests.integration.ollama.outcomes import TEXT, Hanging, outcome, question
from tests.upstream import Model, Plan, Upstream

# U1, U2: nobody there


async def test_a_refused_connection_is_down_and_works_once_the_server_is_back(
    upstream: Upstream, backend: OllamaBackend
) -> None:
    upstream.stop()
    _, error = await outcome(backend)
    assert isinstance(error, BackendDown)
    assert (error.code, error.detail) == ("upstream_down", "connection refused")
    upstream.start()
    assert (await outcome(backend))[1] is None
    assert len(upstream.chats) == 1


async def test_an_unknown_name_is_down_without_telling_the_name() -> None:
    backend = OllamaBackend(address="no-such-host.invalid")
    _, error = await outcome(backend)
    await backend.aclose()
    assert isinstance(error, BackendDown)
    assert error.code == "upstream_down"
    assert "no-such-host" not in str(error)


# U3, U4, U5: silence


async def test_a_server_that_never_answers_is_given_up(upstream: Upstream) -> None:
    backend = OllamaBackend(address=upstream.address, first_byte=0.3, quiet=0.05)
    upstream.plan(Plan(hold=0))
    _, error = await outcome(backend)
    assert isinstance(error, BackendDown)
    assert error.code == "upstream_timeout"
    await upstream.closed()
    await backend.aclose()


async def test_headers_alone_do_not_count_as_an_answer(upstream: Upstream) -> None:
    backend = OllamaBackend(address=upstream.address, first_byte=0.3, quiet=0.05)
    upstream.plan(Plan(stop_after=0, end="stall"))
    _, error = await outcome(backend)
    assert error is not None
    assert error.code == "upstream_timeout"
    await upstream.closed()
    await backend.aclose()


async def test_waiting_is_explained_loading_first_then_reading(upstream: Upstream) -> None:
    backend = OllamaBackend(address=upstream.address, quiet=0.05)
    slow = next(model for model in upstream.models if model.name == "tiny:latest")
    upstream.plan(Plan(hold=0))
    phases: list[ChatEvent] = []
    upstream.loaded.clear()
    async for event in backend.chat(ChatRequest("TINY", [ChatMessage("user", "Hello")])):
        phases += [event] if isinstance(event, Phase) else []
        if event == Phase("reading"):
            upstream.release()
    assert phases[-1] == Phase("reading")
    assert upstream.loaded["tiny:latest"] is slow
    await backend.aclose()


async def test_a_model_that_is_not_loaded_yet_is_loading(upstream: Upstream) -> None:
    upstream.models.append(Model("slow:latest", load=60.0))
    backend = OllamaBackend(address=upstream.address, quiet=0.05)
    replies = backend.chat(question("slow"))
    assert await anext(replies) == Phase("loading")
    await replies.aclose()
    await upstream.closed()
    await backend.aclose()


async def test_an_answer_at_once_asks_nothing_else(upstream: Upstream, backend: OllamaBackend) -> None:
    await outcome(backend)
    assert [call.path for call in upstream.calls] == ["/api/chat"]


async def test_a_stream_that_falls_silent_is_lost_with_its_text(upstream: Upstream) -> None:
    backend = OllamaBackend(address=upstream.address, between=0.2, quiet=60.0)
    upstream.plan(Plan(TEXT, stop_after=2, end="stall"))
    text, error = await outcome(backend)
    assert text == "Good morning"
    assert isinstance(error, BackendLost)
    assert error.code == "upstream_stalled"
    await upstream.closed()
    await backend.aclose()


async def test_a_slow_reader_is_not_the_servers_silence(upstream: Upstream) -> None:
    backend = OllamaBackend(address=upstream.address, between=1.0, quiet=60.0)
    upstream.plan(Plan(TEXT, hold=1))
    replies = backend.chat(question())
    assert await anext(replies) == Delta("Good")
    upstream.release()
    await upstream.until(lambda: upstream.chats[0].fate == "answered")
    await asyncio.sleep(1.1)  # longer than the server may be silent; the time that passes is what is tested
    rest = [event async for event in replies]
    assert isinstance(rest[-1], Finish)
    await backend.aclose()


# Pooled connections


async def test_a_pooled_connection_that_died_is_replaced_once(upstream: Upstream, backend: OllamaBackend) -> None:
    await backend.models()
    await backend.version()
    port = upstream.port
    upstream.stop()
    upstream.start()
    assert upstream.port == port
    assert (await outcome(backend))[1] is None
    assert len(upstream.chats) == 1


async def test_a_pooled_connection_that_hangs_up_is_replaced() -> None:
    async with Hanging(first_answers=1) as server:
        backend = OllamaBackend(address=server.address)
        assert await backend.version() == "1"
        _, error = await outcome(backend)
        assert error is not None
        assert error.code == "upstream_protocol", "answered, although with no reply"
        assert server.questions == 3
        await backend.aclose()


async def test_a_fresh_connection_that_hangs_up_is_not_tried_again() -> None:
    async with Hanging(first_answers=0) as server:
        backend = OllamaBackend(address=server.address)
        _, error = await outcome(backend)
        assert isinstance(error, BackendDown)
        assert (error.code, error.detail) == ("upstream_down", "the server hung up")
        assert server.questions == 1
        await backend.aclose()


async def test_many_replies_run_at_once(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(*[Plan(TEXT, hold=2)] * 300)
    tasks = [asyncio.create_task(outcome(backend)) for _ in range(300)]
    await upstream.until(lambda: len([call for call in upstream.chats if call.sent >= 2]) == 300)
    upstream.release()
    assert await asyncio.gather(*tasks) == [(TEXT, None)] * 300


def test_one_backend_serves_several_event_loops(upstream: Upstream) -> None:
    backend = OllamaBackend(address=upstream.address)

    async def once() -> BackendError | None:
        return (await outcome(backend))[1]

    assert [asyncio.run(once()) for _ in range(3)] == [None, None, None]
    assert len(vars(backend)["_connections"]._clients) == 1, "clients of closed loops are let go"
    vars(backend).clear()
    gc.collect()  # the complaint about the last client belongs to this test
