"""Where a server is asked, and what is sent: only what is set, in the server's own dialect."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.backends.base import BackendRefused, ChatMessage, ChatRequest, Think, ToolCall, ToolSpec
from conversations.backends.openai.backend import model_info
from conversations.backends.openai.request import base_url, dialect_of, request_body, request_fields, to_leave_out

HELLO = [ChatMessage("user", "Hello")]
PLAIN = dialect_of("https://api.example.org/v1", ["acme"])
LLAMACPP = dialect_of("http://127.0.0.1:8080/v1", ["llamacpp"])
VLLM = dialect_of("http://127.0.0.1:8000/v1", [None, "vllm"])
ALWAYS = {"model", "messages", "stream", "stream_options"}
OPTIONS: dict[str, object] = {
    "temperature": 0.0,
    "top_p": 0.9,
    "seed": 7,
    "stop": ["\n"],
    "num_predict": 40,
    "num_ctx": 8192,
    "top_k": 40,
    "min_p": 0.1,
    "repeat_penalty": 1.1,
}


def fields(options: dict[str, object] | None = None, dialect: Any = PLAIN, think: Think = None) -> dict[str, Any]:
    sent = request_fields(ChatRequest("m", HELLO, options or {}, think, "5m"), dialect, frozenset())
    return {name: value for name, value in sent.items() if name not in ALWAYS}


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/", "https://api.openai.com/v1"),
        ("api.openai.com", "https://api.openai.com/v1"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("localhost:8080/v1/", "http://localhost:8080/v1"),
        ("llama:8080", "http://llama:8080/v1"),
        ("192.168.1.7:8000", "http://192.168.1.7:8000/v1"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://chat.example.org/ollama", "https://chat.example.org/ollama/v1"),
        ("https://x.example.org/v1beta/openai/", "https://x.example.org/v1beta/openai"),
        ("https://x.example.org/v1/chat/completions", "https://x.example.org/v1"),
        (' "https://x.example.org/v1/models" ', "https://x.example.org/v1"),
        ("https://user:secret@x.example.org/v1?key=secret#s", "https://x.example.org/v1"),
        ("https://x.example.org:99999", "http://invalid.invalid/v1"),
        ("", "http://invalid.invalid/v1"),
    ],
)
def test_an_address_is_understood_with_and_without_its_version(given: str, address: str) -> None:
    assert base_url(given) == address
    assert base_url(address) == address


def test_nothing_is_sent_that_is_not_set() -> None:
    assert fields() == {}
    assert fields({"temperature": None, "seed": -1, "stop": [], "num_predict": -1}) == {}


def test_options_go_by_the_names_that_the_server_has_for_them() -> None:
    standard = {"temperature": 0.0, "top_p": 0.9, "seed": 7, "stop": ["\n"], "max_tokens": 40}
    assert fields(OPTIONS) == standard
    assert fields(OPTIONS, LLAMACPP) == standard | {"top_k": 40, "min_p": 0.1, "repeat_penalty": 1.1}
    assert fields(OPTIONS, VLLM) == standard | {"top_k": 40, "min_p": 0.1, "repetition_penalty": 1.1}
    assert "top_k" in fields(OPTIONS, dialect_of("https://openrouter.ai/api/v1", []))


@pytest.mark.parametrize(
    ("think", "dialect", "sent"),
    [
        (None, PLAIN, {}),
        (True, PLAIN, {}),
        (False, PLAIN, {"reasoning_effort": "none"}),
        ("high", PLAIN, {"reasoning_effort": "high"}),
        ("max", PLAIN, {"reasoning_effort": "high"}),
        ("max", dialect_of("http://127.0.0.1:11434/v1", ["library"]), {"reasoning_effort": "max"}),
        ("max", dialect_of("https://openrouter.ai/api/v1", []), {"reasoning_effort": "xhigh"}),
        ("low", LLAMACPP, {"reasoning_effort": "low"}),
        (False, LLAMACPP, {"chat_template_kwargs": {"enable_thinking": False}}),
        (True, VLLM, {"chat_template_kwargs": {"enable_thinking": True}}),
    ],
)
def test_thinking_is_asked_for_as_the_server_knows_it(think: Think, dialect: Any, sent: dict[str, object]) -> None:
    assert fields(None, dialect, think) == sent


def test_formats_tools_and_probabilities_go_by_the_names_of_the_api() -> None:
    schema = {"type": "object", "title": "A person, in short"}
    clock = ToolSpec("clock", "The time of day.", {"type": "object"})

    def wanted(**more: Any) -> dict[str, Any]:
        sent = request_fields(ChatRequest("m", HELLO, **more), PLAIN, frozenset())
        return {name: value for name, value in sent.items() if name not in ALWAYS}

    assert wanted(format="json") == {"response_format": {"type": "json_object"}}
    named = {"name": "A_person_in_short", "schema": schema}
    assert wanted(format=schema) == {"response_format": {"type": "json_schema", "json_schema": named}}
    assert wanted(format={})["response_format"]["json_schema"]["name"] == "answer"
    function = {"name": "clock", "description": "The time of day.", "parameters": {"type": "object"}}
    assert wanted(tools=[clock]) == {"tools": [{"type": "function", "function": function}]}
    assert wanted(logprobs=0) == {"logprobs": True}
    assert wanted(logprobs=4) == {"logprobs": True, "top_logprobs": 4}
    assert wanted(truncate=False, shift=True) == {}


def test_after_a_refusal_goes_what_was_named_else_all_that_is_optional() -> None:
    sent = request_fields(ChatRequest("m", HELLO, OPTIONS, "low"), LLAMACPP, frozenset())
    assert to_leave_out(sent, "Unrecognized request argument supplied: stream_options") == {"stream_options"}
    everything = {"seed", "stream_options", "reasoning_effort", "top_k", "min_p", "repeat_penalty"}
    assert to_leave_out(sent, "no") == everything
    rest = request_fields(ChatRequest("m", HELLO, OPTIONS, "low"), LLAMACPP, frozenset(everything))
    assert rest["temperature"] == 0.0
    assert to_leave_out(rest, "no") == frozenset()


def test_the_limit_takes_its_other_name_when_asked_to() -> None:
    sent = request_fields(ChatRequest("m", HELLO, {"num_predict": 5}), PLAIN, frozenset())
    words = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    assert to_leave_out(sent, words) == {"max_tokens"}
    again = request_fields(ChatRequest("m", HELLO, {"num_predict": 5}), PLAIN, frozenset({"max_tokens"}))
    assert ("max_tokens" in again, again["max_completion_tokens"]) == (False, 5)


def test_a_text_is_continued_only_where_servers_can() -> None:
    request = ChatRequest("m", [*HELLO, ChatMessage("assistant", "Once upon")])
    with pytest.raises(BackendRefused) as refused:
        request_fields(request, PLAIN, frozenset())
    assert refused.value.code == "refused"
    assert request_fields(request, LLAMACPP, frozenset())["messages"][-1]["content"] == "Once upon"  # type: ignore[index]
    assert request_fields(request, VLLM, frozenset())["continue_final_message"] is True


def test_messages_are_written_as_the_api_wants_them() -> None:
    image = "iVBORw0KGgo="
    path = [
        ChatMessage("system", "Be brief"),
        ChatMessage("user", "Look", images=[image, "/9j/4AAQ"]),
        ChatMessage("assistant", "", "hm", tool_calls=[ToolCall("a", "f", {"x": "é"}), ToolCall("b", "g", {})]),
        ChatMessage("tool", "two", tool_name="g"),
        ChatMessage("tool", "one", tool_name="f", tool_call_id="a"),
    ]
    sent = request_fields(ChatRequest("m", path), PLAIN, frozenset())["messages"]
    assert sent == [
        {"role": "system", "content": "Be brief"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}},
                {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9j/4AAQ"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": "é"}'}},
                {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "content": "two", "tool_call_id": "b"},
        {"role": "tool", "content": "one", "tool_call_id": "a"},
    ]


def test_what_json_cannot_carry_is_refused() -> None:
    with pytest.raises(BackendRefused):
        request_body({"temperature": float("nan")})


def test_a_model_says_its_context_length_where_it_knows_it() -> None:
    assert model_info({"id": "a", "max_model_len": 4096, "object": "model"}).context_length == 4096
    assert model_info({"id": "a", "meta": {"n_ctx_train": 8192, "size": 7}}).context_length == 8192
    assert model_info({"id": "a", "capabilities": ["completion", "multimodal"]}).capabilities is None
    odd = model_info({"id": 7, "meta": None, "max_model_len": "x"})
    assert (odd.name, odd.context_length, odd.capabilities) == ("", None, None)


def test_a_model_says_what_it_can_do_where_the_server_knows() -> None:
    openrouter = {"id": "a", "architecture": {"input_modalities": ["text", "image"]}, "supported_parameters": ["tools"]}
    assert model_info(openrouter).capabilities == frozenset({"completion", "vision", "tools"})
    mistral = {"id": "a", "capabilities": {"completion_chat": True, "function_calling": True, "vision": False}}
    assert model_info(mistral).capabilities == frozenset({"completion", "tools"})
    assert model_info({"id": "a", "capabilities": {"completion_chat": False}}).capabilities == frozenset()
