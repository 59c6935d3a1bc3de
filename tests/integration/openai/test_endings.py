"""Every way a reply can end that is not whole: broken off, refused, silent, stopped."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import pytest

from conversations.backends.base import BackendDown, BackendError, BackendLost, BackendRefused, Delta, Finish
from conversations.backends.openai import OpenAIBackend
from tests.integration.openai.outcomes import KEY, TEXT, outcome, question
from tests.upstream import Plan, Upstream
from tests.upstream.openai import DIALECTS

WHOLE = b'data: {"choices":[{"delta":{"content":"Good"},"finish_reason":"stop"}]}\n\n'


@pytest.mark.parametrize("end", ["reset", "truncate", "eof", "error"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_stream_that_breaks_off_keeps_its_text(
    upstream: Upstream, backend: OpenAIBackend, dialect: str, end: Any
) -> None:
    upstream.dialect = dialect
    upstream.plan(Plan(TEXT, stop_after=3, end=end), Plan(TEXT))
    text, error = await outcome(backend)
    assert text == "Good morning to"
    is_told = end == "error" and dialect != "ollama"
    assert type(error) is (BackendRefused if is_told else BackendLost)
    assert error is not None
    assert error.code == ("upstream_error" if is_told else "upstream_lost")
    assert await outcome(backend) == (TEXT, None)


async def test_an_error_as_first_event_is_a_refusal(upstream: Upstream, backend: OpenAIBackend) -> None:
    body = b'data: {"object":"error","message":"The model is overloaded","code":503}\n\ndata: [DONE]\n\n'
    upstream.plan(Plan(body=body))
    text, error = await outcome(backend)
    assert error is not None
    assert (text, error.code, error.detail) == ("", "busy", "The model is overloaded")


@pytest.mark.parametrize("end", ["reset", "stall", "eof"])
async def test_a_reply_with_its_finish_reason_is_whole_whatever_comes_then(
    monkeypatch: pytest.MonkeyPatch, upstream: Upstream, backend: OpenAIBackend, end: Any
) -> None:
    monkeypatch.setattr("conversations.backends.exchange.LAST_WORDS_SECONDS", 0.1)
    upstream.plan(Plan(body=WHOLE, end=end))
    assert await outcome(backend) == ("Good", None)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, {"error": {"message": "The model `x` does not exist"}}, "model_missing"),
        (404, {"detail": "Not Found"}, "upstream_protocol"),
        (400, {"object": "error", "message": "maximum context length is 4096 tokens"}, "too_much_context"),
        (429, {"error": {"message": "slow", "code": "rate_limit_exceeded"}}, "busy"),
        (503, {"error": {"message": "no capacity"}}, "busy"),
        (500, {"error": "boom"}, "upstream_error"),
        (401, {"error": {"message": "no"}}, "unauthorized"),
    ],
)
async def test_a_refusal_has_its_code_and_the_next_question_works(
    upstream: Upstream, backend: OpenAIBackend, status: int, body: object, code: str
) -> None:
    upstream.plan(Plan(status=status, body=json.dumps(body).encode(), headers={"Retry-After": "17"}), Plan(TEXT))
    _, error = await outcome(backend)
    assert isinstance(error, BackendRefused)
    assert (error.code, error.status) == (code, status)
    assert error.retry_after == (17.0 if code == "busy" else None)
    assert await outcome(backend) == (TEXT, None)


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b"data: 7\n\n" * 200, b'{"choices": 7}'])
async def test_what_is_no_stream_is_not_a_reply(upstream: Upstream, backend: OpenAIBackend, body: bytes) -> None:
    upstream.plan(Plan(body=body))
    _, error = await outcome(backend)
    assert error is not None
    assert error.code == "upstream_protocol"


async def test_a_line_without_end_is_cut(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.plan(Plan(body=b"data: " + b"x" * (9 * 1024 * 1024)))
    _, error = await outcome(backend)
    assert error is not None
    assert error.code == "answer_too_long"


# Silence


async def test_nobody_there_is_down(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.stop()
    _, error = await outcome(backend)
    assert isinstance(error, BackendDown)
    assert error.detail == "connection refused"
    upstream.start()


async def test_a_server_that_never_answers_is_given_up(upstream: Upstream) -> None:
    backend = OpenAIBackend(address=upstream.address, first_byte=0.3, quiet=0.05)
    upstream.plan(Plan(hold=0))
    _, error = await outcome(backend)
    assert error is not None
    assert error.code == "upstream_timeout"
    await upstream.closed()
    await backend.aclose()


async def test_a_server_that_loads_for_ever_is_given_up(upstream: Upstream) -> None:
    upstream.loading = 10_000
    backend = OpenAIBackend(address=upstream.address, first_byte=0.3, quiet=0.05, again=0.02)
    _, error = await outcome(backend)
    assert isinstance(error, BackendDown)
    assert error.code == "upstream_timeout"
    await backend.aclose()


async def test_a_stream_that_falls_silent_is_lost_with_its_text(upstream: Upstream) -> None:
    backend = OpenAIBackend(address=upstream.address, between=0.2, quiet=60.0)
    upstream.plan(Plan(["Good", " <", "think"], stop_after=2, end="stall"))
    text, error = await outcome(backend)
    assert error is not None
    assert (text, error.code) == ("Good <", "upstream_stalled")
    await upstream.closed()
    await backend.aclose()


# Stop


async def test_stopping_before_the_first_byte_closes_the_connection(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.plan(Plan(hold=0))
    task = asyncio.create_task(outcome(backend))
    await upstream.asked()
    task.cancel()
    await upstream.closed()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_stopping_in_the_middle_closes_the_connection(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.plan(Plan(TEXT, stop_after=2, end="stall"))
    replies = backend.chat(question())
    assert await anext(replies) == Delta("Good morning")
    await replies.aclose()
    await upstream.closed()


async def test_a_reader_that_forgets_the_generator_closes_the_connection_too(
    upstream: Upstream, backend: OpenAIBackend
) -> None:
    upstream.plan(Plan(TEXT, stop_after=1, end="stall"))
    async for _ in backend.chat(question()):
        break
    gc.collect()
    await upstream.closed()


async def test_many_stops_close_as_many_connections(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.plan(*[Plan(TEXT, stop_after=1, end="stall")] * 50)
    tasks = [asyncio.create_task(outcome(backend)) for _ in range(50)]
    await upstream.asked(50)
    for task in tasks:
        task.cancel()
    await upstream.closed(50)
    assert not any(isinstance(end, BackendError) for end in await asyncio.gather(*tasks, return_exceptions=True))


async def test_many_replies_run_at_once(upstream: Upstream, backend: OpenAIBackend) -> None:
    await backend.models()
    upstream.plan(*[Plan(TEXT, hold=2)] * 100)
    tasks = [asyncio.create_task(outcome(backend)) for _ in range(100)]
    await upstream.until(lambda: len([call for call in upstream.chats if call.sent >= 2]) == 100)
    upstream.release()
    assert await asyncio.gather(*tasks) == [(TEXT, None)] * 100


async def test_text_that_comes_together_is_joined(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.plan(Plan(["a "] * 2000))
    events = [event async for event in backend.chat(question())]
    assert isinstance(events[-1], Finish)
    assert len(events) < 500


def test_one_backend_serves_several_event_loops(upstream: Upstream) -> None:
    backend = OpenAIBackend(address=upstream.address, api_key=KEY)

    async def once() -> BackendError | None:
        return (await outcome(backend))[1]

    assert [asyncio.run(once()) for _ in range(2)] == [None, None]
    vars(backend).clear()
    gc.collect()  # the complaint about the last client belongs to this test
