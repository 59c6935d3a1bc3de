"""The models and the servers for programs: read by everybody, changed by administrators, keys never told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conversations.models import Backend, User
from tests.unit.api.program import key

KEY = "sk-secret-0123456789"
BACKENDS = "/api/v1/backends"


@pytest.fixture
def root(transactional_db: None) -> User:
    return User.objects.create_superuser("root", "root@example.org", "correct horse battery")


class Program:
    """Somebody's program with a token."""

    def __init__(self, user: User) -> None:
        self._client = Client(headers={"Authorization": key(user)})

    def ask(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        ask = getattr(self._client, method.lower())
        answer = ask(path, body, content_type="application/json") if body else ask(path)
        return answer.status_code, answer.json() if answer.content else None


def test_everybody_sees_the_models(alice: User) -> None:
    status, found = Program(alice).ask("GET", "/api/v1/models")

    assert status == 200
    assert [(one["backend"], one["model"], one["state"], one["backends"]) for one in found["items"]] == [
        ("eliza", "eliza", "up", ["eliza"])
    ]
    assert found["items"][0]["capabilities"] == ["completion"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", BACKENDS), ("POST", BACKENDS), ("PATCH", f"{BACKENDS}/ollama"), ("DELETE", f"{BACKENDS}/ollama")],
)
def test_the_servers_are_not_there_for_others(alice: User, method: str, path: str) -> None:
    body = {"POST": {"name": "second", "address": "127.0.0.1:9"}, "PATCH": {"label": "Mine"}}.get(method, {})

    assert Program(alice).ask(method, path, **body)[0] == 404
    assert Backend.objects.count() == 1


def test_a_server_is_set_up_changed_and_deleted_and_its_key_never_told(root: User) -> None:
    program = Program(root)
    wanted = {"name": "second", "kind": "openai", "address": "https://api.example.org/v1", "key": KEY}
    status, made = program.ask("POST", BACKENDS, **wanted)

    assert (status, made["has_key"], made["label"], made["parallel"]) == (201, True, "second", 4)
    assert Backend.objects.get(name="second").key == KEY

    status, changed = program.ask("PATCH", f"{BACKENDS}/second", parallel=9, models_offered=["gpt-9"])
    assert (status, changed["parallel"], changed["models_offered"], changed["has_key"]) == (200, 9, ["gpt-9"], True)
    assert KEY not in str((made, changed, program.ask("GET", BACKENDS)))

    assert not program.ask("PATCH", f"{BACKENDS}/second", key="")[1]["has_key"]
    assert program.ask("DELETE", f"{BACKENDS}/second")[0] == 204
    assert program.ask("DELETE", f"{BACKENDS}/second")[0] == 404


@pytest.mark.parametrize(
    ("field", "value"), [("address", "ftp://host"), ("parallel", 0), ("key", "a b"), ("kind", "tgi"), ("nonsense", 1)]
)
def test_a_value_that_is_refused_is_named(root: User, field: str, value: object) -> None:
    status, problem = Program(root).ask("PATCH", f"{BACKENDS}/ollama", **{field: value})

    assert status == 422
    assert problem["errors"][0]["field"].rpartition(".")[2] == field
    assert problem["errors"][0]["message"]


def test_a_stored_key_stays_where_it_was_given_for(root: User) -> None:
    program = Program(root)
    program.ask("POST", BACKENDS, name="second", kind="openai", address="https://api.example.org/v1", key=KEY)

    status, problem = program.ask("PATCH", f"{BACKENDS}/second", address="https://evil.example.org/v1")

    assert (status, problem["errors"][0]["field"]) == (422, "key")


def test_a_server_of_the_environment_is_taken_out_of_use_instead(root: User) -> None:
    program = Program(root)

    assert program.ask("DELETE", f"{BACKENDS}/ollama")[0] == 422
    status, changed = program.ask("PATCH", f"{BACKENDS}/ollama", is_enabled=False)
    assert (status, changed["is_enabled"], changed["from_environment"]) == (200, False, False)
