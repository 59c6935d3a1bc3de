"""The site's signing key: made once, kept in `DATA_DIR/signing_key` (hexadecimal, mode 600), the same in every process.

Who takes it can sign in the site's name. Who loses it can still check old transcripts with the public key, if that
was kept; so it belongs into the backup.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from django.conf import settings

from conversations.transcripts.chain.verify import CONTEXT


def public_key() -> str:
    """What others check signatures with: 64 hexadecimal digits."""
    return str(_key(_file()).public_key().public_bytes_raw().hex())


def sign(link: bytes) -> str:
    """The signature under the last link of a chain, hexadecimal. The same link has the same signature."""
    return str(_key(_file()).sign(CONTEXT + link).hex())


def _file() -> Path:
    return Path(settings.DATA_DIR) / "signing_key"


@cache
def _key(kept: Path) -> Any:
    # Named as text, because loading it costs every process 6 MB, and only those that sign need it.
    load = resolve_name("cryptography.hazmat.primitives.asymmetric.ed25519:Ed25519PrivateKey").from_private_bytes
    return load(bytes.fromhex(_seed(kept)))


def _seed(kept: Path) -> str:
    try:
        return kept.read_text("ascii").strip()
    except FileNotFoundError:
        pass
    handle, part = tempfile.mkstemp(prefix=".signing_key.", dir=kept.parent)  # mode 600
    try:
        with open(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(part, kept)  # whole or not at all, and never over another process's
    except FileExistsError:
        pass  # that one was faster
    finally:
        os.unlink(part)
    return kept.read_text("ascii").strip()
