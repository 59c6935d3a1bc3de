"""The connections of this process to MCP servers: one for each server, opened when needed, closed when idle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from conversations.tools.mcp.connection import Connection
from conversations.tools.mcp.server import RemoteTool, Server

IDLE_SECONDS = 300.0
_LOOK_SECONDS = 30.0


class Pool:
    """One per process and loop."""

    def __init__(self) -> None:
        self._connections: dict[str, tuple[Server, Connection]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._tidying: asyncio.Task[None] | None = None

    async def tools(self, server: Server) -> list[RemoteTool]:
        """What `server` offers now. Raises ToolError."""
        return await self._connection(server).tools()

    async def call(self, server: Server, name: str, arguments: Mapping[str, object]) -> str:
        """The result of a call. Raises ToolError."""
        return await self._connection(server).call(name, arguments)

    async def aclose(self) -> None:
        """End every worker."""
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        connections = [connection for _server, connection in self._connections.values()]
        self._connections.clear()
        await asyncio.gather(*(connection.aclose() for connection in connections), *self._closing)

    def _connection(self, server: Server) -> Connection:
        """The open one; a new one when the last is over, or the server is set up differently now."""
        known, connection = self._connections.get(server.name, (None, None))
        if connection is None or connection.is_over or known != server:
            if connection is not None:
                self._close(connection)
            connection = Connection(server)
            self._connections[server.name] = (server, connection)
        if self._tidying is None or self._tidying.done():
            self._tidying = asyncio.ensure_future(self._tidy())
        return connection

    def _close(self, connection: Connection) -> None:
        closing = asyncio.ensure_future(connection.aclose())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _tidy(self) -> None:
        """Let go of those that nobody has used for a while: a worker costs 60 MB."""
        while self._connections:
            await asyncio.sleep(_LOOK_SECONDS)
            now = time.monotonic()
            for name, (_server, connection) in tuple(self._connections.items()):
                if connection.is_over or (connection.is_idle and now - connection.used_at > IDLE_SECONDS):
                    del self._connections[name]
                    self._close(connection)


async def look(server: Server) -> list[RemoteTool]:
    """What `server` offers, by a connection of its own that is closed again. Raises ToolError."""
    connection = Connection(server)
    try:
        return await connection.tools()
    finally:
        await connection.aclose()
