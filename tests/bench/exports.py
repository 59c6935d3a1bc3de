"""`python -m tests.bench.exports [--conversations N] [--messages M] [--folder DATA_DIR] [--write]`: whole exports.

A site of its own with N conversations (100,000) of M messages (2) that `manage.py seed` makes, or the one of a folder
that was seeded before; somebody with the right exports all of them, each package to its end, on the record. `--write`
puts the table into docs/transcripts.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx

from tests.bench.processes import Process
from tests.sites import ROOT, Site
from tests.tab import sign_up

PAGE = ROOT / "docs" / "transcripts.md"
_PLACE = re.compile(r"(<!-- python -m tests\.bench\.exports -->\n).*?(<!-- end -->)", re.DOTALL)
WAYS = {
    "NDJSON": "ndjson?",
    "zip of JSON": "zip?format=json",
    "zip of text": "zip?format=txt",
    "NDJSON, redacted": "ndjson?redact=all",
}
FIRST_BYTE, MEMORY = 300, 60  # milliseconds, megabytes above idle: what issue 4 allows
_SAMPLE_SECONDS = 0.2
_END = 98  # bytes: the three records at the end of a large zip
_HEAD = ("export", "first byte", "memory above idle", "whole", "CPU of the server", "conversations a second", "size")


@dataclass(frozen=True, slots=True)
class Watched:
    """One export to its end. `first` in milliseconds, `peak` and `size` in megabytes, the others in seconds."""

    way: str
    first: float
    peak: float
    whole: float
    cpu: float
    size: float
    conversations: int

    def row(self) -> str:
        """A line of the table."""
        cells = (
            self.way,
            f"{self.first:,.0f} ms",
            f"{self.peak:.0f} MB",
            f"{self.whole:,.0f} s",
            f"{self.cpu:,.0f} s",
            f"{self.conversations / self.whole:,.0f}",
            f"{self.size:,.0f} MB",
        )
        return f"| {' | '.join(cells)} |"


def main() -> None:
    """Seed, watch, print, and write where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.exports", description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=2, help="of each, on average")
    parser.add_argument("--folder", type=Path, help="a DATA_DIR that was seeded before")
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--write", action="store_true", help="put the table into docs/transcripts.md")
    options = parser.parse_args()
    with _site(options.folder, options.conversations, options.messages) as site:
        found = asyncio.run(_all(site, options.only))
    text = _table(found, options.messages)
    print(text)
    if options.write:
        PAGE.write_text(_PLACE.sub(lambda place: f"{place[1]}{text}\n{place[2]}", PAGE.read_text("utf-8")), "utf-8")


@contextmanager
def _site(folder: Path | None, conversations: int, messages: int) -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as own:
        site = Site(folder or Path(own), DATABASE_URL="", REDIS_URL="")
        site.begins_anew = True  # its memory is measured
        if folder is None:
            _manage(site, "migrate", "-v", "0")
            _manage(site, "seed", "--conversations", str(conversations), "--messages", str(messages))
        with site:
            yield site


def _manage(site: Site, *command: str) -> str:
    environment = {**os.environ, **site.environment, "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    line = [sys.executable, "-m", "django", *command]
    return subprocess.run(line, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


async def _all(site: Site, ways: list[str]) -> list[Watched]:
    name = f"exporter{int(time.time())}"
    client = await sign_up(site.address, name)
    grant = f"from conversations.models import User; User.objects.filter(username='{name}').update(is_superuser=True)"
    await asyncio.to_thread(_manage, site, "shell", "-v", "0", "-c", grant)
    await client.get("/api/v1/export.zip?model=none&whose=all&reason=benchmark")
    server = Process(site.process.pid, 0)
    idle, found = server.memory(), []
    for way in ways:
        found.append(await _watched(client, server, way, idle))
        print(found[-1].row(), flush=True)
    return found


async def _watched(client: httpx.AsyncClient, server: Process, way: str, idle: float) -> Watched:
    first = size = peak = looked = lines = 0.0
    address = f"/api/v1/export.{WAYS[way]}&whose=all&reason=benchmark+of+{way}"
    begun, used, last = time.monotonic(), server.cpu(), b""
    async with client.stream("GET", address, headers={"Accept-Encoding": "identity"}, timeout=600) as answer:
        answer.raise_for_status()
        async for piece in answer.aiter_raw():
            now = time.monotonic()
            first = first or now - begun
            size += len(piece)
            lines += piece.count(b"\n") if "ndjson" in WAYS[way] else 0
            last = (last + piece)[-_END:]
            if now - looked > _SAMPLE_SECONDS:
                looked, peak = now, max(peak, server.memory())
    whole, cpu = time.monotonic() - begun, server.cpu() - used
    return Watched(way, first * 1000, peak - idle, whole, cpu, size / 1e6, _count(lines, last))


def _count(lines: float, last: bytes) -> int:
    """Those of a zip are in its last bytes: its files without the manifest. Raises ValueError when it was cut off."""
    if lines:
        return int(lines)
    if last[-22:-18] != b"PK\5\6":
        raise ValueError("The zip was cut off.")
    files = int.from_bytes(last[-12:-10], "little")
    return (int.from_bytes(last[32:40], "little") if files == 0xFFFF else files) - 1


def _table(found: list[Watched], messages: int) -> str:
    count = max(each.conversations for each in found)
    about = (
        f"Measured on {date.today().isoformat()} by `python -m tests.bench.exports`: {count:,} conversations of"
        f" {messages} messages on average, SQLite, {os.cpu_count()} busy cores for server and client together,"
        f" Python {platform.python_version()}."
        f" Allowed are {FIRST_BYTE} ms to the first byte and {MEMORY} MB above idle."
    )
    lines = [about, "", f"| {' | '.join(_HEAD)} |", f"|---|{'---:|' * (len(_HEAD) - 1)}"]
    return "\n".join([*lines, *(each.row() for each in found)])


if __name__ == "__main__":
    main()
