"""What a soak runs on: one site in a folder of its own, or two on a PostgreSQL and a Redis, and a model server."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from redis.asyncio import Redis

from chatsite.checks.servers import find_or_install, servers
from tests import databases
from tests.headless.answers import Known
from tests.headless.stored import Stored
from tests.sites import Site

RATE = 25.0  # tokens a second
PATIENCE = 600.0  # seconds for a start or an end: a run with a low priority on a busy machine is no reason to end it


@dataclass(eq=False)
class Stage:
    """`restarts` counts those that are over: memory is compared within a life, and a start is no growth."""

    sites: list[Site]
    upstream: Known
    redis: str = ""
    restarts: int = 0
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def stored(self) -> Stored:
        """The database, which the sites share."""
        return Stored(self.sites[0].environment)

    @property
    def tracebacks(self) -> int:
        """How many the sites have logged."""
        return sum(site.output.count("Traceback (most recent call last)") for site in self.sites)

    def memory(self) -> float:
        """Megabytes resident, of all sites together; 0 while one is down."""
        found = []
        for site in self.sites:
            try:
                lines = Path(f"/proc/{site.process.pid}/status").read_text().splitlines()
            except OSError:
                return 0.0
            found += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")]
        return sum(found) if len(found) == len(self.sites) else 0.0

    async def kill(self, site: Site) -> None:
        """As a power cut would, and start it again."""
        await asyncio.to_thread(site.kill)
        await asyncio.to_thread(site.start)
        self.restarts += 1

    async def restart(self, site: Site) -> None:
        """As an operator would."""
        await asyncio.to_thread(site.stop)
        await asyncio.to_thread(site.start)
        self.restarts += 1

    async def freeze(self, site: Site, seconds: float) -> None:
        """Stop it in its tracks, and let it go on."""
        site.process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            site.process.send_signal(signal.SIGCONT)

    async def restart_redis(self) -> None:
        """It is away for some seconds, and has forgotten everything."""
        async with Redis.from_url(self.redis) as redis:
            await redis.shutdown(nosave=True)
        await asyncio.sleep(2)
        await asyncio.to_thread(self._start_redis)

    def _start_redis(self) -> None:
        command = ["redis-server", "--port", str(urlsplit(self.redis).port), "--bind", "127.0.0.1"]
        process = subprocess.Popen([*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL)
        self.running.callback(process.wait)
        self.running.callback(process.terminate)


@contextmanager
def stage(*, is_scaled: bool) -> Iterator[Stage]:
    """Everything is started, and thrown away at the end. Raises `chatsite.checks.packages.Missing`, RuntimeError."""
    with ExitStack() as running, ExitStack() as later:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="soak-")))
        upstream = Known(RATE)
        running.enter_context(upstream)
        environment = {"OLLAMA_HOST": upstream.address, "OLLAMA_NUM_PARALLEL": "8", "DATABASE_URL": "", "REDIS_URL": ""}
        if is_scaled:
            find_or_install()
            environment |= running.enter_context(servers(autovacuum="on"))
            environment["DATABASE_URL"] = databases.on_server(environment["DATABASE_URL"])
            environment["SECRET_KEY"] = uuid.uuid4().hex * 2
        sites = []
        for number in range(2 if is_scaled else 1):
            site = Site(folder / str(number), **environment)
            site.begins_anew = True  # its memory is measured
            site.patience = PATIENCE
            running.callback(site.close)
            sites.append(site.start())
        yield Stage(sites, upstream, environment["REDIS_URL"], running=later)
