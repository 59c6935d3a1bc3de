"""Secrets as the database may hold them: encrypted under a key that follows from SECRET_KEY.

A copy of the database alone opens nothing. After SECRET_KEY was changed, what was sealed before is read through
SECRET_KEY_FALLBACKS, or not at all.
"""

from __future__ import annotations

import base64
from functools import cache
from pkgutil import resolve_name
from typing import Any

from django.conf import settings

_VERSION = "v1:"
_PURPOSE = b"chatsite: keys of model servers, v1"


class Unreadable(ValueError):
    """It was sealed under another SECRET_KEY, or damaged: it has to be entered again."""


def seal(secret: str) -> str:
    """`secret`, encrypted; empty for an empty one. Two calls give two results."""
    return _VERSION + _cipher(_keys()).encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """What was sealed. Raises Unreadable."""
    if not sealed:
        return ""
    cipher = _cipher(_keys())
    try:
        return bytes(cipher.decrypt(sealed.removeprefix(_VERSION).encode())).decode()
    except (resolve_name("cryptography.fernet:InvalidToken"), ValueError):
        raise Unreadable from None


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))


@cache
def _cipher(keys: tuple[str, ...]) -> Any:
    """Encrypts under the first, decrypts under any."""
    # Named as text, because loading it costs every process 6 MB, and most sites have no key to keep.
    fernet, several = resolve_name("cryptography.fernet:Fernet"), resolve_name("cryptography.fernet:MultiFernet")
    return several([fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derive = resolve_name("cryptography.hazmat.primitives.kdf.hkdf:HKDF")
    sha256 = resolve_name("cryptography.hazmat.primitives.hashes:SHA256")
    return base64.urlsafe_b64encode(derive(sha256(), 32, salt=None, info=_PURPOSE).derive(key.encode()))
