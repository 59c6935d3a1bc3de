"""A tab without a browser: speaks the socket's protocol, keeps the texts it was told, as the page does."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from conversations.ids import uuid7

Event = dict[str, Any]
PATIENCE = 60.0  # seconds: a slow machine is no reason to fail
PASSWORD = "quiet reading room 7"


async def sign_up(address: str, username: str) -> httpx.AsyncClient:
    """A signed-in client of a new person."""
    client = httpx.AsyncClient(base_url=address, trust_env=False, follow_redirects=True, timeout=PATIENCE)
    await client.get("/accounts/signup/")
    answer = await client.post(
        "/accounts/signup/",
        data={"username": username, "password1": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]},
        headers={"Referer": f"{address}/accounts/signup/"},
    )
    assert answer.status_code == 200, answer.text
    assert "sessionid" in client.cookies, answer.text
    return client


async def post(client: httpx.AsyncClient, path: str, **data: str) -> httpx.Response:
    """A form or fetch POST, as the page sends it."""
    return await client.post(
        path, data=data, headers={"X-CSRFToken": client.cookies["csrftoken"], "Referer": str(client.base_url)}
    )


class Tab:
    """One socket. `texts` holds the content of each reply as it was told, by offsets."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._frames = 0
        self.texts: dict[int, str] = {}
        self.gaps = 0
        self._asked: set[int] = set()  # which replies are asked for again, until they come
        self.acknowledges = True
        self.events: list[Event] = []

    async def send(self, **command: Any) -> None:
        await self._socket.send(json.dumps(command, default=str))

    async def send_raw(self, frame: str | bytes) -> None:
        await self._socket.send(frame)

    async def ask(self, text: str, conversation: uuid.UUID | None = None, **more: Any) -> Event:
        """Open the conversation, ask, and return the acknowledgement."""
        conversation = conversation or uuid7()
        await self.send(type="open", conversation=conversation)
        await self.send(type="ask", client_id=uuid.uuid4(), conversation=conversation, text=text, **more)
        return await self.wait_for("asked")

    async def wait_for(self, kind: str, check: Callable[[Event], bool] = lambda _event: True) -> Event:
        """The next event of that kind that passes. Raises TimeoutError, with what came instead, or ConnectionClosed."""
        before = len(self.events)
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    event = await self.next()
                    if event["type"] == kind and check(event):
                        return event
        except TimeoutError:
            came = [each for each in self.events[before:] if each["type"] != "reply.delta"]
            raise TimeoutError(f"no {kind}, but {came}") from None

    async def saw(self, kind: str, check: Callable[[Event], bool]) -> Event:
        """Like `wait_for`, but one that has come already counts."""
        for event in self.events:
            if event["type"] == kind and check(event):
                return event
        return await self.wait_for(kind, check)

    async def wait_for_text(self, reply: int, length: int) -> None:
        """Until that many characters have come, as deltas or, where this tab was behind, as a whole."""
        async with asyncio.timeout(PATIENCE):
            while len(self.texts.get(reply, "")) < length:
                await self.next()

    async def next(self) -> Event:
        """The next event, taken in."""
        event: Event = json.loads(await self._socket.recv())
        self._frames += 1
        self.events.append(event)
        if event["type"] == "reply.delta" and event["part"] == "content":
            await self._take(event["reply"], event["at"], event["text"])
        elif event["type"] == "reply.text":
            self._asked.discard(event["reply"])
            await self._take(event["reply"], event["content_at"], event["content"])
        elif event["type"] == "opened":
            for text in event["running"]:
                self.texts[text["reply"]] = text["content"]
        is_whole = event["type"] in ("opened", "reply.text")  # as long as all that may wait: see live.js
        if (is_whole or self._frames % 16 == 0) and self.acknowledges:
            with suppress(ConnectionClosed):  # what was told before the close is still to be read
                await self.send(type="ack", frames=self._frames)
        return event

    async def acknowledge(self) -> None:
        """Say that all that has come was taken in."""
        await self.send(type="ack", frames=self._frames)

    async def listen(self, seconds: float) -> None:
        """Take in what comes in that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await self.next()

    async def _take(self, reply: int, at: int, text: str) -> None:
        have = self.texts.setdefault(reply, "")
        if at > len(have):
            self.gaps += 1
            if reply not in self._asked:
                self._asked.add(reply)
                with suppress(ConnectionClosed):  # as above
                    await self.send(type="resume", reply=reply, content_at=len(have))
        else:
            self.texts[reply] = have + text[len(have) - at :]

    async def close_code(self) -> int | None:
        """Wait until the server closes; its code."""
        async with asyncio.timeout(PATIENCE):
            try:
                while True:
                    await self.next()
            except ConnectionClosed:
                return self._socket.close_code


def socket_of(client: httpx.AsyncClient) -> connect:
    """The socket of a signed-in person's page, to be entered; it has no heartbeat but the page's."""
    base = client.base_url
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return connect(
        f"ws://{base.host}:{base.port}/ws/",
        origin=f"http://{base.host}:{base.port}",  # type: ignore[arg-type]
        additional_headers={"Cookie": cookies},
        max_size=None,
        ping_interval=None,
    )


@asynccontextmanager
async def tab_of(client: httpx.AsyncClient) -> AsyncIterator[Tab]:
    """A tab of a signed-in person, welcomed."""
    async with socket_of(client) as socket:
        tab = Tab(socket)
        await tab.wait_for("welcome")
        yield tab
