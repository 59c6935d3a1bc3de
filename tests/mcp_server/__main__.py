"""`python -m tests.mcp_server` speaks over standard input and output, with `--port N` over streamable HTTP."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer

server = MCPServer("weather", log_level="ERROR")


def note(text: str) -> None:
    """Say on a file, which the test names, what happened."""
    if path := os.environ.get("NOTES"):
        with Path(path).open("a") as notes:
            notes.write(f"{text}\n")


@server.tool()
async def forecast(city: str, days: int = 1) -> str:
    """The weather of the next days."""
    note(f"forecast {city}")
    return f"{city}: sunny for {days} days"


@server.tool()
async def key() -> str:
    """What the server was given as a secret."""
    return os.environ.get("WEATHER_KEY", "none")


@server.tool()
async def hang() -> str:
    """Never answers; notes when it is told to give up."""
    note("hanging")
    try:
        await asyncio.Event().wait()
    finally:
        note("let go")
    return ""


@server.tool()
async def freeze() -> str:
    """Holds up the whole server."""
    note("frozen")
    time.sleep(10_000)  # noqa: ASYNC251
    return ""


@server.tool()
async def flood() -> str:
    """Writes without an end, past the protocol."""

    def pour() -> None:
        while True:
            os.write(sys.__stdout__.fileno() if sys.__stdout__ else 1, b"x" * 65536)

    threading.Thread(target=pour, daemon=True).start()
    await asyncio.Event().wait()
    return ""


@server.tool()
async def long() -> str:
    """A result that is far too long."""
    return "word " * 400_000


@server.tool()
async def die() -> str:
    """Ends the server in the middle of the call."""
    os._exit(3)


@server.tool()
async def fail() -> str:
    """Reports an error."""
    raise ValueError("the sky is not available")


@server.tool()
async def nonsense() -> str:
    """Writes lines that are not the protocol's, then answers."""
    os.write(1, b'not json\n{"jsonrpc":"2.0"}\n\xff\xfe\n')
    return "after the nonsense"


def main() -> None:
    """Serve until the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    port = parser.parse_args().port
    options: dict[str, Any] = {}
    if port:
        server.run("streamable-http", host="127.0.0.1", port=port, **options)
    else:
        note(f"started {os.getpid()}")
        server.run("stdio")


main()
