"""Reads one untrusted picture or PDF in a process of its own, which may crash, hang or swell without any harm.

    python -m conversations.uploads.child <reader> <limits as JSON>  < the file  > the answer

The answer is a line of JSON, the lengths of the parts behind it in `parts`, and those parts. What cannot be read is
`{"error": code, …}`. Any other end than status 0 means that the file was too much for its reader.
"""

from __future__ import annotations

import json
import resource
import sys
from pkgutil import resolve_name
from typing import Any

from conversations.uploads.answers import Read, Unreadable

READERS = {
    "picture": "conversations.uploads.pictures.read",
    "document": "conversations.uploads.documents.read",
}


def main(reader: str, limits: dict[str, Any]) -> None:
    """Read standard input, and answer on standard output."""
    _confine(limits["memory"], limits["seconds"])
    try:
        found = resolve_name(READERS[reader])(sys.stdin.buffer.read(), limits)
    except Unreadable as refused:
        found = Read({"error": refused.code, **refused.values})
    line = json.dumps({**found.facts, "parts": [len(part) for part in found.parts]})
    sys.stdout.buffer.write(b"".join([line.encode(), b"\n", *found.parts]))


def _confine(memory: int, seconds: int) -> None:
    """Limits that the kernel keeps; a system that knows one of them not (macOS: memory) has the others."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for kind, most in limits.items():
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
