"""Where uploaded bytes lie: `DATA_DIR/uploads/`, under names that the server makes and nobody is told.

Every file is written once and never changed. A picture's thumbnail lies beside it.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

SMALL = ".small"
_NAME = re.compile(r"[0-9a-f]{32}")


def folder() -> Path:
    """The root of all uploads."""
    return Path(settings.DATA_DIR) / "uploads"


def path_of(name: str, ending: str = "") -> Path:
    """Where `name` lies. Raises ValueError for a name that was not made here."""
    if not _NAME.fullmatch(name) or ending not in ("", SMALL):
        raise ValueError(f"not a stored name: {name[:80]!r}")
    return folder() / name[:2] / (name + ending)


def keep(data: bytes, thumbnail: bytes = b"") -> str:
    """Store the bytes; the name they got. Raises OSError."""
    name = secrets.token_hex(16)
    path = path_of(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, data)
    if thumbnail:
        _write(path_of(name, SMALL), thumbnail)
    return name


def forget(name: str) -> None:
    """Take the bytes away; harmless when they are gone."""
    for ending in ("", SMALL):
        path_of(name, ending).unlink(missing_ok=True)


def kept_before(moment: float) -> Iterator[str]:
    """The names of what was stored before `moment` (seconds since 1970)."""
    for path in folder().glob("??/*"):
        name = path.name.removesuffix(SMALL)
        try:
            is_old = path.stat().st_mtime < moment
        except FileNotFoundError:
            continue
        if is_old and _NAME.fullmatch(name):
            yield name


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
