"""`python -m tests.bench.exports [COUNT]`: an export of many conversations, as a zip and as lines.

Its own site with COUNT conversations (100,000) of two messages; time to the first byte, and memory above idle while one
reader takes all of it.
"""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import httpx

from tests.bench.figures import Figure, table
from tests.bench.processes import Process
from tests.sites import ROOT, Site
from tests.tab import sign_up

SAMPLE_SECONDS = 0.2
SEED = """
import sys
import django; django.setup()
from conversations.ids import uuid7
from conversations.models import Conversation, Message, User
owner, count = User.objects.get(), int(sys.argv[1])
for start in range(0, count, 2000):
    talks = [Conversation(pk=uuid7(), owner=owner, title=f"Talk {n}", model_name="tiny", backend_name="ollama")
             for n in range(start, min(start + 2000, count))]
    Conversation.objects.bulk_create(talks)
    Message.objects.bulk_create([Message(conversation=talk, role="user", content="Where does the river run? " * 20)
                                 for talk in talks])
    asked = Message.objects.filter(conversation__in=talks).values_list("conversation_id", "pk")
    Message.objects.bulk_create([Message(conversation_id=talk, parent_id=pk, role="assistant", model_name="tiny",
                                 content="Past the old mill. " * 60) for talk, pk in asked])
"""


def main() -> None:
    """Seed, measure, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder)).start()
        try:
            figures = asyncio.run(_measured(site, count))
        finally:
            site.close()
    machine = f"{os.cpu_count()} cores for server and client together, Python {platform.python_version()}"
    print(table(figures, date.today(), machine))


async def _measured(site: Site, count: int) -> list[Figure]:
    client = await sign_up(site.address, "reader")
    environment = {**os.environ, **site.environment, "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    seed = [sys.executable, "-c", SEED, str(count)]
    await asyncio.to_thread(subprocess.run, seed, cwd=ROOT, env=environment, check=True)
    await client.get("/")
    await client.get("/api/v1/export.zip?model=none")
    idle = Process(site.process.pid, 0).memory()
    figures = [Figure("memory, idle", idle, "MB")]
    for package in ("ndjson", "zip"):
        figures += await _package(client, Process(site.process.pid, 0), package, count, idle)
        for figure in figures[-4:]:
            print("  ".join(figure.cells()), flush=True)
    return figures


async def _package(client: httpx.AsyncClient, server: Process, package: str, count: int, idle: float) -> list[Figure]:
    begun, first, size, peak, looked = time.monotonic(), 0.0, 0, 0.0, 0.0
    async with client.stream("GET", f"/api/v1/export.{package}", timeout=600) as answer:
        async for piece in answer.aiter_raw():
            now = time.monotonic()
            first = first or now - begun
            size += len(piece)
            if now - looked > SAMPLE_SECONDS:
                looked, peak = now, max(peak, server.memory())
    title = f"export of {count:,} conversations, {package}"
    return [
        Figure(f"{title}: first byte", first * 1000, "ms", 300),
        Figure(f"{title}: memory above idle", peak - idle, "MB", 60),
        Figure(f"{title}: size", size / 1e6, "MB"),
        Figure(f"{title}: conversations a second", count / (time.monotonic() - begun), ""),
    ]


if __name__ == "__main__":
    main()
