"""Redis goes away in the middle of a reply: nobody notices, and what comes later finds it again."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatsite.checks.servers import find_or_install
from tests.integration.conftest import MODEL
from tests.sites import Site
from tests.tab import sign_up, tab_of
from tests.upstream import Plan, Upstream

WORDS = " ".join(f"word{n}" for n in range(300))


class Redis:
    """A server that can be stopped and started again on its port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while True:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def redis() -> Iterator[Redis]:
    find_or_install()
    redis = Redis()
    redis.start()
    yield redis
    redis.stop()


async def test_a_reply_goes_on_without_redis(tmp_path: Path, upstream: Upstream, redis: Redis) -> None:
    site = Site(tmp_path, OLLAMA_HOST=upstream.address, REDIS_URL=f"redis://127.0.0.1:{redis.port}/0").start()
    try:
        alice = await sign_up(site.address, "alice")
        upstream.plan(Plan(WORDS, rate=100, hold=150))
        async with tab_of(alice) as tab:
            asked = await tab.ask("hello", model=MODEL)
            reply = asked["messages"][1]["id"]
            await tab.wait_for_text(reply, 200)
            redis.stop()
            await tab.wait_for_text(reply, 700)
            upstream.release()
            assert (await tab.wait_for("reply.finished"))["state"] == "complete"
            assert tab.texts[reply] == WORDS
            redis.start()
            await tab.send(type="ping")
            await tab.wait_for("pong")
            again = await tab.ask("and again", model=MODEL)
            finished = await tab.wait_for("reply.finished")
            assert (finished["reply"], finished["state"]) == (again["messages"][1]["id"], "complete")
    finally:
        site.close()
