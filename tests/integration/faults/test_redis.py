"""Redis stops, forgets, is full, hangs, all in the middle of a reply: it goes on, and tabs elsewhere catch up."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.integration.conftest import MODEL
from tests.integration.faults.conftest import at, settled, stored
from tests.machines import Machine
from tests.sites import Site
from tests.tab import Tab, tab_of
from tests.upstream import Plan, Upstream

WORDS = " ".join(f"word{n}" for n in range(300))
Fault = Callable[[Machine], None]


def tell(redis: Machine, *commands: str) -> None:
    """Say something to Redis itself."""
    with socket.create_connection(("127.0.0.1", redis.port), timeout=30) as client, client.makefile("rb") as answers:
        for command in commands:
            client.sendall(command.encode() + b"\r\n")
            assert answers.readline() == b"+OK\r\n", command


@pytest.fixture
async def here(pair: tuple[Site, Site], cookies: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with at(pair[0], cookies) as client:
        yield client


@pytest.fixture
async def far(pair: tuple[Site, Site], cookies: dict[str, str]) -> AsyncIterator[Tab]:
    """A tab at the other process."""
    async with at(pair[1], cookies) as client, tab_of(client) as tab:
        yield tab


FAULTS: dict[str, tuple[Fault, Fault]] = {
    "stops": (lambda redis: redis.stop(), lambda redis: redis.start()),
    "forgets": (lambda redis: tell(redis, "FLUSHALL"), lambda redis: None),
    "is full": (
        lambda redis: tell(redis, "CONFIG SET maxmemory-policy noeviction", "CONFIG SET maxmemory 1"),
        lambda redis: tell(redis, "CONFIG SET maxmemory 0"),
    ),
    "hangs": (lambda redis: redis.pause(), lambda redis: redis.resume()),
}


@pytest.mark.parametrize(("fault", "mend"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_reply_goes_on_and_every_tab_catches_up(
    here: httpx.AsyncClient, far: Tab, upstream: Upstream, redis: Machine, fault: Fault, mend: Fault
) -> None:
    upstream.plan(Plan(WORDS, hold=100))
    async with tab_of(here) as near:
        asked = await near.ask("hello", model=MODEL)
        reply = asked["messages"][1]["id"]
        await far.send(type="open", conversation=asked["conversation"])
        await far.wait_for("opened")
        fault(redis)
        try:
            await near.wait_for_text(reply, len(" ".join(WORDS.split()[:100])))
            async with tab_of(here) as late:  # who comes now is let in, asks and is answered
                await late.ask("something else", model={"backend": "eliza", "name": "eliza"})
                await late.wait_for("reply.finished")
            upstream.release()
            assert (await near.wait_for("reply.finished"))["state"] == "complete"
            assert near.texts[reply] == WORDS
        finally:
            mend(redis)
    assert await settled(far, reply) == (await stored(here, asked["conversation"]))[1]["content"] == WORDS


async def test_what_comes_later_travels_again(here: httpx.AsyncClient, far: Tab, upstream: Upstream) -> None:
    upstream.plan(Plan(WORDS, hold=100), model=MODEL["name"])
    async with tab_of(here) as near:
        asked = await near.ask("hello", model=MODEL)
        reply = asked["messages"][1]["id"]
        await far.send(type="open", conversation=asked["conversation"])
        await far.wait_for("opened")
        await far.wait_for_text(reply, 500)
        await far.send(type="stop", reply=reply, shown=200)
        await near.wait_for("reply.finished", lambda event: event["content_length"] == 200)
