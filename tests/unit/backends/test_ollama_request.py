"""What Ollama is sent: only what is set, as its decoder wants it (protocol page §§1.1–1.5)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from conversations.backends.base import BackendRefused, ChatMessage, ChatRequest, ToolCall, ToolSpec
from conversations.backends.ollama.wire import keep_alive, request_body
from conversations.sampling import Sampling

CLOCK = ToolSpec("clock", "The time of day.", {"type": "object", "properties": {"zone": {"type": "string"}}})
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def sent(request: ChatRequest) -> dict[str, Any]:
    value = json.loads(request_body(request))
    assert isinstance(value, dict)
    return value


def asked(**fields: Any) -> dict[str, Any]:
    found = sent(ChatRequest("m", [ChatMessage("user", "Hello")], **fields))
    return {name: value for name, value in found.items() if name not in ("model", "messages", "stream")}


def test_a_request_says_only_what_is_set() -> None:
    request = ChatRequest("m", [ChatMessage("system", "Be brief."), ChatMessage("user", "é😀")])
    assert sent(request) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "é😀"}],
        "stream": True,
    }


def test_a_request_carries_options_think_keep_alive_and_the_parts_of_a_message() -> None:
    turns: Sequence[ChatMessage] = [
        ChatMessage("user", "look", images=["aGk="]),
        ChatMessage("assistant", "", thinking="hm", tool_calls=[ToolCall("1", "f", {"a": 1}), ToolCall("2", "g", {})]),
        ChatMessage("tool", "42", tool_name="f", tool_call_id="1"),
    ]
    found = sent(ChatRequest("m", turns, options={"seed": 7, "stop": ["x"]}, keep_alive="300", think=False))
    assert found["options"] == {"seed": 7, "stop": ["x"]}
    assert found["think"] is False
    assert found["keep_alive"] == 300
    assert found["messages"][0]["images"] == ["aGk="]
    assert found["messages"][1] == {
        "role": "assistant",
        "content": "",
        "thinking": "hm",
        "tool_calls": [
            {"id": "1", "function": {"index": 0, "name": "f", "arguments": {"a": 1}}},
            {"id": "2", "function": {"index": 1, "name": "g", "arguments": {}}},
        ],
    }
    assert found["messages"][2] == {"role": "tool", "content": "42", "tool_name": "f", "tool_call_id": "1"}


def test_a_malformed_call_goes_back_as_an_object() -> None:
    turn = ChatMessage("assistant", "", tool_calls=[ToolCall("1", "f", {}, "{broken")])
    assert sent(ChatRequest("m", [turn]))["messages"][0]["tool_calls"][0]["function"]["arguments"] == {}


@pytest.mark.parametrize("think", [True, False, "low", "medium", "high", "max"])
def test_every_way_to_think_is_sent_as_it_is(think: Any) -> None:
    assert asked(think=think) == {"think": think}


@pytest.mark.parametrize("wanted", ["json", SCHEMA])
def test_a_format_is_the_word_or_the_schema_itself(wanted: Any) -> None:
    assert asked(format=wanted) == {"format": wanted}


def test_tools_are_functions_with_a_schema() -> None:
    function = {"name": "clock", "description": "The time of day.", "parameters": dict(CLOCK.parameters)}
    assert asked(tools=[CLOCK]) == {"tools": [{"type": "function", "function": function}]}


@pytest.mark.parametrize(
    ("wanted", "fields"), [(None, {}), (0, {"logprobs": True}), (5, {"logprobs": True, "top_logprobs": 5})]
)
def test_probabilities_are_asked_for_with_as_many_alternatives(wanted: int | None, fields: dict[str, Any]) -> None:
    assert asked(logprobs=wanted) == fields


def test_false_is_sent_and_absent_is_not() -> None:
    assert asked(truncate=False, shift=False) == {"truncate": False, "shift": False}
    assert asked(truncate=True, shift=True) == {"truncate": True, "shift": True}


def test_every_option_goes_into_the_options_under_its_own_name() -> None:
    every: dict[str, Any] = {
        "temperature": 0.0, "num_predict": -1, "top_k": 40, "top_p": 0.9, "min_p": 0.0, "typical_p": 1.0, "seed": 0,
        "repeat_penalty": 1.1, "repeat_last_n": 64, "presence_penalty": -2.0, "frequency_penalty": 2.0, "stop": ["x"],
        "num_keep": 4, "num_ctx": 8192, "num_batch": 512, "num_gpu": -1, "main_gpu": 0, "num_thread": 8,
        "use_mmap": False, "draft_num_predict": 4,
    }  # fmt: skip
    beside: dict[str, Any] = {"keep_alive": "-1", "truncate": True, "shift": False, "logprobs": 2}
    assert set(every) | set(beside) == set(Sampling.model_fields)
    assert asked(options=Sampling(**every, **beside).options()) == {"options": every}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("5m", "5m"), (" 1h30m ", "1h30m"), ("300", 300), ("-1", -1), ("0", 0), (1.5, 1.5), (-1, -1), ("-1m", "-1m")],
)
def test_a_bare_number_of_keep_alive_is_a_number(value: str | float, expected: str | float) -> None:
    assert keep_alive(value) == expected
    assert type(keep_alive(value)) is type(expected)


def test_options_that_json_cannot_carry_are_refused() -> None:
    with pytest.raises(BackendRefused, match="refused"):
        request_body(ChatRequest("m", [], options={"temperature": float("nan")}))


def test_a_lone_surrogate_in_a_question_can_be_sent() -> None:
    assert b"\\ud800" in request_body(ChatRequest("m", [ChatMessage("user", "\ud800")]))
