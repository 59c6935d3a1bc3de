"""Tools in the terminal: calls and results are shown beside the reply, and a person is asked where one must be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.terminal import PROMPT, ROOT, Data, Terminal
from tests.upstream import Upstream

FORECAST = 'call weather_forecast {"city": "Oslo"}'
SUM = 'call calculator {"expression": "6*7"}'


def test_a_call_and_its_result_stand_beside_the_reply(data: Data, upstream: Upstream) -> None:
    done = data.manage("chat", "llama3.2", "--tool", "calculator", SUM)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "calculator answered: 42"), done.stderr
    assert "→ calculator 6*7" in done.stderr
    assert "← 42 (" in done.stderr
    roles = "SELECT role, state FROM conversations_message ORDER BY id"
    assert data.rows(roles) == [
        ("user", "complete"), ("assistant", "complete"), ("tool", "complete"), ("assistant", "complete")
    ]  # fmt: skip


def test_tools_are_switched_on_and_off_in_a_conversation(data: Data, upstream: Upstream) -> None:
    with Terminal(data, "llama3.2") as terminal:
        terminal.read_until(PROMPT)
        assert "There is no tool hammer. There are: current_time, calculator" in terminal.enter("/set tools hammer")
        assert "Tools: calculator." in terminal.enter("/set tools calculator")
        assert "* calculator" in terminal.enter("/set tools")
        assert "calculator answered: 42" in terminal.enter(SUM)
        assert "Tools: none." in terminal.enter("/set notools")
        assert "answered" not in terminal.enter(SUM)
        terminal.enter("/load tiny")
        assert "cannot use tools" in terminal.enter("/set tools calculator")


def test_what_a_tool_refuses_is_shown_and_the_model_goes_on(data: Data) -> None:
    done = data.manage("chat", "llama3.2", "--tool", "calculator", 'call calculator {"expression": "1/0"}')

    assert done.returncode == 0
    assert "✗ calculator 1/0" in done.stderr
    assert "calculator answered: Error" in done.stdout


# MCP servers


@pytest.fixture
def weather(data: Data, tmp_path: Path) -> Path:
    """A server that wants to be asked once per conversation; what it says of itself."""
    notes = tmp_path / "notes"
    notes.touch()
    tools = [
        {"name": name, "description": "", "parameters": {"type": "object", "properties": {}}}
        for name in ("forecast", "hang")
    ]
    program = {"command": sys.executable, "args": "-m\ntests.mcp_server", "approval": "conversation", "tools": tools}
    secrets = {"PYTHONPATH": str(ROOT), "NOTES": str(notes)}
    made = data.manage(
        *("shell", "-v0", "-c"),
        "from conversations.models import ToolServer\n"
        f"server = ToolServer(name='Weather', slug='weather', **{program!r})\n"
        f"server.secrets = {secrets!r}\n"
        "server.save()\n",
    )
    assert made.returncode == 0, made.stderr
    return notes


def test_a_person_is_asked_before_a_call(data: Data, weather: Path) -> None:
    with Terminal(data, "llama3.2", "--tool", "weather") as terminal:
        terminal.read_until(PROMPT)
        terminal.type(FORECAST + "\r")
        terminal.read_until("May the model call Weather: forecast Oslo?")
        terminal.type("n\r")
        assert "refused" in terminal.read_until("answered: Error")
        assert weather.read_text() == ""
        terminal.read_until(PROMPT)
        terminal.type(FORECAST + "\r")
        terminal.read_until("[n]o:")
        terminal.type("c\r")
        terminal.read_until("← Oslo: sunny for 1 days")
        terminal.read_until(PROMPT)
        assert "May the model" not in terminal.enter(FORECAST)

    assert weather.read_text().splitlines()[1:] == ["forecast Oslo"] * 2


def test_nobody_is_asked_in_a_pipe_and_nothing_is_called(data: Data, weather: Path) -> None:
    done = data.manage("chat", "llama3.2", "--tool", "weather", FORECAST)

    assert done.returncode == 0, done.stderr
    assert "✗ Weather: forecast Oslo" in done.stderr
    assert weather.read_text() == ""


def test_ctrl_c_stops_a_call_that_hangs(data: Data, weather: Path) -> None:
    data.rows("UPDATE conversations_toolserver SET approval = 'never'")
    with Terminal(data, "llama3.2", "--tool", "weather") as terminal:
        terminal.read_until(PROMPT)
        terminal.enter(FORECAST)  # its worker runs from here on: one that is just starting could get the Ctrl-C, too
        terminal.type("call weather_hang {}\r")
        terminal.read_until("→ Weather: hang")
        terminal.type("\x03")
        assert "stopped" in terminal.read_until(PROMPT)
        assert "Yes" in terminal.enter("/load tiny") + terminal.enter("Hello")

    states = data.rows("SELECT state FROM conversations_message WHERE role = 'tool' ORDER BY id")
    assert states == [("complete",), ("stopped",)]
