"""One exchange with a model server: a question opened, waited for, read under watchdogs and closed; short answers too.

The bytes are understood in the wire modules, the connection is made in `http`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

import httpx

from conversations.backends.base import (
    BackendDown,
    BackendError,
    BackendLost,
    BackendRefused,
    ChatEvent,
    Phase,
    PhaseName,
)
from conversations.backends.http import (
    TRANSPORT_ERRORS,
    Watchdog,
    arrived,
    at_end,
    chunks,
    left_unread,
    open_stream,
    read_all,
    reason,
)
from conversations.backends.refusals import error_from_response

# A reply that has sent nothing for this long is asked after, then less and less often.
QUIET_SECONDS = 0.4
QUIET_SECONDS_MOST = 5.0
# After the reason to end, a server has this long for its last words.
LAST_WORDS_SECONDS = 3.0
SHORT_ANSWER_SECONDS = 10.0
SHORT_ANSWER_BYTES = 32 * 1024 * 1024
ERROR_BYTES = 256 * 1024
READS_A_SECOND = 3000
SHORTEST_PAUSE = 0.005
LONGEST_PAUSE = 0.050
MOMENT = 0.008
MUCH_TEXT = 4096

Moment = tuple[asyncio.AbstractEventLoop, int]
"""A loop, and a time of it in units of `MOMENT`."""


class Reader(Protocol):
    """A wire format: bytes in, events out. See `ollama.wire.ReplyReader`."""

    error: BackendError | None
    finished: bool

    @property
    def is_ending(self) -> bool:
        """Whether the reply is whole, and only its metrics may still come."""
        ...

    def feed(self, chunk: bytes) -> list[ChatEvent]:
        """The events of one network read."""
        ...

    def end(self) -> list[ChatEvent]:
        """The events of what is left at the end; sets `error` unless the reply is whole."""
        ...


@dataclass(slots=True)
class Opened:
    """A response of which the first chunk has come: only then does a server count as answering."""

    response: httpx.Response
    source: AsyncIterator[bytes]
    first: bytes


async def open_reply(
    client: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str] | None = None
) -> Opened:
    """Ask, and return with the first chunk. Raises BackendError."""
    response = await open_stream(client, "POST", url, body, headers)
    try:
        if response.status_code != 200:
            raise await _refusal(response)
        source = chunks(response)
        return Opened(response, source, await anext(source, b""))
    except TRANSPORT_ERRORS as error:
        await response.aclose()
        raise BackendLost("upstream_lost", reason(error)) from error
    except BaseException:
        await response.aclose()
        raise


async def read_reply(opened: Opened, reader: Reader, between: float) -> AsyncGenerator[ChatEvent, None]:
    """The reply's events. Raises BackendError, BackendLost("upstream_stalled") after `between` silent seconds."""
    watchdog, pace = Watchdog(between), Pace()
    at_end(opened.response, pace.hurry)
    chunk, failure = opened.first, None
    try:
        while True:
            for event in reader.feed(chunk) if chunk else reader.end():
                yield event
            if reader.finished:
                return
            if failure and chunk:
                chunk = b""  # the end of what had come before
                continue
            if error := failure or reader.error:
                raise error
            if reader.is_ending:
                watchdog.shorten(LAST_WORDS_SECONDS)
            if pause := pace.pause(len(chunk)):
                await pause
            chunk, failure = await _next(opened, watchdog)
    finally:
        watchdog.stop()
        pace.stop()


async def close(opening: asyncio.Task[Opened]) -> None:
    """Close the connection, however far it has come. This is what makes the server stop."""
    if opening.cancel():
        await asyncio.wait({opening})
    if not opening.cancelled() and opening.exception() is None:
        await opening.result().response.aclose()


async def fetch(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    value: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = SHORT_ANSWER_SECONDS,
) -> object:
    """The JSON value of a short answer, which may take `seconds`. Raises BackendError."""
    body = await call(client, method, url, value, headers, seconds)
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BackendRefused("upstream_protocol", f"{urlsplit(url).path}: not JSON") from error
    return answer


async def call(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    value: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = SHORT_ANSWER_SECONDS,
) -> bytes:
    """The bytes of a short answer, which may be none. Raises BackendError."""
    try:
        body = None if value is None else json.dumps(value, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise BackendRefused("refused", f"options: {error}") from error
    try:
        async with asyncio.timeout(seconds):
            response = await open_stream(client, method, url, body, headers)
            try:
                if response.status_code != 200:
                    raise await _refusal(response)
                return await read_all(response, SHORT_ANSWER_BYTES)
            finally:
                await response.aclose()
    except TimeoutError:
        raise BackendDown("upstream_down", f"no answer within {seconds:.0f} s") from None


class Waiting:
    """When to look again at a reply that has sent nothing, and what was said about it already."""

    def __init__(self, quiet: float, limit: float) -> None:
        self._pause = quiet
        self._said: PhaseName | None = None
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + limit

    def next_pause(self) -> float:
        """Seconds until the next look. Raises BackendDown("upstream_timeout") when the first byte is overdue."""
        left = self._until - self._loop.time()
        if left <= 0:
            raise BackendDown("upstream_timeout", f"nothing within {self._limit:.0f} s")
        pause = min(self._pause, left)
        self._pause = min(self._pause * 2, QUIET_SECONDS_MOST)
        return pause

    def news(self, name: PhaseName | None) -> Phase | None:
        """The phase, unless it is unknown or was said before."""
        if name is None or name == self._said:
            return None
        self._said = name
        return Phase(name)


class Pace:
    """Lets text gather while many replies are read at once, because a read costs the same however little it brings.

    The pause grows with the number of replies; one that brings much at a time is not held up. Pauses end at common
    moments: to wake thirty replies together takes one timer and one turn of the loop, and their readers one too.
    """

    _readers = 0
    _ending: ClassVar[dict[Moment, list[asyncio.Future[None]]]] = {}

    def __init__(self) -> None:
        Pace._readers += 1
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.Future[None] | None = None
        self._hurries = False

    def pause(self, size: int) -> asyncio.Future[None] | None:
        """What to wait for, after a read of `size` bytes, before the next one."""
        seconds = Pace._readers / READS_A_SECOND
        if self._hurries or size >= MUCH_TEXT or seconds < SHORTEST_PAUSE:
            return None
        number = round((self._loop.time() + min(seconds, LONGEST_PAUSE)) / MOMENT)
        moment = self._loop, number
        if moment not in Pace._ending:
            Pace._ending[moment] = []
            self._loop.call_at(number * MOMENT, _end_pauses, Pace._ending, moment)
        self._pause = self._loop.create_future()
        Pace._ending[moment].append(self._pause)
        return self._pause

    def hurry(self) -> None:
        """All has come that will: nothing is worth waiting for any more."""
        self._hurries = True
        if self._pause is not None and not self._pause.done():
            self._pause.set_result(None)

    def stop(self) -> None:
        """This reply is not read any more."""
        Pace._readers -= 1


async def _next(opened: Opened, watchdog: Watchdog) -> tuple[bytes, BackendLost | None]:
    """The next chunk; at the end b"", or with the failure, if it was none that the server meant, all that is left."""
    try:
        return arrived(opened.response) or await watchdog.read(opened.source), None
    except BackendLost as error:
        return b"", error
    except TRANSPORT_ERRORS as error:
        lost = BackendLost("upstream_lost", reason(error))
        lost.__cause__ = error
        return left_unread(opened.response), lost


async def _refusal(response: httpx.Response) -> BackendError:
    try:
        async with asyncio.timeout(SHORT_ANSWER_SECONDS):
            body = await read_all(response, ERROR_BYTES)
    except (BackendError, TimeoutError):
        body = b""
    return error_from_response(response.status_code, body, response.headers.get("retry-after", ""))


def _end_pauses(ending: dict[Moment, list[asyncio.Future[None]]], moment: Moment) -> None:
    for pause in ending.pop(moment):
        if not pause.done():  # a reply that was stopped
            pause.set_result(None)
