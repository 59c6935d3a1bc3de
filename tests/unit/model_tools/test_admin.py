"""Setting up tool servers: by superusers, with secrets that go in and never come out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from conversations.models import ToolServer, User

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "/admin/conversations/toolserver/add/"
ROOT = Path(__file__).parents[3]
SERVER = {
    "name": "Weather",
    "slug": "weather",
    "transport": "stdio",
    "command": sys.executable,
    "args": "-m\ntests.mcp_server",
    "new_secrets": f"PYTHONPATH={ROOT}\nWEATHER_KEY: s3cret",
    "is_enabled": "on",
    "approval": "each",
    "timeout": "30",
}


@pytest.fixture
def admin(client: Client) -> User:
    user = User.objects.create_superuser("ada", "ada@example.org", "correct horse battery")
    client.force_login(user)
    return user


def test_the_test_lists_the_tools_that_were_found(client: Client, admin: User) -> None:
    answer = client.post(ADD, {**SERVER, "_test": "1"}, follow=True)
    assert "9 tools found: forecast, key," in answer.content.decode()
    server = ToolServer.objects.get()
    assert [tool["name"] for tool in server.tools][:2] == ["forecast", "key"]
    assert server.tools_at is not None


def test_secrets_are_sealed_and_never_shown_again(client: Client, admin: User) -> None:
    client.post(ADD, SERVER)
    server = ToolServer.objects.get()
    assert server.secrets == {"PYTHONPATH": str(ROOT), "WEATHER_KEY": "s3cret"}
    assert "s3cret" not in server.sealed_secrets
    address = f"/admin/conversations/toolserver/{server.pk}/change/"
    page = client.get(address).content.decode()
    assert "Stored: PYTHONPATH, WEATHER_KEY." in page
    assert "s3cret" not in page

    client.post(address, {**SERVER, "new_secrets": "", "timeout": "40"})
    assert ToolServer.objects.get().secrets["WEATHER_KEY"] == "s3cret", "left empty, they stay"
    client.post(address, {**SERVER, "new_secrets": "", "forget_secrets": "on", "command": "/nowhere"})
    server = ToolServer.objects.get()
    assert (server.secrets, server.tools) == ({}, []), "what another connection offered is forgotten"


def test_a_server_that_does_not_answer_is_stored_and_said_to_be_silent(client: Client, admin: User) -> None:
    answer = client.post(ADD, {**SERVER, "command": "/nowhere", "_test": "1"}, follow=True)
    assert "did not answer as an MCP server" in answer.content.decode()
    assert ToolServer.objects.get().tools == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("command", "", "A program needs a command."),
        ("slug", "No good", "Use small letters"),
        ("timeout", "601", "600"),
        ("new_secrets", "A=1\nnonsense", "Line 2 is not NAME=value."),
    ],
)
def test_bad_input_is_refused_by_field(client: Client, admin: User, field: str, value: str, words: str) -> None:
    page = client.post(ADD, {**SERVER, field: value}).content.decode()
    assert words in page
    assert not ToolServer.objects.exists()


@pytest.mark.parametrize("url", ["", "example.org", "ftp://example.org", "http://", "http://host:99999/"])
def test_an_address_begins_with_its_scheme(client: Client, admin: User, url: str) -> None:
    page = client.post(ADD, {**SERVER, "transport": "http", "url": url}).content.decode()
    assert "That is not an address." in page


def test_staff_with_every_right_cannot_name_a_command(client: Client, admin: User) -> None:
    bob = User.objects.create_user("bob", is_staff=True, is_approved=True)
    bob.user_permissions.set(Permission.objects.all())
    client.force_login(bob)
    assert client.get(ADD).status_code == 403
    assert "toolserver" not in client.get("/admin/").content.decode()
