"""Static files from memory: one content hash in the address of the whole tree, kept for ever by browsers.

Finding the files is left to Django's finders; `chatsite.finders` adds those that npm installed.
"""

import asyncio
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import Any

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured

from chatsite.finders import missing_packages

BASE_DIR = Path(__file__).resolve().parent.parent
FOR_EVER = b"public, max-age=31536000, immutable"
CHECK_FIRST = b"no-cache"

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}
_SHRINKS = re.compile(r"text/|image/svg|application/(json|manifest)")
_LAYER = re.compile(r'@import url\("([\w/-]+\.css)"\) layer\(([\w-]+)\);')

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def static_prefix() -> str:
    """The address of the tree, `/static/<hash>/`: our own files and words, and the locks of the packages we add."""
    digest = hashlib.sha256()
    own = sorted(path for path in (BASE_DIR / "static").rglob("*") if path.is_file())
    words = sorted((BASE_DIR / "conversations" / "locale").rglob("*.po"))
    for path in [*own, *words, BASE_DIR / "package-lock.json", BASE_DIR / "requirements.txt"]:
        digest.update(f"{path.relative_to(BASE_DIR).as_posix()}\0".encode())
        digest.update(path.read_bytes() + b"\0")
    return f"/static/{digest.hexdigest()[:12]}/"


class StaticFile:
    """One file as it is sent, each encoding made when it is first asked for."""

    def __init__(self, path: Path) -> None:
        self.sources = [path, *_layers(path)]
        self.changed_at = self._newest()
        self.body = _bundle(path) if len(self.sources) > 1 else path.read_bytes()
        guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.shrinks = _SHRINKS.match(guessed) is not None and len(self.body) > 512
        self.type = (guessed + ("; charset=utf-8" if guessed.startswith("text/") else "")).encode()
        self.etag = f'W/"{hashlib.sha256(self.body).hexdigest()[:20]}"'.encode()

    def is_stale(self) -> bool:
        """Whether a source was edited since it was read."""
        return self._newest() != self.changed_at

    @cached_property
    def brotli(self) -> bytes:
        """Quick, so that the first visitor need not wait; `shrink` makes it small."""
        return bytes(brotli.compress(self.body, quality=5))

    @cached_property
    def gzip(self) -> bytes:
        return gzip.compress(self.body, 9, mtime=0)

    def shrink(self) -> None:
        """Replace the brotli form by the smallest there is: up to half a second, for a thread."""
        self.brotli = bytes(brotli.compress(self.body, quality=11))

    def _newest(self) -> float:
        return max((path.stat().st_mtime for path in self.sources if path.exists()), default=0)


class StaticApp:
    """ASGI: answers what lies below the static prefix, and hands everything else to `application`.

    Raises ImproperlyConfigured when npm's packages are missing. An address with another hash, from a page that an
    older process served, gets today's file without the promise that it stays.
    """

    def __init__(self, application: Application, prefix: str) -> None:
        if missing := missing_packages():
            names = ", ".join(missing)
            raise ImproperlyConfigured(f"Not installed: {names}. Run: python3 manage.py up")
        self._application = application
        self._prefix = prefix
        self._root = prefix[: prefix.rindex("/", 0, -1) + 1]
        self._paths = _found()
        self._files: dict[str, StaticFile] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._root):
            await self._application(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, [(b"allow", b"GET, HEAD")])
            return
        tag, _, name = scope["path"].removeprefix(self._root).partition("/")
        file = self._file(name)
        if file is None:
            await _answer(send, 404, [(b"content-type", b"text/plain")], b"Not found")
            return
        is_current = f"{self._root}{tag}/" == self._prefix and not settings.DEBUG
        await _send_file(file, scope, send, FOR_EVER if is_current else CHECK_FIRST)

    def _file(self, name: str) -> StaticFile | None:
        file = self._files.get(name)
        if file and not (settings.DEBUG and file.is_stale()):
            return file
        path = self._paths.get(name)
        if path is None and settings.DEBUG:
            found = finders.find(name)
            path = Path(found) if found else None
        if path is None or not path.is_file():
            return None
        self._files[name] = StaticFile(path)
        return self._files[name]


async def _send_file(file: StaticFile, scope: Message, send: Send, keep: bytes) -> None:
    asked = dict(scope["headers"])
    headers = [
        (b"cache-control", keep),
        (b"content-type", file.type),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"etag", file.etag),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if file.etag in asked.get(b"if-none-match", b""):
        await _answer(send, 304, headers)
        return
    body = file.body
    accepted = _encodings(asked.get(b"accept-encoding", b"")) if file.shrinks else set()
    if b"br" in accepted:
        is_first = "brotli" not in vars(file)
        headers.append((b"content-encoding", b"br"))
        body = file.brotli
        if is_first:
            asyncio.get_running_loop().run_in_executor(None, file.shrink)
    elif b"gzip" in accepted:
        headers.append((b"content-encoding", b"gzip"))
        body = file.gzip
    headers.append((b"content-length", str(len(body)).encode()))
    await _answer(send, 200, headers, b"" if scope["method"] == "HEAD" else body)


def _encodings(header: bytes) -> set[bytes]:
    choices = (choice.replace(b" ", b"").partition(b";q=") for choice in header.lower().split(b","))
    return {name for name, _, weight in choices if weight.strip(b"0.") or not weight}


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _found() -> dict[str, Path]:
    paths: dict[str, Path] = {}
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            prefix = getattr(storage, "prefix", None)
            paths.setdefault(f"{prefix}/{path}" if prefix else path, Path(storage.path(path)))
    return paths


def _layers(path: Path) -> Iterator[Path]:
    if path.suffix == ".css":
        for found in _LAYER.finditer(path.read_text("utf-8")):
            yield path.parent / found[1]


def _bundle(path: Path) -> bytes:
    """The map of the styles with every file of its folder in place: one request instead of a second round of them."""

    def inline(found: re.Match[str]) -> str:
        part = path.parent / found[1]
        return f"@layer {found[2]} {{\n{part.read_text('utf-8')}}}" if part.is_file() else found[0]

    return _LAYER.sub(inline, path.read_text("utf-8")).encode()
