"""The table of servers: where it begins, what follows the environment, and what the registry is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from conversations.generation.servers.specs import read_specs, spec_of
from conversations.models import Backend, Kind, ModelDefaults

pytestmark = pytest.mark.django_db

ELIZA = {"name": "eliza", "class": "conversations.backends.eliza.ElizaBackend", "address": "", "parallel": 64}


def ollama(address: str = "127.0.0.1:9") -> dict[str, Any]:
    return {"name": "ollama", "kind": "ollama", "label": "Ollama", "class": "", "address": address, "parallel": 4}


def hosted(key: str = "sk-1") -> dict[str, Any]:
    spec = {"name": "openai", "kind": "openai", "label": "OpenAI API", "class": "", "parallel": 16}
    return {**spec, "address": "https://api.example.org/v1", "options": {"api_key": key}}


def follow(settings: Settings, *specs: dict[str, Any]) -> list[tuple[str, str, str]]:
    settings.BACKENDS = [*specs, ELIZA]
    Backend.objects.follow_environment()
    return [(row.name, row.address, row.key) for row in Backend.objects.all()]


def test_the_table_begins_with_what_the_environment_names() -> None:
    # Another test's tables were flushed, and filled again, while it had settings of its own.
    Backend.objects.all().delete()
    Backend.objects.follow_environment()
    row = Backend.objects.get()

    assert (row.name, row.label, row.address, row.from_environment) == ("ollama", "Ollama", "127.0.0.1:9", True)
    assert [spec["name"] for spec in read_specs()] == ["ollama", "eliza"]


def test_rows_follow_the_environment(settings: Settings) -> None:
    assert follow(settings, ollama("a"), hosted()) == [
        ("ollama", "a", ""),
        ("openai", "https://api.example.org/v1", "sk-1"),
    ]
    assert follow(settings, ollama("b"), hosted("sk-2"))[1][2] == "sk-2"
    assert follow(settings, ollama("b")) == [("ollama", "b", "")]


def test_a_row_that_was_edited_follows_no_more(settings: Settings) -> None:
    follow(settings, ollama(), hosted())
    Backend.objects.update(from_environment=False, address="edited")

    assert [address for _name, address, _key in follow(settings, ollama("b"))] == ["edited", "edited"]


def test_following_writes_nothing_where_nothing_changed(settings: Settings) -> None:
    follow(settings, ollama(), hosted())
    before = list(Backend.objects.values())

    follow(settings, ollama(), hosted())

    assert list(Backend.objects.values()) == before


def test_a_key_of_the_environment_is_sealed_anew_when_secret_key_changes(settings: Settings) -> None:
    follow(settings, ollama(), hosted())
    settings.SECRET_KEY = "another one"

    assert follow(settings, ollama(), hosted())[1][2] == "sk-1"


def test_the_name_of_what_is_built_in_is_taken() -> None:
    with pytest.raises(ValidationError) as refused:
        Backend(name="eliza", label="Mine").full_clean()
    assert "Choose another name" in str(refused.value)


@pytest.mark.parametrize("name", ["a/b", "Ä", "Big", "-a", "a b", "a\n"])
def test_a_name_has_neither_slash_nor_capitals(name: str) -> None:
    with pytest.raises(ValidationError):
        Backend(name=name, label="Mine").full_clean()


def test_a_server_that_is_switched_off_is_not_there() -> None:
    Backend.objects.update(is_enabled=False)

    assert [spec["name"] for spec in read_specs()] == ["eliza"]


def test_the_specs_come_in_order_with_their_defaults() -> None:
    first = Backend.objects.create(name="first", label="First", position=0, models_offered=["tiny:latest"], pool="gpu")
    ModelDefaults.objects.create(
        backend=first, model_name="Tiny", sampling={"temperature": 0.1, "gone": 1}, think="off"
    )
    Backend.objects.filter(name="ollama").update(position=5)

    found = read_specs()

    assert [spec["name"] for spec in found] == ["first", "ollama", "eliza"]
    assert found[0]["offered"] == ("tiny:latest",)
    assert found[0]["defaults"] == {"tiny:latest": {"sampling": {"temperature": 0.1}, "think": "off"}}
    assert (found[0]["pool"], found[1]["pool"]) == ("ollama/gpu", "ollama/")


def test_servers_share_load_by_kind_and_only_where_it_makes_sense() -> None:
    assert spec_of(Backend(name="a", kind=Kind.OPENAI))["pool"] == ""
    assert spec_of(Backend(name="a", kind=Kind.OPENAI, pool="vllm"))["pool"] == "openai/vllm"
