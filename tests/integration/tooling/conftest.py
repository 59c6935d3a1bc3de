"""Setting up an MCP server as an administrator does, and asking a model that uses tools."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sites import ROOT
from tests.tab import Event, Tab, post

MODEL = {"backend": "ollama", "name": "llama3.2:latest"}
SetUp = Callable[..., Awaitable[None]]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """What the MCP server says of itself, a line each."""
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def weather(alice: httpx.AsyncClient, notes: Path) -> SetUp:
    """Sets up the MCP server `weather`. Alice was the first to sign up, so she is the administrator."""

    async def set_up(approval: str = "never", seconds: int = 30) -> None:
        await set_up_weather(alice, notes, approval, seconds)

    return set_up


async def set_up_weather(admin: httpx.AsyncClient, notes: Path, approval: str, seconds: int = 30) -> None:
    """As the form in the admin does."""
    answer = await post(
        admin,
        "/admin/conversations/toolserver/add/",
        name="Weather",
        slug="weather",
        transport="stdio",
        command=sys.executable,
        args="-m\ntests.mcp_server",
        new_secrets=f"PYTHONPATH={ROOT}\nNOTES={notes}\nWEATHER_KEY=s3cret",
        is_enabled="on",
        approval=approval,
        timeout=str(seconds),
        _test="1",
    )
    assert "tools found" in answer.text, answer.text


async def ask(tab: Tab, text: str, tools: list[str], **more: Any) -> Event:
    """Ask with these tools on."""
    return await tab.ask(text, model=MODEL, tools=tools, **more)


async def until_the_end(tab: Tab) -> Event:
    """The end of the reply that asks for no more calls."""
    while True:
        finished = await tab.wait_for("reply.finished")
        roles = [view["role"] for view in messages(tab) if view["id"] == finished["reply"]]
        follows = any(event["parent"] == finished["reply"] for event in asked(tab))
        if roles == ["assistant"] and not follows:
            return finished


def asked(tab: Tab) -> list[Event]:
    return [event for event in tab.events if event["type"] == "asked"]


def messages(tab: Tab) -> list[Event]:
    """Every message that the tab was told of, oldest first."""
    return [view for event in asked(tab) for view in event["messages"]]


async def stored(client: httpx.AsyncClient, conversation: str) -> list[Event]:
    """The messages as the transcript has them."""
    answer = await client.get(f"/api/v1/conversations/{conversation}/transcript.json")
    assert answer.status_code == 200, answer.text
    found: list[Event] = answer.json()["messages"]
    return found
