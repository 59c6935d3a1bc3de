"""A real MCP server process, over standard input and output, and over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatsite.checks.servers import free_port
from conversations.tools.mcp.server import Server

ROOT = Path(__file__).parents[3]
Make = Callable[..., Server]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """What the server says of itself, a line each."""
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def program(notes: Path) -> Make:
    """The server as a program."""

    def make(timeout: float = 30.0, name: str = "weather") -> Server:
        env = {"PYTHONPATH": str(ROOT), "NOTES": str(notes), "WEATHER_KEY": "s3cret"}
        args = ("-m", "tests.mcp_server")
        return Server(name, "stdio", command=sys.executable, args=args, env=env, timeout=timeout)

    return make


@pytest.fixture
def address(notes: Path) -> Iterator[str]:
    """The server at an address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mcp_server", "--port", str(port)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "NOTES": str(notes)},
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()
