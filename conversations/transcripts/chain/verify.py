"""Checks a JSON transcript of Chatsite without the site: python3 verify.py FILE [--key KEY]

KEY is the site's public key: 64 hexadecimal digits, or a file with them (the site serves it at /api/v1/signing-key).
This one file needs Python 3.11 and nothing else. docs/transcripts.md says what a signature proves.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256, sha512
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

HASHES = "sha256-rfc8785-chain"
SIGNATURES = "ed25519"
CONTEXT = b"chatsite-transcript-chain-v1:"
"""What the signed bytes begin with, so that no other signature of the same key fits; the last link follows."""

_UNSIGNED = ("messages", "chain")
_WORDS = {None: "null", True: "true", False: "false"}


class Altered(ValueError):
    """The transcript is not what was signed; the text names the first place."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found to fit. `key` made the signature; `last` is the link that it is under."""

    messages: int
    last: str
    key: str
    redacted: tuple[str, ...]


# The canonical form


def canonical(value: Any) -> bytes:
    """`value` in the one form that is hashed: RFC 8785, but whole numbers are exact beyond 2^53 too."""
    return _written(value).encode()


def _written(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool | int):
        return _WORDS[value] if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    names = sorted(value, key=None if all(map(str.isascii, value)) else _units)
    return "{" + ",".join(f"{encode_basestring(name)}:{_written(value[name])}" for name in names) + "}"


def _units(name: str) -> bytes:
    """What names are sorted by."""
    return name.encode("utf-16-be", "surrogatepass")


def _number(value: float) -> str:
    """As ECMAScript writes it."""
    if value == 0:
        return "0"
    sign, parts, exponent = Decimal(repr(value)).normalize().as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{value} is no number of JSON.")
    minus, digits = "-" * sign, "".join(map(str, parts))
    point = len(digits) + exponent
    if len(digits) <= point <= 21:
        return minus + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{minus}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{minus}{digits[0]}{fraction}e{point - 1:+d}"


# The chain


def first_link(head: dict[str, Any]) -> bytes:
    """The link over everything but the messages: SHA-256 of the head's canonical form."""
    return sha256(canonical(head)).digest()


def next_link(link: bytes, message: Any) -> bytes:
    """The link over `link` (32 bytes) and a message: SHA-256 of the one and the other's canonical form."""
    return sha256(link + canonical(message)).digest()


def read(data: bytes) -> dict[str, Any]:
    """The transcript of a file. Raises Altered for what is no JSON, or says one name twice."""
    try:
        value = json.loads(data, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Altered(f"This is no transcript: {error}") from error
    if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
        raise Altered("This is no transcript.")
    return value


def check(transcript: dict[str, Any], key: str = "") -> Verdict:
    """Hold the transcript against its chain, and the chain against `key` (else: the key that it names itself).

    Raises Altered that names the first place.
    """
    chain, messages = transcript.get("chain"), transcript["messages"]
    if not isinstance(chain, dict) or chain.get("algorithm") != HASHES:
        raise Altered("There is no chain in it that this program knows, so nothing can be proved.")
    link = first_link({name: value for name, value in transcript.items() if name not in _UNSIGNED})
    if link.hex() != chain.get("head"):
        raise Altered("The head was altered: the title, the settings, or what else stands beside the messages.")
    try:
        link = _follow(messages, link, [(int(number), str(told)) for number, told in chain["links"]])
    except (KeyError, TypeError, ValueError) as error:
        raise error if isinstance(error, Altered) else Altered("The chain itself is damaged.") from error
    signer = _check_signature(chain.get("signature"), link, key)
    return Verdict(len(messages), link.hex(), signer, tuple(transcript.get("redacted") or ()))


def _follow(messages: list[Any], link: bytes, told: list[tuple[int, str]]) -> bytes:
    """The last link, once each message has been found in its place and as it was."""
    numbers = [message.get("id") if isinstance(message, dict) else None for message in messages]
    for place, message in enumerate(messages):
        name = f"messages.{place} (message {numbers[place]})"
        if place >= len(told):
            raise Altered(f"{name} was added behind the end.")
        if numbers[place] != told[place][0]:
            raise Altered(_misplaced(name, numbers, place, [number for number, _ in told]))
        link = next_link(link, message)
        if link.hex() != told[place][1]:
            raise Altered(f"{name} was altered.")
    if len(messages) < len(told):
        raise Altered(f"message {told[len(messages)][0]} is missing at the end, behind messages.{len(messages) - 1}.")
    return link


def _misplaced(name: str, numbers: list[Any], place: int, told: list[int]) -> str:
    found, expected = numbers[place], told[place]
    is_new = found not in told or found in numbers[:place]
    if is_new and expected not in numbers:
        return f"{name} was altered: message {expected} was there."
    if is_new:
        return f"{name} was added."
    if expected not in numbers:
        return f"message {expected} is missing before {name}."
    return f"{name} was moved: message {expected} was there."


def _check_signature(signature: Any, link: bytes, key: str) -> str:
    """The key that signed."""
    try:
        signer, value = bytes.fromhex(signature["key"]), bytes.fromhex(signature["value"])
        is_known = signature["algorithm"] == SIGNATURES
    except (KeyError, TypeError, ValueError):
        raise Altered("There is no signature in it.") from None
    if key and signer != bytes.fromhex(key):
        raise Altered(f"It is signed with another key than the one expected: {signer.hex()}")
    if not is_known or not is_signed(CONTEXT + link, value, signer):
        raise Altered("Every message fits its link, but the signature does not: somebody made the chain anew.")
    return signer.hex()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is there twice in one object.")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON.")


# Ed25519 (RFC 8032, section 5.1): points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_Point = tuple[int, int, int, int]


def is_signed(message: bytes, signature: bytes, key: bytes) -> bool:
    """Whether `signature` (64 bytes) is `key`'s (32 bytes) under `message`."""
    if len(signature) != 64 or len(key) != 32:
        return False
    try:
        owner = _point(key)
    except ValueError:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= _ORDER:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % _ORDER
    x, y, z, t = owner
    expected = _sum(_times(scalar, _BASE), _times(challenge, (-x % _P, y, z, -t % _P)))
    return _encoded(expected) == signature[:32]


def _point(data: bytes) -> _Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        raise ValueError("This is no point.")
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        raise ValueError("This is no point.")
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _encoded(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _sum(one: _Point, other: _Point) -> _Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % _P, (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _sum(total, point)
        point, scalar = _sum(point, point), scalar >> 1
    return total


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


# The program


def key_of(text: str) -> str:
    """The key that `text` is, or that the file of that name holds. Raises ValueError and OSError."""
    found = text.strip()
    if len(found) != 64 or set(found.lower()) - set("0123456789abcdef"):
        found = Path(text).read_text("utf-8").strip()
    if len(bytes.fromhex(found)) != 32:
        raise ValueError("A key has 64 hexadecimal digits.")
    return found.lower()


def main() -> int:
    """0 when everything fits, else 1 and a line that says what does not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", default="", help="the site's public key, or a file with it")
    given = parser.parse_args()
    try:
        found = check(read(given.file.read_bytes()), key_of(given.key) if given.key else "")
    except (Altered, OSError, ValueError) as error:
        sys.stderr.write(f"{given.file}: {error}\n".encode("ascii", "backslashreplace").decode())
        return 1
    redacted = f" It was redacted: {', '.join(found.redacted)}." if found.redacted else ""
    sys.stdout.write(f"{given.file}: nothing was altered in {found.messages} messages; last link {found.last}.")
    sys.stdout.write(f"{redacted}\nSigned with the key {found.key}.\n")
    if not given.key:
        sys.stdout.write("Whose key that is the file cannot prove: compare it with the site's, or give --key.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
