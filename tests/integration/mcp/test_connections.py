"""An MCP server that hangs, floods, dies or talks nonsense ends its call with a clear error, and nothing else."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from conversations.tools.base import ToolError
from conversations.tools.mcp.pool import Pool, look
from conversations.tools.mcp.server import Server
from tests.integration.mcp.conftest import ROOT, Make
from tests.terminal import wait_until

NAMES = {"forecast", "key", "hang", "freeze", "flood", "long", "die", "fail", "nonsense"}


async def with_pool(work: Coroutine[Any, Any, None], pool: Pool) -> None:
    try:
        await work
    finally:
        await pool.aclose()


async def error_of(pool: Pool, server: Server, name: str) -> ToolError:
    with pytest.raises(ToolError) as failed:
        await pool.call(server, name, {})
    return failed.value


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def lines(notes: Path) -> list[str]:
    return notes.read_text().splitlines()


async def noted(notes: Path, line: str) -> None:
    """Wait until the server has said it: a file tells nobody when it grows."""
    while line not in lines(notes):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def test_a_program_lists_its_tools_and_answers_calls(program: Make) -> None:
    async def work(pool: Pool) -> None:
        tools = {tool.name: tool for tool in await pool.tools(program())}
        assert set(tools) == NAMES
        assert tools["forecast"].description == "The weather of the next days."
        assert set(tools["forecast"].parameters["properties"]) == {"city", "days"}
        assert await pool.call(program(), "forecast", {"city": "Bonn"}) == "Bonn: sunny for 1 days"
        assert await pool.call(program(), "key", {}) == "s3cret"

    pool = Pool()
    asyncio.run(with_pool(work(pool), pool))


def test_an_address_lists_its_tools_and_answers_calls(address: str) -> None:
    async def work(pool: Pool) -> None:
        server = Server("weather", "http", url=address, headers={"X-Key": "s3cret"})
        assert {tool.name for tool in await pool.tools(server)} == NAMES
        assert await pool.call(server, "forecast", {"city": "Ulm", "days": 3}) == "Ulm: sunny for 3 days"
        assert (await error_of(pool, server, "fail")).code == "tool_failed"

    pool = Pool()
    asyncio.run(with_pool(work(pool), pool))


def test_errors_of_tools_are_told_and_the_server_stays(program: Make, notes: Path) -> None:
    async def work(pool: Pool) -> None:
        assert "fail" in str(await error_of(pool, program(), "fail"))
        assert (await error_of(pool, program(), "unknown")).code == "tool_failed"
        assert (await error_of(pool, program(), "forecast")).code == "tool_failed"  # without its city
        assert await pool.call(program(), "nonsense", {}) == "after the nonsense"
        long = await pool.call(program(), "long", {})
        assert len(long) < 110_000
        assert long.endswith("of 2000000 characters.]")

    pool = Pool()
    asyncio.run(with_pool(work(pool), pool))
    assert len([line for line in lines(notes) if line.startswith("started")]) == 1


@pytest.mark.parametrize(
    ("tool", "code"),
    [("hang", "tool_timeout"), ("freeze", "tool_timeout"), ("flood", "tool_timeout"), ("die", "tool_died")],
)
def test_a_server_that_misbehaves_ends_its_call_and_is_started_anew(
    program: Make, notes: Path, tool: str, code: str
) -> None:
    async def work(pool: Pool) -> None:
        patient = program(timeout=60.0)
        assert await pool.call(patient, "forecast", {"city": "Bonn"})
        server = patient if tool == "die" else program(timeout=5.0)
        failed = await error_of(pool, server, tool)
        assert failed.code == code
        assert await pool.call(patient, "forecast", {"city": "Ulm"}) == "Ulm: sunny for 1 days"

    pool = Pool()
    asyncio.run(with_pool(work(pool), pool))
    pids = [int(line.split()[1]) for line in lines(notes) if line.startswith("started")]
    assert len(pids) >= 2
    wait_until(lambda: not any(is_running(pid) for pid in pids))  # no server outlives the site


def test_a_slow_start_is_no_slow_answer(notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is downloaded first may take longer than any of its calls."""
    gate = tmp_path / "gate"
    held = f'echo begun >> {notes}; until test -e {gate}; do sleep 0.02; done; exec "$0" -m tests.mcp_server'
    args = ("-c", held, sys.executable)
    server = Server("slow", "stdio", command="/bin/sh", args=args, env={"PYTHONPATH": str(ROOT)}, timeout=20.0)

    async def work(pool: Pool) -> None:
        call = asyncio.create_task(pool.call(server, "forecast", {"city": "Bonn"}))
        await noted(notes, "begun")
        loop = asyncio.get_running_loop()
        before = loop.time
        monkeypatch.setattr(loop, "time", lambda: before() + server.timeout + 1)
        await asyncio.sleep(0.02)  # so that the loop looks at its clock
        gate.touch()
        assert await call == "Bonn: sunny for 1 days"

    pool = Pool()
    asyncio.run(with_pool(work(pool), pool))


def test_a_server_that_misbehaves_disturbs_no_other(program: Make) -> None:
    async def work(pool: Pool) -> None:
        calm = program(name="calm")
        await pool.call(calm, "forecast", {"city": "Bonn"})
        flooding = asyncio.create_task(error_of(pool, program(timeout=8.0), "flood"))
        for _ in range(5):
            assert await pool.call(calm, "forecast", {"city": "Ulm"}) == "Ulm: sunny for 1 days"
        assert (await flooding).code in ("tool_timeout", "tool_flooded")

    pool = Pool()
    asyncio.run(with_pool(work(pool), pool))


def test_a_cancelled_call_is_cancelled_at_the_server(program: Make, notes: Path) -> None:
    async def work(pool: Pool) -> None:
        call = asyncio.create_task(pool.call(program(), "hang", {}))
        await noted(notes, "hanging")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await noted(notes, "let go")
        assert await pool.call(program(), "forecast", {"city": "Ulm"}) == "Ulm: sunny for 1 days"

    pool = Pool()
    asyncio.run(with_pool(work(pool), pool))


@pytest.mark.parametrize(
    "server",
    [
        Server("none", "stdio", command="/nowhere/at-all"),
        Server("silent", "stdio", command="true"),
        Server("echo", "stdio", command="cat", timeout=10.0),
        Server("away", "http", url="http://127.0.0.1:1/mcp"),
        Server("odd", "http", url="http://"),
    ],
    ids=lambda server: server.name,
)
def test_what_is_no_mcp_server_is_said_to_be_none(server: Server) -> None:
    with pytest.raises(ToolError) as failed:
        asyncio.run(look(server))
    assert failed.value.code == "tool_died"


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(ToolError, match=r"No such file or directory: /nowhere/at-all$"):
        asyncio.run(look(Server("none", "stdio", command="/nowhere/at-all")))


def test_the_package_is_not_loaded_into_the_site(program: Make) -> None:
    script = (
        "import sys, conversations.tools.mcp.pool; sys.exit(any(name.split('.')[0] == 'mcp' for name in sys.modules))"
    )

    async def work() -> int:
        process = await asyncio.create_subprocess_exec(program().command, "-c", script)
        return await process.wait()

    assert asyncio.run(work()) == 0
