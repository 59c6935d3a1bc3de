"""Where a model runs, in words: on this server, or on a host that has a name."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client

from conversations.backends.base import ModelInfo
from conversations.backends.registry import BackendState, Registry
from conversations.generation.engine import engine
from conversations.views.picker import found
from tests.unit.views.people import conversation_of, person

HOSTED = {
    "name": "openai",
    "class": "conversations.backends.openai.OpenAIBackend",
    "address": "https://openrouter.ai/api/v1",
    "options": {"api_key": "sk-secret-123456"},
}


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("", ""),
        ("http://127.0.0.1:11434", ""),
        ("http://localhost:8080/v1", ""),
        ("http://[::1]:8080/v1", ""),
        ("http://192.168.1.7:8000/v1", "192.168.1.7"),
        ("https://openrouter.ai/api/v1", "openrouter.ai"),
    ],
)
def test_only_a_loopback_address_is_this_server(address: str, host: str) -> None:
    assert BackendState("openai", address).host == host


def test_what_was_found_is_named_and_placed() -> None:
    state = BackendState("openai", "https://openrouter.ai/api/v1", "up", (ModelInfo("a"), ModelInfo("b")))
    assert found([state]) == "OpenAI API at openrouter.ai/api/v1, 2 models"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("backend", "words"),
    [("ollama", "runs on this server"), ("openai", "runs on openrouter.ai")],
)
def test_the_page_says_where_the_chosen_model_runs(monkeypatch: pytest.MonkeyPatch, backend: str, words: str) -> None:
    monkeypatch.setattr(engine, "registry", Registry([*settings.BACKENDS, HOSTED]))
    ada = person("ada")
    client = Client()
    client.force_login(ada)
    conversation = conversation_of(ada, backend_name=backend, model_name="m")
    page = client.get(f"/c/{conversation.pk}/").text
    line = re.search(r'data-slot="host">([^<]*)<', page)
    assert line
    assert line[1] == words
    assert 'label="OpenAI API · openrouter.ai/api/v1" data-backend="openai" data-host="openrouter.ai"' in page
    assert "sk-secret" not in page
