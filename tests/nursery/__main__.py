"""The process that has imported what needs no settings, and becomes `manage.py` in a child for each request.

Its argument is the descriptor of a socket. A request is a command line and an environment as JSON, with the three
standard streams; the answer is the number of the child, whose parent is whoever asked (a subreaper: prctl(2)). A child
with a session of its own has its standard input for its terminal.
"""

from __future__ import annotations

import fcntl
import gc
import io
import json
import os
import runpy
import socket
import sys
import termios
import time
from importlib import import_module
from typing import Any

from django.conf import settings

LONGEST = 1 << 20  # bytes of a request
# As the project's settings do it: before anything loads httpx or Twisted.
UNWANTED: dict[str, Any] = {"httpx._main": None, "OpenSSL": None}
MODULES = (
    "chatsite.bootstrap",
    "conversations.backends.eliza",
    "conversations.backends.ollama",
    "conversations.backends.openai",
    "conversations.generation.servers.placement",
    "conversations.live.protocol.commands",
    "conversations.live.protocol.events",
    "conversations.rendering",
    "conversations.sampling",
    "conversations.tools.attachments",
    "conversations.tools.calculator",
    "conversations.tools.mcp.pool",
    "daphne.ws_protocol",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.test",
    "django_stubs_ext",
    "prompt_toolkit.shortcuts",
    "rich.console",
    "rich.progress",
    "twisted.internet.asyncioreactor",
    "twisted.web.http",
)
ON_SERVERS = ("chatsite.postgresql.base", "psycopg_pool", "redis.asyncio")


def main() -> None:
    """Become what is asked for, in a child; end when nobody is left to ask."""
    door = socket.socket(fileno=int(sys.argv[1]))
    _prepare()
    if _serve(door):
        runpy.run_path(sys.argv[0], run_name="__main__")


def _prepare() -> None:
    sys.modules.update(UNWANTED)
    for name in (*MODULES, *(ON_SERVERS if os.environ.get("REDIS_URL") else ())):
        import_module(name)
    if settings.configured or "twisted.internet.reactor" in sys.modules or len(os.listdir("/proc/self/task")) > 1:
        sys.exit("Settings, a reactor or a thread are here already: what is forked now would not be a new start.")
    gc.collect()
    gc.freeze()


def _serve(door: socket.socket) -> bool:
    """True in a child, which is what was asked for then."""
    while True:
        request, streams, _flags, _address = socket.recv_fds(door, LONGEST, 3)
        if not request:
            return False
        answer, said = os.pipe()
        between = os.fork()
        if not between:
            child = os.fork()
            if child:
                os.write(said, str(child).encode())
                os._exit(0)
            door.detach()  # or its end would close what has its number by then
            _become(json.loads(request), streams)
            return True
        os.waitpid(between, 0)  # now the child has its new parent
        door.send(os.read(answer, 32))
        for descriptor in (answer, said, *streams):
            os.close(descriptor)


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """What a new interpreter would find."""
    for place, descriptor in enumerate(streams):
        os.dup2(descriptor, place)
    if request["has_session"]:
        os.setsid()
        if os.isatty(0):
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for place, name in enumerate(("stdin", "stdout", "stderr")):
        _open_stream(place, name)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.argv = request["arguments"]


def _open_stream(place: int, name: str) -> None:
    """Ours knows of its file what holds for another one now: whether one can seek in it. As with `python -u`."""
    ours, is_read = getattr(sys, name), name == "stdin"
    raw = io.FileIO(place, "rb" if is_read else "wb", closefd=False)
    raw.name = f"<{name}>"
    file = io.BufferedReader(raw) if is_read else raw
    stream: Any = io.TextIOWrapper(file, ours.encoding, ours.errors, write_through=True)
    stream.mode = "r" if is_read else "w"
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
