"""Replies and lists over real HTTP: what is asked, what comes, and what a server is spared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversations.backends.base import (
    BackendRefused,
    ChatEvent,
    ChatMessage,
    ChatRequest,
    Delta,
    Finish,
    Phase,
    ToolCall,
)
from conversations.backends.openai import OpenAIBackend
from conversations.generation.stream import End, stream
from tests.integration.openai.outcomes import KEY, TEXT, outcome, question
from tests.upstream import Plan, Upstream
from tests.upstream.openai import DIALECTS, stream_of

OPTIONS = {"temperature": 0.0, "num_predict": 40, "top_k": 40, "num_ctx": 4096}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_reply_arrives_in_every_dialect(dialect: str, upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.dialect = dialect
    calls = [{"function": {"name": "f", "arguments": {"city": "Zürich"}}}]
    upstream.plan(Plan(TEXT, thinking="hm hm", tool_calls=calls))
    events = [event async for event in backend.chat(question())]
    deltas = [event for event in events if isinstance(event, Delta)]
    assert "".join(delta.content for delta in deltas) == TEXT
    assert "".join(delta.thinking for delta in deltas) == "hm hm"
    assert [call for delta in deltas for call in delta.tool_calls] == [ToolCall("call_0a", "f", {"city": "Zürich"})]
    assert isinstance(events[-1], Finish)
    assert events[-1].prompt_tokens == (None if dialect == "plain" else 26)


async def test_a_reply_cut_anywhere_on_the_wire_is_the_same(upstream: Upstream, backend: OpenAIBackend) -> None:
    body = stream_of(Plan("Good é morning", thinking="hm"), "llama.cpp")
    for cut in range(1, len(body), 7):
        upstream.plan(Plan(body=body, cuts=[cut]))
        assert await outcome(backend) == ("Good é morning", None)


async def test_thinking_inside_the_text_is_thinking(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.plan(Plan(["<th", "ink>\nLet me", " see</thi", "nk>\n", "\nYes"]))
    deltas = [event async for event in backend.chat(question()) if isinstance(event, Delta)]
    assert "".join(delta.thinking for delta in deltas) == "Let me see"
    assert "".join(delta.content for delta in deltas) == "Yes"


# What is asked


async def test_only_what_is_set_is_sent_and_extras_where_they_are_known(
    upstream: Upstream, backend: OpenAIBackend
) -> None:
    await outcome(backend, question(options=OPTIONS))
    upstream.dialect = "plain"
    await backend.models()
    await outcome(backend, question(options=OPTIONS))
    known, plain = (call.value for call in upstream.chats)
    same = {
        "model": "tiny:latest",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "max_tokens": 40,
    }
    assert known == {**same, "top_k": 40}
    assert plain == same


async def test_a_field_that_is_refused_is_left_out_from_then_on(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.refuses = {"stream_options": "Unrecognized request argument supplied: stream_options"}
    upstream.plan(Plan(TEXT), Plan(TEXT))
    for _ in range(2):
        assert await outcome(backend, question(options=OPTIONS)) == (TEXT, None)
    sent = [set(call.value) & {"stream_options", "top_k"} for call in upstream.chats]
    assert sent == [{"stream_options", "top_k"}, {"top_k"}, {"top_k"}]


async def test_a_refusal_without_a_name_costs_all_that_is_optional(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.refuses = {"reasoning_effort": "Extra inputs are not permitted"}
    assert (await outcome(backend, question(think="high", options=OPTIONS)))[1] is None
    assert set(upstream.chats[-1].value) == {"model", "messages", "stream", "temperature", "max_tokens"}


async def test_a_server_that_wants_the_limit_by_its_other_name_gets_it(
    upstream: Upstream, backend: OpenAIBackend
) -> None:
    upstream.refuses = {"max_tokens": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."}
    assert (await outcome(backend, question(options=OPTIONS)))[1] is None
    assert upstream.chats[-1].value["max_completion_tokens"] == 40


async def test_what_is_not_optional_is_not_left_out_in_silence(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.refuses = {"temperature": "Unsupported value: 'temperature' does not support 0 with this model."}
    _, error = await outcome(backend, question(options=OPTIONS))
    assert isinstance(error, BackendRefused)
    assert error.code == "refused"


# The key


async def test_the_key_is_sent_and_a_wrong_one_is_told_without_itself(
    upstream: Upstream, backend: OpenAIBackend
) -> None:
    upstream.api_key = KEY
    assert (await outcome(backend))[1] is None
    await backend.models()
    assert {call.headers["authorization"] for call in upstream.calls} == {f"Bearer {KEY}"}
    upstream.api_key = "another"
    _, error = await outcome(backend)
    assert error is not None
    assert error.code == "unauthorized"
    assert "Incorrect API key provided" in error.detail
    assert "0123456789" not in f"{error!r} {error} {error.__cause__!r}"


async def test_an_error_that_ends_within_the_key_does_not_show_its_beginning(upstream: Upstream) -> None:
    backend = OpenAIBackend(address=upstream.address, api_key="plainkeywithoutmarks")
    words = "x" * 280 + " plainkeywithoutmarks"
    upstream.plan(Plan(status=400, body=json.dumps({"error": {"message": words}}).encode()), model="tiny:latest")
    _, error = await outcome(backend)
    await backend.aclose()
    assert error is not None
    assert "plain" not in error.detail


async def test_a_redirect_does_not_carry_the_key_away(upstream: Upstream, backend: OpenAIBackend) -> None:
    with Upstream() as other:
        upstream.plan(Plan(status=307, body=b"", headers={"Location": f"{other.address}/v1/chat/completions"}))
        _, error = await outcome(backend)
        assert error is not None
        assert error.code == "upstream_protocol"
        assert other.calls == []


async def test_the_key_does_not_show_itself(upstream: Upstream, backend: OpenAIBackend) -> None:
    assert KEY not in repr(backend) + repr(list(vars(backend).values()))


async def test_without_a_key_none_is_sent_and_an_impossible_one_is_a_refusal(upstream: Upstream) -> None:
    free = OpenAIBackend(address=upstream.address)
    await free.models()
    assert "authorization" not in upstream.calls[0].headers
    odd = OpenAIBackend(address=upstream.address, api_key="sk-ü\r\nX: y")
    _, error = await outcome(odd)
    assert error is not None
    assert error.code == "unauthorized"
    await free.aclose()
    await odd.aclose()


# Models


async def test_models_are_listed_by_name_with_unknown_abilities(upstream: Upstream, backend: OpenAIBackend) -> None:
    models = await backend.models()
    assert [model.name for model in models] == [model.name for model in upstream.models]
    assert {model.capabilities for model in models} == {None}
    upstream.models = []
    assert await backend.models() == []  # Ollama says null


async def test_a_server_without_a_list_has_an_empty_one(upstream: Upstream, caplog: pytest.LogCaptureFixture) -> None:
    backend = OpenAIBackend(address=f"{upstream.address}/v2/nothing", api_key=KEY)
    assert await backend.models() == []
    assert "no list of models" in caplog.text
    assert KEY not in caplog.text
    await backend.aclose()


# Continue, and waiting for a model to load


async def told(backend: OpenAIBackend, request: ChatRequest) -> str:
    events = [event async for event in stream(backend, request)]
    assert isinstance(events[-1], End)
    return "".join(event.content for event in events if isinstance(event, Delta))


BEGUN = ChatRequest("tiny:latest", [ChatMessage("user", "Tell"), ChatMessage("assistant", "Once upon a time there")])


@pytest.mark.parametrize("dialect", ["llama.cpp", "vllm", "ollama"])
async def test_a_text_is_continued_by_servers_that_can(
    dialect: str, upstream: Upstream, backend: OpenAIBackend
) -> None:
    upstream.dialect = dialect
    upstream.plan(Plan(" was a king"))
    assert await told(backend, BEGUN) == " was a king"
    [call] = upstream.chats
    assert call.value["messages"][-1] == {"role": "assistant", "content": "Once upon a time there"}
    assert call.value.get("continue_final_message") is (True if dialect == "vllm" else None)


async def test_a_text_that_is_refused_is_continued_in_words(upstream: Upstream, backend: OpenAIBackend) -> None:
    refusal = {"error": {"code": 400, "message": "Assistant response prefill is incompatible with enable_thinking."}}
    plan = Plan(status=400, body=json.dumps(refusal).encode())
    upstream.plan(plan, plan, Plan("Once upon a time there was a king"))
    assert await told(backend, BEGUN) == " was a king"
    assert upstream.chats[-1].value["messages"][-1]["role"] == "user"


async def test_a_hosted_service_is_asked_in_words_at_once(upstream: Upstream, backend: OpenAIBackend) -> None:
    upstream.dialect = "openrouter"
    upstream.plan(Plan("upon a time there was a king"))
    assert await told(backend, BEGUN) == " was a king"
    assert [call.value["messages"][-1]["role"] for call in upstream.chats] == ["user"]


async def test_a_model_that_still_loads_is_waited_for(upstream: Upstream) -> None:
    upstream.loading = 3
    backend = OpenAIBackend(address=upstream.address, quiet=0.02, again=0.05)
    upstream.plan(Plan(TEXT))
    events: list[ChatEvent] = [event async for event in backend.chat(question())]
    assert Phase("loading") in events
    assert isinstance(events[-1], Finish)
    assert len(upstream.chats) == 4
    await backend.aclose()


@pytest.mark.parametrize("options", [{"temperature": float("inf")}, {"stop": [object()]}])
async def test_options_that_json_cannot_carry_are_refused(backend: OpenAIBackend, options: dict[str, Any]) -> None:
    _, error = await outcome(backend, question(options=options))
    assert error is not None
    assert error.code == "refused"
