"""A drop-in for `Popen`: `manage.py` with its imports behind it, in a process of its own, a child of this one."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
# What an interpreter, or a library below it, reads once, at its beginning.
EARLY = ("PYTHON", "LANG", "LC_", "LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "SSL_")
_asking = Lock()


class Process(subprocess.Popen[str]):
    """To be waited for, signalled and killed as any other. What a nursery cannot bear, `Popen` begins itself.

    Give it streams, an environment, the text mode and a session only: users and descriptors are for `Popen`.
    """

    def _execute_child(self, args: list[str], *rest: Any) -> None:
        # Popen's one place where a process begins, alike from Python 3.11 to 3.14.
        environment, pipes, has_session = rest[5], rest[9:15], bool(rest[20])
        if not can_bear(args, rest[4], environment):
            super()._execute_child(args, *rest)  # type: ignore[misc]
            return
        streams = [pipe if pipe >= 0 else place for place, pipe in enumerate((pipes[0], pipes[3], pipes[5]))]
        self.pid = _bear(args[1:], environment, streams, has_session=has_session)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


def can_bear(arguments: list[str], folder: Path | None, environment: Mapping[str, str] | None) -> bool:
    """Whether a child for this would be what a new interpreter is."""
    return (
        sys.platform == "linux"
        and arguments[:2] == [sys.executable, "manage.py"]
        and folder == ROOT
        and environment is not None
        and _early(environment) == _early(_environment())
    )


def _bear(arguments: list[str], environment: Mapping[str, str], streams: list[int], *, has_session: bool) -> int:
    request = json.dumps(
        {"arguments": arguments, "environment": dict(environment), "has_session": has_session}
    ).encode()
    with _asking, _adopting():
        socket.send_fds(_nursery(), [request], streams)
        answer = _nursery().recv(32)
    if not answer:
        raise RuntimeError("The nursery has ended: its last words are above.")
    return int(answer)


@cache
def _nursery() -> socket.socket:
    """The way to the process that forks. It ends with this one, whose end of the socket closes then."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.nursery", str(theirs.fileno())],
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return ours


@cache
def _environment() -> dict[str, str]:
    """The nursery's own: its streams have no buffer, and so have none in what it bears."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


def _early(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in environment if name.startswith(EARLY)}


@contextmanager
def _adopting() -> Iterator[None]:
    """Children of children that have ended come to this process meanwhile, and not to the first of the machine."""
    control = ctypes.CDLL(None, use_errno=True).prctl
    if control(SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    try:
        yield
    finally:
        control(SUBREAPER, 0, 0, 0, 0)
