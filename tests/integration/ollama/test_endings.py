"""Every way a reply can end that is not `done`: broken off, refused, stopped."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import pytest

from conversations.backends.base import (
    BackendError,
    BackendLost,
    BackendRefused,
    Delta,
)
from conversations.backends.ollama import OllamaBackend
from tests.integration.ollama.outcomes import TEXT, outcome, question
from tests.upstream import Plan, Upstream
from tests.upstream.plans import line

# U6, U7, U8, U10: broken off


@pytest.mark.parametrize(
    ("end", "code", "kind"),
    [
        ("reset", "upstream_lost", BackendLost),
        ("truncate", "upstream_lost", BackendLost),
        ("eof", "upstream_lost", BackendLost),
        ("error", "upstream_error", BackendRefused),
    ],
)
@pytest.mark.parametrize("count", [1, 4])
async def test_a_stream_that_breaks_off_keeps_its_text(
    upstream: Upstream, backend: OllamaBackend, end: Any, code: str, kind: type[BackendError], count: int
) -> None:
    upstream.plan(Plan(TEXT, stop_after=count, end=end))
    text, error = await outcome(backend)
    assert text == " ".join(TEXT.split()[:count])
    assert type(error) is kind
    assert error is not None
    assert error.code == code
    assert (await outcome(backend))[1] is None


@pytest.mark.parametrize("end", ["reset", "truncate"])
async def test_what_came_while_nobody_read_is_kept(upstream: Upstream, backend: OllamaBackend, end: Any) -> None:
    upstream.plan(Plan(TEXT, hold=1, stop_after=4, end=end))
    replies = backend.chat(question())
    assert await anext(replies) == Delta("Good")
    upstream.release()
    while upstream.connections:  # noqa: ASYNC110 - nothing tells when it has broken
        await asyncio.sleep(0.01)
    for _ in range(20):
        await asyncio.sleep(0)
    rest, code = "", ""
    try:
        async for event in replies:
            rest += event.content if isinstance(event, Delta) else ""
    except BackendLost as error:
        code = error.code
    assert (rest, code) == (" morning to you", "upstream_lost")


async def test_a_server_that_hangs_up_without_a_word_is_down(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan(hold=0))
    asking = asyncio.create_task(outcome(backend))
    await upstream.asked()
    upstream.stop()
    _, error = await asking
    assert error is not None
    assert error.code == "upstream_down"


@pytest.mark.parametrize("end", ["reset", "truncate"])
async def test_a_line_whose_end_never_came_is_kept(upstream: Upstream, backend: OllamaBackend, end: Any) -> None:
    body = line("tiny", {"content": "Good"}) + line("tiny", {"content": " morning"}).rstrip()
    upstream.plan(Plan(body=body, end=end))
    text, error = await outcome(backend)
    assert text == "Good morning"
    assert isinstance(error, BackendLost)


# U11, U12, U13: refusals


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, {"error": "model 'tiny' not found"}, "model_missing"),
        (400, {"error": '"tiny" does not support chat'}, "refused"),
        (413, {"error": "too large"}, "too_much_context"),
        (400, {"error": "the prompt is longer than the context length currently available"}, "too_much_context"),
        (503, {"error": "server busy, please try again.  maximum pending requests exceeded"}, "busy"),
        (429, {"error": "slow down"}, "busy"),
        (500, {"error": "llama-server process has terminated"}, "upstream_error"),
        (401, {"error": "unauthorized", "signin_url": "https://ollama.com/connect"}, "unauthorized"),
    ],
)
async def test_a_refusal_has_its_code_and_the_next_question_works(
    upstream: Upstream, backend: OllamaBackend, status: int, body: dict[str, str], code: str
) -> None:
    plan = Plan(status=status, body=json.dumps(body).encode(), headers={"Retry-After": "17"}, framing="length")
    upstream.plan(plan)
    _, error = await outcome(backend)
    assert isinstance(error, BackendRefused)
    assert error.code == code
    assert body["error"] in error.detail or code == "busy"
    assert error.retry_after == (17.0 if code == "busy" else None)
    assert (await outcome(backend))[1] is None


async def test_a_missing_model_is_named(backend: OllamaBackend) -> None:
    _, error = await outcome(backend, question("no-such-model"))
    assert error is not None
    assert (error.code, error.detail) == ("model_missing", "model 'no-such-model' not found")


async def test_an_error_as_first_line_of_a_200_is_a_refusal(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan([], end="error", error={"error": {"message": "out of memory", "code": 500}}))
    text, error = await outcome(backend)
    assert text == ""
    assert error is not None
    assert (error.code, error.detail) == ("out_of_memory", "out of memory")


async def test_an_error_body_that_never_ends_is_cut(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan(status=500, body=b"x" * 2_000_000))
    _, error = await outcome(backend)
    assert error is not None
    assert error.code == "upstream_error"


# U14: stop


async def test_stopping_before_the_first_byte_closes_the_connection(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan(hold=0))
    task = asyncio.create_task(outcome(backend))
    await upstream.asked()
    task.cancel()
    await upstream.closed()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_stopping_in_the_middle_closes_the_connection(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(Plan(TEXT, stop_after=2, end="stall"))
    replies = backend.chat(question())
    assert await anext(replies) == Delta("Good morning")
    await replies.aclose()
    await upstream.closed()


async def test_cancelling_a_reader_in_the_middle_closes_the_connection(
    upstream: Upstream, backend: OllamaBackend
) -> None:
    upstream.plan(Plan(TEXT, stop_after=2, end="stall"))
    came = asyncio.Event()

    async def consume() -> None:
        async for _ in backend.chat(question()):
            came.set()

    task = asyncio.create_task(consume())
    await came.wait()
    task.cancel()
    await upstream.closed()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_stopping_after_the_last_text_but_before_done_closes_the_connection(
    upstream: Upstream, backend: OllamaBackend
) -> None:
    upstream.plan(Plan(TEXT, end="stall"))
    replies = backend.chat(question())
    await anext(replies)
    await replies.aclose()
    await upstream.closed()


async def test_a_reader_that_forgets_the_generator_closes_the_connection_too(
    upstream: Upstream, backend: OllamaBackend
) -> None:
    upstream.plan(Plan(TEXT, stop_after=1, end="stall"))
    async for _ in backend.chat(question()):
        break
    gc.collect()
    await upstream.closed()


async def test_a_hundred_stops_close_a_hundred_connections(upstream: Upstream, backend: OllamaBackend) -> None:
    upstream.plan(*[Plan(TEXT, stop_after=1, end="stall")] * 100)
    tasks = [asyncio.create_task(outcome(backend)) for _ in range(100)]
    await upstream.asked(100)
    for task in tasks:
        task.cancel()
    await upstream.closed(100)
    assert not any(isinstance(end, BackendError) for end in await asyncio.gather(*tasks, return_exceptions=True))
