"""The process between the site and one MCP server: `python -m conversations.tools.mcp.worker`.

It reads lines of JSON: first how the server is reached, then requests; it writes one line when the server has started,
and one for each answer. Whatever the server does, hang, flood or die, happens here, and the site can end this process
at any time. When its standard input ends (the site is gone) it ends the server and itself.
"""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp_types import CONNECTION_CLOSED, CallToolResult, EmbeddedResource, TextContent, TextResourceContents, Tool

MOST_TOOLS = 128
_MOST_PAGES = 20
_LONGEST_TEXT = 100_000
_LONGEST_DESCRIPTION = 4_000
_LONGEST_SCHEMA = 20_000
# What a well-behaved server can make this process grow by; beyond that it floods.
_MOST_GROWTH = 192 * 1024 * 1024
_LOOK_SECONDS = 0.2
Answer = dict[str, Any]


class Worker:
    """One connection, and the requests that are under way on it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._main = asyncio.current_task()

    async def serve(self, requests: asyncio.StreamReader) -> None:
        """Carry out requests until there are no more."""
        while line := await requests.readline():
            request = json.loads(line)
            if "cancel" in request:
                task = self._tasks.get(request["cancel"])
                if task is not None:
                    task.cancel()
                continue
            self._tasks[request["id"]] = asyncio.create_task(self._answer(request))

    async def _answer(self, request: Mapping[str, Any]) -> None:
        try:
            answer = await (self._call(request) if "call" in request else self._list())
        except MCPError as error:
            if error.code == CONNECTION_CLOSED and self._main is not None:
                say({"gone": ""})
                self._main.cancel()
            answer = {"error": str(error)[:2000]}
        except (ValueError, OSError, RuntimeError, httpx2.HTTPError) as error:  # not what the protocol says; closed
            answer = {"error": f"{type(error).__name__}: {error}"[:2000]}
        finally:
            del self._tasks[request["id"]]
        say({"id": request["id"], **answer})

    async def _list(self) -> Answer:
        found: list[Tool] = []
        cursor: str | None = None
        for _page in range(_MOST_PAGES):
            page = await self._client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if cursor is None or len(found) >= MOST_TOOLS:
                break
        return {"tools": [described(tool) for tool in found[:MOST_TOOLS]]}

    async def _call(self, request: Mapping[str, Any]) -> Answer:
        result = await self._client.call_tool(request["call"], request["arguments"])
        text = text_of(result)
        return {"text": text[:_LONGEST_TEXT], "length": len(text), "is_error": result.is_error}


def described(tool: Tool) -> dict[str, Any]:
    """What the site wants to know of a tool; a schema that is too long is left out."""
    schema = tool.input_schema
    if len(json.dumps(schema)) > _LONGEST_SCHEMA:
        schema = {"type": "object"}
    title = tool.description or tool.title or ""
    return {"name": tool.name, "description": title[:_LONGEST_DESCRIPTION], "parameters": schema}


def text_of(result: CallToolResult) -> str:
    """A result as text; what is not text is named."""
    parts = []
    for block in result.content:
        if isinstance(block, TextContent):
            parts.append(block.text)
        elif isinstance(block, EmbeddedResource) and isinstance(block.resource, TextResourceContents):
            parts.append(block.resource.text)
        else:
            parts.append(f"[{block.type}: not text, left out]")
    if not parts and result.structured_content is not None:
        parts.append(json.dumps(result.structured_content, ensure_ascii=False))
    return "\n".join(parts)


def say(answer: Answer) -> None:
    """Write a line to the site. A lone surrogate becomes an escape, which JSON has anyway."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def run() -> None:
    """Connect, serve, and go: with the site, or when the server does."""
    requests = asyncio.StreamReader(limit=16 * 1024 * 1024)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin)
    settings = json.loads(await requests.readline())
    work = asyncio.create_task(_connected(settings, requests))
    loop.add_signal_handler(signal.SIGTERM, work.cancel)
    watch = asyncio.create_task(_watch_growth(work))
    try:
        await work
    except asyncio.CancelledError:
        pass
    except BaseExceptionGroup as group:
        say({"gone": _innermost(group)})
    except (MCPError, OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
        say({"gone": _innermost(error)})
    finally:
        watch.cancel()


async def _connected(settings: Mapping[str, Any], requests: asyncio.StreamReader) -> None:
    async with create_mcp_http_client(headers=dict(settings["headers"])) as http:
        if settings["transport"] == "stdio":
            transport = stdio_client(_command(settings))
        else:
            transport = streamable_http_client(settings["url"], http_client=http)
        async with Client(transport, cache=None) as client:
            say({"ready": True})
            await Worker(client).serve(requests)


def _command(settings: Mapping[str, Any]) -> StdioServerParameters:
    """Beside `env`, a server is given the few variables that every program needs."""
    return StdioServerParameters(
        command=settings["command"], args=settings["args"], env=settings["env"], cwd=Path.home()
    )


async def _watch_growth(work: asyncio.Task[None]) -> None:
    """End the connection to a server that sends more than anybody can want."""
    before = _memory()
    while _memory() - before < _MOST_GROWTH:  # noqa: ASYNC110  (nothing tells of it)
        await asyncio.sleep(_LOOK_SECONDS)
    say({"gone": "", "flood": True})
    work.cancel()


def _memory() -> int:
    """The most memory this process had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _innermost(error: BaseException) -> str:
    """The first cause, in words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, OSError) and error.filename and error.strerror:  # the program could not be started
        return f"{error.strerror}: {error.filename}"[:2000]
    return f"{type(error).__name__}: {error}"[:2000]


if __name__ == "__main__":
    asyncio.run(run())
