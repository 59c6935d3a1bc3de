"""The way to a model server: one HTTP client per event loop, bounded reading, and the watchdog over silence."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp
import httpx
from aiohttp.http_exceptions import HttpProcessingError
from httpx_aiohttp import AiohttpTransport

from conversations.backends.base import BackendDown, BackendError, BackendLost, BackendRefused

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 30.0
# More than any queue lets through: the pool must never be what a reply waits for.
MAX_CONNECTIONS = 1000
# Below Go's idle limit of the usual proxies (60 s), so that few pooled connections are found dead.
KEEPALIVE_SECONDS = 30.0
INFLATE_STEP = 256 * 1024
PLAIN = ("identity", "")

# What httpx and aiohttp raise between them: the transport maps only a part of it.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, HttpProcessingError, OSError)

_reused: ContextVar[bool] = ContextVar("reused", default=False)
_arriving: ContextVar[aiohttp.StreamReader | None] = ContextVar("arriving", default=None)
_ARRIVING = "chatsite.arriving"


class Connections:
    """The HTTP client of each event loop, made when first asked for. A client must never serve two loops."""

    def __init__(self) -> None:
        self._clients: dict[asyncio.AbstractEventLoop, httpx.AsyncClient] = {}

    def client(self) -> httpx.AsyncClient:
        """The client of the running loop."""
        loop = asyncio.get_running_loop()
        found = self._clients.get(loop)
        if found is None:
            for old in [old for old in self._clients if old.is_closed()]:
                del self._clients[old]
            found = self._clients[loop] = _new_client()
        return found

    async def aclose(self) -> None:
        """Close the running loop's client with all its connections."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()


async def open_stream(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send, and return the response with its body unread.

    Tries a second time only when a pooled connection turned out to be dead before anything was received.
    Raises BackendDown; BackendRefused("upstream_protocol") when what answers does not speak HTTP.
    """
    sent = {"Content-Type": "application/json"} if body is not None else {}
    sent.update(headers or {})
    for is_last in (False, True):
        _reused.set(False)
        _arriving.set(None)
        try:
            response = await client.send(client.build_request(method, url, content=body, headers=sent), stream=True)
            response.extensions[_ARRIVING] = _arriving.get() if _encoding(response) in PLAIN else None
            return response
        except (aiohttp.ClientResponseError, HttpProcessingError) as error:
            raise BackendRefused("upstream_protocol", "not HTTP") from error
        except TRANSPORT_ERRORS as error:
            if is_last or not _reused.get():
                raise BackendDown("upstream_down", reason(error)) from error
    raise AssertionError("unreachable")


def chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it arrives; inflated in small steps when a server compressed although nobody asked for it."""
    arriving: aiohttp.StreamReader | None = response.extensions.get(_ARRIVING)
    if arriving is not None:  # response.stream without four layers of generators: this runs for every network read
        return arriving.iter_any()
    assert isinstance(response.stream, httpx.AsyncByteStream)
    encoding, raw = _encoding(response), aiter(response.stream)
    if encoding in PLAIN:
        return raw
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _inflate(raw)
    raise BackendRefused("upstream_protocol", f"content-encoding: {encoding[:40]}")


def arrived(response: httpx.Response) -> bytes:
    """What of `chunks` has come and need not be waited for, where that can be told. Raises what `chunks` does."""
    arriving: aiohttp.StreamReader | None = response.extensions.get(_ARRIVING)
    return b"" if arriving is None else arriving.read_nowait()


def at_end(response: httpx.Response, act: Callable[[], None]) -> None:
    """Call `act` once the last of the body has come, read or not, where that can be told."""
    arriving: aiohttp.StreamReader | None = response.extensions.get(_ARRIVING)
    if arriving is not None:
        arriving.on_eof(act)


def left_unread(response: httpx.Response) -> bytes:
    """What had come of the body when its connection broke: aiohttp keeps it, and hands out the error only."""
    arriving: aiohttp.StreamReader | None = response.extensions.get(_ARRIVING)
    if arriving is None or arriving.exception() is None:
        return b""
    arriving.set_exception(None)  # type: ignore[arg-type]
    return arriving.read_nowait()


async def read_all(response: httpx.Response, limit: int) -> bytes:
    """The whole body of a short answer. Raises BackendLost, and BackendError("answer_too_long") past `limit` bytes."""
    body = bytearray()
    try:
        async for chunk in chunks(response):
            body += chunk
            if len(body) > limit:
                raise BackendError("answer_too_long")
    except TRANSPORT_ERRORS as error:
        raise BackendLost("upstream_lost", reason(error)) from error
    return bytes(body)


def reason(error: BaseException) -> str:
    """Why a connection failed, in plain words without host names (those are not for everybody's eyes)."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (aiohttp.ClientConnectorDNSError, socket.gaierror)):
            return "name not known"
        if isinstance(cause, (ssl.SSLError, ssl.CertificateError)):
            return "TLS failed: " + (getattr(cause, "reason", None) or "certificate not accepted")
        if isinstance(cause, aiohttp.ClientPayloadError):
            return "the answer was cut off"
        if isinstance(cause, (aiohttp.ConnectionTimeoutError, TimeoutError)):
            return f"no connection within {CONNECT_SECONDS:.0f} s"
        if isinstance(cause, OSError) and cause.errno in errno.errorcode:
            return _errno_text(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return "the server hung up" if isinstance(error.__cause__, aiohttp.ServerDisconnectedError) else "no connection"


class Watchdog:
    """Ends a read that stays silent for `limit` seconds: one lazy timer a stream, two assignments a read."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._since = 0.0
        self._task: asyncio.Task[object] | None = None
        self._fired = False
        self._timer = self._loop.call_later(limit, self._check)

    async def read(self, source: AsyncIterator[bytes]) -> bytes:
        """The next chunk, b"" at the end. Raises BackendLost("upstream_stalled")."""
        task = self._task = asyncio.current_task()
        self._since = self._loop.time()
        try:
            return await anext(source)
        except StopAsyncIteration:
            return b""
        except asyncio.CancelledError:
            if self._fired and task is not None and task.uncancel() == 0:
                raise BackendLost("upstream_stalled") from None
            raise
        finally:
            self._task = None

    def shorten(self, limit: float) -> None:
        """From now on, be patient for `limit` seconds only."""
        self._limit = limit
        self._timer.cancel()
        self._timer = self._loop.call_later(limit, self._check)

    def stop(self) -> None:
        """Take the timer away."""
        self._timer.cancel()

    def _check(self) -> None:
        now = self._loop.time()
        # Only waiting for the server counts: a reader that is busy elsewhere is not the server's silence.
        if self._task is not None and now - self._since >= self._limit:
            self._fired = True
            self._task.cancel()
            return
        since = self._since if self._task is not None else now
        self._timer = self._loop.call_at(since + self._limit, self._check)


def _new_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=AiohttpTransport(client=_new_session),
        timeout=httpx.Timeout(None, connect=CONNECT_SECONDS, write=WRITE_SECONDS),
        headers={"Accept-Encoding": "identity", "User-Agent": "chatsite", "Accept": "*/*"},
        follow_redirects=False,
        trust_env=False,
    )


def _new_session() -> aiohttp.ClientSession:
    async def note_reuse(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceConnectionReuseconnParams,
    ) -> None:
        _reused.set(True)

    async def note_answer(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        _arriving.set(params.response.content)

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(note_reuse)
    trace.on_request_end.append(note_answer)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[trace],
    )


async def _inflate(raw: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    async for chunk in raw:
        left = chunk
        while left:
            try:
                step = inflater.decompress(left, INFLATE_STEP)
            except zlib.error as error:
                raise BackendRefused("upstream_protocol", f"compressed body: {error}") from error
            left = inflater.unconsumed_tail
            if step:
                yield step


def _encoding(response: httpx.Response) -> str:
    named: str = response.headers.get("content-encoding", "identity")
    return named.strip().lower()


def _errno_text(number: int | None) -> str:
    match number:
        case errno.ECONNREFUSED:
            return "connection refused"
        case errno.ECONNRESET | errno.EPIPE:
            return "connection reset"
        case errno.EHOSTUNREACH | errno.ENETUNREACH:
            return "no route to the server"
        case _:
            return errno.errorcode.get(number or 0, "connection failed")
