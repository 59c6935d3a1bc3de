"""A model that servers on several hosts share: one line in the list, and a page that says where it may run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from conversations.backends.base import ModelInfo
from conversations.backends.registry import Registry
from conversations.generation.engine import engine
from conversations.models import User
from tests.unit.views.people import conversation_of, person

TINY = ModelInfo("tiny:latest", frozenset({"completion"}), digest="d1")
OTHER = ModelInfo("other:latest", frozenset({"completion"}), digest="d2")

pytestmark = pytest.mark.django_db


def spec(name: str, address: str) -> dict[str, Any]:
    made = "conversations.backends.ollama.OllamaBackend"
    return {"name": name, "class": made, "address": address, "pool": "ollama/", "label": name.title()}


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """`near` and `far` are up; both have tiny, only far has other."""
    registry = Registry([spec("near", "127.0.0.1:9"), spec("far", "192.168.1.7:11434")])
    for name, models in (("near", (TINY,)), ("far", (TINY, OTHER))):
        registry._entries[name].state = replace(registry.state(name), state="up", models=models)
    monkeypatch.setattr(engine, "registry", registry)
    return registry


@pytest.fixture
def ada() -> User:
    return person("ada")


def page(user: User, backend: str, model: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(f"/c/{conversation_of(user, backend_name=backend, model_name=model).pk}/").text


def privacy(text: str) -> str:
    found = re.search(r'data-slot="host">([^<]*)<', text)
    assert found
    return found[1]


def test_a_shared_model_is_listed_once_with_all_its_hosts(ada: User) -> None:
    text = page(ada, "near", "tiny:latest")

    assert text.count("tiny:latest</option>") == 1
    assert privacy(text) == "runs on this server / 192.168.1.7"
    assert privacy(page(ada, "far", "other:latest")) == "runs on 192.168.1.7"


def test_a_conversation_with_the_second_server_finds_the_model_where_it_is_listed(ada: User) -> None:
    text = page(ada, "far", "tiny")

    assert re.search(r'value="near/tiny:latest"[^>]* selected', text)
    assert "Not available" not in text


def test_a_server_that_lists_nothing_of_its_own_has_no_heading(ada: User, registry: Registry) -> None:
    registry._entries["far"].state = replace(registry.state("far"), models=(TINY,))
    text = page(ada, "near", "tiny:latest")
    assert 'data-backend="far"' not in text

    registry._entries["far"].state = replace(registry.state("far"), models=(), state="down", code="upstream_down")
    assert 'data-backend="far"' in page(ada, "near", "tiny:latest")


def test_the_default_is_named_as_it_is_listed(registry: Registry) -> None:
    registry._entries["near"].state = replace(registry.state("near"), state="down")

    assert registry.default_model() == ("near", "tiny:latest")
