"""Every refusal of the protocol page §2 ends in its own code, with the server's words short and unwrapped."""

import json

import pytest

from conversations.backends.base import BackendDown, BackendRefused
from conversations.backends.refusals import EXCERPT, error_from_line, error_from_response, error_text, excerpt
from conversations.faults import FAULTS

OVERFLOW = json.dumps(
    {
        "error": {
            "code": 400,
            "message": "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 9000,
            "n_ctx": 4096,
        }
    }
)


IMAGES = json.dumps(
    {"error": {"code": 500, "message": "image input is not supported - hint: if this is unexpected", "type": "x"}}
)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, "missing request body", "refused"),
        (400, "invalid character '}' looking for beginning of value", "refused"),
        (400, "model is required", "refused"),
        (400, "invalid model name", "refused"),
        (404, "model 'llama9' not found", "model_missing"),
        (404, 'model "llama9" not found, try pulling it first', "model_missing"),
        (500, 'option "num_ctx" must be of type integer', "refused"),
        (400, 'invalid think value: "x" (must be "high", "medium", "low", "max", true, or false)', "refused"),
        (400, '"tiny" does not support thinking', "refused"),
        (400, "registry.ollama.ai/library/tiny:latest does not support tools", "model_cannot_use_tools"),
        (500, IMAGES, "model_cannot_see"),
        (400, "Multimodal data provided, but model does not support multimodal requests.", "model_cannot_see"),
        (400, "this model does not support image input (ref: 0b7e)", "model_cannot_see"),
        (400, '"nomic-embed-text" does not support chat', "refused"),
        (400, 'think must be a boolean or string ("high", "medium", "low", "max", true, or false)', "refused"),
        (400, "json: cannot unmarshal array into Go struct field .content of type string", "refused"),
        (400, 'time: missing unit in duration "-1"', "refused"),
        (400, "top_logprobs must be between 0 and 20", "refused"),
        (400, 'use either :local or :cloud, not both: "m"', "refused"),
        (500, 'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object', "refused"),
        (400, "illegal base64 data at input byte 3", "refused"),
        (400, "the prompt is longer than the context length currently available to the model; …", "too_much_context"),
        (400, OVERFLOW, "too_much_context"),
        (413, "request entity too large", "too_much_context"),
        (503, "server busy, please try again.  maximum pending requests exceeded", "busy"),
        (429, "you have reached your weekly usage limit", "busy"),
        (500, "llama-server process has terminated: exit status 1: unknown", "upstream_error"),
        (500, "llama-server reported out-of-memory during startup: cudaMalloc", "out_of_memory"),
        (500, "ggml: failed to allocate buffer", "out_of_memory"),
        (500, "model requires 20 GiB but only 8 GiB are available", "out_of_memory"),
        (500, "model requires more system memory (9 GiB) than is available (4 GiB)", "out_of_memory"),
        (500, "model runner has unexpectedly stopped, this may be due to resource limitations", "upstream_error"),
        (401, "unauthorized", "unauthorized"),
        (403, "ollama cloud is disabled: remote model is unavailable", "unauthorized"),
        (402, "payment required", "refused"),
        (400, "this server cannot run this remote model", "refused"),
        (502, "dial tcp: lookup ollama.com: no such host", "upstream_error"),
        (499, "request canceled", "upstream_error"),
    ],
)
def test_a_refusal_gets_its_code(status: int, error: str, code: str) -> None:
    found = error_from_response(status, json.dumps({"error": error}).encode())
    assert isinstance(found, BackendRefused)
    assert found.code == code
    assert found.code in FAULTS
    assert found.detail


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (404, b"404 page not found", BackendRefused, "upstream_protocol"),
        (405, b"405 method not allowed", BackendRefused, "upstream_protocol"),
        (403, b"", BackendRefused, "unauthorized"),
        (502, b"<html><title>502 Bad Gateway</title></html>", BackendDown, "upstream_down"),
        (504, b"gateway timeout", BackendDown, "upstream_down"),
        (503, b"<h1>Service Unavailable</h1>", BackendRefused, "busy"),
        (307, b"", BackendRefused, "upstream_protocol"),
        (204, b"", BackendRefused, "upstream_error"),
        (500, b"\xff\xfe\x00", BackendRefused, "upstream_error"),
        (500, b'{"error":' * 5000, BackendRefused, "upstream_error"),
    ],
)
def test_an_answer_that_is_not_ollamas_is_told_apart(status: int, body: bytes, kind: type, code: str) -> None:
    found = error_from_response(status, body)
    assert type(found) is kind
    assert found.code == code
    assert f"HTTP {status}" in found.detail


def test_html_is_reduced_to_its_words() -> None:
    page = b"<html><head><style>p{color:red}</style><script>alert(1)</script></head><body><h1>Bad&nbsp;luck</h1></body>"
    detail = error_from_response(500, page).detail
    assert "alert" not in detail
    assert "color" not in detail
    assert "<" not in detail
    assert "luck" in detail


def test_a_runners_json_inside_a_string_is_unwrapped() -> None:
    detail = error_from_response(400, json.dumps({"error": OVERFLOW}).encode()).detail
    assert detail.startswith("request (9000 tokens) exceeds")
    assert "{" not in detail


def test_a_map_as_go_prints_it_is_reduced_to_its_message() -> None:
    said = "llama-server chat error: map[code:500 message:the context: is full type:server_error]"
    assert error_from_line({"error": said}).detail == "llama-server chat error: the context: is full"


def test_a_deeply_nested_error_ends() -> None:
    value: object = "bottom"
    for _ in range(50):
        value = {"error": value}
    assert len(error_text(value)) <= EXCERPT


def test_extra_keys_beside_the_error_do_not_matter() -> None:
    line = {"StatusCode": 429, "Status": "429 Too Many Requests", "error": "too many requests"}
    assert error_from_line(line).code == "busy"


@pytest.mark.parametrize("value", [True, 7, 1.5, ["a"], {}, {"message": None}, {"error": {"error": []}}])
def test_an_error_of_any_type_is_a_text(value: object) -> None:
    assert isinstance(error_from_line({"error": value}).detail, str)


def test_the_sign_in_link_is_kept() -> None:
    body = b'{"error":"unauthorized","signin_url":"https://ollama.com/connect?name=x&key=y"}'
    assert error_from_response(401, body).detail == "unauthorized https://ollama.com/connect?name=x&key=y"


def test_a_sign_in_link_of_another_scheme_is_dropped() -> None:
    assert "javascript" not in error_from_response(401, b'{"error":"no","signin_url":"javascript:alert(1)"}').detail


@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30.0), ("", None), ("soon", None), ("-1", None), ("9" * 99, None)]
)
def test_retry_after_is_kept_when_it_is_seconds(header: str, seconds: float | None) -> None:
    assert error_from_response(429, b'{"error":"slow down"}', header).retry_after == seconds


def test_an_excerpt_is_short_clean_and_one_line() -> None:
    assert excerpt("a\x00b\n c\ud800" + "x" * 1000) == ("ab c�" + "x" * 294) + "…"
