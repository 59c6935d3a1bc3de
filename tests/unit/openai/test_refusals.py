"""Error bodies of OpenAI-compatible servers, in every shape that was seen, end in their codes (protocol page §3.4)."""

from __future__ import annotations

import json

import pytest

from conversations.backends.base import BackendDown
from conversations.backends.refusals import error_from_response
from conversations.faults import FAULTS

QUOTA = "You exceeded your current quota, please check your plan"
INVALID = [{"type": "missing", "loc": ["body", "messages"], "msg": "Field required"}]


def openai(message: str, kind: str = "invalid_request_error", code: object = None) -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "code", "detail"),
    [
        (401, openai("Incorrect API key provided", code="invalid_api_key"), "unauthorized", "Incorrect"),
        (401, openai("No auth credentials found", "x", 401), "unauthorized", "No auth credentials found"),
        (400, openai("bad", "authentication_error"), "unauthorized", "bad"),
        (403, openai("no"), "unauthorized", "no"),
        (404, openai("The model `x` does not exist or you do not have access."), "model_missing", "The model `x` "),
        (404, openai("gone", code="model_not_found"), "model_missing", "gone"),
        (404, {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404},
         "model_missing", "The model `x` does not exist."),
        (400, openai("x is not a valid model ID", code=400), "model_missing", "x is not a valid model ID"),
        (404, {"detail": "Not Found"}, "upstream_protocol", "HTTP 404: Not Found"),
        (404, openai("File Not Found", "not_found_error", 404), "upstream_protocol", "HTTP 404: File Not Found"),
        (405, {"detail": "Method Not Allowed"}, "upstream_protocol", "HTTP 405: Method Not Allowed"),
        (400, openai("This model's maximum context length is 8192 tokens."), "too_much_context", "This model's"),
        (400, openai("too long", code="context_length_exceeded"), "too_much_context", "too long"),
        (400, openai("request (9 tokens) exceeds the available context size (4)", "exceed_context_size_error", 400),
         "too_much_context", "request (9 tokens)"),
        (429, openai(QUOTA, "insufficient_quota", "insufficient_quota"), "refused", QUOTA),
        (402, openai("Insufficient credits", "x", 402), "refused", "Insufficient credits"),
        (429, openai("Rate limit reached", code="rate_limit_exceeded"), "busy", "Rate limit reached"),
        (503, openai("Loading model", "unavailable_error", 503), "busy", "Loading model"),
        (529, openai("Overloaded", "overloaded_error"), "busy", "Overloaded"),
        (400, openai("Unrecognized request argument supplied: top_k"), "refused", "Unrecognized request argument"),
        (422, {"detail": INVALID}, "refused", "messages: Field required"),
        (400, {"error": "text only"}, "refused", "text only"),
        (400, {"detail": "in words"}, "refused", "in words"),
        (500, openai("boom", "server_error"), "upstream_error", "boom"),
    ],
)  # fmt: skip
def test_an_error_body_gets_its_code_and_words(status: int, body: object, code: str, detail: str) -> None:
    error = error_from_response(status, json.dumps(body).encode())
    assert code in FAULTS
    assert (error.code, error.status) == (code, status)
    assert error.detail.startswith(detail)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(400, "nope", "refused"), (404, "404 page not found", "upstream_protocol"), (500, "", "upstream_error")],
)
def test_what_is_no_json_gets_its_code_by_the_status(status: int, body: str, code: str) -> None:
    assert error_from_response(status, body.encode()).code == code


def test_a_proxys_page_is_a_server_that_is_away() -> None:
    error = error_from_response(502, b"<html><title>Bad gateway</title></html>")
    assert isinstance(error, BackendDown)
    assert error.detail == "HTTP 502: Bad gateway"
