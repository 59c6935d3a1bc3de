"""What a model may be called, before a server is asked."""

from __future__ import annotations

import pytest

from conversations.backends.base import BackendRefused
from conversations.backends.names import canonical, model_name


@pytest.mark.parametrize("name", [
    "llama3.2", "qwen3:8b", "alice/tiny", "hf.co/bartowski/SmolLM2-360M-Instruct-GGUF:Q4_K_M", "_x:1.0-a",
    "registry.local:5000/team/model:v1", "x" * 80,
])  # fmt: skip
def test_a_good_name_stays_as_it_is(name: str) -> None:
    assert model_name(f"  {name} ") == name


@pytest.mark.parametrize(("typed", "name"), [
    ("ollama run qwen3:8b", "qwen3:8b"),
    ("ollama pull llama3.2", "llama3.2"),
    ("https://ollama.com/library/gemma3:1b", "gemma3:1b"),
    ("https://ollama.com/alice/tiny", "alice/tiny"),
    ("https://hf.co/a/b:Q4", "hf.co/a/b:Q4"),
    ("https://huggingface.co/a/b/", "huggingface.co/a/b"),
])  # fmt: skip
def test_what_people_copy_is_understood(typed: str, name: str) -> None:
    assert model_name(typed) == name


@pytest.mark.parametrize("typed", [
    "", " ", "a b", "-x", ".x", "x:", ":x", "a/b/c/d", "/x", "x//y", "x" * 81, "x:" + "y" * 81, "ü", "a\x00b", "x\ny",
    "../../etc/passwd", "http://evil.example/x", "a:b:c", "name@sha256:abc", "a?b", "<script>",
])  # fmt: skip
def test_everything_else_is_refused_with_its_reason(typed: str) -> None:
    with pytest.raises(BackendRefused) as caught:
        model_name(typed)
    assert caught.value.code == "bad_name"
    assert caught.value.detail


def test_names_are_compared_without_case_and_with_their_tag() -> None:
    assert canonical("Llama3.2") == canonical("llama3.2:latest")
    assert canonical("host:5000/a/b") == "host:5000/a/b:latest"
