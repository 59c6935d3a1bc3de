"""What is wrong in a program's request to the library: a problem document with a code, on a site that stays."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


@pytest.fixture(scope="module")
def scopes() -> tuple[str, ...]:
    return ("read", "write", "admin")


@pytest.mark.parametrize(("path", "body", "status", "code"), [
    ("ollama/pull", {"model": "a b"}, 422, "bad_name"),
    ("ollama/pull", {}, 422, "bad_field"),
    ("ollama/pull", {"model": "x" * 700}, 422, "bad_field"),
    ("ollama/create", {"model": "m", "source": "tiny", "parameters": {"temperature": 9}}, 422, "bad_field"),
    ("ollama/create", {"model": "m", "source": "tiny", "parameters": {"colour": 1}}, 422, "bad_field"),
    ("ollama/copy", {"source": "ghost", "name": "g"}, 404, "model_missing"),
    ("ollama/delete", {"model": "ghost"}, 404, "model_missing"),
    ("ollama/unload", {"model": "ghost"}, 404, "model_missing"),
    ("ollama/embed", {"model": "tiny", "input": "x"}, 422, "refused"),
    ("ollama/embed", {"model": "tiny", "input": 7}, 422, "bad_field"),
    ("ollama/generate", {"model": "tiny", "prompt": "x", "suffix": "y"}, 422, "refused"),
    ("ollama/generate", {"model": "tiny", "prompt": "x", "options": {"top_k": "many"}}, 422, "bad_field"),
    ("eliza/pull", {"model": "gemma3:1b"}, 422, "library_unsupported"),
    ("ollama/generate", {"model": "tiny", "prompt": "x", "images": ["A" * 3_000_000]}, 413, "too_long"),
    ("nowhere/pull", {"model": "gemma3:1b"}, 404, "not_found"),
])  # fmt: skip
async def test_what_is_wrong_is_a_problem_with_a_code(
    program: httpx.AsyncClient, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await program.post(f"/library/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"]
