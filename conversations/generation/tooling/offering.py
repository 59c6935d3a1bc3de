"""Which tools a conversation offers to a model, and what each of them runs.

A conversation names what is switched on: tools of our own by name, an MCP server with all its tools as `mcp:` and its
short name. Everything is read anew for each reply and for each call, so that an administrator's word holds at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conversations.backends.base import ChatMessage, ToolSpec
from conversations.generation.tooling.files import files_of
from conversations.generation.tooling.pairing import rounds_of
from conversations.generation.tooling.servers import reach
from conversations.models import Conversation, ToolServer
from conversations.models.tool_server import Approval
from conversations.tools.attachments import attachment_tools
from conversations.tools.base import Tool
from conversations.tools.calculator import CALCULATOR
from conversations.tools.clock import CLOCK
from conversations.tools.mcp.server import Server

FILES = "attachments"
SERVER_PREFIX = "mcp:"
MOST_TOOLS = 128
MOST_ROUNDS = 12
_LONGEST_NAME = 64
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool as a model knows it (`spec`), and what carries it out: `tool` of ours, or `remote` of `server`."""

    spec: ToolSpec
    approval: Approval = Approval.NEVER
    tool: Tool | None = None
    row: ToolServer | None = None
    remote: str = ""

    @property
    def server(self) -> Server | None:
        """How its server is reached; None for one of ours. Raises ToolError when its secrets cannot be read."""
        return None if self.row is None else reach(self.row)

    @property
    def label(self) -> str:
        """Whose it is; empty for one of ours."""
        return "" if self.row is None else self.row.name


@dataclass(frozen=True, slots=True)
class Offer:
    """The tools of a conversation by the names that a model uses."""

    tools: Mapping[str, Offered] = field(default_factory=dict)

    @property
    def specs(self) -> list[ToolSpec]:
        """What a request says of them."""
        return [offered.spec for offered in self.tools.values()]


def offer(conversation: Conversation, capabilities: frozenset[str] | None) -> Offer:
    """What is switched on in `conversation`; nothing for a model that is known not to use tools."""
    wanted = [name for name in conversation.tools if isinstance(name, str)]
    if not wanted or (capabilities is not None and "tools" not in capabilities):
        return Offer()
    found: dict[str, Offered] = {}
    for tool in _own(conversation, wanted):
        found[tool.name] = Offered(_spec(tool), tool=tool)
    slugs = [name.removeprefix(SERVER_PREFIX) for name in wanted if name.startswith(SERVER_PREFIX)]
    if slugs:
        for row in ToolServer.objects.in_use().filter(slug__in=slugs).order_by("slug"):
            _add(found, row)
    return Offer(dict(list(found.items())[:MOST_TOOLS]))


def specs_for(
    conversation: Conversation, capabilities: frozenset[str] | None, messages: Sequence[ChatMessage]
) -> Sequence[ToolSpec]:
    """What a request offers; nothing more after so many rounds, so that the model comes to an end."""
    if not conversation.tools or rounds_of(messages) >= MOST_ROUNDS:
        return ()
    return offer(conversation, capabilities).specs


def _own(conversation: Conversation, wanted: Sequence[str]) -> list[Tool]:
    found = [tool for tool in (CLOCK, CALCULATOR) if tool.name in wanted]
    return found + (attachment_tools(files_of(conversation)) if FILES in wanted else [])


def _spec(tool: Tool) -> ToolSpec:
    return ToolSpec(tool.name, tool.description, tool.parameters)


def _add(found: dict[str, Offered], row: ToolServer) -> None:
    """Names are the server's and the tool's, as every model server takes them; two that would be one are told apart."""
    for tool in row.tools:
        name = _NOT_IN_NAMES.sub("_", f"{row.slug}_{tool['name']}")[:_LONGEST_NAME]
        number = 1
        while name in found:
            number += 1
            name = f"{name[: _LONGEST_NAME - 4]}_{number}"
        spec = ToolSpec(name, tool["description"], tool["parameters"])
        found[name] = Offered(spec, Approval(row.approval), row=row, remote=tool["name"])
