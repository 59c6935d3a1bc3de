"""An MCP server as it is set up, and what it offers: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Transport = Literal["stdio", "http"]


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is reached: a `command` with `args` and `env`, or a `url` with `headers`; `timeout` in seconds.

    `env` and `headers` hold secrets: they go to the worker through its standard input and are never shown.
    """

    name: str
    transport: Transport
    command: str = ""
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0

    def as_json(self) -> dict[str, Any]:
        """What the worker is told first; two that are the same reach the same server in the same way."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RemoteTool:
    """A tool that a server offers."""

    name: str
    description: str
    parameters: Mapping[str, Any]
