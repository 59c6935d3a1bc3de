"""MCP servers from the database, as the tools' side reaches them."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from conversations.models import ToolServer
from conversations.sealing import Unreadable
from conversations.tools.base import ToolError
from conversations.tools.mcp.pool import look
from conversations.tools.mcp.server import RemoteTool, Server


def reach(row: ToolServer) -> Server:
    """How the server is reached. Raises ToolError when its secrets cannot be read any more."""
    try:
        secrets = row.secrets
    except Unreadable:
        message = "The secrets of this tool’s server were sealed under another SECRET_KEY. Enter them again."
        raise ToolError("tool_died", message) from None
    is_program = row.transport == "stdio"
    return Server(
        name=row.slug,
        transport="stdio" if is_program else "http",
        command=row.command.strip() if is_program else "",
        args=tuple(line for line in row.args.splitlines() if line) if is_program else (),
        env=secrets if is_program else {},
        url="" if is_program else row.url.strip(),
        headers={} if is_program else secrets,
        timeout=float(row.timeout),
    )


def test(row: ToolServer) -> list[RemoteTool]:
    """Ask the server for its tools, through a connection of its own, and remember them. Raises ToolError.

    It runs a loop of its own: call it from a thread that has none.
    """
    tools = asyncio.run(look(reach(row)))
    row.remember([asdict(tool) for tool in tools])
    return tools
