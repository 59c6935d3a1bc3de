"""Which tools are on in a conversation, and what a model is offered of them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from conversations.generation.tooling.offering import offer
from conversations.models import Conversation, ToolServer, User
from tests.unit.views.people import conversation_of, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    user = person("ada")
    client.force_login(user)
    return user


def server(slug: str, *names: str, **values: object) -> ToolServer:
    tools = [{"name": name, "description": f"Does {name}", "parameters": {"type": "object"}} for name in names]
    return ToolServer.objects.create(name=slug.title(), slug=slug, command="true", tools=tools, **values)


def with_tools(owner: User, *names: str) -> Conversation:
    return conversation_of(owner, tools=list(names))


def test_the_menu_shows_what_there_is_and_what_is_on(client: Client, ada: User) -> None:
    server("weather", "forecast")
    server("silent")
    server("off", "x", is_enabled=False)
    conversation = with_tools(ada, "calculator", "mcp:gone")
    page = client.get(f"/c/{conversation.pk}/tools/").content.decode()
    assert 'value="calculator" checked' in page
    assert 'value="current_time">' in page
    assert "forecast · Ask before each call" in page
    assert 'value="mcp:silent" disabled' in page
    assert 'value="mcp:gone" checked' in page, "so that it can be put off"
    assert "mcp:off" not in page


def test_choosing_is_stored_in_the_menus_order(client: Client, ada: User) -> None:
    server("weather", "forecast")
    conversation = with_tools(ada)
    answer = client.post(f"/c/{conversation.pk}/tools/", {"tools": ["mcp:weather", "calculator"]})
    assert answer.status_code == 204
    conversation.refresh_from_db()
    assert conversation.tools == ["calculator", "mcp:weather"]
    client.post(f"/c/{conversation.pk}/tools/", {})
    conversation.refresh_from_db()
    assert conversation.tools == []


def test_an_unknown_tool_is_refused_by_name(client: Client, ada: User) -> None:
    conversation = with_tools(ada, "calculator")
    answer = client.post(f"/c/{conversation.pk}/tools/", {"tools": ["calculator", "shell"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_field")
    assert "“shell”" in answer.json()["title"]
    conversation.refresh_from_db()
    assert conversation.tools == ["calculator"]


def test_a_new_conversation_has_a_menu_and_stores_nothing(client: Client, ada: User) -> None:
    address = f"/c/{uuid4()}/tools/"
    assert "data-new" in client.get(address).content.decode()
    assert client.post(address, {"tools": "calculator"}).status_code == 404


def test_charlie_finds_no_menu_of_adas(client: Client, ada: User) -> None:
    conversation = with_tools(ada)
    client.force_login(person("charlie"))
    assert client.get(f"/c/{conversation.pk}/tools/").status_code == 404
    assert client.post(f"/c/{conversation.pk}/tools/", {"tools": "calculator"}).status_code == 404


def test_a_model_is_offered_what_is_on(ada: User) -> None:
    server("weather", "forecast", "storm warnings!")
    server("other", "forecast")
    found = offer(with_tools(ada, "calculator", "attachments", "mcp:weather"), None)
    names = ["calculator", "list_attachments", "read_attachment", "weather_forecast", "weather_storm_warnings_"]
    assert list(found.tools) == names
    assert found.tools["weather_forecast"].remote == "forecast"
    assert found.tools["weather_forecast"].approval == "each"
    assert found.tools["calculator"].approval == "never"


def test_a_model_without_tools_is_offered_none(ada: User) -> None:
    conversation = with_tools(ada, "calculator")
    assert not offer(conversation, frozenset({"completion"})).specs
    assert offer(conversation, frozenset({"completion", "tools"})).specs
    assert not offer(with_tools(ada), frozenset({"tools"})).specs


def test_a_server_that_is_switched_off_is_offered_no_more(ada: User) -> None:
    weather = server("weather", "forecast")
    conversation = with_tools(ada, "mcp:weather")
    assert offer(conversation, None).specs
    weather.is_enabled = False
    weather.save()
    assert not offer(conversation, None).specs


def test_names_fit_every_model_server_and_stay_apart(ada: User) -> None:
    server("weather", "a" * 90, "a" * 91, "ä b", "ä-b", "ö_b")
    names = list(offer(with_tools(ada, "mcp:weather"), None).tools)
    assert len(set(names)) == 5
    assert all(len(name) <= 64 and name.isascii() for name in names)
